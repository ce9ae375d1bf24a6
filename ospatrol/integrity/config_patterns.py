"""Patterns of device profiles, ready to run on lines that devices wrote."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression
from ospatrol.pattern.facts import read_tree
from ospatrol.pattern.lines import LineSearch
from ospatrol.pattern.search import Search, refuse_what_could_take_long
from ospatrol.pattern.several import SeveralSearch
from ospatrol.pattern.tree import PatternRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ospatrol.model.device_profile import Written
    from ospatrol.pattern.tree import Node

LINE_LIMIT = 8192
"""How much of a line patterns see."""
_KEPT = 4096
_KEPT_TOGETHER = 64


class LinePattern:
    """One pattern; it takes time in proportion to the line, and lines are cut. It is compiled when it is first used.

    Args:
        written: As a person wrote it; was found valid before.
    """

    def __init__(self, written: Written) -> None:
        self._text = written.text
        self._once = written.text.startswith(("^", "(?i)^"))

    @cached_property
    def _search(self) -> Search:
        return _search_for(self._text)

    def matches(self, line: str) -> bool:
        """Whether it is found."""
        cut = line[:LINE_LIMIT]
        return self._search.found(cut.lower() if self._search.lowered else cut)

    def groups(self, line: str) -> list[tuple[int, int]]:
        """Where the groups of all its matches are; the whole matches where it has no group."""
        cut = line[:LINE_LIMIT]
        subject = cut.lower() if self._search.lowered else cut
        found: list[tuple[int, int]] = []
        start = 0
        while start <= len(subject):
            spans = self._search.spans(subject[start:])
            if spans is None:
                break
            taken = spans[1:] if len(spans) > 1 else spans
            found += [(begin + start, end + start) for begin, end in taken if end > begin >= 0]
            if self._once or spans[0][1] == 0:
                break
            start += spans[0][1]
        return found

    def end(self, line: str) -> int | None:
        """Where its first match ends; None if there is none."""
        spans = self._spans(line)
        return None if spans is None else spans[0][1]

    def begin(self, line: str) -> int | None:
        """Where its first match begins; None if there is none."""
        spans = self._spans(line)
        return None if spans is None else spans[0][0]

    def texts(self, line: str) -> tuple[str, ...] | None:
        """The texts of the groups of its first match; None if there is none."""
        spans = self._spans(line)
        return None if spans is None else tuple(line[begin:end] for begin, end in spans[1:] if begin >= 0)

    def _spans(self, line: str) -> list[tuple[int, int]] | None:
        cut = line[:LINE_LIMIT]
        return self._search.spans(cut.lower() if self._search.lowered else cut)


class AnyPattern:
    """Whether any of many patterns is found, in one search."""

    def __init__(self, written: Iterable[Written]) -> None:
        self._texts = [each.text for each in written]

    @cached_property
    def _search(self) -> LineSearch | None:
        joined = "|".join(f"(?:{text})" for text in self._texts)
        return _line_search_for(joined) if joined else None

    def matches(self, line: str) -> bool:
        """Whether one of them is found."""
        return self._search is not None and self._search.found(line[:LINE_LIMIT])

    def among(self, lines: Sequence[str]) -> Iterator[int]:
        """The places, from 0, of the lines in which one of them is found; nothing of a line is cut off."""
        return self._search.among(lines) if self._search is not None else iter(())


class WhichPatterns:
    """Which of many patterns are found, in one search.

    Args:
        written: As people wrote them; were found valid before.
    """

    def __init__(self, written: Iterable[Written]) -> None:
        self._written = tuple(written)
        self._any = AnyPattern(self._written)

    @cached_property
    def _several(self) -> SeveralSearch:
        return _several_searches_for(tuple(each.text for each in self._written))

    def of(self, line: str) -> list[int]:
        """The places, from 0, of those that are found in a line, in their order."""
        if not self._any.matches(line):
            return []
        cut = line[:LINE_LIMIT]
        return self._several.found(cut) or self._several.found_one_by_one(cut)


def refused(written: Iterable[Written]) -> tuple[ConfigError, ...]:
    """What is wrong with patterns: not valid, or such that they could take long; each at its line."""
    told = [(each, _refusal(each.text)) for each in written]
    return tuple(
        ConfigError(each.place, f"the pattern `{each.text}` cannot be used: {why}") for each, why in told if why
    )


def patterns_of(written: Sequence[Written]) -> tuple[LinePattern, ...]:
    """Each of them, ready to run."""
    return tuple(LinePattern(each) for each in written)


# what is compiled depends on the text alone, and profiles have most of theirs in common


@lru_cache(maxsize=_KEPT)
def _tree(text: str) -> Node:
    return read_tree(Expression(text=text))


@lru_cache(maxsize=_KEPT)
def _search_for(text: str) -> Search:
    return Search(_tree(text))


@lru_cache(maxsize=_KEPT)
def _line_search_for(text: str) -> LineSearch:
    return LineSearch(_tree(text))


@lru_cache(maxsize=_KEPT_TOGETHER)
def _several_searches_for(texts: tuple[str, ...]) -> SeveralSearch:
    return SeveralSearch([_tree(text) for text in texts])


@lru_cache(maxsize=_KEPT)
def _refusal(text: str) -> str:
    try:
        refuse_what_could_take_long(_tree(text))
    except PatternRefused as error:
        return str(error)
    return ""
