"""`ospatrol scan`: files of hosts, without a playbook."""

from __future__ import annotations

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.options import CONNECTION, EXTRA_VARS, INVENTORY, OUTPUT, PACE, VERBOSE

_EPILOG = """\b
Examples:
  ospatrol scan localhost --path /etc
  ospatrol scan ssh://root@192.0.2.7:2222 --path /etc --path /usr/bin --accept-new
  ospatrol scan 'web:&prod' -i inventories/prod --path /srv --ignore '/srv/cache/*' -b

HOST is a pattern of the inventory, ssh://[user@]host[:port], or localhost.
"""


@click.command("scan", epilog=_EPILOG, params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *PACE, *OUTPUT, *VERBOSE])
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Tree to look at; repeatable. [default: /etc]")
@click.option("--ignore", multiple=True, metavar="GLOB", help="What to leave out; * crosses /; repeatable.")
@click.option("--root", default="", metavar="PATH", help="Prefix on the host under which the trees lie.")
@click.option("--full", is_flag=True, help="Read every file's content again, whatever its times say.")
@click.option("-C", "--check", is_flag=True, help="Print all that would be sent; connect to nothing.")
@click.option("-D", "--diff", "show_diff", is_flag=True, help="Show kept text that changed, as a diff.")
def COMMAND(
    hosts: tuple[str, ...],
    *,
    paths: tuple[str, ...],
    ignore: tuple[str, ...],
    root: str,
    full: bool,
    check: bool,
    show_diff: bool,
    **flags: object,
) -> int:
    """Check the files of HOSTs: the first scan proposes a baseline, later ones say what changed."""
    from ospatrol.cli.sweep import carry_out, print_commands
    from ospatrol.model.errors import UsageError
    from ospatrol.model.files import FileScope
    from ospatrol.patrol.plan import HostPlan, TaskPlan

    order = RunFlags.read(flags)
    wanted = paths or ("/etc",)
    try:
        scope = FileScope(paths=wanted, ignore=ignore, root=root)
    except ValueError as error:
        raise UsageError(str(error)) from error
    name = f"scan {' '.join((root, *wanted) if root else wanted)}"
    task = TaskPlan(name=name, collector="files", arguments=scope)
    plans = [HostPlan(target=target, tasks=(task,)) for target in order.targets(hosts)]
    if check:
        return print_commands(plans)
    return carry_out(order, plans, play="scan", full=full, show_diff=show_diff)
