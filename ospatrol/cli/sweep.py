"""Carrying out runs for `ospatrol run` and `ospatrol scan`, and showing what would be done."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus, status_of

if TYPE_CHECKING:
    from ospatrol.cli.arguments import RunFlags
    from ospatrol.model.alert import Alert
    from ospatrol.model.play import Play
    from ospatrol.model.run import HostResult
    from ospatrol.patrol.plan import Choice, HostPlan
    from ospatrol.patrol.rehearse import Rehearsed


def print_tasks(plays: Iterable[Play], choice: Choice) -> ExitStatus:
    """The chosen tasks of plays, a line each."""
    from ospatrol.cli.table import print_table

    rows = [
        (play.name, play.hosts, task.name, task.collector, ", ".join(task.tags))
        for play in plays
        for task in play.tasks
        if choice.takes(task)
    ]
    print_table(["play", "hosts", "task", "collector", "tags"], rows)
    return ExitStatus.CLEAN


def print_hosts(order: RunFlags, plays: Iterable[Play], choice: Choice, playbook_dir: Path | None) -> ExitStatus:
    """The hosts that a run would assess, a line each; their variables are not resolved."""
    inventory = order.inventory(playbook_dir)
    chosen = dict.fromkeys(
        host
        for play in plays
        if any(choice.takes(task) for task in play.tasks)
        for host in inventory.select(play.hosts, choice.limit)
    )
    click.echo("".join(f"{host}\n" for host in inventory.order(chosen)), nl=False)
    return ExitStatus.CLEAN


def print_commands(plans: Iterable[HostPlan]) -> ExitStatus:
    """Everything that a run would send; nothing is connected to."""
    from ospatrol.cli.policy_plan import print_device, print_plan
    from ospatrol.cli.workspace import current_settings
    from ospatrol.comply.network_facts import is_for_devices
    from ospatrol.model.host import TransportKind
    from ospatrol.patrol.policy_plan import plan_policies
    from ospatrol.patrol.policy_work import policies_of
    from ospatrol.patrol.rehearse import rehearse
    from ospatrol.patrol.rehearse_device import DeviceRehearsal

    plans = tuple(plans)
    devices = [plan for plan in plans if plan.target.transport is TransportKind.NETWORK]
    hosts = [plan for plan in plans if plan.target.transport is not TransportKind.NETWORK]
    policies = policies_of(plans)
    _print_scripts(rehearse(hosts))
    if devices:
        rehearsal = DeviceRehearsal(policies)
        for plan in devices:
            print_device(plan.target.host, rehearsal.lines(plan))
    for scope in policies_of(hosts):
        asked = [policy for policy in policies[scope] if not is_for_devices(policy)]
        click.echo(f"# asked for the policies {', '.join(scope.policies)}, of hosts to which they apply")
        print_plan(plan_policies(asked, current_settings().allow_commands))
    return ExitStatus.CLEAN


def _print_scripts(rehearsed: Iterable[Rehearsed]) -> None:
    shown: set[str] = set()
    for each in rehearsed:
        sent = each.sent
        if sent.digest not in shown:
            shown.add(sent.digest)
            click.echo(f"# script {sent.script} ({sent.digest})\n{each.script.text}")
        when = "" if each.certain else " (only to read packages and to explain changes)"
        click.echo(f"{sent.host}: {sent.exec_line}{when}")
        click.echo(f"{sent.host}:   with script {sent.script} ({sent.digest[:12]}) {shlex.join(sent.args)}".rstrip())


def carry_out(order: RunFlags, plans: Sequence[HostPlan], *, play: str, full: bool, show_diff: bool) -> ExitStatus:
    """Run, report, and say by the exit status what came of it."""
    from ospatrol.cli.output import read_outputs, write_outputs
    from ospatrol.cli.policy_came import PolicyPart
    from ospatrol.cli.run_report import run_report
    from ospatrol.patrol.order import Watcher
    from ospatrol.patrol.rules import open_rulebook
    from ospatrol.patrol.run import run
    from ospatrol.report.coverage import coverage_of
    from ospatrol.store.store import Store

    policies = PolicyPart.read(order, plans)
    outputs = read_outputs(order.outputs, as_json=order.as_json, hosts=len(plans))
    ruleset = open_rulebook(order.settings.rules).ruleset
    run_order = order.run_order(tuple(plans), play=play, full=full, command_line=tuple(sys.argv[1:]))

    with _progress(len(plans)) as host_done:
        ran = run(run_order, ruleset, Watcher(begun=_begun, host_done=host_done), policies.assessments)
    came = policies.came(ran)
    with Store.open(Path(order.settings.state), read_only=True) as store:
        judged = came.summary.report if came else None
        report = run_report(store, ran.run, policies.waivers, fail_on=order.fail_on, policies=judged)
    findings = report.worst >= order.fail_on or (came is not None and came.failing)
    status = status_of(
        findings=findings and not order.exit_zero,
        incomplete=coverage_of(ran.run).incomplete or (came is not None and came.incomplete),
        interrupted=ran.run.interrupted,
    )
    awaits = any(task.pending for host in ran.run.hosts for task in host.tasks)
    quiet = order.quiet and status is ExitStatus.CLEAN and report.worst < 0 and not awaits
    write_outputs(outputs, report, came.summary if came else None, quiet=quiet)
    if show_diff and not quiet:
        _print_diffs(report.alerts)
    return status


def _begun(run_id: str, taken_over: str) -> None:
    if taken_over:
        click.echo(f"ospatrol: run {run_id} {taken_over}, which ended without finishing", err=True)


def _print_diffs(alerts: Iterable[Alert]) -> None:
    from ospatrol.integrity.events import unfold

    for alert in alerts:
        folded = alert.event.fields.get("diff")
        if folded:
            click.echo(f"--- {alert.event.host}:{alert.event.fields.get('path', '')}")
            click.echo(unfold(folded))


def _progress(total: int) -> AbstractContextManager[Callable[[HostResult], None]]:
    """A live bar on stderr where that is a terminal, with failing hosts as they happen; else nothing."""
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    from ospatrol.cli.progress import Bar

    return Bar(total)
