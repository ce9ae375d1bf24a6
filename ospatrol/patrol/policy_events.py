"""What became of a policy on a host, as events for rules to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ospatrol.comply.changes import CheckChange, ScoreChange, Turn, changes
from ospatrol.model.event import Event
from ospatrol.model.policy import Finding, Status, Verdict
from ospatrol.model.text import escape_controls

KIND = "policy"
FIELDS: Mapping[str, tuple[str, ...]] = {
    KIND: (
        "change",
        "policy",
        "check",
        "title",
        "severity",
        "was",
        "now",
        "shown",
        "waiver",
        "count",
        "checks",
        "score",
    )
}
"""Kind of event to every field that an event of it may have."""

_NAMED = 10
_LIMIT = 400


def policy_events(verdict: Verdict, before: Verdict | None, *, at: float) -> Iterator[Event]:
    """What is to be said of a verdict: checks that failed or passed since the one before, one by one; the rest in sum.

    Args:
        verdict: With waivers laid over it.
        before: The last one of the same policy on the same host; None if there is none.
        at: Seconds since the epoch, UTC.
    """
    if before is None or not before.applies:
        if verdict.applies:
            yield _first(verdict, at)
        return
    if not verdict.applies:
        text = f"{verdict.policy} does not apply any more"
        yield _event(verdict, at, text, {"change": "no longer applies"})
        return
    found = changes(before, verdict)
    for change in found:
        if isinstance(change, CheckChange) and _is_told(change):
            yield _check(verdict, change, at)
    lost = [change.finding for change in found if isinstance(change, CheckChange) and change.turn is Turn.LOST]
    if lost:
        yield _lost(verdict, lost, at)
    for change in found:
        if isinstance(change, ScoreChange):
            yield _score(verdict, change, at)


def _is_told(change: CheckChange) -> bool:
    if change.turn is Turn.ADDED:
        return change.now is Status.FAIL
    # one that could not be assessed for a while and still passes is no news
    return change.turn is Turn.FAILED or (change.turn is Turn.PASSED and change.was is Status.FAIL)


def _check(verdict: Verdict, change: CheckChange, at: float) -> Event:
    evidence = change.finding.evidence
    fields = {
        "change": change.turn.value,
        "check": change.check,
        "title": change.title,
        "severity": change.severity.value,
        "was": change.was.value if change.was else "",
        "now": change.now.value if change.now else "",
        "shown": evidence[-1].shown if evidence else "",
        "waiver": change.finding.waiver,
    }
    text = f"check {change.check} of {change.policy}: {fields['was'] or 'new'} -> {fields['now']}: {change.title}"
    return _event(verdict, at, text, fields)


def _first(verdict: Verdict, at: float) -> Event:
    failing = [finding for finding in verdict.findings if finding.status is Status.FAIL and not finding.waiver]
    fields = {"change": "first", "count": str(len(failing)), "checks": _named(failing), "score": _shown(verdict.score)}
    text = f"{verdict.policy}: first verdict: score {fields['score']}, {len(failing)} checks fail"
    return _event(verdict, at, text, fields)


def _lost(verdict: Verdict, lost: Sequence[Finding], at: float) -> Event:
    reasons = dict.fromkeys(finding.reason for finding in lost if finding.reason)
    fields = {
        "change": "no longer assessed",
        "count": str(len(lost)),
        "checks": _named(lost),
        "shown": ", ".join(list(reasons)[:3]),
    }
    return _event(verdict, at, f"{verdict.policy}: {len(lost)} checks are not decided any more", fields)


def _score(verdict: Verdict, change: ScoreChange, at: float) -> Event:
    said = "score dropped" if change.dropped else "score rose"
    fields = {"change": said, "was": _shown(change.was), "now": _shown(change.now)}
    return _event(verdict, at, f"{verdict.policy}: {said}: {fields['was']} -> {fields['now']}", fields)


def _event(verdict: Verdict, at: float, text: str, fields: Mapping[str, str]) -> Event:
    # what hosts said is escaped already: see `comply.evidence`; what people wrote in policies is not
    kept = {name: value if name == "shown" else _fit(value) for name, value in fields.items() if value}
    return Event(
        at=at,
        host=verdict.host,
        kind=KIND,
        location=f"policy:{_fit(verdict.policy)}",
        text=_fit(text),
        fields={"policy": _fit(verdict.policy), **kept},
    )


def _named(findings: Sequence[Finding]) -> str:
    more = f" and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
    return ", ".join(finding.check for finding in findings[:_NAMED]) + more


def _shown(score: int | None) -> str:
    return "unknown" if score is None else str(score)


def _fit(text: str) -> str:
    return escape_controls(text, _LIMIT)
