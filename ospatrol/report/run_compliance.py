"""A run as verdicts, so that every format of compliance reports can tell it: a check a task, and one an alert."""

from __future__ import annotations

from collections.abc import Iterator

from ospatrol.model.alert import Alert
from ospatrol.model.place import Place
from ospatrol.model.policy import Evidence, Finding, Manner, Policy, Severity, Status, Verdict
from ospatrol.model.run import HostResult, HostStatus, TaskResult
from ospatrol.report.compliance import ComplianceReport, Unreachable
from ospatrol.report.report import RunReport

_SHOWN = 20
_POLICY = "policy"
_LEVELS = ((14, Severity.CRITICAL), (12, Severity.HIGH), (7, Severity.MEDIUM), (4, Severity.LOW))


def compliance_of(report: RunReport) -> ComplianceReport:
    """The run's tasks and alerts as checks of a policy that is called as its play, then what its policies came to.

    A task passes if nothing of it was left out. An alert fails, unless its level is too low for a finding. Those that
    tell of a check are left to the finding of that check.
    """
    result, policies = report.result, report.policies
    alerts: dict[str, list[Alert]] = {}
    for alert in report.alerts:
        if policies is None or alert.event.kind != _POLICY or "check" not in alert.event.fields:
            alerts.setdefault(alert.event.host, []).append(alert)
    about = {each.host: each for each in (policies.unreachable if policies else ())}
    about |= {each.host: each for each in _unreachable(report)}
    verdicts = [
        Verdict(
            host=host.host,
            policy=result.play,
            findings=tuple(_findings(host, _tasks(report, host), alerts.get(host.host, []), report)),
        )
        for host in result.hosts
        if host.host in alerts or (host.status is not HostStatus.FAILED and _tasks(report, host))
    ]
    return ComplianceReport(
        at=result.started,
        policies=(*((_play(result.play),) if verdicts else ()), *(policies.policies if policies else ())),
        verdicts=(*verdicts, *(policies.verdicts if policies else ())),
        version=report.version,
        before=policies.before if policies else (),
        before_at=policies.before_at if policies else None,
        used=report.used,
        unused=report.unused,
        expired=report.expired,
        unreachable=tuple(about.values()),
    )


def severity_of(level: int) -> Severity:
    """What the level of an alert is called in compliance reports."""
    return next((severity for least, severity in _LEVELS if level >= least), Severity.INFO)


def _play(name: str) -> Policy:
    return Policy(
        id=name,
        name=name,
        file=name,
        description="The tasks of a run, and the alerts that it raised.",
        manner=Manner.NATIVE,
        checks=(),
        place=Place(name),
    )


def _unreachable(report: RunReport) -> Iterator[Unreachable]:
    result = report.result
    for host in result.hosts:
        if host.status is HostStatus.FAILED:
            yield Unreachable(host=host.host, reason=host.problem, step=host.step)
    left_out = result.planned - len(result.hosts)
    if left_out:
        yield Unreachable(host=f"({left_out:,} left out)", reason="the run was interrupted", step="run")


def _tasks(report: RunReport, host: HostResult) -> list[TaskResult]:
    """A host's tasks, but for one of policies whose findings stand beside it."""
    return [task for task in host.tasks if report.policies is None or task.task != _POLICY]


def _findings(host: HostResult, tasks: list[TaskResult], alerts: list[Alert], report: RunReport) -> Iterator[Finding]:
    play = report.result.play
    if host.status is HostStatus.FAILED:
        yield Finding(
            host=host.host,
            policy=play,
            check="host",
            title="The host is assessed",
            status=Status.NOT_ASSESSED,
            reason=f"{host.step}: {host.problem}",
        )
    for task in tasks:
        yield _task(host.host, play, task)
    for alert in alerts:
        yield _alert(alert, play, report.fail_on)


def _task(host: str, play: str, task: TaskResult) -> Finding:
    gaps = [failure for failure in task.failures if failure.is_gap]
    return Finding(
        host=host,
        policy=play,
        check=task.task,
        title=f"All of the task {task.task} is assessed",
        status=Status.NOT_ASSESSED if gaps else Status.PASS,
        reason=", ".join(dict.fromkeys(gap.reason.value for gap in gaps)),
        evidence=tuple(Evidence(rule=gap.what, outcome="undecided", shown=gap.detail) for gap in gaps[:_SHOWN]),
    )


def _alert(alert: Alert, play: str, fail_on: int) -> Finding:
    told = alert.level < fail_on and not alert.waiver
    event = alert.event
    return Finding(
        host=event.host,
        policy=play,
        check=f"{alert.rule}-{alert.id[:8]}",
        title=alert.description,
        status=Status.NOT_APPLICABLE if told else Status.FAIL,
        reason=f"level {alert.level}, and findings are those from {fail_on} on" if told else "",
        severity=severity_of(alert.level),
        evidence=(Evidence(rule=event.location, outcome="found", shown=event.text),),
        compliance=alert.compliance,
        waiver=alert.waiver,
    )
