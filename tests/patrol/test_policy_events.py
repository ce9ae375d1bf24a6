from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.dialect.native import read_native
from ospatrol.engine.judge import judge
from ospatrol.engine.rulebook import read_rulebook
from ospatrol.model.event import Event
from ospatrol.model.policy import Evidence, Finding, Severity, Status, Verdict
from ospatrol.patrol.policy_events import FIELDS, policy_events

RULES = Path(__file__).parents[2] / "rules" / "policy.yml"


def verdict(applies: bool = True, waiver: str = "", severity: Severity = Severity.HIGH, **checks: Status) -> Verdict:
    findings = tuple(
        Finding(
            host="web1",
            policy="gates",
            check=name,
            title=f"Title \x1b of {name}",
            status=status,
            severity=severity,
            reason="no permission" if status is Status.NOT_ASSESSED else "",
            evidence=(Evidence(rule="f:/x", outcome="found", shown=r"a\x1bb"),),
            waiver=waiver if status is Status.FAIL else "",
        )
        for name, status in checks.items()
    )
    return Verdict(host="web1", policy="gates", findings=findings, applies=applies)


def told(now: Verdict, before: Verdict | None) -> list[Event]:
    return list(policy_events(now, before, at=1.0))


def changes(now: Verdict, before: Verdict | None) -> list[str]:
    return [event.fields["change"] for event in told(now, before)]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, verdict(a=Status.FAIL), ["first"]),
        (None, verdict(applies=False, a=Status.NOT_APPLICABLE), []),
        (verdict(applies=False, a=Status.NOT_APPLICABLE), verdict(a=Status.PASS), ["first"]),
        (verdict(a=Status.PASS), verdict(a=Status.PASS), []),
        (verdict(a=Status.PASS), verdict(a=Status.FAIL), ["failed", "score dropped"]),
        (verdict(a=Status.FAIL), verdict(a=Status.PASS), ["passed", "score rose"]),
        (verdict(a=Status.NOT_ASSESSED), verdict(a=Status.PASS), ["score rose"]),
        (verdict(a=Status.PASS), verdict(a=Status.PASS, b=Status.FAIL), ["added", "score dropped"]),
        (verdict(a=Status.PASS), verdict(a=Status.PASS, b=Status.PASS), []),
        (verdict(a=Status.PASS), verdict(applies=False, a=Status.NOT_APPLICABLE), ["no longer applies"]),
        (
            verdict(a=Status.PASS, b=Status.PASS),
            verdict(a=Status.NOT_ASSESSED, b=Status.NOT_ASSESSED),
            ["no longer assessed", "score dropped"],
        ),
    ],
)
def test_what_is_said(before: Verdict | None, now: Verdict, expected: list[str]) -> None:
    assert changes(now, before) == expected


def test_an_event_says_what_was_seen_and_nothing_in_it_drives_a_terminal() -> None:
    event = told(verdict(a=Status.FAIL, waiver="W-1"), verdict(a=Status.PASS))[0]

    assert event.fields["shown"] == r"a\x1bb"
    assert event.fields["title"] == r"Title \x1b of a"
    assert event.fields["waiver"] == "W-1"
    assert "\x1b" not in event.text
    assert (event.kind, event.location) == ("policy", "policy:gates")


def test_many_checks_that_are_lost_are_one_event_that_names_some() -> None:
    names = [f"c{number}" for number in range(40)]
    event = told(verdict(**dict.fromkeys(names, Status.NOT_ASSESSED)), verdict(**dict.fromkeys(names, Status.PASS)))[0]

    assert event.fields["count"] == "40"
    assert event.fields["checks"].endswith("c9 and 30 more")
    assert event.fields["shown"] == "no permission"


def test_rules_declare_exactly_the_fields_that_events_have() -> None:
    native = read_native([("policy.yml", RULES.read_text())])

    assert {kind: sorted(names) for kind, names in native.fields.items()} == {
        kind: sorted(names) for kind, names in FIELDS.items()
    }


@pytest.mark.parametrize(
    ("severity", "waiver", "rule"),
    [
        (Severity.LOW, "", 910710),
        (Severity.HIGH, "", 910711),
        (Severity.CRITICAL, "", 910712),
        (Severity.CRITICAL, "W-1", None),
    ],
)
def test_what_fails_is_as_loud_as_it_is_bad_unless_it_is_waived(
    severity: Severity, waiver: str, rule: int | None
) -> None:
    ruleset = read_rulebook([("policy.yml", RULES.read_text())]).ruleset
    now = verdict(severity=severity, waiver=waiver, a=Status.FAIL)

    alert = judge(ruleset, told(now, verdict(a=Status.PASS))[0])

    assert (alert.rule if alert else None) == rule
