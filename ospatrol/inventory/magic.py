"""The variables that Ansible itself adds to every host."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ospatrol.inventory.fleet import Fleet, Host
from ospatrol.inventory.resolve import Scope
from ospatrol.model.value import Value

# never part of what a host's variables are said to be: ansible-core's list of internal names
INTERNAL = frozenset(
    {
        "ansible_async_path",
        "ansible_collection_name",
        "ansible_config_file",
        "ansible_dependent_role_names",
        "ansible_diff_mode",
        "ansible_facts",
        "ansible_forks",
        "ansible_inventory_sources",
        "ansible_limit",
        "ansible_play_batch",
        "ansible_play_hosts",
        "ansible_play_hosts_all",
        "ansible_play_role_names",
        "ansible_playbook_python",
        "ansible_role_name",
        "ansible_role_names",
        "ansible_run_tags",
        "ansible_skip_tags",
        "ansible_verbosity",
        "ansible_version",
        "group_names",
        "groups",
        "hostvars",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "play_hosts",
        "playbook_dir",
        "role_name",
        "role_names",
        "role_path",
        "role_uuid",
    }
)


class Surroundings:
    """What hosts can know of each other.

    Args:
        fleet: Hosts and groups.
        playbook_dir: The folder of the playbook, or the current one.
        scope_of: The scope of another host; `KeyError` where there is no such host.
    """

    def __init__(self, fleet: Fleet, playbook_dir: Path, scope_of: Callable[[str], Scope]) -> None:
        self._fleet = fleet
        self._playbook_dir = str(playbook_dir.absolute())
        self._scope_of = scope_of
        self._groups: dict[str, Value] = {}

    def of(self, host: Host) -> Mapping[str, Callable[[Scope], object]]:
        """The added variables of a host; each is made when it is asked for."""
        source = host.source
        return {
            "inventory_hostname": lambda _: host.name,
            "inventory_hostname_short": lambda _: _short(host.name),
            "inventory_file": lambda _: source,
            "inventory_dir": lambda _: str(Path(source).parent) if "/" in source else "",
            "group_names": lambda _: sorted(host.groups),
            "groups": lambda _: self._members(),
            "hostvars": self._hostvars,
            "playbook_dir": lambda _: self._playbook_dir,
        }

    def _members(self) -> Mapping[str, Value]:
        if not self._groups:
            self._groups = {name: self._fleet.members(name) for name in self._fleet.groups}
        return self._groups

    def _hostvars(self, asking: Scope) -> Mapping[str, object]:
        return _HostVars(self._fleet, self._scope_of, asking)


class _HostVars(Mapping[str, object]):
    """All hosts' variables, resolved when they are asked for."""

    def __init__(self, fleet: Fleet, scope_of: Callable[[str], Scope], asking: Scope) -> None:
        self._fleet = fleet
        self._scope_of = scope_of
        self._asking = asking

    def __getitem__(self, name: str) -> object:
        return _OneHost(self._scope_of(name), self._asking)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fleet.hosts)

    def __len__(self) -> int:
        return len(self._fleet.hosts)


class _OneHost(Mapping[str, object]):
    """One host's variables; what is encrypted there makes secret what is asked for here."""

    def __init__(self, scope: Scope, asking: Scope) -> None:
        self._scope = scope
        self._asking = asking

    def __getitem__(self, name: str) -> object:
        value = self._scope.value(name)
        if name in self._scope.secret:
            self._asking.touch_secret()
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._scope if name not in INTERNAL)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _short(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.partition(".")[0]
    return name
