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
    from ospatrol.patrol.rehearse import rehearse

    shown: set[str] = set()
    for each in rehearse(plans):
        sent = each.sent
        if sent.digest not in shown:
            shown.add(sent.digest)
            click.echo(f"# script {sent.script} ({sent.digest})\n{each.script.text}")
        when = "" if each.certain else " (only to read packages and to explain changes)"
        click.echo(f"{sent.host}: {sent.exec_line}{when}")
        click.echo(f"{sent.host}:   with script {sent.script} ({sent.digest[:12]}) {shlex.join(sent.args)}".rstrip())
    return ExitStatus.CLEAN


def carry_out(order: RunFlags, plans: Sequence[HostPlan], *, play: str, full: bool, show_diff: bool) -> ExitStatus:
    """Run, report, and say by the exit status what came of it."""
    from ospatrol.cli.output import read_outputs, write_outputs
    from ospatrol.patrol.order import Watcher
    from ospatrol.patrol.rules import open_rulebook
    from ospatrol.patrol.run import run
    from ospatrol.report.coverage import coverage_of
    from ospatrol.store.records import AlertQuery
    from ospatrol.store.store import Store

    outputs = read_outputs(order.outputs, as_json=order.as_json)
    ruleset = open_rulebook(order.settings.rules).ruleset
    run_order = order.run_order(tuple(plans), play=play, full=full, command_line=tuple(sys.argv[1:]))

    with _progress(len(plans)) as host_done:
        result = run(run_order, ruleset, Watcher(begun=_begun, host_done=host_done))
    coverage = coverage_of(result)
    findings = coverage.worst >= order.fail_on and not order.exit_zero
    status = status_of(findings=findings, incomplete=coverage.incomplete, interrupted=result.interrupted)
    with Store.open(Path(order.settings.state), read_only=True) as store:

        def alerts() -> Iterable[Alert]:
            found = store.alerts(AlertQuery(run=result.id, oldest_first=True))
            return sorted(found, key=lambda alert: (-alert.level, alert.event.host))

        awaits = any(task.pending for host in result.hosts for task in host.tasks)
        quiet = order.quiet and status is ExitStatus.CLEAN and not coverage.alerts and not awaits
        write_outputs(outputs, result, alerts, quiet=quiet)
        if show_diff and not quiet:
            _print_diffs(alerts())
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
