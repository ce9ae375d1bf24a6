"""An inventory while its sources are read: groups and hosts that still grow."""

from __future__ import annotations

import re

from ospatrol.inventory.written import Variable
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place
from ospatrol.model.text import escape_controls

ALL = "all"
UNGROUPED = "ungrouped"
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")

_UNUSUAL = re.compile(r"^[\d\W]|[^\w]")
_PRIORITY = "ansible_group_priority"
_SHOWN = 80


class GroupDraft:
    """A group that still grows; its members are in the order in which they were named."""

    __slots__ = ("children", "hosts", "name", "parents", "priority", "variables")

    def __init__(self, name: str) -> None:
        self.name = name
        self.hosts: dict[str, None] = {}
        self.children: dict[str, None] = {}
        self.parents: dict[str, None] = {}
        self.variables: dict[str, Variable] = {}
        self.priority = 1


class HostDraft:
    """A host that still grows.

    Attributes:
        source: The absolute path, or host list, that named it first.
    """

    __slots__ = ("name", "source", "variables")

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source
        self.variables: dict[str, Variable] = {}


class Draft:
    """Everything that the sources said so far.

    Attributes:
        groups: In the order in which they were named; `all` and `ungrouped` are always there.
        hosts: In the order in which they were named.
        warnings: What a person should know and what is no mistake.
        source: The absolute path, or host list, that is being read.
    """

    def __init__(self) -> None:
        self.groups: dict[str, GroupDraft] = {ALL: GroupDraft(ALL), UNGROUPED: GroupDraft(UNGROUPED)}
        self.hosts: dict[str, HostDraft] = {}
        self.warnings: list[str] = []
        self.source = ""
        self._join(self.groups[ALL], self.groups[UNGROUPED])

    def add_group(self, name: str, place: Place) -> GroupDraft:
        """The group of a name, new or not.

        Raises:
            ConfigError: the name is empty.
        """
        group = self.groups.get(name)
        if group is None:
            if not name:
                raise ConfigError(place, "a group needs a name")
            if _UNUSUAL.search(name):
                self.warnings.append(f"{place}: group name {name!r} has characters that variables cannot have")
            group = self.groups[name] = GroupDraft(name)
        return group

    def add_host(self, name: str, place: Place, *, group: GroupDraft | None = None, port: int | None = None) -> None:
        """Add a host, and put it into a group; the port of a host that is already there stays.

        Raises:
            ConfigError: the name is empty, or cannot be printed.
        """
        if name not in self.hosts:
            if not name:
                raise ConfigError(place, "a host needs a name")
            if not name.isprintable():  # it stands in every report
                shown = escape_controls(name, _SHOWN)
                raise ConfigError(place, f"the host name '{shown}' holds characters that cannot be printed")
            host = self.hosts[name] = HostDraft(name, self.source)
            if port:
                host.variables["ansible_port"] = Variable(port, place)
        if group is not None:
            group.hosts[name] = None

    def add_child(self, parent: GroupDraft, child: GroupDraft, place: Place) -> None:
        """Make a group part of another.

        Raises:
            ConfigError: a group would contain itself.
        """
        if child.name in parent.children:
            return
        if child is parent or child.name == ALL or child.name in self._ancestors(parent):
            raise ConfigError(place, f"group {child.name!r} as a child of {parent.name!r} would contain itself")
        self._join(parent, child)

    def set_variable(self, entity: str, name: str, variable: Variable) -> None:
        """Set a variable of the group or, if there is no group of that name, of the host.

        Raises:
            ConfigError: a group's priority is no whole number.
        """
        group = self.groups.get(entity)
        if group is None:
            self.hosts[entity].variables[name] = variable
        elif name == _PRIORITY:
            group.priority = _whole_number(variable)
        else:
            group.variables[name] = variable

    def _join(self, parent: GroupDraft, child: GroupDraft) -> None:
        parent.children[child.name] = None
        child.parents[parent.name] = None

    def _ancestors(self, group: GroupDraft) -> set[str]:
        found: set[str] = set()
        waiting = [*group.parents]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.groups[name].parents)
        return found


def _whole_number(variable: Variable) -> int:
    value = variable.value
    if isinstance(value, int | float | str):
        try:
            return int(value)
        except (ValueError, OverflowError):
            pass
    raise ConfigError(variable.place, f"{_PRIORITY} must be a whole number")
