"""Settings from `ospatrol.toml` and the environment."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import msgspec

from ospatrol.load.fields import read_struct
from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.load.yaml import Node

_ENVIRONMENT = Place("environment")
_PREFIX = "OSPATROL_"
_GLOB = re.compile(r"[*?\[]")


def read_settings(text: str, path: str, environment: Mapping[str, str]) -> Settings:
    """Settings as the file says, where the environment does not say otherwise.

    Args:
        text: The file; empty where there is none.
        path: As the person named it.
        environment: `OSPATROL_FORKS=10` and so on; lists are separated by colons. Names that are no setting are left
            alone, as command line flags have variables of their own.

    Raises:
        ConfigErrors: every mistake of both.
    """
    problems: list[ConfigError] = []
    node = _file(text, path, problems)
    for field in msgspec.structs.fields(Settings):
        given = environment.get(_PREFIX + field.name.upper())
        if given is not None:
            node.put(field.name, _typed(given, field, problems), 0)
    settings = read_struct(node, Settings, Place(path), problems)
    _refuse_commands(node, problems)
    if settings is None or problems:
        raise ConfigErrors(problems)
    return settings


def _file(text: str, path: str, problems: list[ConfigError]) -> Lined:
    lined = Lined(Place(path))
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problems.append(ConfigError(Place(path, int(line[1]) if line else 0), f"not valid TOML: {error}"))
        return lined
    for key, value in table.items():
        at = re.search(rf"^\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]", text, re.MULTILINE)
        line_number = text.count("\n", 0, at.end()) + 1 if at else 0
        lined.put(key, _node(value, Place(path, line_number), text), line_number)
    return lined


def _refuse_commands(node: Lined, problems: list[ConfigError]) -> None:
    """Adds a mistake for every allowed command that cannot be meant."""
    commands = node.get("allow_commands")
    if not isinstance(commands, LinedList):
        return
    for index, command in enumerate(commands):
        program = str(command).split(" ")[0]
        if not program or not str(command).isprintable():
            problem = "is no command: write it as the policy does"
        elif _GLOB.search(program):
            problem = "would allow any program: name one, and put `*` in its arguments only"
        else:
            continue
        problems.append(ConfigError(commands.at(index), f"allow_commands: {command!r} {problem}"))


def _node(value: object, place: Place, text: str) -> Node:
    """A value with its place; items of a list that stand on lines of their own have those."""
    if isinstance(value, list):
        items, lines = LinedList(place), text.split("\n")
        line = place.line
        for item in value:
            shown = item if isinstance(item, str) else ""
            below = (number for number in range(max(line, 1), len(lines) + 1) if shown in lines[number - 1])
            line = next(below, line)
            items.put(_node(item, Place(place.path, line), text), line)
        return items
    if isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _typed(given: str, field: msgspec.structs.FieldInfo, problems: list[ConfigError]) -> Node:
    if isinstance(field.default, tuple):
        items = LinedList(_ENVIRONMENT)
        for part in filter(None, given.split(":")):
            items.put(part, 0)
        return items
    default: int | float | str = field.default
    try:
        return msgspec.convert(given, type(default), strict=False)
    except msgspec.ValidationError:
        name = _PREFIX + field.name.upper()
        problems.append(ConfigError(_ENVIRONMENT, f"{name} must be a number, not {given!r}"))
        return default
