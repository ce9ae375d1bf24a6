"""Regular expressions that cannot be made to run long: the only door to a regex library.

The standard library backtracks, so what could take more than quadratic time on the longest subject is refused when
the rule is loaded. A linear engine can take its place behind these functions without a change elsewhere.
"""

from __future__ import annotations

import re
import warnings
from fnmatch import translate
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECT_LIMIT = 8192
"""Patterns see so many characters of a subject; what lies behind is not looked at."""

_STEPS_LIMIT = 2 * SUBJECT_LIMIT**2
_MANY = 32
_QUANTIFIER = re.compile(r"([*+?]|\{(\d{0,5})(,?)(\d{0,5})\})([?+]?)")
_ATOM = re.compile(
    r"\\[1-9]|\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\((?:\?(?:P<\w{1,64}>|[is]{0,2}:|[is]{1,2}\)|.))?|[^\\\[(]", re.DOTALL
)


class PatternRefused(ValueError):
    """A pattern that is no valid regular expression, or one that could take too long; says why."""


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    r"""A test whether a pattern is found anywhere in a subject.

    The syntax is the common ground of Python's `re` and RE2: no back-references, no look-around, no possessive or
    atomic parts; the flags `i` and `s` may stand in front as `(?i)`. `\d`, `\w` and `\s` are ASCII.

    Raises:
        PatternRefused: with a reason that fits into a sentence.
    """
    if len(pattern) > SUBJECT_LIMIT:
        raise PatternRefused("the pattern is longer than 8192 characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise PatternRefused(f"not a regular expression: {error}") from error
    shape = _Scanner(pattern).whole()
    if SUBJECT_LIMIT ** (shape.unbounded + (not shape.anchored)) * shape.ways > _STEPS_LIMIT:
        raise PatternRefused(
            "it can take too long: use fewer of `*`, `+` and `?`, begin it with `^`, or split it into conditions"
        )
    return lambda subject: compiled.search(subject[:SUBJECT_LIMIT]) is not None


def compile_glob(pattern: str) -> Callable[[str], bool]:
    """A test whether a shell pattern matches a whole subject; `*` matches `/` too."""
    compiled = re.compile(translate(pattern))
    return lambda subject: compiled.match(subject[:SUBJECT_LIMIT]) is not None


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of a pattern can cost.

    Attributes:
        anchored: Whether it can only begin at the subject's start.
        unbounded: How many repetitions without a bound lie on one way through it.
        ways: How many ways lead through it, repetitions without a bound aside.
    """

    anchored: bool = False
    unbounded: int = 0
    ways: int = 1


class _Scanner:
    """Reads a pattern that is known to be valid."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> _Shape:
        return self._branches()

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _branches(self) -> _Shape:
        shapes = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            shapes.append(self._sequence())
        return _Shape(
            anchored=all(shape.anchored for shape in shapes),
            unbounded=max(shape.unbounded for shape in shapes),
            ways=sum(shape.ways for shape in shapes),
        )

    def _sequence(self) -> _Shape:
        anchored, unbounded, ways = False, 0, 1
        first = True
        while self._peek() not in {"", "|", ")"}:
            shape, is_part = self._part()
            anchored = anchored or (first and shape.anchored)
            first = first and not is_part
            unbounded += shape.unbounded
            ways *= shape.ways
        return _Shape(anchored=anchored, unbounded=unbounded, ways=ways)

    def _part(self) -> tuple[_Shape, bool]:
        """The next part with its quantifier, and whether it is more than a flag."""
        found = _ATOM.match(self._pattern, self._at)
        if found is None:  # pragma: no cover - what the library accepts is made of these
            raise PatternRefused("it has a part that is not known")
        atom = found.group()
        self._at = found.end()
        if atom.startswith("("):
            if atom.endswith(")"):
                return _Shape(), False
            return self._quantified(self._group(atom)), True
        if re.fullmatch(r"\\[1-9]", atom):
            raise PatternRefused("back-references cannot be matched in bounded time")
        return self._quantified(_Shape(anchored=atom in {"^", r"\A"})), True

    def _group(self, opening: str) -> _Shape:
        if opening == "(?>" or (opening.startswith("(?") and not opening.endswith((":", ">"))):
            raise PatternRefused(
                "look-around, atomic groups, conditions and flags other than i and s are not supported"
            )
        inner = self._branches()
        self._at += 1
        return inner

    def _quantified(self, shape: _Shape) -> _Shape:
        found = _QUANTIFIER.match(self._pattern, self._at)
        if found is None or found[1] in {"{}", "{,}"}:
            return shape
        self._at = found.end()
        if found[5] == "+":
            raise PatternRefused("possessive quantifiers are not supported")
        low, high = _bounds(found)
        if high is None or high > _MANY:
            if shape.unbounded or shape.ways > 1:
                raise PatternRefused("what is repeated without a bound must not itself repeat or have alternatives")
            return _Shape(unbounded=1)
        ways = sum(shape.ways**count for count in range(low, high + 1))
        return _Shape(anchored=shape.anchored and low > 0, unbounded=shape.unbounded * high, ways=min(ways, 10**9))


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    match found[1]:
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
        case _:
            low = int(found[2] or 0)
            if not found[3]:
                return low, low
            return low, int(found[4]) if found[4] else None
