"""Waivers as people write them: `waivers:` with a list, each with who answers for it and when it ends."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ospatrol.load.fields import read_struct, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.policy import Waiver

if TYPE_CHECKING:
    from ospatrol.load.yaml import Node

NAME = "waivers"

_TEXTS = ("id", "hosts", "reason", "owner", "approver", "expires", "ticket")
_REQUIRED = _TEXTS[:-1]
_LISTS = ("policies", "checks", "rules", "paths")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_waivers(text: str, path: str) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order; none of an empty one.

    Where a list is wanted a single value will do.

    Args:
        text: The whole file.
        path: As the person named it.

    Raises:
        ConfigErrors: every mistake in it.
    """
    try:
        node: object = read_yaml(_encodable(text), path)
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    if node is None:
        return ()
    problems: list[ConfigError] = []
    found: list[Waiver] = []
    for written, place in _items(node, Place(path, 1), problems):
        waiver = _waiver(written, place, problems)
        if waiver is not None:
            found.append(waiver)
    _refuse_doubled(found, problems)
    if problems:
        raise ConfigErrors(problems)
    return tuple(found)


def _encodable(text: str) -> str:
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode()


def _items(node: object, place: Place, problems: list[ConfigError]) -> list[tuple[object, Place]]:
    if not isinstance(node, Lined):
        problems.append(ConfigError(place, "expected the key 'waivers' with a list"))
        return []
    unknown_keys(node, ("waivers",), problems)
    items = node.get("waivers")
    if items is None and "waivers" in node:
        return []
    if not isinstance(items, LinedList):
        problems.append(ConfigError(node.at("waivers"), "expected the key 'waivers' with a list"))
        return []
    return [(item, items.at(index)) for index, item in enumerate(items)]


def _waiver(node: object, place: Place, problems: list[ConfigError]) -> Waiver | None:
    before = len(problems)
    waiver = read_struct(_spelt_out(node) if isinstance(node, Lined) else node, Waiver, place, problems)
    if not isinstance(node, Lined):
        return None
    empty = [key for key in _REQUIRED if key in node and not str(node[key] or "").strip()]
    problems.extend(ConfigError(node.at(key), f"{key}: must not be empty") for key in empty)
    expires = node.get("expires")
    if expires and not _is_day(str(expires)):
        problems.append(ConfigError(node.at("expires"), f"expires: {expires!r} is no day; write it as 2027-01-31"))
    if not any(node.get(key) for key in _LISTS):
        problems.append(ConfigError(place, f"it waives nothing: give at least one of {', '.join(_LISTS)}"))
    return waiver if len(problems) == before else None


def _spelt_out(node: Lined) -> Lined:
    """The same with a list where one value stands for it, and with texts where numbers do."""
    spelt = Lined(node.place)
    for key, value in node.items():
        if key in _LISTS:
            spelt.put(key, _list(value, node.at(key), numbers=key == "rules"), node.at(key).line)
        else:
            spelt.put(key, _text(value) if key in _TEXTS else value, node.at(key).line)
    return spelt


def _list(value: Node, place: Place, *, numbers: bool) -> LinedList:
    found = LinedList(place)
    items = [(item, value.at(index)) for index, item in enumerate(value)] if isinstance(value, LinedList) else None
    for item, where in items if items is not None else [(value, place)]:
        found.put(item if numbers else _text(item), where.line)
    return found


def _text(value: Node) -> Node:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _refuse_doubled(waivers: list[Waiver], problems: list[ConfigError]) -> None:
    seen: dict[str, Place] = {}
    for waiver in waivers:
        earlier = seen.setdefault(waiver.id, waiver.place)
        if earlier is not waiver.place:
            problems.append(ConfigError(waiver.place, f"the waiver {waiver.id!r} stands already at {earlier}"))
