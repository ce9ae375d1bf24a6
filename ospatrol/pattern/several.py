"""Which of many patterns are found in a line, in one search rather than in one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.pattern.emit import for_re2
from ospatrol.pattern.linear import compile_set
from ospatrol.pattern.search import Search
from ospatrol.pattern.shape import needs_backtracking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.pattern.tree import Node


class SeveralSearch:
    """Looks for patterns in a line.

    Args:
        nodes: Their trees.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._alone = [Search(node) for node in nodes]
        self._apart = [place for place, node in enumerate(nodes) if needs_backtracking(node)]
        self._together = [place for place, node in enumerate(nodes) if not needs_backtracking(node)]
        self._set = compile_set([for_re2(nodes[place], lowered=False) for place in self._together])

    def found(self, line: str) -> list[int]:
        """The places, from 0, of those that a line has, in their order.

        A search for many has no way out where it lacks memory: who knows that there is one, and is told of none, asks
        `found_one_by_one`.
        """
        # a letter beyond ASCII may be one of a pattern in lower case
        if self._set is None or not line.isascii():
            return self.found_one_by_one(line)
        lowered = line.lower()
        apart = [place for place in self._apart if self._has(place, line, lowered)]
        together = [self._together[number] for number in self._set(line)]
        return sorted([*together, *apart]) if together or not apart else self.found_one_by_one(line)

    def found_one_by_one(self, line: str) -> list[int]:
        """The same, by a search for each."""
        lowered = line.lower()
        return [place for place in range(len(self._alone)) if self._has(place, line, lowered)]

    def _has(self, place: int, line: str, lowered: str) -> bool:
        search = self._alone[place]
        return search.found(lowered if search.lowered else line)
