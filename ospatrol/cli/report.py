"""`ospatrol report`: what is stored, in any format, without contacting a host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.exit import ExitStatus, status_of
from ospatrol.cli.options import INVENTORY, OUTPUT

if TYPE_CHECKING:
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.patrol.policy_judge import Waivers
    from ospatrol.report.report import RunReport

_EPILOG = """\b
Examples:
  ospatrol report -o html:report.html           all hosts: last verdicts, and what the last run raised
  ospatrol report 'web:!web3' --since 7d -o csv:week.csv
  ospatrol report -o junit:last.xml -o sarif:last.sarif --exit-zero

HOST is a pattern of the inventory, or a glob of names; without one, every host that something is stored of is meant.
Waivers are those of today. The trend is against the verdicts before the last ones.

\b
Exit status:
  0 clean   3 an alert or a failing check that no waiver covers   4 something was not assessed   7 both
"""


@click.command("report", epilog=_EPILOG, params=[*INVENTORY, *OUTPUT])
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@click.option("--since", metavar="TIME", help="Everything since 12h, 2d, 1w, or an ISO 8601 time, not the last run.")
def COMMAND(hosts: tuple[str, ...], *, since: str | None, **flags: object) -> int:
    """Report what is stored of HOSTs: last verdicts of policies, and the last run's alerts; no host is contacted."""
    from ospatrol.cli.alerts import moment
    from ospatrol.cli.output import read_outputs, write_outputs
    from ospatrol.cli.policy_waivers import HostPatterns, open_waivers
    from ospatrol.report.coverage import coverage_of

    order = RunFlags.read(flags)
    patterns, waivers = HostPatterns(order), open_waivers(order, order.waivers)

    def wanted(host: str) -> bool:
        return not hosts or any(patterns.matches(each, host) for each in hosts)

    read_outputs(order.outputs, as_json=order.as_json, hosts=0)  # a mistake is told before the work
    report, summary = _stored(order, waivers, moment(since), wanted)
    coverage = coverage_of(report.result)
    count = len({host.host for host in report.result.hosts} | {each.host for each in summary.report.verdicts})
    outputs = read_outputs(order.outputs, as_json=order.as_json, hosts=count)
    status = status_of(
        findings=_is_finding(report, order.fail_on) and not order.exit_zero,
        incomplete=coverage.incomplete or _is_incomplete(summary),
    )
    quiet = order.quiet and status is ExitStatus.CLEAN
    write_outputs(outputs, report, summary if summary.report.verdicts else None, quiet=quiet)
    return status


def _stored(
    order: RunFlags, waivers: Waivers, since: float | None, wanted: Callable[[str], bool]
) -> tuple[RunReport, PolicySummary]:
    """What is stored, put together.

    Raises:
        UsageError: there is nothing.
    """
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.cli.run_report import run_report
    from ospatrol.model.errors import UsageError
    from ospatrol.model.run import RunResult
    from ospatrol.patrol.policy_judge import Assessment
    from ospatrol.patrol.policy_library import PolicyLibrary
    from ospatrol.patrol.stored import last_result, last_verdicts, policies_of
    from ospatrol.store.records import AlertQuery
    from ospatrol.store.store import Store

    state = Path(order.settings.state)
    with Store.open(state, read_only=True) as store:
        result = last_result(store, since, wanted)
        judged, old = last_verdicts(state, since, wanted)
        if not judged and not old and (result is None or not result.hosts):
            raise UsageError("nothing is stored of such a host and time; `ospatrol run` and `policy run` ask hosts")
        policies = tuple(policies_of(judged, PolicyLibrary()))
        at = max((each.at for each in judged), default=result.started if result else 0.0)
        assessment = Assessment(policies=policies, auto=False, waivers=waivers)
        compliance = assessment.report(judged, at=at, unreachable=old)
        if result is None:
            result = RunResult(id="", play="stored verdicts", started=at, finished=at)
        run = None if since is not None else result.id
        found = store.alerts(AlertQuery(run=run, since=since, oldest_first=True))
        alerts = [alert for alert in found if wanted(alert.event.host)]
        told = compliance if judged or old else None
        report = run_report(store, result, waivers, fail_on=order.fail_on, policies=told, alerts=alerts)
    return report, PolicySummary(report=compliance)


def _is_finding(report: RunReport, fail_on: int) -> bool:
    from ospatrol.patrol.policy_judge import is_failing

    return report.worst >= fail_on or (report.policies is not None and is_failing(report.policies.verdicts))


def _is_incomplete(summary: PolicySummary) -> bool:
    from ospatrol.patrol.policy_judge import is_incomplete

    return is_incomplete(summary.report.verdicts) or bool(summary.report.unreachable)
