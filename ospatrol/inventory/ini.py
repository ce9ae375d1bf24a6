"""Sources in Ansible's INI form."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

import msgspec

from ospatrol.inventory.draft import UNGROUPED, Draft, GroupDraft
from ospatrol.inventory.literals import literal
from ospatrol.inventory.names import expand, split_port
from ospatrol.inventory.written import Variable
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_GROUP_NAME = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")
_NEEDS_NO_QUOTING_RULES = re.compile(r"[ \t!$-&(-\[\]-~]*")  # printable ASCII without " # ' and the backslash
_KINDS = ("hosts", "children", "vars")


class _Pending(msgspec.Struct):
    """A group that was used before its own section was seen.

    Attributes:
        place: Where it was used.
        parents: Groups that want it as a child; empty where only its variables were set.
    """

    place: Place
    parents: list[GroupDraft]


def read_ini(text: str, path: str, draft: Draft, problems: list[ConfigError], *, secret: bool = False) -> None:
    """Add what an INI source says.

    Args:
        text: The whole file.
        path: As the person named it; places carry it.
        draft: Gets groups, hosts and variables.
        problems: Gets every mistake.
        secret: Whether the file was encrypted.
    """
    reader = _Reader(draft, secret=secret)
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and stripped[0] not in ";#":
            try:
                reader.read(stripped, Place(path, number))
            except ConfigError as error:
                problems.append(error)
    problems.extend(reader.unfinished())


class _Reader:
    """Knows the section it is in and which groups still wait for theirs."""

    def __init__(self, draft: Draft, *, secret: bool) -> None:
        self._draft = draft
        self._secret = secret
        self._group = draft.groups[UNGROUPED]
        self._kind = "hosts"
        self._pending: dict[str, _Pending] = {}

    def read(self, line: str, place: Place) -> None:
        """Take in one line that is neither empty nor a comment."""
        if line[0] == "[":
            section = _SECTION.fullmatch(line)
            if section:
                self._enter(section[1], section[2] or "hosts", place)
                return
            if line[-1] == "]":
                raise ConfigError(place, f"{line} is no section: it must be [group], [group:vars] or [group:children]")
        if self._kind == "hosts":
            self._read_hosts(line, place)
        elif self._kind == "vars":
            self._read_variable(line, place)
        else:
            self._read_child(line, place)

    def unfinished(self) -> Iterable[ConfigError]:
        """A mistake for every group that was used and has no section."""
        for name, pending in self._pending.items():
            if pending.parents:
                parents = ", ".join(repr(parent.name) for parent in pending.parents)
                yield ConfigError(pending.place, f"child group {name!r} of {parents} has no section [{name}]")
            else:
                yield ConfigError(pending.place, f"[{name}:vars] is for a group that has no section [{name}]")

    def _enter(self, name: str, kind: str, place: Place) -> None:
        if kind not in _KINDS:
            raise ConfigError(place, f"[{name}:{kind}]: {kind!r} is none of {', '.join(_KINDS)}")
        if name not in self._draft.groups and kind == "vars" and name not in self._pending:
            self._pending[name] = _Pending(place, [])
        self._group = self._draft.add_group(name, place)
        self._kind = kind
        if kind != "vars" and name in self._pending:
            for parent in self._pending.pop(name).parents:
                self._draft.add_child(parent, self._group, place)

    def _read_hosts(self, line: str, place: Place) -> None:
        first, *assignments = _words(line, place)
        names, port = _hosts(first, place)
        variables: dict[str, Variable] = {}
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not equals:
                raise ConfigError(place, f"expected variable=value after the host, found {assignment!r}")
            variables[name] = Variable(literal(value, place), place, self._secret)
        draft = self._draft
        for host in names:
            draft.add_host(host, place, group=self._group, port=port)
            for name, variable in variables.items():
                draft.set_variable(host, name, variable)

    def _read_variable(self, line: str, place: Place) -> None:
        name, equals, value = line.partition("=")
        if not equals:
            raise ConfigError(place, f"expected variable=value, found {line!r}")
        variable = Variable(literal(value.strip(), place), place, self._secret)
        self._draft.set_variable(self._group.name, name.strip(), variable)

    def _read_child(self, line: str, place: Place) -> None:
        found = _GROUP_NAME.fullmatch(line)
        if not found:
            raise ConfigError(place, f"expected the name of a group, found {line!r}")
        child = self._draft.groups.get(found[1])
        if child is not None:
            self._draft.add_child(self._group, child, place)
        else:
            self._pending.setdefault(found[1], _Pending(place, [])).parents.append(self._group)


def _words(line: str, place: Place) -> list[str]:
    if _NEEDS_NO_QUOTING_RULES.fullmatch(line):
        return line.split()
    try:
        return shlex.split(line, comments=True)
    except ValueError as error:
        raise ConfigError(place, f"the quotes of this line do not match: {str(error).lower()}") from error


def _hosts(pattern: str, place: Place) -> tuple[list[str], int | None]:
    name, port = split_port(pattern)
    if port is None and pattern.strip().endswith(":"):
        raise ConfigError(place, f"host {pattern!r} ends with a colon: a port must follow, or this is YAML")
    if name.strip() == "---":
        raise ConfigError(place, "'---' begins YAML, not INI")
    if "[" not in name:
        return [name], port
    try:
        return expand(name), port
    except ValueError as error:
        raise ConfigError(place, str(error)) from error
