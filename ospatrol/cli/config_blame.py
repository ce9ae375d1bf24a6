"""`ospatrol config blame`: which revision brought each line of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from ospatrol.store.config_history import BlamedLine


@click.command("blame", params=[*AS_JSON])
@click.argument("host")
@click.option("--capture", default="running", show_default=True, metavar="NAME", help="running, startup, version, ...")
@click.option("--at", metavar="REVISION", help="As it was: a number of `history`, an id, or a time such as 2d.")
@click.option("--match", "wanted", metavar="TEXT", help="Only lines that hold this text.")
def COMMAND(host: str, *, capture: str, at: str | None, wanted: str | None, as_json: bool) -> None:
    """Show for each line of HOST's configuration when it came, in which run, and who changed it as the device says."""
    from ospatrol.cli.config_choice import one_state, revision_of, state_folder
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.table import print_table
    from ospatrol.model.errors import UsageError
    from ospatrol.store.config_history import ConfigHistory

    state = one_state(host)
    history = ConfigHistory(state_folder())
    at_revision = [revision_of(history, state.host, capture, at).id] if at else []
    lines = history.blame(state.host, capture, *at_revision)
    if not lines:
        raise UsageError(f"{state.host}: nothing of {capture!r} is in the history")
    found = [line for line in lines if wanted is None or wanted in line.text]
    if as_json:
        print_json([_view(each) for each in found])
        return
    print_table(["revision", "captured", "by", "line", "text"], [_row(each) for each in found])


def _view(line: BlamedLine) -> dict[str, object]:
    note = line.revision.note
    return {
        "line": line.line,
        "text": line.text,
        "revision": line.revision.id,
        "at": note.at,
        "run": note.run,
        "changed_by": note.changed_by,
    }


def _row(line: BlamedLine) -> tuple[str, ...]:
    from ospatrol.report.view import iso_time

    note = line.revision.note
    at = iso_time(note.at)[:19] + "Z"
    return (line.revision.id[:10], at, note.changed_by or note.author, str(line.line), line.text)
