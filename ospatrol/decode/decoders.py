"""Decoders narrowed down for each line to those whose literals it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ospatrol.decode.decode import Decoded, Plan, decode
from ospatrol.decode.tree import DecoderTree, Link, Root
from ospatrol.model.decoder import Decoder
from ospatrol.pattern.compiled import Pattern
from ospatrol.pattern.scan import Scanner

_PROGRAMS = 4096
_LONG_PROGRAM = 256  # characters; longer names are nobody's, and not worth a place
_SHAPES = 8192


class Decoders:
    """All decoders, ready; holds caches besides.

    Attributes:
        tree: Them.
    """

    def __init__(self, decoders: Iterable[Decoder]) -> None:
        self.tree = DecoderTree(decoders)
        self._narrow: dict[str | None, _Narrow] = {}
        self._alike: dict[tuple[int, ...], _Narrow] = {}

    def decode(self, log: str, program: str | None) -> Decoded:
        """What the decoders find in a line.

        Args:
            log: The line behind its header.
            program: The program that the header names; None if it names none.
        """
        narrow = self._narrow.get(program)
        if narrow is None:
            narrow = self._for(program)
        return decode(narrow.plans(log), log)

    def _for(self, program: str | None) -> _Narrow:
        roots = self.tree.candidates(program)
        key = tuple(map(id, roots))
        narrow = self._alike.get(key)
        if narrow is None:
            if len(self._alike) >= _PROGRAMS:
                self._alike.clear()
            narrow = self._alike[key] = _Narrow(roots)
        if len(self._narrow) >= _PROGRAMS:
            self._narrow.clear()
        if program is None or len(program) <= _LONG_PROGRAM:
            self._narrow[program] = narrow
        return narrow


class _Narrow:
    """The roots that a program's lines may belong to."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self._roots = roots
        every = [pattern for root in roots for pattern in _gates(root)]
        self._scan = Scanner(sorted({atom for pattern in every for atom in pattern.atoms or ()}))
        self._shapes: dict[frozenset[str], tuple[Plan, ...]] = {}

    def plans(self, log: str) -> Sequence[Plan]:
        hits = self._scan.texts(log.lower())
        plans = self._shapes.get(hits)
        if plans is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            plans = self._shapes[hits] = tuple(_plan(root, hits) for root in self._roots if _may(root.prematch, hits))
        return plans


def _gates(root: Root) -> Iterable[Pattern]:
    if root.prematch:
        yield root.prematch
    for head in root.heads:
        if head.prematch:
            yield head.prematch


def _plan(root: Root, hits: frozenset[str]) -> Plan:
    heads: list[Link] = [head for head in root.heads if _may(head.prematch, hits)]
    return Plan(root, heads)


def _may(pattern: Pattern | None, hits: frozenset[str]) -> bool:
    return pattern is None or pattern.atoms is None or not pattern.atoms.isdisjoint(hits)
