"""YAML whose values know their file and line; the only door to PyYAML."""

from __future__ import annotations

import json
import re
from datetime import date
from enum import Enum
from typing import TypeAlias

import msgspec
import yaml

from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

_DEPTH_LIMIT = 64
_HARMLESS_SIZE = 2000  # characters, or brackets
_RUN = re.compile(r"(?:[-?:][ \t]+){64}")  # block collections that begin on one line
_VAULT_TAGS = frozenset({"!vault", "!vault-encrypted"})
_ALIASED_LIMIT = 100_000  # how much larger than its text a file may become by aliases ("billion laughs")


class Flavour(Enum):
    """Which reading of plain scalars, tags and doubled keys is meant."""

    OURS = "ours"
    ANSIBLE = "ansible"
    FORGIVING = "forgiving"
    """As OURS, but that a doubled key counts as it stands first."""


class Tagged(msgspec.Struct, frozen=True):
    """A scalar under a tag of Ansible's, such as `!vault`.

    Attributes:
        tag: With its exclamation mark.
        text: As written.
        place: Where it stands.
    """

    tag: str
    text: str
    place: Place


class Lined(dict[str, "Node"]):
    """A mapping that knows where it and each of its keys stand."""

    __slots__ = ("_lines", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._lines: dict[str, int] = {}

    def put(self, key: str, value: Node, line: int) -> None:
        """Set a key that stands on a line."""
        self[key] = value
        self._lines[key] = line

    def at(self, key: str) -> Place:
        """Where a key stands; the mapping itself for a key that it does not have."""
        line = self._lines.get(key)
        return self.place if line is None else Place(self.place.path, line)


class LinedList(list["Node"]):
    """A sequence that knows where it and each of its items stand."""

    __slots__ = ("_lines", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._lines: list[int] = []

    def put(self, value: Node, line: int) -> None:
        """Append an item that stands on a line."""
        self.append(value)
        self._lines.append(line)

    def at(self, index: int) -> Place:
        """Where an item stands."""
        return Place(self.place.path, self._lines[index])


Node: TypeAlias = "Lined | LinedList | Tagged | bool | int | float | str | None"


class _AnsibleLoader(yaml.CSafeLoader):
    """Plain scalars as YAML 1.1 and so Ansible reads them: `no` is false, `0755` is 493."""


class _OurLoader(yaml.CSafeLoader):
    """Plain scalars as a person means them: `no`, `0755`, `1:30` and `2026-11-21` stay text."""


_OurLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _firsts in (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
):
    _OurLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_firsts))


def read_yaml(text: str, path: str, *, flavour: Flavour = Flavour.OURS) -> Node:
    """One YAML document as plain values that know their lines; None for an empty one.

    Args:
        text: The whole file.
        path: As the person named it; places carry it.
        flavour: OURS refuses a doubled key; ANSIBLE lets the last one win and keeps `!vault` and `!unsafe` as Tagged.

    Raises:
        ConfigError: the text is no YAML, has more than one document, an unknown tag, or grows past bounds.
    """
    loader = (_AnsibleLoader if flavour is Flavour.ANSIBLE else _OurLoader)(text)
    try:
        _refuse_depth(text, path)
        node = loader.get_single_node()
        return None if node is None else _Builder(loader, path, flavour, len(text) + _ALIASED_LIMIT).build(node, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise ConfigError(Place(path, line), f"not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(Place(path), f"not valid YAML: {error}") from error
    except RecursionError as error:
        raise ConfigError(Place(path), "nested too deeply") from error
    finally:
        loader.dispose()


def _refuse_depth(text: str, path: str) -> None:
    """The composer recurses on the C stack: what is nested ten thousand times would end the process."""
    if len(text) < _HARMLESS_SIZE or (text.count("[") + text.count("{") < _HARMLESS_SIZE and not _RUN.search(text)):
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEPTH_LIMIT:
                raise ConfigError(
                    Place(path, event.start_mark.line + 1 if event.start_mark else 0), "nested too deeply"
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns composed nodes into values; counts them, so that aliases cannot blow a file up."""

    def __init__(self, loader: _OurLoader | _AnsibleLoader, path: str, flavour: Flavour, limit: int) -> None:
        self._loader = loader
        self._path = path
        self._flavour = flavour
        self._built = 0
        self._limit = limit
        self._unsafe = False

    def build(self, node: yaml.Node, depth: int) -> Node:
        self._built += 1
        if depth > _DEPTH_LIMIT or self._built > self._limit:
            raise ConfigError(self._place(node), "nested too deeply, or grown too large by aliases")
        if node.tag[0] == "!" and node.tag not in _VAULT_TAGS:
            return self._unsafe_node(node, depth)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, depth)
            case yaml.SequenceNode():
                return self._sequence(node, depth)
            case _:
                return self._scalar(node)

    def _unsafe_node(self, node: yaml.Node, depth: int) -> Node:
        """What stands behind `!unsafe`: as without it, but every text in it is Tagged."""
        if node.tag != "!unsafe" or self._flavour is not Flavour.ANSIBLE:
            raise ConfigError(self._place(node), f"unknown tag {node.tag}")
        kind = type(node)
        tag = self._loader.resolve(kind, node.value, (True, False))  # type: ignore[no-untyped-call]  # the stubs'
        was_unsafe, self._unsafe = self._unsafe, True
        try:
            return self.build(kind(tag, node.value, node.start_mark, node.end_mark), depth)
        finally:
            self._unsafe = was_unsafe

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._path, node.start_mark.line + 1)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Lined:
        lined = Lined(self._place(node))
        merged = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
        self._loader.flatten_mapping(node)  # a second visit, through an alias, finds it flat already
        for key_node, value_node in node.value:
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in lined and not merged:
                if self._flavour is Flavour.OURS:
                    raise ConfigError(Place(self._path, line), f"the key {key!r} stands here a second time")
                if self._flavour is Flavour.FORGIVING:
                    continue
            lined.put(key, self.build(value_node, depth + 1), line)
        return lined

    def _key(self, node: yaml.Node) -> str:
        value = self._scalar(node) if isinstance(node, yaml.ScalarNode) else node
        if isinstance(value, yaml.Node) or (isinstance(value, Tagged) and value.tag in _VAULT_TAGS):
            raise ConfigError(self._place(node), "a key must be plain text")
        if self._flavour is Flavour.ANSIBLE and (value is None or isinstance(value, bool | int | float)):
            return json.dumps(value)  # what JSON makes of a key that is no text
        return str(node.value)

    def _sequence(self, node: yaml.SequenceNode, depth: int) -> LinedList:
        lined = LinedList(self._place(node))
        for item in node.value:
            lined.put(self.build(item, depth + 1), item.start_mark.line + 1)
        return lined

    def _scalar(self, node: yaml.Node) -> Node:
        tag: str = node.tag
        if tag == "tag:yaml.org,2002:str":
            return Tagged("!unsafe", str(node.value), self._place(node)) if self._unsafe else str(node.value)
        if tag.startswith("!"):
            if self._flavour is Flavour.ANSIBLE and tag in _VAULT_TAGS:
                return Tagged(tag, str(node.value), self._place(node))
            raise ConfigError(self._place(node), f"unknown tag {tag}")
        try:
            value = self._loader.construct_object(node, deep=True)
        except ValueError as error:
            raise ConfigError(self._place(node), f"not a valid value: {error}") from error
        if isinstance(value, date):
            return value.isoformat()
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)
