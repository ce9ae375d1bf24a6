"""What every compliance report is made from: verdicts on hosts, counted and compared with the last run once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import TextIO

import msgspec

from ospatrol.model.policy import Check, Finding, Policy, Status, Verdict, Waiver

Key = tuple[str, str, str]


class Unreachable(msgspec.Struct, frozen=True, kw_only=True):
    """A host that was to be assessed and could not be asked anything.

    Attributes:
        host: The inventory name.
        reason: A sentence.
        step: Where it failed, as `ospatrol doctor` names steps.
    """

    host: str
    reason: str
    step: str = ""


class ComplianceReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that one assessment found, and what it is compared with.

    Attributes:
        at: When: seconds since the epoch, UTC.
        policies: Those that were judged.
        verdicts: One a host and policy, in the order to be shown.
        before: Those of the last run; none if there was no other.
        before_at: When that was, likewise; None if there was no other.
        used: Waivers that cover a finding.
        unused: Waivers in force that cover none.
        expired: Waivers whose day has passed; what they covered counts again.
        unreachable: Hosts that were not reached.
        version: Of OSPatrol.
    """

    at: float
    policies: tuple[Policy, ...]
    verdicts: tuple[Verdict, ...]
    version: str
    before: tuple[Verdict, ...] = ()
    before_at: float | None = None
    used: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expired: tuple[Waiver, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()


class ComplianceFormat(msgspec.Struct, frozen=True, kw_only=True):
    """One format; its file in this room holds one under the name FORMAT.

    Attributes:
        name: As in `-o NAME`.
        suffix: Of its files.
        write: Writes a report.
        per_host: Whether a file holds one host only; give it `for_host(report, host)`.
    """

    name: str
    suffix: str
    write: Callable[[ComplianceReport, TextIO], None]
    per_host: bool = False


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings there are of each status.

    Attributes:
        passed: Of status pass.
        failed: Of status fail, waived ones too.
        not_applicable: Of status not applicable.
        not_assessed: Of status not assessed.
        waived: Those that failed and are covered by a waiver.
    """

    passed: int = 0
    failed: int = 0
    not_applicable: int = 0
    not_assessed: int = 0
    waived: int = 0

    @property
    def total(self) -> int:
        """All findings."""
        return self.passed + self.failed + self.not_applicable + self.not_assessed

    @property
    def score(self) -> int | None:
        """Hundredths of the decided findings that pass; None if none was decided."""
        decided = self.passed + self.failed
        return 100 * self.passed // decided if decided else None


class Turn(StrEnum):
    """How a finding differs from the last run."""

    SAME = "same"
    FAILING = "newly failing"
    PASSING = "newly passing"
    LOST = "no longer assessed"
    NEW = "new"
    OTHER = "changed"


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the last run.

    Attributes:
        before: The counts then.
        failing: Findings that fail now and did not then; those that were not there then are not among them.
        passing: Findings that pass now and did not then; likewise.
        lost: Findings that were decided then and are not assessed now.
        new: Findings of checks or hosts that were not there then.
        gone: How many findings of then are there no more.
        score: How many hundredths more or less; None where one of the two scores is not known.
    """

    before: Counts
    failing: tuple[Finding, ...]
    passing: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    new: tuple[Finding, ...]
    gone: int
    score: int | None


def key_of(finding: Finding) -> Key:
    """What a finding is about: host, policy, check."""
    return finding.host, finding.policy, finding.check


def finding_id(finding: Finding) -> str:
    """The same for ever for the same host, policy and check: 32 hexadecimal digits."""
    return sha256("\0".join(key_of(finding)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def findings_of(verdicts: Iterable[Verdict]) -> Iterator[Finding]:
    """Every finding, verdict by verdict."""
    return (finding for verdict in verdicts for finding in verdict.findings)


def count(findings: Iterable[Finding]) -> Counts:
    """The counts of some findings."""
    of = dict.fromkeys(Status, 0)
    waived = 0
    for finding in findings:
        of[finding.status] += 1
        waived += finding.status is Status.FAIL and bool(finding.waiver)
    return Counts(
        passed=of[Status.PASS],
        failed=of[Status.FAIL],
        not_applicable=of[Status.NOT_APPLICABLE],
        not_assessed=of[Status.NOT_ASSESSED],
        waived=waived,
    )


def before_of(report: ComplianceReport) -> Mapping[Key, Status]:
    """What the last run said of each host, policy and check."""
    return {key_of(finding): finding.status for finding in findings_of(report.before)}


def turn_of(finding: Finding, before: Mapping[Key, Status]) -> Turn:
    """How a finding differs from the last run; `before` is of `before_of`, and not empty."""
    was = before.get(key_of(finding))
    if was is None:
        return Turn.NEW
    if was is finding.status:
        return Turn.SAME
    match finding.status:
        case Status.FAIL:
            return Turn.FAILING
        case Status.PASS:
            return Turn.PASSING
        case Status.NOT_ASSESSED:
            return Turn.LOST if was in {Status.PASS, Status.FAIL} else Turn.OTHER
        case Status.NOT_APPLICABLE:
            return Turn.OTHER


def trend_of(report: ComplianceReport) -> Trend | None:
    """What changed since the last run, of the policies that it judged too; None without one."""
    if not report.before:
        return None
    before = before_of(report)
    known = {verdict.policy for verdict in report.before}
    findings = [finding for finding in findings_of(report.verdicts) if finding.policy in known]
    turns: dict[Turn, list[Finding]] = {turn: [] for turn in Turn}
    for finding in findings:
        turns[turn_of(finding, before)].append(finding)
    then, now = count(findings_of(report.before)), count(findings)
    still = set(map(key_of, findings))
    return Trend(
        before=then,
        failing=tuple(turns[Turn.FAILING]),
        passing=tuple(turns[Turn.PASSING]),
        lost=tuple(turns[Turn.LOST]),
        new=tuple(turns[Turn.NEW]),
        gone=len(before.keys() - still),
        score=None if now.score is None or then.score is None else now.score - then.score,
    )


def checks_of(report: ComplianceReport) -> Mapping[tuple[str, str], Check]:
    """Every check by the ids of its policy and its own."""
    return {(policy.id, check.id): check for policy in report.policies for check in policy.checks}


def unheard(report: ComplianceReport) -> tuple[Unreachable, ...]:
    """The unreachable hosts that no verdict is about; every format tells them, so that none goes unseen."""
    judged = {verdict.host for verdict in report.verdicts}
    return tuple(each for each in report.unreachable if each.host not in judged)


def hosts_of(report: ComplianceReport) -> tuple[str, ...]:
    """Every host with a verdict, then those that were not reached; each once, in the order of the report."""
    judged = (verdict.host for verdict in report.verdicts)
    return tuple(dict.fromkeys([*judged, *(each.host for each in report.unreachable)]))


def for_host(report: ComplianceReport, host: str) -> ComplianceReport:
    """The part of a report that is about one host; waivers stay."""
    return msgspec.structs.replace(
        report,
        verdicts=tuple(each for each in report.verdicts if each.host == host),
        before=tuple(each for each in report.before if each.host == host),
        unreachable=tuple(each for each in report.unreachable if each.host == host),
    )
