"""`ospatrol policy plan`: what hosts would be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.options import AS_JSON, CONNECTION, EXTRA_VARS, INVENTORY, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.patrol.policy_plan import PolicyPlan
    from ospatrol.patrol.rehearse_device import DeviceLine

_EPILOG = """\b
Examples:
  ospatrol policy plan debian_12
  ospatrol policy plan checks/ours.yml web -i inventories/prod -b

Nothing is contacted. Every command is checked against the read-only command policy; one that is not known to only read
is refused, and what needs it is not assessed, unless the setting allow_commands names it.
"""


@click.command("plan", epilog=_EPILOG, params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *POLICIES, *AS_JSON])
@click.argument("words", nargs=-1, metavar="[POLICY]... [HOST]...")
def COMMAND(words: tuple[str, ...], *, policies: tuple[str, ...], as_json: bool, **flags: object) -> None:
    """Print every file, directory and command that POLICYs would ask for, each once; contact nothing."""
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.policy_text import fit
    from ospatrol.patrol.policy_library import PolicyLibrary
    from ospatrol.patrol.policy_plan import device_lines, exec_lines, plan_policies

    order = RunFlags.read(flags)
    chosen = PolicyLibrary().choose(words, policies)
    plan = plan_policies(chosen.policies, order.settings.allow_commands)
    targets = order.targets(chosen.hosts) if chosen.hosts else ()
    hosts, devices = dict(exec_lines(targets)), dict(device_lines(targets, chosen.policies))
    if as_json:
        told = [{"host": host, "exec": line} for host, line in hosts.items()]
        print_json(
            {"plan": plan, "hosts": told, "devices": [{"host": host, "sent": devices[host]} for host in devices]}
        )
        return
    print_plan(plan)
    for host, line in hosts.items():
        click.echo(f"{fit(host)}: {fit(line)}")
    for host, lines in devices.items():
        print_device(host, lines)


def print_device(host: str, lines: Iterable[DeviceLine]) -> None:
    """Print what a network device would be sent, a line each."""
    from ospatrol.cli.policy_text import fit

    for line in lines:
        if line.text:
            click.echo(f"{fit(host)}: {line.text}{f' ({fit(line.when)})' if line.when else ''}")
        else:
            click.echo(f"{fit(host)}: nothing is sent for {fit(line.when)}")


def print_plan(plan: PolicyPlan) -> None:
    """Print what policies ask for, a line each."""
    from ospatrol.cli.policy_text import fit

    allowed = set(plan.allowed)
    for name, keys in (("file", plan.files), ("directory", plan.directories), ("command", plan.commands)):
        for key in keys:
            told = "\n             sent as ospatrol.toml allows it" if key in allowed and name == "command" else ""
            click.echo(f"{name:<10} {fit(key)}{told}")
    if plan.processes:
        click.echo("processes")
    for each in plan.refused:
        needed = ", ".join(each.checks[:3]) + (f" and {len(each.checks) - 3} more" if len(each.checks) > 3 else "")
        click.echo(f"{'refused':<10} {fit(each.command)}\n{'':<10}   {fit(each.reason)}; needed by {fit(needed)}")
    counts = f"{len(plan.files):,} files, {len(plan.directories):,} directories, {len(plan.commands):,} commands"
    click.echo(
        f"{', '.join(map(fit, plan.policies))}: {plan.checks:,} checks: {counts}"
        f"{', the list of processes' if plan.processes else ''}, {len(plan.refused):,} commands refused"
        f"{f', {len(allowed):,} sent as ospatrol.toml allows them' if allowed else ''}"
    )
