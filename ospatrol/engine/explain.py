"""Why a rule fired, and why others did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ospatrol.engine.condition import compile_condition
from ospatrol.engine.field import LOG_KIND, reader
from ospatrol.engine.match import Decision, Fork, Match, Step, walk
from ospatrol.model.rule import Condition, Correlation, Operator, Rule
from ospatrol.model.text import escape_controls, show_bytes

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset
    from ospatrol.model.event import Event

_SHOWN = 200
_OPERANDS = 5


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that was tried on an event.

    Attributes:
        steps: In the order in which they were tried.
        decision: Which rule judges the event, as far as it alone decides.
    """

    steps: tuple[Step, ...]
    decision: Decision

    @property
    def match(self) -> Match | None:
        """The rule that judges the event if it came alone; None if none does."""
        decision = self.decision
        while isinstance(decision, Fork):
            decision = decision.otherwise
        return Match(rule=decision.node.rule, via=decision.via) if decision else None


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on the way from a root to the one that was asked for.

    Attributes:
        rule: Which.
        failed: The first condition that did not hold; None if all hold.
    """

    rule: Rule
    failed: Condition | None


def trace(ruleset: Ruleset, event: Event) -> Trace:
    """The way that `match` takes, step by step."""
    steps: list[Step] = []
    decision = walk(ruleset.roots(event.kind), event, steps=steps)
    for node in ruleset.beside:
        walk((node,), event, steps=steps)
    return Trace(steps=tuple(steps), decision=decision)


def trace_lines(trace_: Trace, event: Event) -> tuple[str, ...]:
    """A trace for a person: a line a rule, children indented."""
    return tuple(f"{'  ' * step.depth}{step_line(step, event)}" for step in trace_.steps)


def step_line(step: Step, event: Event) -> str:
    """What became of a rule that was tried."""
    if step.failed is not None:
        said = f"fails: {said_of(step.failed, event)}"
    else:
        said = "matches, if earlier events agree" if step.stateful else "matches"
    return f"{step.rule.id} level {step.rule.level}: {said}"


def path_to(ruleset: Ruleset, event: Event, rule: int) -> tuple[PathStep, ...]:
    """The rules from a root to this one, by the parents below which the event comes furthest."""
    return _path(ruleset, event, rule, {})


def _path(ruleset: Ruleset, event: Event, rule: int, known: dict[int, tuple[PathStep, ...]]) -> tuple[PathStep, ...]:
    if rule not in known:
        node = ruleset.node(rule)
        own = PathStep(rule=node.rule, failed=node.failing(event))
        above = [_path(ruleset, event, parent, known) for parent in node.rule.parents]
        known[rule] = (*max(above, key=_reach, default=()), own)
    return known[rule]


def _reach(path: Sequence[PathStep]) -> tuple[bool, int]:
    """Whether all of a path holds, and how much of it."""
    held = next((index for index, step in enumerate(path) if step.failed is not None), len(path))
    return held == len(path), held


def said_of(condition: Condition, event: Event) -> str:
    """What a condition that does not hold asks for, and what the event has instead; fit for a terminal."""
    wanted = wanted_of(condition)
    if condition.operator in {Operator.ALL, Operator.ANY}:
        known = [part for part in condition.parts if part.operator is not Operator.LISTED]  # lists are not at hand here
        failing = [part for part in known if not compile_condition(part).test(event)]
        return f"{wanted}: {said_of(failing[0], event)}" if failing and not condition.negate else wanted
    if condition.operator in {Operator.TIME, Operator.WEEKDAY, Operator.TEST}:
        return f"{wanted}, which does not hold"
    value = reader(condition.field, captured=condition.captured)(event)
    if value is not None and condition.field == "log":
        return f"{wanted}, but it {'does' if condition.negate else 'does not'}"
    return f"{wanted}, but it is {'absent' if value is None else quoted(value, event)}"


def wanted_of(condition: Condition) -> str:
    """What a condition asks for; fit for a terminal."""
    word = f"{'not ' if condition.negate else ''}{condition.operator.value}"
    if condition.operator in {Operator.ALL, Operator.ANY}:
        return f"{word} of {len(condition.parts)} conditions"
    if condition.operator is Operator.LISTED:
        word = f"{word} ({condition.lookup.value})"
    if condition.operator is Operator.REGEX:
        word = f"{'not ' if condition.negate else ''}{condition.syntax.value}"
    shown = [f"'{escape_controls(each, _SHOWN)}'" for each in condition.operands[:_OPERANDS]]
    more = ", ..." if len(condition.operands) > _OPERANDS else ""
    return f"{condition.field} {word} {' or '.join(shown)}{more}".rstrip()


def quoted(value: str, event: Event) -> str:
    """A value of an event between quotes; fit for a terminal."""
    if event.kind == LOG_KIND:
        # a character is a byte
        return f"'{show_bytes(value.encode('latin-1', 'replace'), _SHOWN)}'"
    return f"'{escape_controls(value, _SHOWN)}'"


def history_of(rule: Rule) -> str:
    """What a rule asks of earlier events, for a person; empty if it asks nothing."""
    asked = rule.correlation
    parts = []
    if asked is not None:
        source = f"of rule {', '.join(map(str, asked.rules))}" if asked.rules else ""
        if asked.expression:
            source = f"of a {asked.source.value} that matches '{escape_controls(asked.expression.text, _SHOWN)}'"
        count = f"{asked.earlier} earlier events {source}".rstrip()
        if asked.distinct:
            count = f"{asked.earlier + 1} different values of {asked.distinct} in events {source}".rstrip()
        parts.append(f"{count} within {asked.timeframe_s} s{_in_common(asked)}")
    parts += ["something seen for the first time"] if rule.first_time else []
    parts += ["another log than the last one"] if rule.changed else []
    return ", and ".join(parts)


def _in_common(asked: Correlation) -> str:
    same = [*asked.same, *(() if asked.across_agents else ("host",))]
    different = (*asked.different, *asked.different_set, *asked.different_all)
    said = f", with the same {', '.join(same)}" if same else ""
    return f"{said}, with another {', '.join(different)}" if different else said


def ancestors(rules: Mapping[int, Rule], rule: int) -> Iterable[int]:
    """Each rule above one, nearest first."""
    waiting, seen = list(rules[rule].parents), dict[int, None]()
    while waiting:
        each = waiting.pop(0)
        if each not in seen and each in rules:
            seen[each] = None
            waiting.extend(rules[each].parents)
    return seen


def asks_decoder(rules: Mapping[int, Rule], rule: int, name: str) -> bool:
    """Whether a rule, or one above it, asks for this decoder."""
    return any(_names_decoder(rules[each], name) for each in (rule, *ancestors(rules, rule)))


def _names_decoder(rule: Rule, name: str) -> bool:
    return any(each.field == "decoder" and not each.negate and name in each.operands for each in rule.conditions)
