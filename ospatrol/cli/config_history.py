"""`ospatrol config history`: when a configuration changed."""

from __future__ import annotations

import click

from ospatrol.cli.options import AS_JSON


@click.command("history", params=[*AS_JSON])
@click.argument("host")
@click.option("--capture", default="running", show_default=True, metavar="NAME", help="running, startup, version, ...")
@click.option("-n", "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, metavar="N")
def COMMAND(host: str, *, capture: str, limit: int, as_json: bool) -> None:
    """Show the revisions of HOST, newest first."""
    import msgspec

    from ospatrol.cli.config_choice import one_state, state_folder
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.table import print_table
    from ospatrol.report.view import iso_time
    from ospatrol.store.config_history import ConfigHistory

    state = one_state(host)
    revisions = ConfigHistory(state_folder()).revisions(state.host, capture, limit)
    if as_json:
        print_json([msgspec.to_builtins(revision) for revision in revisions])
        return
    rows = [
        (
            str(number),
            revision.id[:10],
            iso_time(revision.note.at)[:19] + "Z",
            revision.note.author,
            revision.note.changed_by or "-",
            revision.note.run,
            revision.note.subject,
        )
        for number, revision in enumerate(revisions, start=1)
    ]
    print_table(["no", "revision", "captured", "run by", "device says", "run", "what"], rows)
