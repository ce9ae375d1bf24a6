"""What a line alone decides, as it goes from one process to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.engine.match import Decision, Fork, Held

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset

_MOST_FORKS = 64


class Word(msgspec.Struct, frozen=True, array_like=True, tag="held"):
    """A rule that judges the event: the ids on the way to it."""

    via: tuple[int, ...]


class Question(msgspec.Struct, frozen=True, array_like=True, tag="fork"):
    """A rule that asks about earlier events, and what follows either way."""

    rule: int
    held: Word | Question | None
    otherwise: Word | Question | None
    above: int


Said: TypeAlias = Word | Question | None
"""A decision as it is sent."""


def forks_often(decision: Decision) -> bool:
    """Whether so many rules ask about earlier events that a line is better judged in one place."""
    waiting, forks = [decision], 0
    while waiting and forks <= _MOST_FORKS:
        each = waiting.pop()
        if isinstance(each, Fork):
            forks += 1
            waiting += (each.held, each.otherwise)
    return forks > _MOST_FORKS


def packed(decision: Decision) -> Said:
    """A decision, fit to be sent."""
    if isinstance(decision, Fork):
        held, otherwise = packed(decision.held), packed(decision.otherwise)
        return Question(decision.node.rule.id, held, otherwise, decision.above)
    return Word(decision.via) if decision else None


def unpacked(said: Said, ruleset: Ruleset) -> Decision:
    """The decision that was sent."""
    if isinstance(said, Question):
        held, otherwise = unpacked(said.held, ruleset), unpacked(said.otherwise, ruleset)
        return Fork(ruleset.node(said.rule), held, otherwise, said.above)
    if said is None:
        return None
    above: Held | None = None
    for rule in said.via:
        above = Held(ruleset.node(rule), (), 0, above)
    return above
