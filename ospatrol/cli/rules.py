"""`ospatrol rules`: what is judged, how, and why."""

from __future__ import annotations

import click

from ospatrol.cli.verbs import verbs

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


@click.group("rules", cls=verbs("rules", "list", "show", "check", "test", "explain", "bench"), epilog=_EPILOG)
def COMMAND() -> None:
    """List, show, check, test, explain and measure rules: OSPatrol's own, OSSEC's and Wazuh's."""
