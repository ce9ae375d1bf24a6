"""Lines of configurations, and trees made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.model.config import DEEPEST, Block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_LINES = 1_000_000
_LONGEST = 8192  # characters of a line
_LONGEST_BODY = 1000  # lines of a banner or a certificate
_MARKS = ("\ufeff", "\xef\xbb\xbf")  # what some editors put in front of a text


def bounded_lines(text: str) -> tuple[list[str], bool]:
    """The lines of a text, and whether some of it was too much; only a newline ends a line.

    A byte order mark in front is no part of it.
    """
    for mark in _MARKS:
        text = text.removeprefix(mark)
    if len(text) > _MOST_LINES and text.count("\n", 0) > _MOST_LINES:
        lines, cut = text.split("\n", _MOST_LINES)[:_MOST_LINES], True
    else:
        lines, cut = text.split("\n"), False
    if lines and not lines[-1]:
        lines.pop()
    for index, line in enumerate(lines):
        if len(line) > _LONGEST:
            lines[index], cut = line[:_LONGEST], True
    return lines, cut


class Ends:
    """Finds where texts of several lines end; each line is looked at once for each sort of end.

    Args:
        lines: Of the configuration.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._seen: dict[str, tuple[int, int]] = {}

    def find(self, start: int, sort: str, ends: Callable[[str], bool]) -> int | None:
        """The index of the line that ends a text; None if none of a thousand does.

        Args:
            start: The first that may end it; no less than it was before for the same sort.
            sort: A name for the sort of end.
            ends: Whether a line is one.
        """
        begun, found = self._seen.get(sort, (0, -1))
        if not begun <= start <= found:
            found = next(
                (index for index in range(start, len(self._lines)) if ends(self._lines[index])), len(self._lines)
            )
            self._seen[sort] = (start, found)
        return found if found < min(start + _LONGEST_BODY, len(self._lines)) else None


class Growing:
    """A block that is not finished.

    Attributes:
        line: Its number.
        text: Its text.
        parts: Its children so far.
        body: Its further lines.
    """

    __slots__ = ("body", "line", "parts", "text")

    def __init__(self, line: int, text: str, body: tuple[str, ...] = ()) -> None:
        self.line = line
        self.text = text
        self.parts: list[Growing] = []
        self.body = body


class Tree:
    """Grows a tree line by line.

    Attributes:
        depth: How many blocks are open; it counts on beyond what a tree can be deep.
    """

    def __init__(self) -> None:
        self._root = Growing(0, "")
        self._open = [self._root]
        self.depth = 0

    def add(self, line: int, text: str, body: tuple[str, ...] = ()) -> Growing:
        """A line in the innermost open block."""
        block = Growing(line, text, body)
        self._open[-1].parts.append(block)
        return block

    def enter(self, line: int, text: str) -> None:
        """A line to which what follows belongs."""
        block = self.add(line, text)
        self.depth += 1
        if len(self._open) < DEEPEST:
            self._open.append(block)

    def leave(self) -> None:
        """The innermost open block is finished; nothing happens where none is open."""
        if not self.depth:
            return
        self.depth -= 1
        if len(self._open) > self.depth + 1:
            self._open.pop()

    def blocks(self) -> list[Block]:
        """The tree so far."""
        return finished(self._root.parts)


def finished(parts: list[Growing]) -> list[Block]:
    """Blocks that change no more; the tree is at most `DEEPEST` deep."""
    return [
        Block(
            line=part.line, text=part.text, children=tuple(finished(part.parts)) if part.parts else (), body=part.body
        )
        for part in parts
    ]
