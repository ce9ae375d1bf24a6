"""`ospatrol policy`: what hosts should be like, and whether they are."""

from __future__ import annotations

import click

from ospatrol.cli.verbs import verbs

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


@click.group("policy", cls=verbs("policy", "list", "show", "check", "plan", "run", "evaluate"), epilog=_EPILOG)
def COMMAND() -> None:
    """List, show and check policies, run them on hosts, and evaluate again what hosts said."""
