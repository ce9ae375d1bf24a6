"""Searches for a tree: by `re` where that is quick whatever the subject, by RE2 elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.pattern.emit import for_re, for_re2
from ospatrol.pattern.linear import compile_linear
from ospatrol.pattern.shape import backtracking_limit, needs_backtracking, size_of
from ospatrol.pattern.tree import (
    Atomic,
    Behind,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    PatternBeyondLimits,
    Repeat,
    Sequence,
    ignores_case,
    without_upper,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Spans = list[tuple[int, int]]
"""Begin and end of the match and of each group; -1 where a group took no part."""

SHORTEST_LIMIT = 512
"""A pattern that RE2 does not know must get through at least so many characters; more of a subject it does not see."""

LARGEST = 50_000
"""More parts than these are not compiled."""

_MOST_STEPS = 20_000_000


def sets_of(node: Node) -> frozenset[int]:
    """All sets of bytes in a tree."""
    match node:
        case Chars(mask):
            return frozenset([mask])
        case Sequence(parts) | Choice(parts):
            return frozenset().union(*[sets_of(part) for part in parts])
        case Repeat(part) | Group(part) | Look(part) | Behind(part) | Atomic(part):
            return sets_of(part)
        case _:
            return frozenset()


def groups_of(node: Node) -> int:
    """How many groups a tree has."""
    match node:
        case Sequence(parts) | Choice(parts):
            return sum([groups_of(part) for part in parts])
        case Repeat(part) | Look(part) | Behind(part) | Atomic(part):
            return groups_of(part)
        case Group(part):
            return 1 + groups_of(part)
        case _:
            return 0


def is_caseless(node: Node) -> bool:
    """Whether it finds in a text in lower case what it finds in the text, and at the same places."""
    return all(ignores_case(mask) for mask in sets_of(node))


def text_of(node: Node, *, lowered: bool) -> str | None:
    """The one text that a tree without groups finds; None if it finds more."""
    text = []
    for part in node.parts if isinstance(node, Sequence) else (node,):
        if not isinstance(part, Chars):
            return None
        mask = without_upper(part.mask) if lowered else part.mask
        if mask.bit_count() != 1:
            return None
        text.append(chr(mask.bit_length() - 1))
    return "".join(text)


def refuse_what_could_take_long(node: Node) -> None:
    """Looks whether a search for a tree will keep to its bounds.

    Raises:
        PatternRefused: if not.
    """
    if size_of(node) > LARGEST:
        raise PatternBeyondLimits("its repetitions, written out, are too many")
    if not needs_backtracking(node):
        return
    _compiled(for_re(node, lowered=False))
    if backtracking_limit(node, _MOST_STEPS) < SHORTEST_LIMIT:
        raise PatternBeyondLimits("it has parts that only a backtracking search knows, and could take too long with it")


def most_seen(node: Node) -> int | None:
    """How many characters of a subject a search for a tree sees at most; None if it sees all of any."""
    return backtracking_limit(node, _MOST_STEPS) if needs_backtracking(node) else None


class Search:
    """A search, compiled when first needed.

    Attributes:
        lowered: Whether it wants its subjects in lower case.
        found: Whether it is there.
        spans: Where.
    """

    __slots__ = ("found", "lowered", "spans")

    def __init__(self, node: Node) -> None:
        sets = sets_of(node)
        self.lowered = any(mask != without_upper(mask) and mask.bit_count() == 2 for mask in sets) and is_caseless(node)
        self.found: Callable[[str], bool]
        self.spans: Callable[[str], Spans | None]
        self._choose(node)

    def _choose(self, node: Node) -> None:
        text = text_of(node, lowered=self.lowered)
        if text is not None:
            self._text(text)
            return
        if needs_backtracking(node):
            self._capped(node)
            return
        limit = backtracking_limit(node)
        text = for_re2(node, lowered=self.lowered)
        if limit < SHORTEST_LIMIT:
            spans = compile_linear(text)
            self.spans = spans
            self.found = lambda subject: spans(subject) is not None
            return
        self._mixed(_compiled(for_re(node, lowered=self.lowered)), text, limit)

    def _text(self, text: str) -> None:
        def spans(subject: str) -> Spans | None:
            begin = subject.find(text)
            return None if begin < 0 else [(begin, begin + len(text))]

        self.found = lambda subject: text in subject
        self.spans = spans

    def _capped(self, node: Node) -> None:
        by_re = _compiled(for_re(node, lowered=self.lowered))
        limit = backtracking_limit(node, _MOST_STEPS)
        self.found = lambda subject: by_re.search(subject, 0, limit) is not None
        self.spans = lambda subject: _spans(by_re.search(subject, 0, limit))

    def _mixed(self, by_re: re.Pattern[str], text: str, limit: int) -> None:
        linear: list[Callable[[str], Spans | None]] = []
        search = by_re.search

        def far(subject: str) -> Spans | None:
            if not linear:
                linear.append(compile_linear(text))
            return linear[0](subject)

        def found(subject: str) -> bool:
            if len(subject) <= limit:
                return search(subject) is not None
            return far(subject) is not None

        def spans(subject: str) -> Spans | None:
            if len(subject) <= limit:
                return _spans(search(subject))
            return far(subject)

        self.found = found
        self.spans = spans


def _spans(found: re.Match[str] | None) -> Spans | None:
    if found is None:
        return None
    regs: Spans = list(found.regs)
    return regs


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.DOTALL | re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternBeyondLimits(f"it cannot be compiled: {error}") from error
