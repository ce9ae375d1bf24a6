"""What became of the checks of a policy on a host since it was judged before."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from ospatrol.model.policy import Finding, Severity, Status, Verdict


class Turn(StrEnum):
    """What happened to a check."""

    FAILED = "failed"
    """It fails, and did not before."""
    PASSED = "passed"
    """It passes, and did not before."""
    LOST = "no longer decided"
    """It was passed or failed, and now is not assessed or does not apply."""
    SHIFTED = "otherwise undecided"
    """It was and is neither passed nor failed, but for another sort of reason."""
    ADDED = "added"
    """The policy did not have it before."""
    REMOVED = "removed"
    """The policy does not have it any more."""


class CheckChange(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one check.

    Attributes:
        host: The inventory name.
        policy: The policy's id.
        check: The check's id.
        title: The check's.
        severity: The check's.
        turn: What happened.
        was: Its status before; None if there was none.
        now: Its status; None if there is none.
        finding: The present one, or the earlier one of a check that was removed.
    """

    host: str
    policy: str
    check: str
    title: str
    severity: Severity
    turn: Turn
    was: Status | None
    now: Status | None
    finding: Finding


class ScoreChange(msgspec.Struct, frozen=True, kw_only=True):
    """That a policy's score differs.

    Attributes:
        host: The inventory name.
        policy: The policy's id.
        was: Hundredths before; None if nothing was decided.
        now: Hundredths now; likewise.
    """

    host: str
    policy: str
    was: int | None
    now: int | None

    @property
    def dropped(self) -> bool:
        """Whether it is worse: lower, or not to be had any more."""
        return self.was is not None and (self.now is None or self.now < self.was)


PolicyChange: TypeAlias = CheckChange | ScoreChange


def changes(before: Verdict, now: Verdict) -> tuple[PolicyChange, ...]:
    """What differs between two verdicts: checks in the order of the policy, removed ones behind, then the score.

    Raises:
        ValueError: if they are not of the same policy on the same host.
    """
    if (before.host, before.policy) != (now.host, now.policy):
        raise ValueError(f"{before.policy} on {before.host} cannot be compared with {now.policy} on {now.host}")
    earlier = {finding.check: finding for finding in before.findings}
    found: list[PolicyChange] = []
    for finding in now.findings:
        old = earlier.pop(finding.check, None)
        if old is None:
            found.append(_change(finding, Turn.ADDED, None, finding.status))
        elif old.status is not finding.status:
            found.append(_change(finding, _turn(old.status, finding.status), old.status, finding.status))
    found.extend(_change(old, Turn.REMOVED, old.status, None) for old in earlier.values())
    if before.score != now.score:
        found.append(ScoreChange(host=now.host, policy=now.policy, was=before.score, now=now.score))
    return tuple(found)


def _turn(was: Status, now: Status) -> Turn:
    if now is Status.FAIL:
        return Turn.FAILED
    if now is Status.PASS:
        return Turn.PASSED
    return Turn.LOST if was in {Status.PASS, Status.FAIL} else Turn.SHIFTED


def _change(finding: Finding, turn: Turn, was: Status | None, now: Status | None) -> CheckChange:
    return CheckChange(
        host=finding.host,
        policy=finding.policy,
        check=finding.check,
        title=finding.title,
        severity=finding.severity,
        turn=turn,
        was=was,
        now=now,
        finding=finding,
    )
