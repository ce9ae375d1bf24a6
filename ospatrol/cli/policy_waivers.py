"""The waivers of a workspace, and which hosts their patterns mean."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ospatrol.cli.arguments import RunFlags
    from ospatrol.inventory.inventory import Inventory
    from ospatrol.model.policy import Policy
    from ospatrol.patrol.policy_judge import Waivers

FILE = "waivers.yml"
"""In the workspace; it need not exist."""


def open_waivers(order: RunFlags, named: str | None, policies: Iterable[Policy] = (), *, tell: bool = True) -> Waivers:
    """The waivers of a file, as of today; what can cover nothing is told on stderr.

    Args:
        order: Knows the inventory, which is read only if a pattern needs it.
        named: The file that was named, which must exist; None for the workspace's, which need not.
        policies: Of the run, besides those that ship and those of the workspace.
        tell: Whether waivers are told that can cover nothing; never if little is to be said.

    Raises:
        ConfigErrors: every mistake in it, or it cannot be read.
    """
    from datetime import UTC, datetime

    from ospatrol.cli.waivers_vain import Vain, tell_vain
    from ospatrol.cli.workspace import unreadable
    from ospatrol.dialect.waivers import read_waivers
    from ospatrol.model.errors import ConfigError, ConfigErrors
    from ospatrol.model.place import Place
    from ospatrol.patrol.policy_judge import Waivers

    path, hosts = Path(named or FILE), HostPatterns(order)
    today = datetime.now(UTC).date()
    if not named and not path.exists():
        return Waivers(waivers=(), today=today, matches_host=hosts.matches)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([ConfigError(Place(str(path)), unreadable(error))]) from error
    waivers = read_waivers(text, str(path))
    if tell and not order.quiet:
        tell_vain(waivers, today, Vain(hosts.inventory, lambda: _rule_ids(order), policies))
    return Waivers(waivers=waivers, today=today, matches_host=hosts.matches)


def _rule_ids(order: RunFlags) -> Collection[int]:
    from ospatrol.patrol.rules import open_rulebook

    return open_rulebook(order.settings.rules).ruleset.rules.keys()


class HostPatterns:
    """Which hosts a pattern means.

    Args:
        order: Knows the inventory, which is read only if a pattern needs it.
    """

    def __init__(self, order: RunFlags) -> None:
        self._order = order
        self._inventory: Inventory | None = None
        self._chosen: dict[str, frozenset[str]] = {}

    def matches(self, pattern: str, host: str) -> bool:
        """Whether it means a host; one without an inventory is meant by its name and by globs of it."""
        if pattern in {"all", "*", host} or fnmatchcase(host, pattern):
            return True
        if pattern not in self._chosen:
            self._chosen[pattern] = self._select(pattern)
        return host in self._chosen[pattern]

    def inventory(self) -> Inventory:
        """The inventory, read once.

        Raises:
            ConfigErrors: every mistake in it.
            UsageError: there is none.
        """
        self._inventory = self._inventory or self._order.inventory()
        return self._inventory

    def _select(self, pattern: str) -> frozenset[str]:
        try:
            inventory = self.inventory()
        except UsageError:  # there is none: hosts are named by address
            return frozenset()
        return frozenset(inventory.select(pattern))
