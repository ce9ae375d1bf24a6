"""`ospatrol device`: what is known of the platforms of devices."""

from __future__ import annotations

import click

from ospatrol.cli.verbs import verbs

_EPILOG = """\b
Examples:
  ospatrol device profiles                              those that ship, and the workspace's
  ospatrol device check                                 every mistake in them, with its line
  ospatrol device learn r1 -i inventories/prod          fetches twice, and proposes
  ospatrol device learn --platform ios first.txt second.txt
"""


@click.group("device", cls=verbs("device", "profiles", "check", "learn"), epilog=_EPILOG)
def COMMAND() -> None:
    """List and check device profiles, and learn what a profile lacks.

    A profile is a YAML file: playbooks/devices/PLATFORM.yml in the workspace, or one that ships.
    """
