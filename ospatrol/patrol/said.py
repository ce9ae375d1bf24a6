"""What a line alone decides, as it goes from one process to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from ospatrol.engine.judge import raises
from ospatrol.engine.match import Decision, Fork, Held
from ospatrol.model.event import Event
from ospatrol.model.rule import Rule
from ospatrol.patrol.analyse import told
from ospatrol.patrol.lines import LineJudge

_MOST_FORKS = 64
_KEPT = 4096  # decisions that are kept decoded; a ruleset gives some hundred


class Word(msgspec.Struct, frozen=True, array_like=True, tag="held"):
    """A rule that judges the event: the ids on the way to it."""

    via: tuple[int, ...]


class Question(msgspec.Struct, frozen=True, array_like=True, tag="fork"):
    """A rule that asks about earlier events, and what follows either way."""

    rule: int
    held: Word | Question | None
    otherwise: Word | Question | None
    above: int


Way: TypeAlias = Word | Question | None
"""A decision as it is sent."""


class Said(msgspec.Struct, frozen=True, array_like=True, tag="said"):
    """A line that earlier lines have a say in: all that is needed of it to settle it.

    Attributes:
        line: Its number in the block, from 0.
        at: Its time: seconds since the epoch.
        ways: The decisions, encoded; many lines have the same.
        values: What histories ask of the event.
        alerts: What it raises if no earlier line changes that, a JSON line for each decision; empty for none.
    """

    line: int
    at: float
    ways: bytes
    values: dict[str, str]
    alerts: tuple[bytes, ...]


class _Plan(msgspec.Struct, frozen=True):
    """What is to be said of lines with the same decisions.

    Attributes:
        values: Reads what histories ask of an event.
        usual: For each decision, the rule that raises an alert if no earlier line changes that.
    """

    values: Callable[[Event], dict[str, str]]
    usual: tuple[Rule | None, ...]


class Speaker:
    """Says what lines decide, to a process that settles them."""

    def __init__(self, judge: LineJudge) -> None:
        """For lines that this judge decided."""
        self._judge = judge
        self._plans: dict[bytes, _Plan | None] = {}

    def said(self, line: int, event: Event, decisions: Sequence[Decision]) -> Said | None:
        """A line, fit to be sent; None for one that is better read again in order."""
        if any(map(_forks_often, decisions)):
            return None
        ways = _ENCODER.encode(tuple(map(_packed, decisions)))
        plan = self._plans.get(ways, self)
        if plan is self:
            plan = self._keep(ways, decisions)
        if not isinstance(plan, _Plan):
            return None
        alerts = tuple([told(rule, event) if rule else b"" for rule in plan.usual])
        return Said(line, event.at, ways, plan.values(event), alerts)

    def _keep(self, ways: bytes, decisions: Sequence[Decision]) -> _Plan | None:
        memory = self._judge.memory
        asking = [rule for each in decisions for rule in _asking(each)]
        ending = [rule for each in decisions for rule in _ending(each)]
        plan = None
        if not any(map(memory.asks_event, (*asking, *ending))):
            usual = tuple(usual_rule(each, self._judge.least) for each in decisions)
            plan = _Plan(memory.contexts.reader(asking, ending), usual)
        if len(self._plans) >= _KEPT:
            self._plans.clear()
        self._plans[ways] = plan
        return plan


class Listener:
    """Understands what was said."""

    def __init__(self, judge: LineJudge) -> None:
        """For a judge with the same rules."""
        self._judge = judge
        self._heard: dict[bytes, tuple[tuple[Decision, ...], tuple[Rule | None, ...]]] = {}

    def heard(self, said: Said) -> tuple[tuple[Decision, ...], tuple[Rule | None, ...]]:
        """The decisions on a line, and the rules whose alerts were sent with it."""
        heard = self._heard.get(said.ways)
        if heard is None:
            decisions = tuple(self._unpacked(way) for way in _DECODER.decode(said.ways))
            heard = decisions, tuple(usual_rule(each, self._judge.least) for each in decisions)
            if len(self._heard) >= _KEPT:
                self._heard.clear()
            self._heard[said.ways] = heard
        return heard

    def _unpacked(self, way: Way) -> Decision:
        ruleset = self._judge.ruleset
        if isinstance(way, Question):
            return Fork(ruleset.node(way.rule), self._unpacked(way.held), self._unpacked(way.otherwise), way.above)
        above: Held | None = None
        for rule in way.via if way else ():
            above = Held(ruleset.node(rule), (), 0, above)
        return above


def usual_rule(decision: Decision, least: int) -> Rule | None:
    """The rule that raises an alert where no rule finds the earlier events that it asks for."""
    while isinstance(decision, Fork):
        decision = decision.otherwise
    return decision.node.rule if decision and raises(decision.node.rule, least) else None


def _forks_often(decision: Decision) -> bool:
    """Whether so many rules ask about earlier events that a line is better judged in one place."""
    if not isinstance(decision, Fork):
        return False
    waiting: list[Decision] = [decision]
    forks = 0
    while waiting and forks <= _MOST_FORKS:
        each = waiting.pop()
        if isinstance(each, Fork):
            forks += 1
            waiting += (each.held, each.otherwise)
    return forks > _MOST_FORKS


def _packed(decision: Decision) -> Way:
    if isinstance(decision, Fork):
        return Question(decision.node.rule.id, _packed(decision.held), _packed(decision.otherwise), decision.above)
    return Word(decision.via) if decision else None


def _asking(decision: Decision) -> Iterator[Rule]:
    """The rules that ask about earlier events."""
    if isinstance(decision, Fork):
        yield decision.node.rule
        yield from _asking(decision.held)
        yield from _asking(decision.otherwise)


def _ending(decision: Decision) -> Iterator[Rule]:
    """The rules that may have the last word, and those that speak where these are silent."""
    if isinstance(decision, Fork):
        yield from _ending(decision.held)
        yield from _ending(decision.otherwise)
    elif decision is not None:
        yield decision.node.rule
        if decision.above is not None:
            yield decision.above.node.rule


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Way, ...])
