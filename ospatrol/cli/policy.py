"""`ospatrol policy`: what hosts should be like, and whether they are."""

from __future__ import annotations

from importlib import import_module

import click

_VERBS = ("list", "show", "check", "plan", "run", "evaluate")
_EPILOG = """\b
Examples:
  ospatrol policy list
  ospatrol policy show debian_12 920102
  ospatrol policy check checks/ours.yml /srv/wazuh/ruleset/sca
  ospatrol policy plan debian_12
  ospatrol policy run web -i inventories/prod -b
  ospatrol policy run debian_12 ssh://root@192.0.2.7 -o html:report.html
  ospatrol policy evaluate checks/draft.yml

A policy is one that ships, one of the workspace's under checks/, or any file: Wazuh's SCA, OSSEC's RCL, or our own.
"""


class _Verbs(click.Group):
    """Imports the module of a verb when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command = import_module(f"ospatrol.cli.policy_{cmd_name}").COMMAND
        return command if isinstance(command, click.Command) else None


@click.group("policy", cls=_Verbs, epilog=_EPILOG)
def COMMAND() -> None:
    """List, show and check policies, run them on hosts, and evaluate again what hosts said."""
