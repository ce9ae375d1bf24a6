"""In which of many lines a pattern is found, in a search for many lines rather than in one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.pattern.emit import for_re2
from ospatrol.pattern.linear import compile_linear
from ospatrol.pattern.search import Search
from ospatrol.pattern.shape import needs_backtracking
from ospatrol.pattern.tree import (
    Chars,
    Choice,
    Group,
    Node,
    Place,
    Repeat,
    Sequence,
    Where,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as Many

    from ospatrol.pattern.search import Spans

_TOGETHER = 64
_NEWLINE = 1 << ord("\n")
_OF_A_LINE: dict[Node, Node] = {
    Place(Where.START): Place(Where.LINE_START),
    Place(Where.END): Place(Where.LINE_END),
    Place(Where.LAST_LINE_END): Place(Where.LINE_END),
}


class LineSearch:
    """Looks for a pattern in lines.

    Args:
        node: The pattern's tree.
    """

    def __init__(self, node: Node) -> None:
        self._alone = Search(node)
        self._together = (
            None if needs_backtracking(node) else compile_linear(for_re2(_within_lines(node), lowered=False))
        )

    def found(self, line: str) -> bool:
        """Whether a line has it."""
        return self._alone.found(line.lower() if self._alone.lowered else line)

    def among(self, lines: Many[str]) -> Iterator[int]:
        """The places, from 0, of the lines that have it, in their order."""
        for first in range(0, len(lines), _TOGETHER):
            some = lines[first : first + _TOGETHER]
            text = "\n".join(some)
            # a letter beyond ASCII may be one of it in lower case; and what holds a line end is no line
            if self._together is None or not text.isascii() or text.count("\n") >= len(some):
                yield from (first + at for at, line in enumerate(some) if self.found(line))
            else:
                yield from (first + at for at in _lines_found(self._together, text))


def _lines_found(search: Callable[[str], Spans | None], text: str) -> Iterator[int]:
    number = at = 0
    while (spans := search(text[at:])) is not None:
        begin = at + spans[0][0]
        number += text.count("\n", at, begin)
        yield number
        at = text.find("\n", begin) + 1
        if not at:
            return
        number += 1


def _within_lines(node: Node) -> Node:
    """What finds in lines that are joined what the tree finds in each of them: no byte of it is a line end."""
    match node:
        case Chars(mask):
            return Chars(mask & ~_NEWLINE)
        case Sequence(parts):
            return Sequence(tuple(_within_lines(part) for part in parts))
        case Choice(branches):
            return Choice(tuple(_within_lines(part) for part in branches))
        case Repeat(part, low, high, mode):
            return Repeat(_within_lines(part), low, high, mode)
        case Group(part):
            return Sequence((_within_lines(part),))
        case _:  # what RE2 does not know, it refuses
            return _OF_A_LINE.get(node, node)
