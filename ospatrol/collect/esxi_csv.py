"""What `esxcli --formatter=csv` prints: rows with named cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import TypeAlias

_ROWS = 20_000
_CELL = 1 << 16
_NOISE = re.compile(r"[^a-z0-9]")

Row: TypeAlias = Mapping[str, str]


class NotRowsError(Exception):
    """What came is no table; the message says why."""


def read_rows(text: str, *needed: str) -> tuple[Row, ...]:
    """The rows, each cell by its column's name in lower case without anything but letters and digits.

    Every line ends with a comma, and so does a cell that is a list; both are taken off.

    Args:
        text: All of the output.
        needed: Columns that must be there.

    Raises:
        NotRowsError: it is no such table, or has rows of another width than its heading.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [line for line in islice(reader, _ROWS + 2) if line and line != [""]]
    except csv.Error as error:
        raise NotRowsError(f"no comma-separated values: {error}") from error
    if not lines:
        return ()
    heading = [_NOISE.sub("", name.lower()) for name in lines[0]]
    if missing := [name for name in needed if name not in heading]:
        raise NotRowsError(f"no column {missing[0]!r}")
    if len(lines) > _ROWS + 1:
        raise NotRowsError(f"more than {_ROWS} rows")
    if any(len(line) != len(heading) for line in lines):
        raise NotRowsError("a row is longer or shorter than the heading")
    return tuple(_row(heading, line) for line in lines[1:])


def _row(heading: list[str], line: list[str]) -> Row:
    cells = {name: cell[:_CELL].strip().removesuffix(",") for name, cell in zip(heading, line, strict=True) if name}
    return MappingProxyType(cells)
