"""What the engine remembers between events, and what it decides by it: the keyed, bounded half of judging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.engine.bounded import Bounded, brief
from ospatrol.engine.contexts import RULE, Context, Contexts
from ospatrol.engine.history import Entry, History, Remembered
from ospatrol.engine.novelty import Novelties, NoveltiesState
from ospatrol.model.decoder import Semantics
from ospatrol.model.rule import Correlation, Rule

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset
    from ospatrol.model.event import Event

_LOGS = 16_384  # last logs kept for rules that ask whether something changed
_LOG_LIMIT = 8192  # longer ones are never compared (RULE_SEMANTICS: check_diff)
_RECORDS = 65_536
_ASTRAY = 64  # entries in a row of another time; those before them are taken for such too, or each search were long

Record: TypeAlias = str


class MemoryState(msgspec.Struct, frozen=True, kw_only=True):
    """A memory as it is kept over a restart, or handed to another ruleset.

    Attributes:
        number: Of the last event.
        histories: By name.
        unordered: Those of them that got events with earlier times than others before them.
        novelties: What was seen for the first time.
        logs: The last log by rule and host.
        silent: Rule to the time of its last firing.
        records: What rules wrote down.
    """

    number: int = 0
    histories: dict[str, list[Remembered]] = msgspec.field(default_factory=dict)
    unordered: list[str] = msgspec.field(default_factory=list)
    novelties: NoveltiesState = NoveltiesState()
    logs: dict[str, str] = msgspec.field(default_factory=dict)
    silent: dict[int, float] = msgspec.field(default_factory=dict)
    records: list[Record] = msgspec.field(default_factory=list)


class Memory:
    """State of one engine; belongs to one task, and sees its events in their order."""

    def __init__(self, ruleset: Ruleset, state: MemoryState | None = None) -> None:
        """An empty memory, or one that goes on where another ended; what the ruleset does not ask for is forgotten."""
        state = state or MemoryState()
        self.contexts: Contexts = ruleset.contexts
        self._number = state.number
        self._mark = 0
        self._values: dict[str, dict[str, str]] = {}
        self._read: Mapping[str, str] | None = None
        self._named = frozenset(
            rule for each in self.contexts.asking.values() if each.correlation.every for rule in each.correlation.rules
        )
        self._late = {rule: node.late for rule, node in ruleset.nodes.items() if node.late}
        self._silent = dict(state.silent)
        self._records: Bounded[Record, bool] = Bounded(_RECORDS, dict.fromkeys(state.records, True))
        self._logs: Bounded[str, str] = Bounded(_LOGS, state.logs)
        self._novelties = Novelties(state.novelties)
        self._histories = {
            name: History(need.limit, need.span_s, need.signatures, need.names)
            for name, need in self.contexts.needs.items()
        }
        for name in self._histories.keys() & set(state.unordered):
            self._histories[name].ordered = False
        self._restore(state.histories)

    def state(self) -> MemoryState:
        """All of it, for a restart."""
        return MemoryState(
            number=self._number,
            histories={
                name: [
                    Remembered(each.at, each.number, each.mark, dict(each.values), sorted(each.counted or ()))
                    for each in history.entries
                ]
                for name, history in self._histories.items()
                if history.entries
            },
            unordered=[name for name, history in self._histories.items() if not history.ordered],
            novelties=self._novelties.state(),
            logs=dict(self._logs),
            silent=dict(self._silent),
            records=list(self._records),
        )

    def next(self, values: Mapping[str, str] | None = None) -> None:
        """Another event comes.

        Args:
            values: What histories ask of it, if that was read elsewhere, as `Contexts.reader` does.
        """
        self._number += 1
        self._mark = 0
        self._values.clear()
        self._read = values

    def asks_event(self, rule: Rule) -> bool:
        """Whether a rule asks more of an event than its time and what histories ask."""
        asks = rule.changed or rule.first_time or rule.remember or rule.unless_remembered
        return bool(asks) or rule.id in self._late

    def cares(self, rule: Rule) -> bool:
        """Whether it matters in which order events come that this rule has the last word on."""
        if not rule.level and rule.semantics is not Semantics.NATIVE:
            return False
        return bool(rule.ignore_s or rule.remember or rule.unless_remembered or rule.id in self.contexts.feeds)

    def holds(self, rule: Rule, event: Event, above: int = 0) -> bool:
        """Whether earlier events let a rule hold whose own conditions do; what is asked for is remembered thereby.

        Args:
            rule: Which.
            event: What is judged.
            above: The rule that holds above it, which judges the event as far as this one is concerned; 0 for none.
        """
        if rule.changed and not self._changed(rule, event):
            return False
        if rule.first_time and not self._novelties.first(event):
            return False
        if not all(test(event) for test in self._late.get(rule.id, ())):
            return False
        context = self.contexts.asking.get(rule.id)
        return context is None or self.found(context, event, above) is not None

    def counted(self, rule: Rule, event: Event, above: int = 0) -> tuple[int, int]:
        """How many earlier events a rule finds, at most those it needs, and how many it needs; changes nothing."""
        context = self.contexts.asking[rule.id]
        passing = self._search(context, event)
        return self._progress(context, event, passing, above), context.correlation.earlier

    def found(self, context: Context, event: Event, above: int = 0) -> Sequence[Entry] | None:
        """The earlier events that complete what a rule asks, newest first, now marked as counted; None if too few."""
        if self._is_hopeless(context, event):
            return None
        passing = self._search(context, event)
        if self._progress(context, event, passing, above) < context.correlation.earlier:
            return None
        level = context.rule.level
        match context.rule.semantics:
            case Semantics.NATIVE:
                for entry in passing:
                    entry.counted_by(context.rule.id)
            case Semantics.OSSEC:
                self._mark = level
                self._histories[context.history].entries[-1].marked(level)
                passing[-1].marked(level)
            case Semantics.WAZUH:
                self._mark = level
                if context.correlation.earlier > 1:  # with one, it marks none: each further event fires again
                    passing[0].marked(level)
        return passing

    def silenced(self, rule: Rule, event: Event) -> bool:
        """Whether a rule that was found is to stay silent: it fired a moment ago, or something was written down."""
        if rule.ignore_s:
            last = self._silent.get(rule.id)
            if last is not None and 0 <= event.at - last <= rule.ignore_s:
                return True
            self._silent[rule.id] = event.at
        if rule.unless_remembered and rule.semantics is not Semantics.WAZUH:
            # Wazuh compares records with a line break at their end with ones without: it never finds one
            return _record(rule.unless_remembered, event) in self._records
        return False

    def remember(self, rule: Rule, event: Event) -> None:
        """Keep what later events may be compared with, now that a rule has had the last word on an event."""
        if rule.remember:
            self._records[_record(rule.remember, event)] = True
        feeds = self.contexts.feeds.get(rule.id)
        if not feeds:
            return
        values = self._values_of(feeds[0], event)
        for feed in feeds[1:]:
            values = {**values, **self._values_of(feed, event)}
        if rule.id in self._named:
            values = {**values, RULE: str(rule.id)}
        entry = Entry(event.at, self._number, self._mark, values)
        for feed in feeds:
            self._histories[feed].add(entry)

    def _is_hopeless(self, context: Context, event: Event) -> bool:
        """Whether it shows without a search that there are too few; that saves most searches, and all long ones."""
        history, asked = self._histories[context.history], context.correlation
        if context.rule.semantics is Semantics.OSSEC and not context.rule.level:
            return True  # every entry counts as used by a rule of level 0, even one that none has used
        values = self._values_of(context.history, event)
        alike = history.alike(context.signature, values)
        if len(alike) < asked.earlier:
            return True
        for signature in context.unlike:
            if len(alike) - len(history.alike(signature, values)) < asked.earlier:
                return True
        oldest = alike[-asked.earlier]
        if history.ordered and not -asked.timeframe_s <= event.at - oldest.at <= asked.timeframe_s:
            return True
        return context.rule.semantics is Semantics.OSSEC and oldest.number <= history.last_marked(context.rule.level)

    def _search(self, context: Context, event: Event) -> Sequence[Entry]:
        asked = context.correlation
        history = self._histories[context.history]
        values = self._values_of(context.history, event)
        ossec, native = context.rule.semantics is Semantics.OSSEC, context.rule.semantics is Semantics.NATIVE
        level, span = context.rule.level, asked.timeframe_s
        barrier = history.last_marked(level) if ossec else -1
        passing: list[Entry] = []
        astray = 0
        for entry in reversed(history.alike(context.signature, values)):
            if entry.number <= barrier:
                break
            if not -span <= event.at - entry.at <= span:
                astray += 1
                if history.ordered or astray > _ASTRAY:
                    break
                continue
            astray = 0
            if not _passes(asked, context, entry.values, values):
                continue
            if native:
                if entry.counted and context.rule.id in entry.counted:
                    break
            elif not ossec and entry.mark >= level:
                break
            passing.append(entry)
            if len(passing) >= asked.earlier and not asked.distinct and not asked.every:
                break
        return passing

    def _progress(self, context: Context, event: Event, passing: Sequence[Entry], above: int) -> int:
        """How much of what a rule asks some earlier events give."""
        asked = context.correlation
        if asked.distinct:
            seen = {entry.values.get(asked.distinct) for entry in passing}
            return len(seen | {self._values_of(context.history, event).get(asked.distinct)} - {None}) - 1
        if asked.every:
            named = {entry.values[RULE] for entry in passing} | {str(above)}
            return len(named.intersection(map(str, asked.rules))) - 1
        return len(passing)

    def _values_of(self, history: str, event: Event) -> dict[str, str]:
        """The values of the present event that filters of a history ask for."""
        values = self._values.get(history)
        if values is None:
            need, read = self.contexts.needs[history], self._read
            values = need.values(event) if read is None else {name: read[name] for name in need.names if name in read}
            self._values[history] = values
        return values

    def _changed(self, rule: Rule, event: Event) -> bool:
        if len(event.log) >= _LOG_LIMIT:
            return False
        key = brief(f"{rule.id} {event.hostname or event.host}")
        before = self._logs.get(key)
        self._logs[key] = event.log
        return before is not None and before != event.log

    def _restore(self, histories: Mapping[str, Sequence[Remembered]]) -> None:
        entries: dict[int, Entry] = {}
        for name, remembered in histories.items():
            history = self._histories.get(name)
            for each in remembered if history else ():
                entry = entries.setdefault(each.number, Entry(each.at, each.number, each.mark, each.values))
                entry.counted = set(each.counted) or None
                if history:
                    history.add(entry)


def _passes(asked: Correlation, context: Context, then: Mapping[str, str], now: Mapping[str, str]) -> bool:
    for name in asked.different:
        if name in then and then[name] == now.get(name):
            return False
    for name in asked.different_set:
        if name not in then or name not in now or then[name] == now[name]:
            return False
    if any(name in then and then[name] == now.get(name) for name in asked.different_all):
        return False
    return context.test is None or (then["category"] == now["category"] and context.test(then["log"]))


_RECORDED = ("dstuser", "srcuser", "srcip", "dstip", "id", "location", "data", "name")


def _record(names: Sequence[str], event: Event) -> Record:
    """The values that some fields have, in a fixed order."""
    wanted = {"dstuser" if each == "user" else each for each in names}
    own = {"location": event.location, "name": event.decoder or ""}
    return brief(" ".join(own.get(each, event.fields.get(each, "")) if each in wanted else "" for each in _RECORDED))
