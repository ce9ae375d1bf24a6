"""Sigma's correlation rules: what is counted among the events of other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)

from ospatrol.dialect.sigma_condition import NotCovered
from ospatrol.dialect.sigma_names import LogSource, names_of
from ospatrol.model.rule import Condition, Correlation, Operator, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.place import Place

_RESERVED = frozenset({"category", "decoder", "kind", "log", "rule", "size", "text"})
"""Names that mean something else where correlations look for fields."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A rule whose events a correlation counts.

    Attributes:
        id: Ours.
        sources: Of its events.
        mark: The level at which its events count as used; 0 for a rule that counts nothing itself.
    """

    id: int
    sources: tuple[LogSource, ...]
    mark: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a correlation rule asks, as a rule of ours says it.

    Attributes:
        parents: Rules that the last event must match.
        conditions: What the last event must have.
        correlation: What must have happened before; None if one event is enough.
    """

    parents: tuple[int, ...]
    conditions: tuple[Condition, ...] = ()
    correlation: Correlation | None = None


def asked_by(rule: SigmaCorrelationRule, counted: Sequence[Counted], place: Place, *, level: int) -> Asked:
    """What a correlation rule asks.

    Args:
        rule: As pySigma reads it.
        counted: The rules that it names, in its order.
        place: Of the rule.
        level: Of the rule; where an event counted for this level, or a higher one, it does not count again.

    Raises:
        NotCovered: it cannot be expressed.
    """
    asked = _Reader(rule, counted, place).asked()
    if asked.correlation is not None and any(each.mark >= level for each in counted):
        raise NotCovered("it counts a correlation of its own level or a higher one, whose events are used up", place)
    return asked


class _Reader:
    def __init__(self, rule: SigmaCorrelationRule, counted: Sequence[Counted], place: Place) -> None:
        self._rule = rule
        self._ids = tuple(dict.fromkeys(each.id for each in counted))
        self._sources = tuple(dict.fromkeys(source for each in counted for source in each.sources))
        self._place = place

    def asked(self) -> Asked:
        same = tuple(dict.fromkeys(self._group(field) for field in self._rule.group_by or ()))
        match self._rule.type:
            case SigmaCorrelationType.EVENT_COUNT:
                return self._counting(same, self._least(), "")
            case SigmaCorrelationType.VALUE_COUNT:
                return self._counting(same, self._least(), self._value())
            case SigmaCorrelationType.TEMPORAL:
                self._whole()
                return self._temporal(same)
            case SigmaCorrelationType.TEMPORAL_ORDERED:
                self._whole()
                return self._ordered(same)
            case other:
                raise self._uncovered(f"a correlation of type {other.name.lower()}")

    def _counting(self, same: tuple[str, ...], least: int, distinct: str) -> Asked:
        if least == 1:
            return Asked(parents=self._ids, conditions=self._present((*same, *((distinct,) if distinct else ()))))
        correlation = Correlation(
            source=Source.RULE,
            rules=self._ids,
            earlier=least - 1,
            timeframe_s=self._rule.timespan.seconds,
            same=same,
            distinct=distinct,
        )
        return Asked(parents=self._ids, correlation=correlation)

    def _temporal(self, same: tuple[str, ...]) -> Asked:
        if len(self._ids) == 1:
            return Asked(parents=self._ids, conditions=self._present(same))
        correlation = Correlation(
            source=Source.RULE,
            rules=self._ids,
            earlier=len(self._ids) - 1,
            timeframe_s=self._rule.timespan.seconds,
            same=same,
            every=True,
        )
        return Asked(parents=self._ids, correlation=correlation)

    def _ordered(self, same: tuple[str, ...]) -> Asked:
        """Two rules in order: the last event is the second's, and the first's came before."""
        if len(self._ids) == 1:
            return Asked(parents=self._ids, conditions=self._present(same))
        if len(self._ids) > 2:
            raise self._uncovered("an order of more than two rules")
        first, second = self._ids
        correlation = Correlation(
            source=Source.RULE, rules=(first,), earlier=1, timeframe_s=self._rule.timespan.seconds, same=same
        )
        return Asked(parents=(second,), correlation=correlation)

    def _least(self) -> int:
        """The number from which the count is reached."""
        condition = self._rule.condition
        if not isinstance(condition, SigmaCorrelationCondition):
            raise self._uncovered("a condition that is an expression")
        if not isinstance(condition.count, int):
            raise self._uncovered("a count that is no whole number")
        match condition.op:
            case SigmaCorrelationConditionOperator.GTE:
                least = condition.count
            case SigmaCorrelationConditionOperator.GT:
                least = condition.count + 1
            case other:
                raise self._uncovered(f"a count with `{other.name.lower()}`: it is known only when the time is over")
        if least < 1:
            raise self._uncovered("a count that nothing reaches, too")
        return least

    def _value(self) -> str:
        condition = self._rule.condition
        field = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
        if isinstance(field, list):
            if len(field) != 1:
                raise self._uncovered("different values of several fields together")
            field = field[0]
        return self._name(field or "")

    def _whole(self) -> None:
        """Refuses whatever is not "each of the rules"."""
        condition = self._rule.condition
        if not isinstance(condition, SigmaCorrelationCondition):
            raise self._uncovered("a condition that is an expression")
        if condition.op is not SigmaCorrelationConditionOperator.GTE or condition.count != len(self._rule.rules or ()):
            raise self._uncovered("a temporal correlation that needs only some of its rules")

    def _group(self, field: str) -> str:
        """The name of a group-by field, which may be an alias."""
        alias = self._rule.aliases.aliases.get(field)
        if alias is None:
            return self._name(field)
        names = {name.lower() for name in alias.mapping.values()}
        if len(names) > 1:
            raise self._uncovered(f"an alias for fields of different names ({field})")
        return self._name(names.pop()) if names else self._name(field)

    def _name(self, field: str) -> str:
        names = [name for source in self._sources for name in names_of(field, source).split("|")]
        known = [name for name in dict.fromkeys(names) if name not in _RESERVED]
        if not known:
            raise self._uncovered(f"the field {field!r}, which is something else in our events")
        return "|".join(known)

    def _present(self, names: Sequence[str]) -> tuple[Condition, ...]:
        return tuple(
            Condition(field=name, operator=Operator.EXISTS, place=self._place, captured=True)
            for name in dict.fromkeys(names)
        )

    def _uncovered(self, what: str) -> NotCovered:
        return NotCovered(what, self._place)
