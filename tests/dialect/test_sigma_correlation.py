"""Correlation rules, judged by the engine over streams of events."""

from __future__ import annotations

import os
from textwrap import dedent, indent

import pytest

from ospatrol.dialect.sigma import read_sigma
from ospatrol.dialect.sigma_rules import SigmaRules, id_of
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.judge import judge_next
from ospatrol.engine.memory import Memory
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Option, Source

if not os.environ.get("CI"):
    pytest.importorskip("sigma", reason="pySigma is not installed")

IDS = {
    "fail": "00000000-0000-4000-8000-000000000001",
    "login": "00000000-0000-4000-8000-000000000002",
    "sudo": "00000000-0000-4000-8000-000000000003",
    "many": "00000000-0000-4000-8000-00000000000a",
    "more": "00000000-0000-4000-8000-00000000000b",
}


def single(name: str) -> str:
    return dedent(f"""\
        title: One {name}
        id: {IDS[name]}
        name: {name}
        logsource: {{product: any}}
        detection:
            s: {{act: {name}}}
            condition: s
        """)


def many(correlation: str, name: str = "many", level: str = "high") -> str:
    head = f"title: {name}\nid: {IDS[name]}\nname: {name}\nlevel: {level}\ncorrelation:\n"
    return head + indent(dedent(correlation), "    ")


def read(correlation: str, *names: str) -> SigmaRules:
    documents = [many(correlation), *map(single, names or ("fail",))]
    return read_sigma([("c.yml", "---\n".join(documents))])


def judged(found: SigmaRules, *events: str, gap_s: float = 1.0) -> list[list[str]]:
    """The rules that raise an alert, for each event; events are written `fail acct=a ip=1`."""
    assert (found.problems, found.skipped) == ((), ())
    names = {id_of(identity): name for name, identity in IDS.items()}
    ruleset = compile_rules(found.rules)
    memory = Memory(ruleset)
    said = []
    for index, written in enumerate(events):
        act, *rest = written.split()
        fields = {"act": act, **dict(each.split("=") for each in rest)}
        event = Event(at=100 + index * gap_s, host="h", kind="log", location="l", fields=fields)
        verdicts = judge_next(ruleset, event, memory)
        said.append(sorted(names[each.speaks.id] for each in verdicts if each.speaks))
    return said


COUNT = """\
type: event_count
rules: fail
group-by: [acct]
timespan: 1m
condition: {gte: 3}
"""


def test_events_are_counted_by_group() -> None:
    said = judged(read(COUNT), *["fail acct=a", "fail acct=b", "fail acct=a", "fail", "fail", "fail", "fail acct=a"])

    assert said == [[], [], [], [], [], [], ["many"]]


def test_events_are_counted_by_a_field_that_goes_by_several_names() -> None:
    said = judged(read(COUNT.replace("acct", "user")), "fail user=a", "fail dstuser=a", "fail user=a")

    assert said == [[], [], ["many"]]


def test_events_that_are_too_old_do_not_count() -> None:
    assert judged(read(COUNT), *["fail acct=a"] * 4, gap_s=31.0) == [[]] * 4


def test_a_count_begins_anew_when_it_was_reached() -> None:
    assert judged(read(COUNT), *["fail acct=a"] * 6) == [[], [], ["many"], [], [], ["many"]]


def test_more_than_is_one_more_than_at_least() -> None:
    said = judged(read(COUNT.replace("gte: 3", "gt: 3")), *["fail acct=a"] * 4)

    assert said == [[], [], [], ["many"]]


def test_what_is_counted_is_told_too_if_the_author_wants_it() -> None:
    found = read(COUNT + "generate: true\n")

    assert judged(found, *["fail acct=a"] * 3) == [["fail"], ["fail"], ["many"]]


def test_what_is_counted_raises_no_alert_of_its_own() -> None:
    rules = {rule.description: rule for rule in read(COUNT).rules}

    assert rules["One fail"].options == (Option.NO_LOG,)
    assert rules["many"].options == ()
    assert rules["many"].parents == (rules["One fail"].id,)
    assert rules["many"].independent
    assert rules["many"].groups == ("sigma", "sigma.correlation")


def test_a_count_of_one_is_the_event_itself() -> None:
    found = read(COUNT.replace("gte: 3", "gte: 1"))

    assert judged(found, "fail", "fail acct=a") == [[], ["many"]]


VALUES = """\
type: value_count
rules: [fail, login]
group-by: [ip]
timespan: 5m
condition: {gte: 3, field: Acct}
"""


def test_different_values_are_counted() -> None:
    events = ["fail ip=1 acct=a", "fail ip=1 acct=b", "login ip=1 acct=a", "fail ip=2 acct=c", "login ip=1 acct=c"]

    assert judged(read(VALUES, "fail", "login"), *events) == [[], [], [], [], ["many"]]


def test_a_list_of_one_field_is_that_field() -> None:
    found = read(VALUES.replace("field: Acct", "field: [Acct]"), "fail", "login")

    (rule,) = [rule for rule in found.rules if rule.correlation]
    assert rule.correlation is not None
    assert rule.correlation.distinct == "acct"


def test_a_value_of_one_is_the_event_that_has_it() -> None:
    found = read(VALUES.replace("gte: 3", "gte: 1"), "fail", "login")

    assert judged(found, "fail ip=1", "fail acct=a", "fail ip=1 acct=a") == [[], [], ["many"]]


TEMPORAL = """\
type: temporal
rules: [fail, login, sudo]
group-by: [acct]
timespan: 1m
"""


