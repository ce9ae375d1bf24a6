"""`ospatrol config diff`: what changed in a configuration, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.integrity.config_diff import SectionChange
    from ospatrol.integrity.config_profile import ReadyProfile


@click.command("diff", params=[*AS_JSON])
@click.argument("host")
@click.option("--from", "since", metavar="REVISION", help="From this one. [default: the baseline]")
@click.option("--to", "until", metavar="REVISION", help="To this one. [default: the newest]")
@click.option("--startup", is_flag=True, help="What runs against what the next start will use.")
@click.option("--lines", is_flag=True, help="Line by line, with line numbers, as `diff -u` does.")
def COMMAND(
    host: str, *, since: str | None, until: str | None, startup: bool, lines: bool, as_json: bool
) -> ExitStatus:
    """Show what differs in the configuration of HOST; ends with 3 if anything does.

    A REVISION is a number of `ospatrol config history`, an id, or a time such as 2d.
    """
    import msgspec

    from ospatrol.cli.config_choice import one_state
    from ospatrol.cli.engine import print_json
    from ospatrol.integrity.config_diff import diff_configs, unsaved
    from ospatrol.integrity.textdiff import text_diff
    from ospatrol.patrol.config_profiles import ProfileLibrary

    state = one_state(host)
    ready = ProfileLibrary().ready(state.platform)
    before, after = _texts(state.host, since, until, startup=startup)
    changes = unsaved(before, after, ready) if startup else diff_configs(before, after, ready)
    if as_json:
        print_json([msgspec.to_builtins(change) for change in changes])
    elif lines:
        click.echo(text_diff(before, after, 10_000))
    else:
        for line in shown(changes, ready):
            click.echo(line)
    return ExitStatus.FINDINGS if changes else ExitStatus.CLEAN


def shown(changes: tuple[SectionChange, ...], ready: ReadyProfile) -> Iterator[str]:
    """Changes as lines to read: a heading a block, and `-`, `+` or `~` (moved) in front of each line."""
    for change in changes:
        yield f"[{' / '.join(change.section) or ready.profile.platform}] {change.topic}"
        yield from (f"  - {line}" for line in change.removed)
        yield from (f"  + {line}" for line in change.added)
        yield from (f"  ~ {line}" for line in change.moved)


def _texts(host: str, since: str | None, until: str | None, *, startup: bool) -> tuple[str, str]:
    from pathlib import Path

    from ospatrol.cli.config_choice import one_state, revision_of, state_folder
    from ospatrol.cli.workspace import current_settings
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.config_known import RUNNING, known_config
    from ospatrol.store.config_history import ConfigHistory

    folder = state_folder()
    history = ConfigHistory(folder)

    def text(capture: str, revision: str | None) -> str:
        found = revision_of(history, host, capture, revision).id if revision else ""
        kept = history.text(host, capture, found) if found else history.text(host, capture)
        if kept is None:
            raise UsageError(f"{host}: nothing of {capture!r} is in the history")
        return kept

    after = text(RUNNING, until)
    if startup:
        return text("startup", since), after
    if since:
        return text(RUNNING, since), after
    known = known_config(folder, Path(current_settings().baselines), host, one_state(host).task, (RUNNING,))
    if known.baseline is None:
        raise UsageError(f"{host}: its baseline is not in the history; compare with --from REVISION")
    return known.baseline, after
