from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.dialect.native import read_rules
from ospatrol.engine.check import mistakes
from ospatrol.engine.rulebook import join_rules, read_rulebook
from ospatrol.engine.unreachable import warnings
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule

BAD = """\
fields:
  integrity: [path]
rules:
  - id: 1
    level: 99
    description: "$(pth)"
    match: {kind: integrity, path: {regex: '(a)\\1'}}
  - id: 2
    level: 1
    descripion: d
    match: {path: {regex: "("}}
  - {id: 3, level: 1, description: d, parent: 4}
  - {id: 3, level: 1, description: d, parent: 1}
"""


def test_mistakes_of_form_and_between_rules_come_together() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_rulebook([("r.yml", BAD)])

    assert [error.problem.split(";")[0] for error in caught.value.errors] == [
        "unknown field $(pth)",
        "the level 99 is not between 0 and 15",
        "path: back-references cannot be matched in bounded time",
        "unknown key 'descripion'",
        "path: a `(` is not closed",
        "the parent 4 of rule 3 does not exist",
        "the rule 3 stands already at r.yml:12",
    ]


def test_rules_of_several_files_may_be_each_other_s_parents() -> None:
    child = "rules: [{id: 2, level: 3, description: c, parent: 1, match: {a: b}}]"
    parent = "rules: [{id: 1, level: 0, description: p, match: {kind: x}}]"

    assert sorted(read_rulebook([("c.yml", child), ("p.yml", parent)]).ruleset.rules) == [1, 2]


def test_mistakes_between_sound_rules_are_told_too() -> None:
    with pytest.raises(ConfigErrors, match="the parent 4 of rule 3 does not exist"):
        read_rulebook([("r.yml", "rules: [{id: 3, level: 1, description: d, parent: 4}]")])


def test_a_file_that_is_no_yaml_causes_no_complaint_about_what_it_may_hold() -> None:
    child = "rules: [{id: 2, level: 3, description: c, parent: 1}]"

    with pytest.raises(ConfigErrors) as caught:
        read_rulebook([("c.yml", child), ("p.yml", "rules: [")])

    assert len(caught.value.errors) == 1


LOGS = """\
lists:
  admins: [röot]
decoders:
  - {name: shopd, program: ^shopd$}
rules:
  - {id: 1, level: 0, description: d, match: {kind: log, decoder: shopd}, groups: [shop]}
  - {id: 2, level: 5, description: d, parent: 1, match: {log: {prefix: failed}, srcuser: {listed: admins}},
     groups: [shop, failed]}
  - {id: 3, level: 9, description: d, of: {group: failed}, frequency: 2, within: 1m, groups: [failed]}
  - {id: 4, level: 9, description: d, parent: 3, groups: [failed]}
  - {id: 5, level: 5, description: d, parent: 1, match: {log: {regex: "ü", not_contains: "ä"}}}
  - {id: 6, level: 5, description: d, match: {kind: other, a: {contains: "ä"}}}
  - {id: 7, level: 5, description: d, match: {a: {contains: "ä"}}}
"""


def test_a_rulebook_holds_decoders_and_lists() -> None:
    book = read_rulebook([("r.yml", LOGS)])

    assert [decoder.name for decoder in book.decoders] == ["shopd"]
    assert book.lists == {"admins": {"röot": "", "r\xc3\xb6ot": ""}}


def test_a_rule_that_counts_a_group_hangs_below_all_rules_of_it_but_its_own_descendants() -> None:
    rules = join_rules(read_rules([("r.yml", LOGS)]))

    assert (rules[-1].id, rules[-1].parents) == (3, (2,))
    assert list(read_rulebook([("r.yml", LOGS)]).ruleset.rules)[-1] == 3


def test_rules_of_log_lines_compare_bytes() -> None:
    rules = {rule.id: rule for rule in join_rules(read_rules([("r.yml", LOGS)]))}

    assert [condition.operands for condition in rules[5].conditions] == [("\xc3\xbc",), ("\xc3\xa4",)]
    assert [rules[identity].conditions[-1].operands for identity in (6, 7)] == [("ä",), ("ä",)]


def test_rules_of_other_dialects_are_left_as_they_are() -> None:
    listed = Condition(field="a", operator=Operator.LISTED, operands=("nowhere",))
    rule = Rule(
        id=1, level=1, description="d", place=Place("r.xml", 1), semantics=Semantics.WAZUH, conditions=(listed,)
    )

    assert join_rules([rule]) == (rule,)
    assert mistakes([rule], {}, lists=()) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            LOGS.replace("listed: admins", "listed: admin"),
            "r.yml:7: srcuser: unknown list 'admin'; did you mean 'admins'?",
        ),
        (LOGS + "  - {id: 8, level: 1, description: d, of: 20, frequency: 2, within: 1m}\n", "the parent 20 of rule 8"),
        (
            LOGS + "  - {id: 8, level: 1, description: d, parent: 1, of: 20, frequency: 2, within: 1m}\n",
            "the rule 20 that rule 8 counts does not exist; did you mean 2?",
        ),
        ("decoders: [{name: a, parent: b, json: true}]", "r.yml:1: the parent 'b' of decoder 'a' does not exist"),
        (
            LOGS + "  - {id: 8, level: 1, description: d, match: {event: {test: is_simple_htp_request}}}\n",
            "unknown test",
        ),
        (
            LOGS + "  - {id: 8, level: 1, description: d, of: {group: none}, frequency: 2, within: 1m}\n",
            "r.yml:14: no other rule has the group whose events rule 8 counts",
        ),
        (
            LOGS + "  - {id: 8, level: 1, description: d, parent: 1, of: {log: '('}, frequency: 2, within: 1m}\n",
            "r.yml:14: of: a `(` is not closed",
        ),
    ],
)
def test_what_is_not_there_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_rulebook([("r.yml", text)])

    assert said in str(caught.value)
    assert len(caught.value.errors) == 1


def test_a_faulty_group_pattern_stops_nothing_else() -> None:
    text = "rules: [{id: 3, level: 9, description: d, of: {group: 'a b'}, frequency: 2, within: 1m}]"

    with pytest.raises(ConfigErrors, match="'a b' is no name of a group"):
        read_rulebook([("r.yml", text)])


VALUES = st.sampled_from(["a", "(", "1", 1, 2, 7, True, ["a", "b"], {"regex": "a+"}, {"listed": "l"}, {"at_least": 3}])
RULE = st.fixed_dictionaries(
    {"id": st.integers(1, 5), "level": st.integers(0, 15), "description": st.sampled_from(["d", "$(a)", "$(z)"])},
    optional={
        "parent": st.integers(1, 5),
        "match": st.dictionaries(st.sampled_from(["kind", "a", "log", "any"]), VALUES),
        "of": st.integers(1, 5) | st.just({"group": "g"}),
        "frequency": st.integers(1, 3),
        "within": st.just("1m"),
        "groups": st.just(["g"]),
        "silent": st.booleans(),
        "independent": st.booleans(),
    },
)


@given(st.lists(RULE, max_size=6))
def test_rules_compile_or_their_mistakes_are_told(rules) -> None:
    try:
        book = read_rulebook([("r.yml", json.dumps({"rules": rules, "fields": {"a": ["a"]}}))])
    except ConfigErrors:
        return

    assert all(str(error).startswith("r.yml:1: ") for error in warnings(book.ruleset))
