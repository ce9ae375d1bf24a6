"""Conditions made ready to be asked of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

import msgspec

from ospatrol.engine.pattern import compile_glob, compile_pattern
from ospatrol.model.event import Event
from ospatrol.model.rule import Condition, Operator

Compare: TypeAlias = Callable[[str], bool]
EVENT_ATTRIBUTES = frozenset({"host", "kind", "location", "text"})
"""What conditions and descriptions may name besides an event's fields; these win over fields of the same name."""

_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A condition and the test that it was compiled to.

    Attributes:
        condition: As written.
        compare: Asks a value; does not know of negation.
    """

    condition: Condition
    compare: Compare

    def holds(self, event: Event) -> bool:
        """Whether the event meets the condition."""
        value = value_of(event, self.condition.field)
        return (value is not None and self.compare(value)) is not self.condition.negate


def value_of(event: Event, name: str) -> str | None:
    """The event's attribute or field of this name; None if it has none."""
    match name:
        case "host":
            return event.host
        case "kind":
            return event.kind
        case "location":
            return event.location
        case "text":
            return event.text
        case _:
            return event.fields.get(name)


def compile_condition(condition: Condition) -> Check:
    """The condition, ready.

    Raises:
        PatternRefused: an operand is no pattern that can be matched in bounded time.
    """
    return Check(condition=condition, compare=_COMPARISONS[condition.operator](condition.operands))


def _any_of(tests: list[Compare]) -> Compare:
    return lambda value: any(test(value) for test in tests)


def _at_least(operands: tuple[str, ...]) -> Compare:
    least = min(map(Decimal, operands))
    return lambda value: _NUMBER.fullmatch(value) is not None and Decimal(value) >= least


def _at_most(operands: tuple[str, ...]) -> Compare:
    most = max(map(Decimal, operands))
    return lambda value: _NUMBER.fullmatch(value) is not None and Decimal(value) <= most


_COMPARISONS: Mapping[Operator, Callable[[tuple[str, ...]], Compare]] = {
    Operator.EQUALS: lambda operands: frozenset(operands).__contains__,
    Operator.PREFIX: lambda operands: lambda value: value.startswith(operands),
    Operator.SUFFIX: lambda operands: lambda value: value.endswith(operands),
    Operator.CONTAINS: lambda operands: lambda value: any(operand in value for operand in operands),
    Operator.GLOB: lambda operands: _any_of([compile_glob(operand) for operand in operands]),
    Operator.REGEX: lambda operands: _any_of([compile_pattern(operand) for operand in operands]),
    Operator.EXISTS: lambda _: lambda _: True,
    Operator.AT_LEAST: _at_least,
    Operator.AT_MOST: _at_most,
}
