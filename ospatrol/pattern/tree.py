"""What every pattern language is read into: sets of bytes, sequences, choices, repetitions, groups and places."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import msgspec

ALL = (1 << 256) - 1
NEWLINE = 1 << 10
ANY_BUT_NEWLINE = ALL & ~NEWLINE
_UPPER = sum(1 << code for code in range(65, 91))
_LOWER = _UPPER << 32
_LATIN_UPPER = sum(1 << code for code in range(0xC0, 0xDF) if code != 0xD7)


class PatternRefused(ValueError):
    """A pattern that is not valid in its language, or that is beyond our limits; says why."""


class PatternBeyondLimits(PatternRefused):
    """A pattern that its own language may well know, but that is not matched here: it could take too long or too much.

    What its own engine would have said of a text is not known.
    """


class Mode(StrEnum):
    """How much a repetition takes first, and whether it gives back."""

    GREEDY = ""
    LAZY = "?"
    POSSESSIVE = "+"


class Where(StrEnum):
    """Places between two bytes."""

    START = r"\A"
    END = r"\Z"
    LAST_LINE_END = "$"
    LINE_START = "(?m:^)"
    LINE_END = "(?m:$)"
    WORD_EDGE = r"\b"
    NO_WORD_EDGE = r"\B"


class Chars(msgspec.Struct, frozen=True, gc=False):
    """One byte of a set; bit N stands for byte N."""

    mask: int


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place; takes no byte."""

    where: Where


class Sequence(msgspec.Struct, frozen=True):
    """One part after the other."""

    parts: tuple[Node, ...]


class Choice(msgspec.Struct, frozen=True):
    """The first branch that leads to a match."""

    branches: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """A part several times; without a bound if `high` is None."""

    part: Node
    low: int
    high: int | None
    mode: Mode


class Group(msgspec.Struct, frozen=True):
    """A part whose text is captured; numbered from 1 in the order of opening brackets."""

    part: Node


class Look(msgspec.Struct, frozen=True):
    """What must follow, or must not; takes no byte."""

    part: Node
    negate: bool


class Behind(msgspec.Struct, frozen=True):
    """What must stand in front, or must not; takes no byte."""

    part: Node
    negate: bool


class Atomic(msgspec.Struct, frozen=True):
    """A part that is not tried again once it has matched."""

    part: Node


Node: TypeAlias = Chars | Place | Sequence | Choice | Repeat | Group | Look | Behind | Atomic

EMPTY = Sequence(())


@lru_cache(maxsize=4096)
def chars(mask: int) -> Chars:
    """The one object for a set."""
    return Chars(mask)


@lru_cache(maxsize=1024)
def literal(char: str, *, caseless: bool) -> Chars:
    """One byte as written, in both cases of an ASCII letter if asked for."""
    mask = 1 << ord(char)
    return chars(either_case(mask) if caseless else mask)


@lru_cache(maxsize=4096)
def either_case(mask: int) -> int:
    """A set with the other case of its ASCII letters."""
    return mask | ((mask & _UPPER) << 32) | ((mask & _LOWER) >> 32)


@lru_cache(maxsize=4096)
def ignores_case(mask: int) -> bool:
    """Whether `str.lower` turns no byte of the set into one outside, nor the other way round."""
    upper = _UPPER | _LATIN_UPPER
    return (mask & upper) << 32 == mask & (upper << 32)


def without_upper(mask: int) -> int:
    """What of a set can stand in a text in lower case."""
    return mask & ~(_UPPER | _LATIN_UPPER)


def span(first: int, last: int) -> int:
    """The set of all bytes from one to another."""
    return ((1 << (last - first + 1)) - 1) << first


def of(text: str) -> int:
    """The set of the characters of a text."""
    mask = 0
    for char in text:
        mask |= 1 << ord(char)
    return mask


def sequence(parts: list[Node]) -> Node:
    """Parts as one node."""
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def choice(branches: list[Node]) -> Node:
    """Branches as one node."""
    return branches[0] if len(branches) == 1 else Choice(tuple(branches))
