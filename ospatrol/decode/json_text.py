"""JSON values as cJSON prints them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | tuple[tuple[str, Json], ...] | None"
"""A JSON value whose objects are pairs in their order, doubles kept."""

_Write: TypeAlias = Callable[[str], object]

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_QUOTED = re.compile(r"[\x00-\x1f\"\\]")


def number_text(value: float) -> str:
    """A number as a field shows it: six decimals unless it is an integer of 32 bits."""
    if _INT_MIN <= value <= _INT_MAX and value == int(value):
        return str(int(value))
    try:
        return f"{value:.6f}"
    except OverflowError:  # an integer that no double can hold
        return "inf" if value > 0 else "-inf"


def csv_of(values: list[Json]) -> str:
    """The plain values of an array with commas between; what is nested is left out."""
    return ",".join(shown for shown in map(_plain, values) if shown is not None)


def plain_text(value: Json) -> str | None:
    """A string, number or boolean as a field shows it; None for anything else."""
    return None if value is None else _plain(value)


def members(value: Json) -> dict[str, Json]:
    """An object by its keys, the first of each; empty if the value is no object."""
    return dict(reversed(value)) if isinstance(value, tuple) else {}


def compact(value: Json, deepest: int = 100) -> str:
    """A value on one line without blanks, as `cJSON_PrintUnformatted` writes it.

    Raises:
        ValueError: It is nested deeper than `deepest`.
    """
    if deepest < 0:
        raise ValueError(deepest)
    if isinstance(value, tuple):
        return f"{{{','.join(f'{quoted(key)}:{compact(item, deepest - 1)}' for key, item in value)}}}"
    if isinstance(value, list):
        return f"[{','.join(compact(item, deepest - 1) for item in value)}]"
    return text_of(value, 1)


def text_of(value: Json, deepest: int) -> str:
    """A value as `cJSON_Print` writes it: arrays on one line, objects over several, indented with tabs.

    Args:
        value: What to print.
        deepest: How many arrays and objects may stand inside each other.

    Raises:
        ValueError: It is nested too deep.
    """
    parts: list[str] = []
    _print(value, parts.append, 0, deepest)
    return "".join(parts)


def quoted(text: str) -> str:
    """A string in double quotes; what JSON wants escaped is escaped."""
    return f'"{_QUOTED.sub(_escaped, text)}"'


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def _plain(value: Json) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, (int, float)) else None


def _print(value: Json, write: _Write, depth: int, deepest: int) -> None:
    if isinstance(value, str):
        write(quoted(value))
    elif isinstance(value, (list, tuple)):
        if depth >= deepest:
            raise ValueError(depth)
        if isinstance(value, list):
            _print_array(value, write, depth, deepest)
        else:
            _print_object(value, write, depth, deepest)
    elif value is None:
        write("null")
    else:
        write(("true" if value else "false") if isinstance(value, bool) else _printed(value))


def _print_array(value: list[Json], write: _Write, depth: int, deepest: int) -> None:
    write("[")
    for number, item in enumerate(value):
        if number:
            write(", ")
        _print(item, write, depth + 1, deepest)
    write("]")


def _print_object(value: tuple[tuple[str, Json], ...], write: _Write, depth: int, deepest: int) -> None:
    indent = "\t" * (depth + 1)
    write("{\n")
    for number, (key, item) in enumerate(value):
        write(f"{',' if number else ''}{chr(10) if number else ''}{indent}{quoted(key)}:\t")
        _print(item, write, depth + 1, deepest)
    write("\n" if value else "")
    write(indent[1:] + "}")


def _printed(value: float) -> str:
    """As few digits, 15 or 17, as give the same number again."""
    try:
        number = float(value)
    except OverflowError:
        return "null"
    if not math.isfinite(number):
        return "null"
    short = f"{number:.15g}"
    return short if float(short) == number else f"{number:.17g}"
