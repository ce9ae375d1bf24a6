"""A run as plain lines for people, mails and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ospatrol.model.alert import Alert
from ospatrol.model.policy import Verdict
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.report.compliance import count
from ospatrol.report.compliance_text import in_a_line, plain
from ospatrol.report.coverage import coverage_line, coverage_of
from ospatrol.report.report import Report, RunReport
from ospatrol.report.view import iso_time

_SHOWN = 20


def write_text(report: RunReport, out: TextIO) -> None:
    """One line an alert, then what else there is to know, then the coverage line."""
    out.writelines(alert_line(alert) + "\n" for alert in report.alerts)
    if report.policies is not None:
        told = _told(report.result)
        untold = (each for each in report.policies.verdicts if (each.host, each.policy) not in told)
        out.writelines(f"{_verdict_line(verdict)}\n" for verdict in untold)
    out.writelines(line + "\n" for line in closing_lines(report))


def alert_line(alert: Alert) -> str:
    """`2026-11-21T23:57:00.000Z level 12 web1 rule 910103: ... [id]`, and which waiver covers it."""
    waived = f" (waived by {_fit(alert.waiver)})" if alert.waiver else ""
    return (
        f"{iso_time(alert.event.at)} level {alert.level:>2} {alert.event.host} rule {alert.rule}: "
        f"{alert.description} [{alert.id}]{waived}"
    )


def closing_lines(report: RunReport) -> Iterator[str]:
    """What a reader must know beside the alerts: digests, hosts that failed, gaps, baselines, waivers, coverage."""
    for host in report.result.hosts:
        yield from _host_lines(host)
    coverage = coverage_of(report.result)
    yield from _unapproved(coverage.unapproved)
    yield from _waivers(report)
    yield coverage_line(coverage)


def _told(result: RunResult) -> set[tuple[str, str]]:
    """Hosts and policies of which the run's tasks say what came of them."""
    return {(host.host, line.partition(":")[0]) for host in result.hosts for task in host.tasks for line in task.digest}


def _verdict_line(verdict: Verdict) -> str:
    found = count(verdict.findings)
    score = "-" if found.score is None else found.score
    what = (
        f"score {score}, {found.failed - found.waived:,} failing, {found.waived:,} waived, {found.passed:,} passing, "
        f"{found.not_assessed:,} not assessed"
    )
    return _fit(f"{verdict.host}: policy {verdict.policy}: {what if verdict.applies else 'not applicable'}")


def _waivers(report: RunReport) -> Iterator[str]:
    for waiver in report.unused:
        yield _fit(f"waiver {waiver.id} ({waiver.place}) covers nothing; remove it")
    for waiver in report.expired:
        yield _fit(f"waiver {waiver.id} ({waiver.place}) expired on {waiver.expires}; what it covered counts again")


def _fit(text: str) -> str:
    return in_a_line(plain(text))


def _host_lines(host: HostResult) -> Iterator[str]:
    if host.status is HostStatus.FAILED:
        yield f"{host.host}: NOT ASSESSED, failed at {host.step}: {host.problem}"
    for note in host.notes:
        yield f"{host.host}: note: {note}"
    for task in host.tasks:
        yield from (f"{host.host}: {task.task}: {line}" for line in task.digest)
        if task.pending:
            differ = (
                "1 difference from the baseline awaits"
                if task.pending == 1
                else (f"{task.pending:,} differences from the baseline await")
            )
            yield f"{host.host}: {task.task}: {differ} approval"
        gaps = [failure for failure in task.failures if failure.is_gap]
        for failure in gaps[:_SHOWN]:
            below = " and all below" if failure.subtree else ""
            detail = f" ({failure.detail})" if failure.detail else ""
            yield f"{host.host}: {task.task}: not assessed: {failure.what}{below}: {failure.reason}{detail}"
        if len(gaps) > _SHOWN:
            yield f"{host.host}: {task.task}: not assessed: {len(gaps) - _SHOWN:,} more"


def _unapproved(unapproved: tuple[tuple[str, str], ...]) -> Iterator[str]:
    if not unapproved:
        return
    named = ", ".join(f"{host} ({task})" for host, task in unapproved[:_SHOWN])
    more = f" and {len(unapproved) - _SHOWN:,} more" if len(unapproved) > _SHOWN else ""
    yield (
        f"baseline proposed, not approved: {named}{more}; "
        "look with `ospatrol baseline show`, then `ospatrol baseline approve`"
    )


REPORT = Report(name="text", write=write_text)
