"""`ospatrol device profiles`: which platforms are known."""

from __future__ import annotations

import click

from ospatrol.cli.options import AS_JSON


@click.command("profiles", params=[*AS_JSON])
def COMMAND(*, as_json: bool) -> None:
    """List device profiles: names, what is captured, how many patterns."""
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.table import print_table
    from ospatrol.patrol.config_profiles import GENERAL, ProfileLibrary

    profiles = [each for name, each in ProfileLibrary().profiles.items() if name != GENERAL]
    if as_json:
        print_json(
            [
                {
                    "platform": each.platform,
                    "also": each.also,
                    "captures": {capture.name: capture.command for capture in each.captures},
                    "path": each.place.path,
                }
                for each in profiles
            ]
        )
        return
    rows = [
        (
            each.platform,
            ", ".join(each.also),
            "; ".join(capture.command for capture in each.captures),
            str(len(each.secrets) + len(each.secret_blocks)),
            str(len(each.volatile)),
        )
        for each in profiles
    ]
    print_table(["platform", "also", "captures", "secrets", "volatile"], rows)