def test_rules_together_in_any_order() -> None:
    events = ["sudo acct=a", "fail acct=b", "fail acct=a", "login acct=b", "login acct=a"]

    assert judged(read(TEMPORAL, "fail", "login", "sudo"), *events) == [[], [], [], [], ["many"]]


def test_one_of_the_rules_again_and_again_is_not_all_of_them() -> None:
    events = ["sudo acct=a", "sudo acct=a", "fail acct=a", "fail acct=a", "sudo acct=a"]

    assert judged(read(TEMPORAL, "fail", "login", "sudo"), *events) == [[]] * 5


ORDERED = """\
type: temporal_ordered
rules: [fail, login]
group-by: [acct]
timespan: 1m
"""


def test_two_rules_in_order() -> None:
    events = ["login acct=a", "fail acct=a", "login acct=b", "login acct=a"]

    assert judged(read(ORDERED, "fail", "login"), *events) == [[], [], [], ["many"]]


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_one_rule_alone_is_together(kind: str) -> None:
    found = read(f"type: {kind}\nrules: [fail]\ngroup-by: [acct]\ntimespan: 1m\n")

    assert judged(found, "fail", "fail acct=a") == [[], ["many"]]


def test_correlations_may_count_correlations() -> None:
    over = COUNT.replace("rules: fail", "rules: many").replace("gte: 3", "gte: 2")
    found = read_sigma([("c.yml", "---\n".join([many(over, "more", "critical"), many(COUNT), single("fail")]))])

    assert judged(found, *["fail acct=a"] * 6) == [[]] * 5 + [["more"]]
    assert [rule.description for rule in found.rules] == ["more", "many", "One fail"]


def test_a_correlation_of_one_that_uses_its_events_up_is_skipped() -> None:
    over = COUNT.replace("rules: fail", "rules: many").replace("gte: 3", "gte: 2")
    found = read_sigma([("c.yml", "---\n".join([many(over, "more"), many(COUNT), single("fail")]))])

    assert [each.reason for each in found.skipped] == [
        "it counts a correlation of its own level or a higher one, whose events are used up"
    ]


def test_an_alias_of_fields_of_one_name_is_that_field() -> None:
    aliased = COUNT.replace("group-by: [acct]", "group-by: [who]\naliases: {who: {fail: acct}}")

    (_, rule) = sorted(read(aliased).rules, key=lambda rule: rule.level)
    assert rule.correlation is not None
    assert rule.correlation.same == ("acct",)
    assert rule.correlation.source is Source.RULE


def test_fields_are_called_as_in_the_events_that_are_counted() -> None:
    windows = single("fail").replace("product: any", "product: windows, service: security")
    found = read_sigma([("c.yml", many(COUNT.replace("acct", "TargetUserName")) + "---\n" + windows)])

    (rule,) = [rule for rule in found.rules if rule.correlation]
    assert rule.correlation is not None
    assert rule.correlation.same == ("win.eventdata.targetusername|targetusername",)


@pytest.mark.parametrize(
    ("correlation", "reason"),
    [
        (COUNT.replace("gte", "lt"), "a count with `lt`: it is known only when the time is over"),
        (COUNT.replace("gte", "eq"), "a count with `eq`: it is known only when the time is over"),
        (COUNT.replace("gte: 3", "gte: 2.5"), "a count that is no whole number"),
        (COUNT.replace("gte: 3", "gte: 0"), "a count that nothing reaches, too"),
        (COUNT.replace("event_count", "value_sum").replace("3}", "3, field: x}"), "a correlation of type value_sum"),
        (COUNT.replace("[acct]", "[rule]"), "the field 'rule', which is something else in our events"),
        (VALUES.replace("Acct", "[a, b]"), "different values of several fields together"),
        (TEMPORAL + "condition: fail and not login and sudo\n", "a condition that is an expression"),
        (ORDERED + "condition: fail and login\n", "a condition that is an expression"),
        (TEMPORAL + "condition: {gte: 2}\n", "a temporal correlation that needs only some of its rules"),
        (TEMPORAL.replace("temporal", "temporal_ordered"), "an order of more than two rules"),
        (
            VALUES.replace("[ip]", "[who]\naliases: {who: {fail: src, login: dst}}"),
            "an alias for fields of different names (who)",
        ),
    ],
)
def test_what_cannot_be_expressed_is_listed_with_its_reason(correlation: str, reason: str) -> None:
    found = read(correlation, "fail", "login", "sudo")

    assert found.problems == ()
    assert [(each.place, each.title, each.reason) for each in found.skipped] == [(Place("c.yml", 1), "many", reason)]
    assert len(found.rules) == 3


def test_a_correlation_of_a_rule_that_is_skipped_is_skipped_too() -> None:
    uncovered = single("fail").replace("{act: fail}", "{act|fieldref: other}")
    found = read_sigma([("c.yml", many(COUNT) + "---\n" + uncovered)])

    assert [each.reason for each in found.skipped] == [
        "it counts rules that are not loaded: fail",
        "a comparison with another field (other)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("rules: fail", "rules: fial", 1, "Rule 'fial' not found in rule collection"),
        ("timespan: 1m", "timespan: soon", 5, "Timespan 'soon' is invalid."),
        ("type: event_count", "type: counting", 5, "'counting' is no valid Sigma correlation type"),
        ("condition: {gte: 3}", "condition: {gte: x}", 5, "'x' is no valid Sigma correlation condition count"),
        ("condition: {gte: 3}\n", "", 5, "Non-temporal Sigma correlation rule without condition"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, problem: str) -> None:
    assert old in COUNT
    found = read(COUNT.replace(old, new))

    assert [(each.place, each.problem) for each in found.problems] == [(Place("c.yml", line), problem)]
