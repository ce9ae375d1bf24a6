"""`ospatrol rules`: what is judged, how, and why."""

from __future__ import annotations

from importlib import import_module

import click

_VERBS = ("list", "show", "check", "test", "explain", "bench")
_EPILOG = """\b
Examples:
  ospatrol rules list --group integrity
  ospatrol rules show --ruleset /srv/wazuh 5712
  ospatrol rules check rules/ours.yml
  ospatrol rules test --ruleset /srv/wazuh
  ospatrol rules explain 3f2a       why an alert has the rule and level it has
  ospatrol rules explain --ruleset /srv/ossec "$(tail -1 /var/log/auth.log)"

Without --ruleset, OSPatrol's own rules are meant: those that ship, and yours under rules/.
"""


class _Verbs(click.Group):
    """Imports the module of a verb when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command = import_module(f"ospatrol.cli.rules_{cmd_name}").COMMAND
        return command if isinstance(command, click.Command) else None


@click.group("rules", cls=_Verbs, epilog=_EPILOG)
def COMMAND() -> None:
    """List, show, check, test, explain and measure rules: OSPatrol's own, OSSEC's and Wazuh's."""
