"""Why a rule fired, and why others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.engine.condition import value_of
from ospatrol.engine.match import Match, Step, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.engine.compile import Ruleset
    from ospatrol.model.event import Event
    from ospatrol.model.rule import Condition

_SHOWN = 200


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that was tried on an event.

    Attributes:
        steps: The roots tried, in order, each with its children.
        match: What `match` says of the event.
    """

    steps: tuple[Step, ...]
    match: Match | None


def trace(ruleset: Ruleset, event: Event) -> Trace:
    """The way that `match` takes, step by step."""
    steps: list[Step] = []
    found = walk(ruleset.roots(event.kind), event, steps)
    return Trace(steps=tuple(steps), match=found)


def trace_lines(trace_: Trace, event: Event) -> tuple[str, ...]:
    """A trace for a person: a line a rule, children indented."""
    return tuple(line for step in trace_.steps for line in _lines(step, event, 0))


def _lines(step: Step, event: Event, depth: int) -> Iterator[str]:
    said = "matches" if step.failed is None else f"fails: {_said(step.failed, event)}"
    yield f"{'  ' * depth}{step.rule.id} level {step.rule.level}: {said}"
    for child in step.below:
        yield from _lines(child, event, depth + 1)


def _said(condition: Condition, event: Event) -> str:
    value = value_of(event, condition.field)
    shown = "absent" if value is None else repr(value[:_SHOWN])
    wanted = " or ".join(map(repr, condition.operands[:5])) + (", ..." if len(condition.operands) > 5 else "")
    word = f"not {condition.operator}" if condition.negate else condition.operator.value
    return f"{condition.field} {word} {wanted}".rstrip() + f", but it is {shown}"
