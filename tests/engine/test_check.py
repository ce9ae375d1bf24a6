from __future__ import annotations

import pytest

from ospatrol.engine.check import compile_checks, kinds_of, mistakes
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Rule, Source

FIELDS = {"integrity": ("path", "verdict"), "clock": ("skew_s",)}


def said(*rules: Rule, fields=FIELDS) -> list[str]:
    return [str(error) for error in mistakes(rules, fields)]


def test_sound_rules_have_no_mistakes(rule) -> None:
    assert said(rule(1, kind="integrity"), rule(2, 5, 1, description="$(path) $(host)", path="/a")) == []


def test_an_id_stands_once(rule) -> None:
    assert said(rule(1), rule(1)) == ["r.yml:1: the rule 1 stands already at r.yml:1"]


def test_a_parent_must_exist(rule) -> None:
    assert said(rule(910100), rule(2, 5, 910101)) == [
        "r.yml:2: the parent 910101 of rule 2 does not exist; did you mean 910100?"
    ]
    assert said(rule(1), rule(2, 5, 77)) == ["r.yml:2: the parent 77 of rule 2 does not exist"]


def test_no_rule_may_be_its_own_ancestor(rule) -> None:
    loop = "is its own ancestor, or below one that is, or more than 64 deep"

    assert said(rule(1, 5, 1)) == [f"r.yml:1: the rule 1 {loop}"]
    assert said(rule(1, 5, 2), rule(2, 5, 3), rule(3, 5, 1), rule(4, 5, 3), rule(5)) == [
        f"r.yml:{number}: the rule {number} {loop}" for number in (1, 2, 3, 4)
    ]


def test_chains_of_parents_are_bounded(rule) -> None:
    chain = [rule(1), *(rule(number, 5, number - 1) for number in range(2, 66))]

    assert said(*chain[:64]) == []
    assert len(said(*chain)) == 1


def test_a_refused_pattern_is_told_at_its_line(rule) -> None:
    bad = Condition(field="path", operator=Operator.REGEX, operands=("a", r"(a)\1"), place=Place("r.yml", 99))
    placeless = Condition(field="path", operator=Operator.REGEX, operands=("(",))
    wrong = Rule(id=1, level=1, description="d", place=Place("r.yml", 1), conditions=(bad, placeless))

    first, second = said(wrong)

    assert first == "r.yml:1: path: a `(` is not closed"
    assert second == "r.yml:99: path: back-references cannot be matched in bounded time"


def test_unknown_kinds_and_fields_are_told_with_a_suggestion(rule) -> None:
    assert said(
        rule(1, kind="integrty"),
        rule(2, kind="integrity"),
        rule(3, 5, 2, pth="/a"),
        rule(4, 5, 2, description="$(verdct) $(zzzzzz)"),
    ) == [
        "r.yml:1: unknown kind 'integrty'; did you mean 'integrity'?",
        "r.yml:3: unknown field 'pth'; did you mean 'path'?",
        "r.yml:4: unknown field $(verdct); did you mean 'verdict'?",
        "r.yml:4: unknown field $(zzzzzz)",
    ]


def test_where_no_fields_are_declared_names_are_not_checked(rule) -> None:
    assert said(rule(1, kind="anything", x="y"), fields={}) == []


def test_a_rule_for_any_kind_may_name_any_field(rule) -> None:
    assert said(rule(1, anything="x"), rule(2, kind="integrity"), rule(3, 5, 1, 2, other="x")) == []


def test_kinds_come_from_the_rule_or_its_parents(rule) -> None:
    rules = {one.id: one for one in (rule(1, kind="a"), rule(2, kind="b"), rule(3, 5, 1, 2), rule(4, 5, 3, kind="c"))}

    assert [kinds_of(rules[number], rules) for number in (1, 3, 4)] == [{"a"}, {"a", "b"}, {"c"}]


@pytest.mark.parametrize("operator", [Operator.PREFIX, Operator.EQUALS])
def test_a_vague_condition_on_the_kind_leaves_it_open(operator: Operator) -> None:
    vague = Condition(field="kind", operator=operator, operands=("a",), negate=operator is Operator.EQUALS)
    rule = Rule(id=1, level=1, description="d", place=Place("r.yml", 1), conditions=(vague,))

    assert kinds_of(rule, {1: rule}) == frozenset()


def test_a_near_id_differs_in_a_digit_or_in_the_order_of_two(rule) -> None:
    def hint(wanted: int, there: int) -> str:
        return said(rule(there), rule(2, 5, wanted))[0].partition("; ")[2]

    assert [hint(wanted, 910100) for wanted in (910101, 901100, 91010, 9101000)] == ["did you mean 910100?"] * 4
    assert hint(55555, 910100) == ""


def test_what_was_compiled_already_is_not_compiled_again(rule) -> None:
    bad = Condition(field="path", operator=Operator.REGEX, operands=("(",), place=Place("r.yml", 99))
    rules = [Rule(id=1, level=1, description="d", place=Place("r.yml", 1), conditions=(bad,)), rule(2, path="/a")]

    checks, refused = compile_checks(rules, {})

    assert ([*map(str, refused)], len(checks[1]), len(checks[2])) == (["r.yml:99: path: a `(` is not closed"], 0, 1)
    assert mistakes(rules, {}, refused=()) == ()
    assert mistakes(rules, {}, refused=refused) == refused


def test_the_parts_of_conditions_are_checked_too(rule) -> None:
    odd = Condition(field="pth", operator=Operator.EQUALS, operands=("a",), place=Place("r.yml", 7))
    unknown = Condition(field="event", operator=Operator.TEST, operands=("is_odd",), place=Place("r.yml", 8))
    either = Condition(field="", operator=Operator.ANY, parts=(odd, unknown), place=Place("r.yml", 6))
    whole = Rule(id=2, level=1, description="d", place=Place("r.yml", 5), parents=(1,), conditions=(either,))

    assert said(rule(1, kind="integrity"), whole) == [
        "r.yml:7: unknown field 'pth'; did you mean 'path'?",
        "r.yml:8: unknown test 'is_odd'",
    ]


def test_fields_that_a_rule_compares_with_earlier_events_are_checked(rule) -> None:
    asked = Correlation(source=Source.RULE, rules=(1,), same=("path", "host|pth"), distinct="verdct")
    counting = Rule(id=2, level=1, description="d", place=Place("r.yml", 5), parents=(1,), correlation=asked)

    assert said(rule(1, kind="integrity"), counting) == [
        "r.yml:5: unknown field 'pth'; did you mean 'path'?",
        "r.yml:5: unknown field 'verdct'; did you mean 'verdict'?",
    ]


def test_log_lines_may_have_any_field(rule) -> None:
    assert said(rule(1, kind="log"), rule(2, 5, 1, whatever="x", program_name="sshd")) == []


def test_thousands_of_rules_are_checked_in_a_moment(rule) -> None:
    rules = [rule(1, kind="integrity"), *(rule(number, 5, 1, path=f"/{number}") for number in range(2, 5001))]
    lattice = [rule(10_000, kind="integrity"), rule(10_001, kind="clock")]
    for number in range(10_002, 10_100, 2):
        lattice += [rule(number, 5, number - 2, number - 1), rule(number + 1, 5, number - 2, number - 1)]

    assert said(*rules, *lattice) == []
