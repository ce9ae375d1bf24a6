"""What vim-cmd prints of an object: parts within parts, each with named values or a list of values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

_DEEPEST = 40
_LONGEST = 1 << 16
_MEMBER = re.compile(r"(\w{1,128}) = (.*)", re.DOTALL)
_TYPE = re.compile(r"\([\w.:]{1,200}\) ?")
_TOP = re.compile(r"\([\w.:]{1,200}\) [{\[]")
_TOP_ENDS = frozenset({"}", "]"})
_ENDS = frozenset({"}", "},", "]", "],"})
_INDENT = 3

Value: TypeAlias = "Part | str | None"


@dataclass(kw_only=True, slots=True)
class Part:
    """One object or list.

    Attributes:
        type: As it is printed, such as `vim.host.Service`.
        values: By name; of two with one name the first stays, as what comes later may have been written by a guest.
        items: Of a list.
        doubled: Whether a name comes twice in any part of it, or lines are out of place: a text pretends to be values.
    """

    type: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    items: list[Value] = field(default_factory=list)
    doubled: bool = False

    def text(self, *path: str) -> str:
        """The text at the end of some names; empty where there is none."""
        part = self.part(*path[:-1])
        value = part.values.get(path[-1])
        return value if isinstance(value, str) else ""

    def part(self, *path: str) -> Part:
        """The part at the end of some names; an empty one where there is none."""
        part = self
        for name in path:
            value = part.values.get(name)
            part = value if isinstance(value, Part) else Part()
        return part

    def parts(self, *path: str) -> Iterator[Part]:
        """The parts of the list at the end of some names."""
        yield from (item for item in self.part(*path).items if isinstance(item, Part))


def read_dump(text: str) -> Part | None:
    """The first object of an output; None where there is none, or it does not come to its end.

    Texts go on over several lines, and nothing in them is escaped, so that one may pretend to be values. What lies in a
    part is indented by three more than the part: that and the last end of all tell most of it; `Part.doubled` says so.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    start = next((at for at, line in enumerate(lines) if _TOP.fullmatch(line)), None)
    if start is None:
        return None
    end = next((at for at in range(len(lines) - 1, start, -1) if lines[at] in _TOP_ENDS), None)
    return None if end is None else _Reading(lines[:end], start).read()


class _Reading:
    """Goes through the lines of an object; `open` are the parts that are not at their end, from the outermost."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        self._lines = lines
        self._at = start + 1
        self._top = Part(type=lines[start].partition(")")[0].lstrip("("))
        self._open: list[Part] = [self._top]

    def read(self) -> Part | None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            body = line.lstrip(" ")
            depth, odd = divmod(len(line) - len(body), _INDENT)
            self._at += 1
            if odd or not 0 < depth <= len(self._open):
                self._top.doubled = self._top.doubled or bool(body)
            elif body in _ENDS:
                self._back_to(depth, ends=True)
            else:
                self._back_to(depth)
                self._take(body)
            if len(self._open) > _DEEPEST:
                return None
        return self._top if len(self._open) == 1 else None

    def _back_to(self, depth: int, *, ends: bool = False) -> None:
        """Leave the parts that lie deeper; more than the one that ends were never ended."""
        self._top.doubled = self._top.doubled or len(self._open) - depth != ends
        del self._open[depth:]

    def _take(self, body: str) -> None:
        match = _MEMBER.fullmatch(body)
        name, said = (match[1], match[2]) if match else ("", body)
        if said.startswith('"') and not _is_closed(said):
            end = _end_of_text(self._lines, self._at)
            said, self._at = "\n".join((said, *self._lines[self._at : end])), end
        into = self._open[-1]
        self._top.doubled = self._top.doubled or name in into.values
        opened = _put(into, name, said)
        if opened is not None:
            self._open.append(opened)


def _put(into: Part, name: str, said: str) -> Part | None:
    """Take a value in; what it is, if lines that follow belong to it."""
    value, opens = _value(said)
    if name:
        into.values.setdefault(name, value)
    elif value != "":
        into.items.append(value)
    return value if opens and isinstance(value, Part) else None


def _is_closed(said: str) -> bool:
    return len(said) > 1 and said.removesuffix(",").endswith('"') and said != '",'


def _end_of_text(lines: Sequence[str], at: int) -> int:
    """Behind the line that closes a text; behind the last line if none does."""
    ends = (end + 1 for end in range(at, len(lines)) if lines[end].removesuffix(",").endswith('"'))
    return next(ends, len(lines))


def _value(said: str) -> tuple[Value, bool]:
    """A value, and whether lines that follow belong to it."""
    said = said.removesuffix(",")
    if match := _TYPE.match(said):
        rest = said[match.end() :]
        if rest in {"{", "["}:
            return Part(type=match[0].strip("() ")), True
        if rest in {"[]", "null"}:
            return (Part(type=match[0].strip("() ")) if rest == "[]" else None), False
        said = rest
    if said == "<unset>":
        return None, False
    if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'":
        said = said[1:-1]
    return said[:_LONGEST], False


def options_of(part: Part, *path: str) -> Mapping[str, str]:
    """A list of options as key and value; what has no value is an empty text."""
    found: dict[str, str] = {}
    for option in part.parts(*path):
        key = option.text("key")
        if key:
            found.setdefault(key, option.text("value"))
    return found
