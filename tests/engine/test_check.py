from __future__ import annotations

import pytest

from ospatrol.engine.check import kinds_of, mistakes
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule

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
    bad = Condition(field="path", operator=Operator.REGEX, operands=("a", "(a+)+"), place=Place("r.yml", 99))
    placeless = Condition(field="path", operator=Operator.REGEX, operands=("(",))
    wrong = Rule(id=1, level=1, description="d", place=Place("r.yml", 1), conditions=(bad, placeless))

    first, second = said(wrong)

    assert first.startswith("r.yml:1: path: not a regular expression")
    assert second.startswith("r.yml:99: path: what is repeated")


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
