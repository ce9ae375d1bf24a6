"""Which of many texts occur in a subject, in one pass over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Scanner:
    """Finds all that occurs: matches overlap, or a text inside another one would go unseen.

    Its cost is that of the subject's length and of the number of occurrences, not of the number of texts.
    """

    __slots__ = ("_atoms", "_find", "_texts")

    def __init__(self, atoms: Sequence[str]) -> None:
        """Prepares the search.

        Args:
            atoms: ASCII, none of them empty; in lower case, if the texts will be.
        """
        self._atoms = tuple(atoms)
        self._find: Callable[[bytes, bool], list[tuple[int, int, int]]] | None = None
        self._texts: Callable[[str, bool], list[str]] | None = None
        if atoms:
            coded = [atom.encode("ascii") for atom in atoms]
            self._find = BytesAhoCorasick(coded, implementation=Implementation.DFA).find_matches_as_indexes
            machine = AhoCorasick(self._atoms, store_patterns=True, implementation=Implementation.DFA)
            self._texts = machine.find_matches_as_strings

    def hits(self, lower_text: str) -> frozenset[int]:
        """The indices of the atoms that occur.

        Args:
            lower_text: In lower case, as the atoms are.
        """
        if self._find is None:
            return frozenset()
        coded = lower_text.encode("latin-1", "replace")
        return frozenset([found[0] for found in self._find(coded, True)])  # noqa: FBT003 - overlapping

    def texts(self, lower_text: str) -> frozenset[str]:
        """The atoms that occur, themselves: a third quicker than their indices where all is ASCII.

        Args:
            lower_text: In lower case, as the atoms are.
        """
        if self._texts is not None and lower_text.isascii():
            return frozenset(self._texts(lower_text, True))  # noqa: FBT003 - overlapping
        return frozenset([self._atoms[index] for index in self.hits(lower_text)])
