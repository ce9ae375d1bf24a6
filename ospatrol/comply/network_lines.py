"""Patterns over the lines of a configuration, and numbers and versions that they find."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ospatrol.comply.compare import HOLDS
from ospatrol.model.assertion import Bound
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.compiled import PatternRefused, compile_expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.assertion import Assertion
    from ospatrol.model.config import Config

_GROUP = re.compile(r"%([1-9])", re.ASCII)
_SPECIAL = re.compile(r"[^A-Za-z0-9_\x80-\xff]", re.ASCII)
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,7}", re.ASCII)


class Undecidable(ValueError):
    """That a rule cannot be decided, and why."""


class LinePattern:
    """A pattern that is asked of lines.

    Raises:
        Undecidable: if it is beyond what can be matched in bounded time.
    """

    def __init__(self, text: str, syntax: Syntax) -> None:
        try:
            self._pattern = compile_expression(Expression(text=text, syntax=syntax))
            self._pattern.test("")  # what can be refused later is refused when the engine is first used
            self._pattern.capture("", 0)
        except PatternRefused as error:
            raise Undecidable(f"a pattern is refused: {error}") from error

    def matches(self, line: str) -> bool:
        """Whether it is found in a line."""
        return self._pattern.test(line)

    def captured(self, line: str) -> tuple[str, ...] | None:
        """The texts of its groups, empty for one that took no part; None if it is not found."""
        found = self._pattern.capture(line, 0)
        return None if found is None else tuple(each or "" for each in found)

    def number(self, line: str) -> int | None:
        """The number in its first group; None if there is none."""
        found = self.captured(line)
        digits = _DIGITS.search(found[0]) if found else None
        return int(digits[0]) if digits else None


def pattern_of(text: str, syntax: Syntax, groups: tuple[str, ...] | None = None) -> LinePattern:
    """A pattern; `%1` in it stands for the first of some texts.

    Raises:
        Undecidable: if it is refused.
    """
    if groups and "%" in text:
        text = _GROUP.sub(lambda found: _escaped(groups, int(found[1])), text)
    return _pattern(text, syntax)


@lru_cache(maxsize=16384)
def _pattern(text: str, syntax: Syntax) -> LinePattern:
    return LinePattern(text, syntax)


def generic(text: str) -> str:
    """A pattern that whatever matches `text`, with any texts for `%1`, matches too."""
    return _GROUP.sub(".*", text)


def _escaped(groups: tuple[str, ...], number: int) -> str:
    text = groups[number - 1] if number <= len(groups) else ""
    return _SPECIAL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def compares(number: int | None, bounds: Sequence[Bound]) -> bool:
    """Whether a number is within all bounds; none is not."""
    return number is not None and all(HOLDS[bound.operator]((number,), bound.number) for bound in bounds)


def version_in(config: Config, said: Assertion) -> tuple[int, ...] | None:
    """The version that a configuration names, part by part; None if it names none, or nobody asks.

    Raises:
        Undecidable: if the pattern is refused.
    """
    if not said.version or not said.absent_by_version:
        return None
    pattern = pattern_of(said.version, said.syntax)
    for block in config.blocks:
        found = pattern.captured(block.text)
        digits = _VERSION.search(found[0]) if found else None
        if digits:
            return tuple(map(int, digits[0].split(".")))
    return None


def fits(version: tuple[int, ...], bound: Bound) -> bool:
    """Whether a version is one of those that a bound means, as far as the bound names its parts."""
    length = len(bound.number)
    return HOLDS[bound.operator]((version + (0,) * length)[:length], bound.number)
