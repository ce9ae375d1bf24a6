"""An inventory: hosts, groups and variables from everything that `-i` names."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ospatrol.inventory import patterns
from ospatrol.inventory.draft import LOCAL_NAMES, Draft
from ospatrol.inventory.export import graphed, listed
from ospatrol.inventory.fleet import Fleet, Group, Host, settle
from ospatrol.inventory.magic import INTERNAL, Surroundings
from ospatrol.inventory.merge import Merger
from ospatrol.inventory.resolve import Scope
from ospatrol.inventory.sources import read_sources, source_path
from ospatrol.inventory.target import NO_OVERRIDES, Overrides, target_for
from ospatrol.inventory.tree import at
from ospatrol.inventory.varfiles import VariableFiles
from ospatrol.inventory.written import Variable
from ospatrol.load.vault import NO_KEYS, VaultKeys
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.model.host import Target
from ospatrol.model.place import Place
from ospatrol.model.value import Value

_NO_EXTRA: Mapping[str, Value] = {}
_PLAY = Place("the play")


def load_inventory(
    sources: Sequence[str], *, playbook_dir: Path | None = None, vault: VaultKeys = NO_KEYS
) -> Inventory:
    """The inventory of some sources.

    Variable files are read when a host is asked for; everything else now.

    Args:
        sources: As after `-i`, in their order: files, folders, programs, and host lists such as `web1,web2,`.
        playbook_dir: The folder of the playbook, whose `group_vars` and `host_vars` count too; None for none.
        vault: The vault passwords.

    Raises:
        ConfigErrors: every mistake in the sources.
    """
    draft = Draft()
    with _collector_paused():
        problems = read_sources(sources, vault, draft)
        if problems:
            raise ConfigErrors(problems)
        fleet = settle(draft)
    folders = [_folder(path) for path in map(source_path, sources) if path is not None]
    known: dict[Path, VariableFiles] = {folder: VariableFiles(folder, vault) for folder in folders}
    playbook = VariableFiles(playbook_dir, vault) if playbook_dir is not None else None
    conflicts = [
        f"{name!r} is the name of a host and of a group: its variables are the group's"
        for name in fleet.groups
        if name in fleet.hosts
    ]
    return Inventory(
        fleet,
        Merger(fleet, [known[folder] for folder in folders], playbook),
        vault=vault,
        playbook_dir=playbook_dir or Path(),
        warnings=[*vault.warnings, *draft.warnings, *conflicts],
    )


class Inventory:
    """Hosts and groups, and what is known of them; made by `load_inventory`."""

    def __init__(
        self, fleet: Fleet, merger: Merger, *, vault: VaultKeys, playbook_dir: Path, warnings: Iterable[str]
    ) -> None:
        self._fleet = fleet
        self._merger = merger
        self._vault = vault
        self._surroundings = Surroundings(fleet, playbook_dir, self._scope_of_other)
        self._scopes: dict[str, Scope] = {}
        self._warnings = list(warnings)

    @property
    def hosts(self) -> Mapping[str, Host]:
        """All hosts by name, in the order in which they were named."""
        return self._fleet.hosts

    @property
    def groups(self) -> Mapping[str, Group]:
        """All groups by name, in the order in which they were named."""
        return self._fleet.groups

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know so far: odd names, skipped keys, pattern pieces that match nothing."""
        return tuple(self._warnings)

    def select(self, pattern: str = "all", limit: str | None = None) -> tuple[str, ...]:
        """The names of the hosts that a pattern and a limit choose, in the pattern's order; empty if none.

        A piece that matches nothing adds to `warnings`. `localhost` is this machine where no source names it.

        Raises:
            UsageError: a pattern is malformed or its subscript out of range, or a file of a limit is unreadable.
        """
        return patterns.select(self._fleet, pattern, limit, self._warnings)

    def order(self, names: Collection[str]) -> tuple[str, ...]:
        """The same names in inventory order; those of this machine, where no source names it, come last."""
        chosen = frozenset(names)
        known = tuple(name for name in self._fleet.hosts if name in chosen)
        return (*known, *(name for name in names if name not in self._fleet.hosts))

    def host(self, name: str) -> Host:
        """A host by name; this machine for `localhost` where no source names it.

        Raises:
            UsageError: there is no such host.
        """
        host = self._fleet.hosts.get(name)
        if host is not None:
            return host
        if name not in LOCAL_NAMES:
            raise UsageError(f"there is no host {name!r} in the inventory")
        connection = Variable("local", Place("implicit localhost"))
        return Host(name=name, groups=(), variables={"ansible_connection": connection}, source="", implicit=True)

    def variables(self, host: str, extra: Mapping[str, Value] = _NO_EXTRA) -> Mapping[str, Value]:
        """All variables of a host, resolved, without those that Ansible adds itself.

        Args:
            host: Its name.
            extra: Variables of a play; they win.

        Raises:
            ConfigError: the first that cannot be resolved, such as an UndefinedVariable.
            ConfigErrors: files of variables that cannot be read.
            UsageError: there is no such host.
        """
        scope = self.scope(host, extra)
        return {name: scope.variable(name) for name in scope if name not in INTERNAL}

    def resolve(self, host: str, value: Value, extra: Mapping[str, Value] = _NO_EXTRA, place: Place = _PLAY) -> Value:
        """A value, with every template in it resolved for a host.

        Args:
            host: Its name.
            value: Anything; what knows its lines reports them.
            extra: Variables of a play; they win over the host's.
            place: Where the value was written.

        Raises:
            ConfigError, ConfigErrors, UsageError: as `variables`.
        """
        return self.scope(host, extra).render(value, place)

    def target(self, host: str, overrides: Overrides = NO_OVERRIDES) -> Target:
        """How a host is reached.

        Raises:
            ConfigErrors: every connection variable of the host that is wrong.
            UsageError: there is no such host.
        """
        return target_for(host, self.scope(host), overrides)

    def scope(self, host: str, extra: Mapping[str, Value] = _NO_EXTRA) -> Scope:
        """The variables of a host, resolved one by one when they are asked for."""
        return self._scope(self.host(host), extra)

    def listed(self, pattern: str = "all", limit: str | None = None, *, reveal: bool = False) -> Value:
        """What `ansible-inventory --list` prints, as a value.

        Args:
            pattern: Which hosts to list.
            limit: Narrows them.
            reveal: Whether to show what comes from encrypted files, as Ansible does; a mask else.
        """
        hosts = self.select(pattern, limit)
        variables = {host: self._merger.of(self.host(host)) for host in hosts}
        return listed(self._fleet, hosts, variables, reveal=reveal)

    def graphed(self, group: str = "all") -> Iterator[str]:
        """The lines that `ansible-inventory --graph` prints.

        Raises:
            UsageError: there is no such group.
        """
        if group not in self._fleet.groups:
            raise UsageError(f"there is no group {group!r} in the inventory")
        return graphed(self._fleet, self._fleet.groups[group])

    def _scope(self, host: Host, extra: Mapping[str, Value]) -> Scope:
        return Scope(
            self._merger.of(host),
            magic=self._surroundings.of(host),
            extra={name: Variable(value, at(extra, name, _PLAY)) for name, value in extra.items()},
            keys=self._vault,
        )

    def _scope_of_other(self, name: str) -> Scope:
        """The scope behind `hostvars[name]`; kept, so that hosts that refer to each other in a loop are noticed."""
        scope = self._scopes.get(name)
        if scope is None:
            if name not in self._fleet.hosts and name not in LOCAL_NAMES:
                raise KeyError(name)
            scope = self._scopes[name] = self._scope(self.host(name), _NO_EXTRA)
        return scope


def _folder(source: Path) -> Path:
    return source if source.is_dir() else source.parent


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Reading makes millions of objects that all stay; looking through them again and again takes most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
