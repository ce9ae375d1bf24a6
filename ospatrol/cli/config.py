"""`ospatrol config`: the configurations of devices, as they are, as they were, and who changed what."""

from __future__ import annotations

from importlib import import_module

import click

from ospatrol.cli.verbs import Lazy

_EPILOG = """\b
Examples:
  ospatrol config show                            every device
  ospatrol config show r1 --capture startup
  ospatrol config diff r1                         against the baseline, block by block
  ospatrol config diff r1 --from 3 --to 1         between revisions, as `history` numbers them
  ospatrol config history r1
  ospatrol config blame r1 --match snmp-server
  ospatrol config approve r1 --why "change 4711"
  ospatrol config leak-check backups/*.cfg --platform ios

Secrets are masked before a configuration is kept: `<secret:1f3a90c2d4e5>` is the same for the same secret.
"""


class _Verbs(Lazy):
    """A verb with a hyphen is in a module with an underscore."""

    names = ("show", "diff", "history", "blame", "approve", "leak-check")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command; None if there is none of this name."""
        if cmd_name not in self.names:
            return None
        command = import_module(f"ospatrol.cli.config_{cmd_name.replace('-', '_')}").COMMAND
        return command if isinstance(command, click.Command) else None


@click.group("config", cls=_Verbs, epilog=_EPILOG)
def COMMAND() -> None:
    """Show, compare, explain and approve the configurations of devices, and look for secrets in such files."""
