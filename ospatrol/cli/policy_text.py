"""What policies came to, for a terminal: a line a host and policy, then what fails, and what was not assessed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

import click
import msgspec

from ospatrol.comply.changes import CheckChange, ScoreChange, Turn, changes
from ospatrol.model.policy import Finding, Severity, Status, Verdict
from ospatrol.report.compliance import ComplianceReport, count, findings_of
from ospatrol.report.compliance_text import in_a_line, plain, readable

_NAMED = 3
_SHOWN = 60
_COLOURS = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow"}


class PolicySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A report, and what no format of reports has a place for.

    Attributes:
        report: The report.
        unjudged: Hosts to which no policy applies.
        left_out: Policies that apply to none of the hosts.
    """

    report: ComplianceReport
    unjudged: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def fit(text: str) -> str:
    """The text in one line, control characters escaped."""
    return in_a_line(plain(text))


def print_summary(summary: PolicySummary, out: TextIO | None = None) -> None:
    """Print a report as tables and lines.

    Args:
        summary: What to print.
        out: A file; standard output if None, with colours on a terminal.
    """
    from contextlib import redirect_stdout

    with redirect_stdout(out or sys.stdout):
        _print(msgspec.structs.replace(summary, report=readable(summary.report)))


def _print(summary: PolicySummary) -> None:
    from ospatrol.cli.table import print_table

    report = summary.report
    before = {(verdict.host, verdict.policy): verdict for verdict in report.before}
    rows = [_verdict_row(verdict, before.get((verdict.host, verdict.policy))) for verdict in report.verdicts]
    if rows:
        head = ["host", "policy", "pass", "fail", "waived", "not applicable", "not assessed", "score", "trend"]
        print_table(head, rows)
    failing = _by_check(report, lambda finding: finding.status is Status.FAIL and not finding.waiver)
    ranks = list(Severity)
    chosen = sorted(failing.values(), key=lambda found: -ranks.index(found[0].severity))
    if chosen:
        click.echo()
        one = len({verdict.host for verdict in report.verdicts}) == 1
        head = ["severity", "policy", "check", "fails", "seen" if one else "hosts"]
        colours = [_COLOURS.get(found[0].severity, "") for found in chosen]
        print_table(head, [_failing_row(found, one=one) for found in chosen], colours=colours)
    lines = [*_gaps(summary), *_waivers(report), _closing(summary)]
    click.echo("\n" if rows else "", nl=False)
    for line in lines:
        click.echo(in_a_line(line))


def _verdict_row(verdict: Verdict, before: Verdict | None) -> list[str]:
    counts = count(verdict.findings)
    numbers = (counts.passed, counts.failed - counts.waived, counts.waived, counts.not_applicable, counts.not_assessed)
    score = "-" if counts.score is None else str(counts.score)
    return [in_a_line(verdict.host), in_a_line(verdict.policy), *map(str, numbers), score, _trend(verdict, before)]


def _trend(verdict: Verdict, before: Verdict | None) -> str:
    if before is None:
        return "first"
    found = changes(before, verdict)
    failing = sum(isinstance(each, CheckChange) and each.turn is Turn.FAILED for each in found)
    passing = sum(isinstance(each, CheckChange) and each.turn is Turn.PASSED for each in found)
    points = [each for each in found if isinstance(each, ScoreChange)]
    said = []
    for each in points:
        known = each.was is not None and each.now is not None
        said.append(
            f"{(each.now or 0) - (each.was or 0):+d}" if known else f"was {'-' if each.was is None else each.was}"
        )
    said += [f"{failing} newly failing"] if failing else []
    said += [f"{passing} newly passing"] if passing else []
    return ", ".join(said) or "same"


def _by_check(report: ComplianceReport, wanted: Callable[[Finding], bool]) -> Mapping[tuple[str, str], list[Finding]]:
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings_of(report.verdicts):
        if wanted(finding):
            found.setdefault((finding.policy, finding.check), []).append(finding)
    return found


def _failing_row(found: Sequence[Finding], *, one: bool) -> list[str]:
    first = found[0]
    if one:
        shown = first.evidence[-1].shown if first.evidence else ""
        last = f"{shown[:_SHOWN]}..." if len(shown) > _SHOWN else shown
    else:
        last = _some([finding.host for finding in found])
    return [first.severity.value, *map(in_a_line, (first.policy, first.check, first.title, last))]


def _gaps(summary: PolicySummary) -> Iterator[str]:
    report = summary.report
    for host in report.unreachable:
        yield f"not assessed: {host.host}: {host.step}: {host.reason}"
    for name in summary.unjudged:
        yield f"not assessed: {plain(name)}: no policy applies to it"
    reasons: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings_of(report.verdicts):
        if finding.status is Status.NOT_ASSESSED:
            reasons.setdefault((finding.policy, finding.reason), []).append(finding)
    for (policy, reason), found in reasons.items():
        named = _some(list(dict.fromkeys(finding.host for finding in found)))
        checks = list(dict.fromkeys(finding.check for finding in found))
        yield f"not assessed: {policy}: {_s(len(checks), 'check')} on {named}: {reason} ({_some(checks)})"
    absent: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        if not verdict.applies:
            absent.setdefault(verdict.policy, []).append(verdict.host)
    for hosts in dict.fromkeys(map(_some, absent.values())):
        policies = [policy for policy, where in absent.items() if _some(where) == hosts]
        yield f"not applicable on {hosts}: {', '.join(policies)}"
    if summary.left_out:
        yield f"apply to none of these hosts: {', '.join(map(plain, summary.left_out))}"


def _waivers(report: ComplianceReport) -> Iterator[str]:
    for waiver in report.unused:
        yield f"waiver {waiver.id} ({waiver.place}) covers nothing that fails; remove it"
    for waiver in report.expired:
        yield f"waiver {waiver.id} ({waiver.place}) expired on {waiver.expires}; what it covered counts again"


def _closing(summary: PolicySummary) -> str:
    report = summary.report
    counts = count(findings_of(report.verdicts))
    hosts = {verdict.host for verdict in report.verdicts} - set(summary.unjudged)
    unassessed = len(({host.host for host in report.unreachable} | set(summary.unjudged)) - hosts)
    failing = counts.failed - counts.waived
    parts = [f"{len(hosts)} of {_s(len(hosts) + unassessed, 'host')} judged", f"{failing:,} failing"]
    parts += [f"{counts.waived:,} waived"] if counts.waived else []
    parts.append(f"{counts.passed:,} passing")
    parts.append(f"NOT ASSESSED: {_s(counts.not_assessed, 'check')}" if counts.not_assessed else "nothing left out")
    if unassessed:
        parts[-1] = f"NOT ASSESSED: {_s(counts.not_assessed, 'check')}, {_s(unassessed, 'host')}"
    return f"policies: {'; '.join(parts)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _s(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
