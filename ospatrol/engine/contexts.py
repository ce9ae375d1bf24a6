"""What each rule that asks for earlier events needs to be remembered; made once for a ruleset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

import msgspec

from ospatrol.engine.bounded import brief
from ospatrol.engine.field import EVENT_ATTRIBUTES, LOG_ATTRIBUTES, Read, reader
from ospatrol.engine.history import Signature
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.rule import Correlation, Rule, Source
from ospatrol.pattern.compiled import compile_expression

Name: TypeAlias = str
"""Of a history: `rule 5710`, `group 40111` or `all`."""

AGENT = "agent"
RULE = "rule"
LOG = "log"
EVERYTHING: Name = "all"

_OWN = EVENT_ATTRIBUTES | LOG_ATTRIBUTES
_OSSEC_LIMIT = 128  # entries a history of one rule (RULE_SEMANTICS: sid_prev_matched_max)
_LIMIT = 8192


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that asks for earlier events, ready to search them.

    Attributes:
        rule: Which.
        correlation: What it asks.
        history: Where it searches.
        signature: What the events must have in common.
        test: What the log of each must hold besides; None for nothing.
        unlike: What the events that must differ have in common if they do not.
    """

    rule: Rule
    correlation: Correlation
    history: Name
    signature: Signature
    test: Callable[[str], bool] | None = None
    unlike: tuple[Signature, ...] = ()


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What a history must keep.

    Attributes:
        limit: How many entries.
        span_s: For how long.
        signatures: What entries are found by.
        names: Values that filters ask.
        reads: Of them, those that are no fields: how an event gives them.
    """

    limit: int
    span_s: int
    signatures: tuple[Signature, ...]
    names: tuple[str, ...]
    reads: tuple[tuple[str, Read], ...] = ()

    def values(self, event: Event) -> dict[str, str]:
        """The values of an event that filters ask for; what it does not have is left out."""
        fields = event.fields
        found = {name: brief(fields[name]) for name in self.names if name in fields}
        for name, read in self.reads:
            value = read(event)
            if value is not None:
                found[name] = value if name == LOG else brief(value)
        return found


class Contexts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a ruleset needs to be remembered.

    Attributes:
        asking: Rules that ask, by id.
        feeds: Rule to the histories that its events go to, one mention for each time.
        needs: History to what it must keep.
    """

    asking: Mapping[int, Context]
    feeds: Mapping[int, tuple[Name, ...]]
    needs: Mapping[Name, Need]

    def reader(self, asking: Iterable[Rule], ending: Iterable[Rule]) -> Callable[[Event], dict[str, str]]:
        """What reads all that histories ask of an event.

        Args:
            asking: The rules that may ask for events like it.
            ending: The rules that may have the last word on it.
        """
        histories = {self.asking[rule.id].history for rule in asking if rule.id in self.asking}
        histories.update(name for rule in ending for name in self.feeds.get(rule.id, ()))
        names = {name for history in histories for name in self.needs[history].names}
        return _with_reads(Need(limit=0, span_s=0, signatures=(), names=tuple(sorted(names)))).values


def contexts_of(rules: Iterable[Rule]) -> Contexts:
    """What some rules need to be remembered.

    Args:
        rules: In the order in which they were loaded.
    """
    loaded = list(rules)
    asking = {rule.id: _context(rule, rule.correlation) for rule in loaded if rule.correlation}
    needs: dict[Name, Need] = {}
    for context in asking.values():
        needs[context.history] = _need(context, needs.get(context.history))
    needs = {name: _with_reads(need) for name, need in needs.items()}
    return Contexts(asking=asking, feeds=_feeds(loaded, asking), needs=needs)


def _context(rule: Rule, correlation: Correlation) -> Context:
    signature = (*(() if correlation.across_agents else (AGENT,)), *correlation.same)
    test = None
    if correlation.source is Source.REGEX and correlation.expression:
        test = compile_expression(correlation.expression).test
    differing = dict.fromkeys((*correlation.different, *correlation.different_set, *correlation.different_all))
    return Context(
        rule=rule,
        correlation=correlation,
        history=_name(rule, correlation),
        signature=signature,
        test=test,
        unlike=tuple((*signature, name) for name in differing),
    )


def _name(rule: Rule, correlation: Correlation) -> Name:
    match correlation.source:
        case Source.RULE:
            return f"rule {' '.join(map(str, correlation.rules))}"
        case Source.GROUP:
            return f"group {rule.id}"
        case Source.REGEX:
            return EVERYTHING


def _need(context: Context, known: Need | None) -> Need:
    asked = context.correlation
    ossec = context.rule.semantics is Semantics.OSSEC and asked.source is Source.RULE
    limit = _OSSEC_LIMIT if ossec else max(_LIMIT, 2 * asked.earlier)
    names = {*context.signature, *asked.different, *asked.different_set, *asked.different_all}
    names |= {asked.distinct} if asked.distinct else set()
    names |= {RULE} if asked.every else set()
    if asked.source is Source.REGEX:
        names |= {LOG, "category"}
    if known is None:
        signatures = (context.signature, *context.unlike)
        return Need(limit=limit, span_s=asked.timeframe_s, signatures=signatures, names=tuple(sorted(names)))
    return Need(
        limit=max(limit, known.limit),
        span_s=max(asked.timeframe_s, known.span_s),
        signatures=tuple(dict.fromkeys((*known.signatures, context.signature, *context.unlike))),
        names=tuple(sorted(names.union(known.names))),
    )


def _feeds(loaded: Sequence[Rule], asking: Mapping[int, Context]) -> dict[int, tuple[Name, ...]]:
    """Which histories get the events of each rule.

    In OSSEC and Wazuh, a rule that others name feeds no group, and what is loaded after a rule does not feed its group;
    native rules count all that they say.
    """
    by_rule: dict[int, dict[Name, None]] = {}
    claimed: set[int] = set()
    for context in asking.values():
        for identity in context.correlation.rules:
            by_rule.setdefault(identity, {})[context.history] = None
        if context.rule.semantics is not Semantics.NATIVE:
            claimed.update(context.correlation.rules)
    everything = (EVERYTHING,) if any(each.history == EVERYTHING for each in asking.values()) else ()
    groups = [(index, rule, _group_test(rule)) for index, rule in enumerate(loaded) if _asks_group(rule)]
    feeds: dict[int, tuple[Name, ...]] = {}
    for index, rule in enumerate(loaded):
        names = list(by_rule.get(rule.id, ()))
        text = "".join(f"{group}," for group in rule.groups)
        for at, asker, test in groups:
            native = asker.semantics is Semantics.NATIVE
            if (native or (index <= at and rule.id not in claimed)) and test(text):
                names += [f"group {asker.id}"] * (1 if native else rule.places)
        if names or everything:
            feeds[rule.id] = (*names, *everything)
    return feeds


def _asks_group(rule: Rule) -> bool:
    return rule.correlation is not None and rule.correlation.source is Source.GROUP


def _group_test(rule: Rule) -> Callable[[str], bool]:
    expression = rule.correlation.expression if rule.correlation else None
    return compile_expression(expression).test if expression else lambda _: False


def _with_reads(need: Need) -> Need:
    reads = tuple((name, value_reader(name)) for name in need.names if name == AGENT or name in _OWN or "|" in name)
    return msgspec.structs.replace(need, reads=reads)


def value_reader(name: str) -> Read:
    """How an event gives a value that filters ask."""
    return attrgetter("host") if name == AGENT else reader(name)
