"""Sources in Ansible's YAML form: groups with `hosts`, `vars` and `children`; JSON and TOML say the same."""

from __future__ import annotations

from collections.abc import Mapping

from ospatrol.inventory.draft import Draft, GroupDraft
from ospatrol.inventory.names import expand, split_port
from ospatrol.inventory.written import Variable, Written
from ospatrol.load.yaml import Lined
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

_PARTS = ("vars", "children", "hosts")


class TreeReader:
    """Adds groups as they are nested in a mapping.

    Args:
        draft: Gets groups, hosts and variables.
        problems: Gets every mistake.
        secret: Whether the file was encrypted.
    """

    def __init__(self, draft: Draft, problems: list[ConfigError], *, secret: bool = False) -> None:
        self._draft = draft
        self._problems = problems
        self._secret = secret

    def read(self, document: Mapping[str, Written], place: Place) -> None:
        """Take in the whole document; a key at its top is a group."""
        for name, content in document.items():
            try:
                self._group(name, content, at(document, name, place))
            except ConfigError as error:
                self._problems.append(error)

    def _group(self, name: str, content: Written, place: Place) -> GroupDraft | None:
        if content is None:
            return self._draft.add_group(name, place)
        if not isinstance(content, Mapping):
            self._draft.warnings.append(f"{place}: {name!r} is skipped: a group must be a mapping")
            return self._draft.groups.get(name)
        group = self._draft.add_group(name, place)
        parts = {part: self._part(group, content, part, place) for part in _PARTS if part in content}
        for key, value in content.items():
            key_place = at(content, key, place)
            if key not in parts:
                what = f"group {name!r} may have {', '.join(_PARTS)}, not {key!r}"
                if value is not None:
                    self._draft.warnings.append(f"{key_place}: {what}; it is skipped")
                continue
            match key:
                case "vars":
                    self._variables(name, parts[key], key_place)
                case "children":
                    self._children(group, parts[key], key_place)
                case _:
                    self._hosts(group, parts[key], key_place)
        return group

    def _part(
        self, group: GroupDraft, content: Mapping[str, Written], part: str, place: Place
    ) -> Mapping[str, Written]:
        value = content[part]
        if value is None:
            return {}
        if isinstance(value, str):
            return {value: None}
        if isinstance(value, Mapping):
            return value
        what = "write each as a key with a colon, without a dash" if isinstance(value, list) else "it must be a mapping"
        raise ConfigError(at(content, part, place), f"{part!r} of group {group.name!r}: {what}")

    def _variables(self, entity: str, variables: Mapping[str, Written], place: Place) -> None:
        for name, value in variables.items():
            self._draft.set_variable(entity, name, Variable(value, at(variables, name, place), self._secret))

    def _children(self, group: GroupDraft, children: Mapping[str, Written], place: Place) -> None:
        for name, content in children.items():
            child_place = at(children, name, place)
            child = self._group(name, content, child_place)
            if child is None:
                raise ConfigError(child_place, f"child group {name!r} must be a mapping, or empty")
            self._draft.add_child(group, child, child_place)

    def _hosts(self, group: GroupDraft, hosts: Mapping[str, Written], place: Place) -> None:
        draft = self._draft
        for pattern, variables in hosts.items():
            host_place = at(hosts, pattern, place)
            names, port = _names(pattern, host_place)
            own = variables or {}
            if not isinstance(own, Mapping):
                raise ConfigError(host_place, f"what stands below host {pattern!r} must be a mapping of its variables")
            for name in names:
                draft.add_host(name, host_place, group=group, port=port)
                self._variables(name, own, host_place)


def at(mapping: Mapping[str, Written], key: str, place: Place) -> Place:
    """Where a key stands, if the mapping knows; else the place that is given."""
    return mapping.at(key) if isinstance(mapping, Lined) else place


def _names(pattern: str, place: Place) -> tuple[list[str], int | None]:
    name, port = split_port(pattern)
    if "[" not in name:
        return [name], port
    try:
        return expand(name), port
    except ValueError as error:
        raise ConfigError(place, str(error)) from error
