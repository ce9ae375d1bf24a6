"""Values that a person wrote, read into typed nouns; every mistake with its line."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec

from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ospatrol.model.place import Place

T = TypeVar("T", bound=msgspec.Struct)

_MISMATCH = re.compile(r"Expected `([a-z| ]+)`(.*?)(?:, got `([a-z]+)`)?")
_INVALID = re.compile(r"Invalid enum value (.+)", re.DOTALL)
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing",
    "object": "a mapping",
    "str": "text",
}


def read_struct(node: object, type_: type[T], place: Place, problems: list[ConfigError]) -> T | None:
    """A Struct from a mapping as written; its field `place`, if it has one, is filled in with where it stands.

    Args:
        node: What the YAML held.
        type_: The Struct; a field's default makes its key optional.
        place: Where the node stands.
        problems: Gets every mistake: unknown keys (with a suggestion), missing ones, wrong types.

    Returns:
        None if there was a mistake.
    """
    if not isinstance(node, Lined):
        problems.append(ConfigError(place, f"expected a mapping with {_names(type_)}"))
        return None
    before = len(problems)
    fields = _fields(type_)
    unknown_keys(node, fields, problems)
    meant = {_nearest(key, fields) for key in node if key not in fields}
    given: dict[str, object] = {}
    for name, field in fields.items():
        if name in node:
            _convert(node, name, field, given, problems)
        elif field.required and name not in meant:
            problems.append(ConfigError(node.place, f"the key {name!r} is missing"))
    if len(problems) > before:
        return None
    if "place" in type_.__struct_fields__:
        given["place"] = node.place
    try:
        return type_(**given)
    except (ValueError, TypeError) as error:
        problems.append(ConfigError(node.place, str(error)))
        return None


def unknown_keys(node: Lined, known: Iterable[str], problems: list[ConfigError]) -> None:
    """Adds a mistake, with a suggestion, for every key of a mapping that is not known."""
    names = sorted(known)
    problems.extend(
        ConfigError(node.at(key), f"unknown key {key!r}{did_you_mean(key, names)}") for key in node if key not in names
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A half-sentence that offers the nearest known word, or names them all where none is near."""
    names = sorted(map(str, known))
    near = _nearest(word, names)
    if near:
        return f"; did you mean {near!r}?"
    return f"; known are {', '.join(names)}" if names else ""


def _nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest to another; empty if none is near."""
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=0.6)), "")


def _names(type_: type[msgspec.Struct]) -> str:
    return ", ".join(_fields(type_))


@cache
def _fields(type_: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """What a person may write of a Struct, by its name; looked up once a type, as it evaluates annotations."""
    return {field.encode_name: field for field in msgspec.structs.fields(type_) if field.name != "place"}


def _convert(
    node: Lined,
    name: str,
    field: msgspec.structs.FieldInfo,
    given: dict[str, object],
    problems: list[ConfigError],
) -> None:
    try:
        given[field.name] = msgspec.convert(plain(node[name]), field.type, strict=True)
    except msgspec.ValidationError as error:
        problems.append(ConfigError(_deeper(node, name, str(error)), f"{name}: {_sentence(str(error), field.type)}"))


def plain(value: object) -> object:
    """The same value in built-in containers, without lines."""
    if isinstance(value, Lined):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, LinedList):
        return [plain(item) for item in value]
    return value


def _deeper(node: Lined, name: str, message: str) -> Place:
    """Where inside `node[name]` a msgspec message points, such as `... - at `$[2]``."""
    value = node[name]
    _, _, path = message.rpartition("at `$[")
    index, _, _ = path.partition("]")
    if isinstance(value, LinedList) and index.isdecimal() and int(index) < len(value):
        return value.at(int(index))
    return node.at(name)


def _sentence(message: str, type_: object) -> str:
    """What msgspec says, for a person who does not know Python."""
    text, _, _ = message.partition(" - at `")
    mismatch, invalid = _MISMATCH.fullmatch(text), _INVALID.fullmatch(text)
    if mismatch:
        expected = [_WORDS.get(word, word) for word in mismatch[1].split(" | ") if word != "null"]
        got = "a number with a fraction" if mismatch[3] == "float" else _WORDS.get(mismatch[3], mismatch[3])
        return f"expected {' or '.join(expected)}{mismatch[2]}{f', not {got}' if got else ''}"
    if invalid:
        word = invalid[1].strip("'")
        return f"{word!r} is none of its words{did_you_mean(word, _members(type_))}"
    return text[:1].lower() + text[1:]


def _members(type_: object) -> tuple[str, ...]:
    """The words that the closed sets inside a type hold."""
    if isinstance(type_, type) and issubclass(type_, Enum):
        return tuple(str(member.value) for member in type_)
    return tuple(word for part in get_args(type_) for word in _members(part))
