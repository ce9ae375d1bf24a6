"""`ospatrol doctor`: every step to a host, and the one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.options import AS_JSON, CONNECTION, EXTRA_VARS, INVENTORY, PACE, VERBOSE

if TYPE_CHECKING:
    from ospatrol.patrol.doctor import Examination

_EPILOG = """\b
Examples:
  ospatrol doctor web1
  ospatrol doctor 'db:!db3' -i inventories/prod -b
  ospatrol doctor ssh://root@192.0.2.7:2222 localhost

\b
Steps: resolve, connect, host key, auth, elevation, shell, tools.
Exit status: 0 all of them work, 4 one of them fails.
"""


@click.command("doctor", epilog=_EPILOG, params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *PACE, *AS_JSON, *VERBOSE])
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
def COMMAND(hosts: tuple[str, ...], **flags: object) -> int:
    """Try every step to HOSTs: say which one fails, what was seen, and what to do next."""
    import msgspec

    from ospatrol.cli.exit import status_of
    from ospatrol.patrol.doctor import consult

    order = RunFlags.read(flags)
    run = order.run_order((), play="doctor", full=False, command_line=())
    examinations = consult(order.targets(hosts), run)
    if order.as_json:
        told = [{"healthy": each.healthy, **msgspec.to_builtins(each)} for each in examinations]
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _print(examinations)
    return status_of(findings=False, incomplete=not all(each.healthy for each in examinations))


def _print(examinations: tuple[Examination, ...]) -> None:
    from ospatrol.cli.table import print_table
    from ospatrol.patrol.doctor import StepStatus

    colours = {StepStatus.OK: "", StepStatus.FAILED: "bold red", StepStatus.NOT_REACHED: "dim"}
    steps = [(each.host, step) for each in examinations for step in each.steps]
    print_table(
        ["host", "step", "status", "seen"],
        [(host, step.step, step.status, step.seen) for host, step in steps],
        colours=[colours[step.status] for _, step in steps],
    )
    for host, step in steps:
        if step.advice:
            click.echo(f"{host}: {step.step}: {step.advice}")
    for each in examinations:
        for note in each.notes:
            click.echo(f"{each.host}: note: {note}")
