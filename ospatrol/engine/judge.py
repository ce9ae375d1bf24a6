"""Event in, alert out: the one way to an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.engine.alert import alert_of
from ospatrol.engine.match import Decision, Fork, Held, Match, match, walk
from ospatrol.model.decoder import Semantics
from ospatrol.model.rule import Option, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ospatrol.engine.compile import Ruleset
    from ospatrol.engine.memory import Memory
    from ospatrol.model.alert import Alert
    from ospatrol.model.event import Event


class Verdict(msgspec.Struct, frozen=True):
    """What became of an event.

    Attributes:
        held: The rule that had the last word, and the way to it; None if none matched.
        speaks: The rule that raises the alert, which is another where that one is silent for a while; None for none.
    """

    held: Held | None
    speaks: Rule | None

    @property
    def match(self) -> Match | None:
        """The rule that had the last word; None if none matched."""
        return Match(rule=self.held.node.rule, via=self.held.via) if self.held else None


NOTHING = Verdict(None, None)


def judge(ruleset: Ruleset, event: Event) -> Alert | None:
    """The alert that an event raises that came alone; None if no rule matches, or one of level 0 has the last word."""
    found = match(ruleset, event)
    return alert_of(found.rule, event) if found else None


def judge_next(ruleset: Ruleset, event: Event, memory: Memory, least: int = 1) -> tuple[Verdict, ...]:
    """What becomes of an event that came after others: first the tree's word on it, then those of rules beside it.

    Args:
        ruleset: Those that `memory` was made for.
        event: The next.
        memory: Of the events before it.
        least: The level from which rules raise alerts.
    """
    decisions = [walk(ruleset.roots(event.kind), event), *(walk((node,), event) for node in ruleset.beside)]
    return correlate(decisions, event, memory, least)


def correlate(
    decisions: Sequence[Decision],
    event: Event,
    memory: Memory,
    least: int = 1,
    values: Mapping[str, str] | None = None,
) -> tuple[Verdict, ...]:
    """The second step: what earlier events make of what `walk` said; see `judge_next`.

    Args:
        decisions: What the event alone decides.
        event: Only its time counts if `values` are given.
        memory: Of the events before it.
        least: The level from which rules raise alerts.
        values: What histories ask of the event, if that was read elsewhere; no rule may ask more of it then.
    """
    memory.next(values)
    if len(decisions) == 1:
        return (_settled(decisions[0], event, memory, least),)
    return tuple(_settled(each, event, memory, least) for each in decisions)


def _settled(decision: Decision, event: Event, memory: Memory, least: int) -> Verdict:
    while type(decision) is Fork:
        holds = memory.holds(decision.node.rule, event, decision.above)
        decision = decision.held if holds else decision.otherwise
    if type(decision) is not Held:
        return NOTHING
    rule = decision.node.rule
    if not rule.level:
        if rule.semantics is Semantics.NATIVE:
            memory.remember(rule, event)  # native rules may count what raises no alert
        return Verdict(decision, None)
    speaks: Rule | None = rule
    if (rule.ignore_s or rule.unless_remembered) and memory.silenced(rule, event):
        speaks = _instead(decision)
    if speaks is None:
        return Verdict(decision, None)
    memory.remember(speaks, event)
    return Verdict(decision, speaks if raises(speaks, least) else None)


def _instead(held: Held) -> Rule | None:
    """Who speaks for a silent rule: in Wazuh the one above it, elsewhere nobody."""
    above = held.above
    if held.node.rule.semantics is not Semantics.WAZUH or above is None or not above.node.rule.level:
        return None
    return above.node.rule


def raises(rule: Rule, least: int) -> bool:
    """Whether a rule's word is an alert."""
    if Option.NO_LOG in rule.options or not rule.level:
        return False
    return rule.level >= least or Option.LOG in rule.options
