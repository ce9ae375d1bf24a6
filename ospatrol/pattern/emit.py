"""Writes a tree for Python's `re` or for RE2."""

from __future__ import annotations

from functools import lru_cache

from ospatrol.pattern.tree import (
    ALL,
    ANY_BUT_NEWLINE,
    Behind,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Place,
    Repeat,
    Sequence,
    Where,
    without_upper,
)

_LINEAR_PLACES = {
    Where.END: r"\z",
    Where.LAST_LINE_END: r"\n?\z",
}


def for_re(node: Node, *, lowered: bool) -> str:
    """The tree as `re` reads it, to be compiled with `DOTALL` and `ASCII`.

    Args:
        node: The tree.
        lowered: Whether its subjects will be in lower case.
    """
    return _Writer(lowered=lowered, linear=False).write(node)


def for_re2(node: Node, *, lowered: bool) -> str:
    """The tree as RE2 reads it, in Latin-1, with `.` for every byte; it must not need backtracking."""
    return _Writer(lowered=lowered, linear=True).write(node)


class _Writer:
    def __init__(self, *, lowered: bool, linear: bool) -> None:
        self._lowered = lowered
        self._linear = linear

    def write(self, node: Node) -> str:  # noqa: PLR0911 - one kind of node after the other
        match node:
            case Chars(mask):
                return one_byte(without_upper(mask) if self._lowered else mask)
            case Place(where):
                return _LINEAR_PLACES.get(where, where) if self._linear else where
            case Sequence(parts):
                return "".join([self._part(part) for part in parts])
            case Choice(branches):
                return "|".join([self.write(branch) for branch in branches])
            case Group(part):
                return f"({self.write(part)})"
            case Repeat():
                return self._repeat(node)
            case Look(part, negate):
                return f"(?{'!' if negate else '='}{self.write(part)})"
            case Behind(part, negate):
                return f"(?<{'!' if negate else '='}{self.write(part)})"
            case _:
                return f"(?>{self.write(node.part)})"

    def _part(self, node: Node) -> str:
        return f"(?:{self.write(node)})" if isinstance(node, Choice) else self.write(node)

    def _repeat(self, node: Repeat) -> str:
        part = self.write(node.part)
        if not isinstance(node.part, Chars | Group):
            part = f"(?:{part})"
        return part + _bounds(node.low, node.high) + node.mode


def _bounds(low: int, high: int | None) -> str:
    match low, high:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{low},}}"
        case _:
            return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


@lru_cache(maxsize=4096)
def one_byte(mask: int) -> str:
    """A set as `re` and RE2 both read it."""
    if mask == ALL:
        return "."
    if mask == ANY_BUT_NEWLINE:
        return r"[^\n]"
    if mask.bit_count() == 1:
        return _char(mask.bit_length() - 1)
    if not mask:
        return r"[^\x00-\xff]"
    inverted = mask.bit_count() > 128
    ranges = "".join(_range(first, last) for first, last in _runs(ALL & ~mask if inverted else mask))
    return f"[^{ranges}]" if inverted else f"[{ranges}]"


def _char(code: int) -> str:
    char = chr(code)
    return char if (char.isalnum() and char.isascii()) or char in " ,:;<>=/\"'%&@_`~!" else f"\\x{code:02x}"


def _range(first: int, last: int) -> str:
    return _char(first) if first == last else f"{_char(first)}-{_char(last)}"


def _runs(mask: int) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for code in range(256):
        if mask >> code & 1:
            if runs and runs[-1][1] == code - 1:
                runs[-1] = (runs[-1][0], code)
            else:
                runs.append((code, code))
    return runs
