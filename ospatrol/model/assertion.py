"""What a policy says of the lines of a configuration."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ospatrol.model.pattern import Syntax

ANY_DEPTH = "**"
"""In a path: any number of levels, none included."""


class Operator(StrEnum):
    """How a number that was found is compared."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Meaning(StrEnum):
    """What it means that something is not there."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSED = "not assessed"


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What a number, or the numbers of a version, must be.

    Attributes:
        operator: How it is compared.
        number: With what: one part, or as many as a version has.
    """

    operator: Operator
    number: tuple[int, ...]


class VersionCase(msgspec.Struct, frozen=True, kw_only=True):
    """What it means on some versions that something is not there.

    Attributes:
        bound: Which versions.
        meaning: What it means there.
    """

    bound: Bound
    meaning: Meaning


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says of a configuration.

    Patterns are found anywhere in a line without the blanks around it. In those that are asked of what belongs to a
    block, `%1` stands for what the first group of the last pattern of `each` captured.

    Attributes:
        source: The command whose output is the configuration.
        syntax: Of the patterns.
        version: A pattern whose first group is the version, in some outermost line; empty for none.
        when: Only where an outermost line matches does the rule apply; empty for always.
        when_no: Only where none does; likewise.
        each: A path of patterns to blocks, each of which must be so.
        within: A path of patterns to blocks, whose lines are looked at together.
        besides: Blocks of `each` that match it are none (`except`).
        unless: Blocks of `each` with a line that matches it are as they should be.
        has: A line that must be there.
        lacks: A line that must not be there.
        itself: What a block of `each` must match (`is`).
        itself_not: What it must not match (`is_not`).
        beside: A line that must stand in the same block as one of `each`, which may be that one.
        not_beside: A line that must not stand there.
        undecided: Blocks of `each` that match it hide what is asked, such as a hash behind a mask.
        at_least: How many lines `has` must find; those with the same first group, if it has one, count once.
        anywhere: Whether lines deeper down count too.
        number: What the first group of `has` or `itself` must be, in every line that matches.
        absent: What it means that `has` finds no line; a number is what holds then.
        absent_by_version: The same, by version; the first that fits counts, and where none does it is not assessed.
        none: What it means that there is no block of `each` or `within`; None for not applicable and for `absent`.
    """

    source: str
    syntax: Syntax
    version: str = ""
    when: str = ""
    when_no: str = ""
    each: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    besides: str = ""
    unless: str = ""
    has: str = ""
    lacks: str = ""
    itself: str = ""
    itself_not: str = ""
    beside: str = ""
    not_beside: str = ""
    undecided: str = ""
    at_least: int = 1
    anywhere: bool = False
    number: tuple[Bound, ...] = ()
    absent: Meaning | int = Meaning.FAIL
    absent_by_version: tuple[VersionCase, ...] = ()
    none: Meaning | None = None
