"""`ospatrol device check`: every mistake in device profiles."""

from __future__ import annotations

import click


@click.command("check")
def COMMAND() -> None:
    """Read every device profile, compile its patterns, and name each mistake with its line."""
    from ospatrol.patrol.config_profiles import GENERAL, ProfileLibrary

    library = ProfileLibrary()
    names = [name for name in library.profiles if name != GENERAL]
    for name in names:
        library.ready(name)
    click.echo(f"{len(names)} device profiles are in order")
