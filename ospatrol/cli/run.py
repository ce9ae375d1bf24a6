"""`ospatrol run`: plays on the hosts of an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.options import CONNECTION, EXTRA_VARS, INVENTORY, OUTPUT, PACE, VERBOSE
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from ospatrol.model.play import Play

_EPILOG = """\b
Examples:
  ospatrol run nightly.yml                           every host of inventories/
  ospatrol run nightly.yml -i prod.ini -l 'web:!web3' -f 100
  ospatrol run nightly.yml --check                   show what would be sent, connect to nothing
  ospatrol run nightly.yml -q -o json:/var/lib/patrol/last.json    from cron

A playbook that does not exist here is looked for among those that ship with OSPatrol.
"""


@click.command("run", epilog=_EPILOG, params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *PACE, *OUTPUT, *VERBOSE])
@click.argument("playbooks", nargs=-1, required=True, metavar="PLAYBOOK...")
@click.option("-t", "--tags", multiple=True, metavar="TAG,...", help="Only tasks with one of these tags.")
@click.option("--skip-tags", multiple=True, metavar="TAG,...", help="No task with one of these tags.")
@click.option("--full", is_flag=True, help="Read every file's content again, whatever its times say.")
@click.option("-C", "--check", is_flag=True, help="Print all that would be sent; connect to nothing.")
@click.option("-D", "--diff", "show_diff", is_flag=True, help="Show kept text that changed, as a diff.")
@click.option("--list-hosts", is_flag=True, help="Print the hosts that would be assessed.")
@click.option("--list-tasks", is_flag=True, help="Print the tasks that would be done.")
def COMMAND(
    playbooks: tuple[str, ...],
    *,
    tags: tuple[str, ...],
    skip_tags: tuple[str, ...],
    full: bool,
    check: bool,
    show_diff: bool,
    list_hosts: bool,
    list_tasks: bool,
    **flags: object,
) -> int:
    """Run the tasks of PLAYBOOKs on the hosts that their plays name."""
    from ospatrol.cli.sweep import carry_out, print_commands, print_hosts, print_tasks
    from ospatrol.load.play import read_playbook
    from ospatrol.patrol.collectors import arguments_of

    order = RunFlags.read(flags)
    plays: list[Play] = []
    for name in playbooks:
        text, path = _playbook(name)
        plays.extend(read_playbook(text, str(path), arguments_of()))
    choice = order.choice(tags=tags, skip_tags=skip_tags)
    if list_tasks:
        return print_tasks(plays, choice)
    playbook_dir = Path(playbooks[0]).resolve().parent if Path(playbooks[0]).exists() else None
    if list_hosts:
        return print_hosts(order, plays, choice, playbook_dir)
    plans = order.plans(plays, choice, playbook_dir)
    if check:
        return print_commands(plans)
    return carry_out(order, plans, play=", ".join(playbooks), full=full, show_diff=show_diff)


def _playbook(name: str) -> tuple[str, Path]:
    """A playbook's text, and the path by which errors call it.

    Raises:
        ConfigErrors: it is not there or cannot be read.
    """
    from ospatrol.patrol.content import content_folder

    path = Path(name)
    if not path.exists() and path.parent == Path():
        shipped = content_folder("playbooks") / path.name
        path = shipped if shipped.exists() else path
    try:
        return path.read_text(encoding="utf-8"), path
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}{_near(path)}"
        raise ConfigErrors([ConfigError(Place(name), problem)]) from error


def _near(path: Path) -> str:
    """A half-sentence that offers the playbook that was meant perhaps."""
    from difflib import get_close_matches

    from ospatrol.patrol.content import content_folder

    beside = path.parent.glob("*.y*ml") if path.parent.is_dir() else ()
    names = {each.name for each in (*beside, *content_folder("playbooks").glob("*.yml"))}
    near = [] if path.exists() else get_close_matches(path.name, sorted(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
