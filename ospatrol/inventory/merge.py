"""Which of the variables of the same name wins for a host: ansible-core's default precedence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ospatrol.inventory.draft import ALL
from ospatrol.inventory.fleet import Fleet, Host
from ospatrol.inventory.varfiles import VariableFiles
from ospatrol.inventory.written import Variable, Variables
from ospatrol.model.errors import ConfigError, ConfigErrors


class Merger:
    """Variables of hosts, from least to most important.

    1. `all`, then the other groups, from the sources;
    2. `group_vars/all` beside the inventory, then beside the playbook;
    3. `group_vars` of the other groups beside the inventory, then beside the playbook;
    4. the host's own, from the sources;
    5. `host_vars` beside the inventory, then beside the playbook.

    Args:
        fleet: Hosts and groups.
        beside: The folders of the sources, in their order.
        playbook: The folder of the playbook; None where there is none.
    """

    def __init__(self, fleet: Fleet, beside: Sequence[VariableFiles], playbook: VariableFiles | None) -> None:
        self._fleet = fleet
        self._beside = beside
        self._playbook = () if playbook is None else (playbook,)
        self._of_groups: dict[tuple[str, ...], Variables] = {}

    def of(self, host: Host) -> Variables:
        """The variables of a host.

        Raises:
            ConfigErrors: files of variables that cannot be read.
        """
        problems: list[ConfigError] = []
        merged = dict(self._from_groups(host.groups, problems))
        merged.update(host.variables)
        for files in (*self._beside, *self._playbook):
            _add(merged, files.of_host, (host.name,), problems)
        if problems:
            raise ConfigErrors(problems)
        return merged

    def _from_groups(self, groups: tuple[str, ...], problems: list[ConfigError]) -> Variables:
        known = self._of_groups.get(groups)
        if known is not None:
            return known
        merged: dict[str, Variable] = {}
        for name in (ALL, *groups):
            merged.update(self._fleet.groups[name].variables)
        before = len(problems)
        for names in ((ALL,), groups):
            for files in (*self._beside, *self._playbook):
                _add(merged, files.of_group, names, problems)
        if len(problems) == before:
            self._of_groups[groups] = merged
        return merged


def _add(
    merged: dict[str, Variable],
    of: Callable[[str], Variables],
    names: Iterable[str],
    problems: list[ConfigError],
) -> None:
    for name in names:
        try:
            merged.update(of(name))
        except ConfigError as error:
            problems.append(error)
