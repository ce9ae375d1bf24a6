"""`ospatrol config show`: a configuration as it was captured, or where all devices stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from ospatrol.patrol.config_known import ConfigStanding


@click.command("show", params=[*AS_JSON])
@click.argument("host", required=False)
@click.option("--capture", default="running", show_default=True, metavar="NAME", help="running, startup, version, ...")
@click.option("--at", metavar="REVISION", help="As it was: a number of `history`, an id, or a time such as 2d.")
def COMMAND(host: str | None, *, capture: str, at: str | None, as_json: bool) -> None:
    """Show the configuration of HOST, secrets masked; without HOST, where every device stands."""
    from ospatrol.cli.config_choice import one_state, revision_of, state_folder
    from ospatrol.cli.engine import print_json
    from ospatrol.model.errors import UsageError
    from ospatrol.store.config_history import ConfigHistory

    if host is None:
        _show_all(as_json=as_json)
        return
    state = one_state(host)
    history = ConfigHistory(state_folder())
    revision = revision_of(history, state.host, capture, at) if at else None
    text = history.text(state.host, capture, *([revision.id] if revision else []))
    if text is None:
        raise UsageError(f"{state.host}: nothing of {capture!r} is in the history")
    if as_json:
        print_json({"host": state.host, "platform": state.platform, "capture": capture, "text": text})
    else:
        click.echo(text, nl=False)


def _show_all(*, as_json: bool) -> None:
    from pathlib import Path

    from ospatrol.cli.config_choice import state_folder, states_of
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.table import print_table
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.config_known import config_standing
    from ospatrol.patrol.config_profiles import ProfileLibrary

    baselines, library = Path(current_settings().baselines), ProfileLibrary()
    standings = [config_standing(state_folder(), baselines, state, library) for state in states_of(["all"])]
    if as_json:
        print_json([_view(each) for each in standings])
    else:
        head = ["host", "task", "platform", "baseline", "pending", "differs from", "captured"]
        print_table(head, [_row(each) for each in standings])


def _view(standing: ConfigStanding) -> dict[str, object]:
    state = standing.state
    return {
        "host": state.host,
        "task": state.task,
        "platform": state.platform,
        "baseline": "approved" if standing.approval else "proposed",
        "pending": len(standing.pending),
        "lines": standing.lines,
        "captured_at": state.captured_at,
        "digests": state.captures,
        "unsaved": bool(state.unsaved),
        "golden": bool(state.golden),
    }


def _row(standing: ConfigStanding) -> tuple[str, ...]:
    from ospatrol.report.view import iso_time

    state = standing.state
    differs = (("startup", state.unsaved), ("golden", state.golden))
    return (
        state.host,
        state.task,
        state.platform,
        f"approved by {standing.approval.by}" if standing.approval else "PROPOSED, not approved",
        f"{len(standing.pending):,}",
        ", ".join(word for word, is_so in differs if is_so),
        iso_time(state.captured_at)[:19] + "Z" if state.captured_at else "never",
    )
