"""The condition of a Sigma rule, as pySigma parses it, as one tree of ours."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

import msgspec
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from ospatrol.dialect.sigma_names import LogSource, names_of
from ospatrol.dialect.sigma_pattern import Comparison, Piece, Wild, compare_text, translate
from ospatrol.model.pattern import Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG = "log"
"""Where keywords are looked for."""

_WILD = {SpecialChars.WILDCARD_MULTI: Wild.MANY, SpecialChars.WILDCARD_SINGLE: Wild.ONE}
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_DROPPED = frozenset({"", "-"})
"""Values that the decoder of Windows events leaves out."""

_LISTS = frozenset(
    {Operator.EQUALS, Operator.REGEX, Operator.PREFIX, Operator.SUFFIX, Operator.CONTAINS, Operator.NETWORK}
)

_NULL = "null"
"""What the decoder of JSON logs makes of a null."""

_LONGEST = 16_384
"""Texts are put together into one pattern up to so many characters."""


class NotCovered(Exception):
    """A rule says what cannot be said in our conditions; never leaves the dialect.

    Attributes:
        reason: What it is.
        place: Where it stands.
    """

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def condition_of(node: object, source: LogSource, place: Place) -> Condition:
    """The tree that pySigma made of a condition.

    Args:
        node: Its root, resolved.
        source: Whose fields are meant.
        place: Of the rule; nodes that know their line use that instead.

    Raises:
        NotCovered: it has something that cannot be expressed.
    """
    match node:
        case ConditionNOT(args=[part]):
            inner = condition_of(part, source, place)
            return msgspec.structs.replace(inner, negate=not inner.negate)
        case ConditionAND(args=parts):
            return every([condition_of(part, source, place) for part in parts], place)
        case ConditionOR(args=parts):
            return either([condition_of(part, source, place) for part in parts], place)
        case ConditionFieldEqualsValueExpression(field=field, value=value):
            here = _place(node, place)
            names = names_of(field, source)
            return _Leaf(names, here, source).read(value)
        case ConditionValueExpression(value=value):
            return _Leaf("", _place(node, place), source).read(value)
        case _:
            raise NotCovered(f"pySigma's {type(node).__name__} is not known here", place)


def every(parts: Sequence[Condition], place: Place) -> Condition:
    """A condition that holds if all parts do."""
    flat = [inner for part in parts for inner in (part.parts if _is(part, Operator.ALL) else (part,))]
    return flat[0] if len(flat) == 1 else Condition(field="", operator=Operator.ALL, parts=tuple(flat), place=place)


def either(parts: Sequence[Condition], place: Place) -> Condition:
    """A condition that holds if a part does; comparisons of one field become one."""
    flat = [inner for part in parts for inner in (part.parts if _is(part, Operator.ANY) else (part,))]
    merged: dict[object, Condition] = {}
    for index, part in enumerate(flat):
        alike = part.operator in _LISTS and not part.negate
        key: object = (part.field, part.operator, part.syntax, part.captured) if alike else index
        known = merged.get(key)
        merged[key] = part if known is None else _joined(known, part)
    known_parts = tuple(merged.values())
    if len(known_parts) == 1:
        return known_parts[0]
    return Condition(field="", operator=Operator.ANY, parts=known_parts, place=place)


def holds_for_nothing(condition: Condition) -> bool:
    """Whether a condition holds for an event without any field and without a log."""
    match condition.operator:
        case Operator.ALL:
            holds = all(holds_for_nothing(part) for part in condition.parts)
        case Operator.ANY:
            holds = any(holds_for_nothing(part) for part in condition.parts)
        case _:
            holds = False
    return holds is not condition.negate


def fields_of(condition: Condition) -> tuple[str, ...]:
    """The fields whose values a condition asks; not keywords, nor fields that it only wants there or not there."""
    if condition.parts:
        return tuple(name for part in condition.parts for name in fields_of(part))
    absence = condition.operator is Operator.EXISTS or condition.operands == (_NULL,)
    return (condition.field,) if condition.captured and not absence else ()


def _is(part: Condition, operator: Operator) -> bool:
    return part.operator is operator and not part.negate


def _joined(one: Condition, other: Condition) -> Condition:
    if one.syntax is not Syntax.OSMATCH:
        return msgspec.structs.replace(one, operands=tuple(dict.fromkeys((*one.operands, *other.operands))))
    *full, last = one.operands
    added = "|".join(other.operands)
    longer = f"{last}|{added}"
    return msgspec.structs.replace(
        one, operands=(*full, longer) if len(longer) <= _LONGEST else (*full, last, *other.operands)
    )


def _place(node: ConditionFieldEqualsValueExpression | ConditionValueExpression, place: Place) -> Place:
    source = getattr(node, "source", None)
    line = source.line if source is not None else None
    return Place(place.path, line) if isinstance(line, int) and line else place


class _Leaf:
    """One field, or all of the log, compared with a value."""

    def __init__(self, names: str, place: Place, source: LogSource) -> None:
        self._names = names
        self._place = place
        self._escaped = source.windows or not names  # keywords are looked for in JSON documents too
        self._windows = source.windows

    @singledispatchmethod
    def read(self, value: object) -> Condition:
        """The comparison with a value of any type that Sigma has."""
        raise self._uncovered(f"a value of pySigma's type {type(value).__name__}")

    @read.register
    def _text(self, value: SigmaString) -> Condition:
        pieces = self._pieces(value)
        if not self._names:
            pieces = (Wild.MANY, *pieces, Wild.MANY)
        asked = compare_text(pieces, cased=isinstance(value, SigmaCasedString), escaped=self._escaped)
        found = self._condition(asked)
        if self._windows and self._names and asked.operator is Operator.EQUALS and _DROPPED.issuperset(asked.operands):
            return either((found, self._condition(Comparison(Operator.EXISTS), negate=True)), self._place)
        return found

    @read.register
    def _number(self, value: SigmaNumber) -> Condition:
        if self._names:
            return self._condition(Comparison(Operator.EQUALS, (str(value),)))
        return self._condition(compare_text((Wild.MANY, str(value), Wild.MANY), cased=True, escaped=False))

    @read.register
    def _bool(self, value: SigmaBool) -> Condition:
        return self._condition(compare_text((str(value).lower(),), cased=False, escaped=False))

    @read.register
    def _null(self, _: SigmaNull) -> Condition:
        absent = self._condition(Comparison(Operator.EXISTS), negate=True)
        return either((absent, self._condition(Comparison(Operator.EQUALS, (_NULL,)))), self._place)

    @read.register
    def _exists(self, value: SigmaExists) -> Condition:
        return self._condition(Comparison(Operator.EXISTS), negate=not value.exists)

    @read.register
    def _expansion(self, value: SigmaExpansion) -> Condition:
        return either([self.read(each) for each in value.values], self._place)

    @read.register
    def _network(self, value: SigmaCIDRExpression) -> Condition:
        return self._condition(Comparison(Operator.NETWORK, (str(value.network),)))

    @read.register
    def _regex(self, value: SigmaRegularExpression) -> Condition:
        if value.contains_placeholder():
            raise self._unfilled(value.regexp)
        pattern = translate(str(value.regexp), escaped=self._escaped)
        if pattern is None:
            raise self._uncovered("a regular expression with a class of characters beyond ASCII")
        flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
        return self._condition(Comparison(Operator.REGEX, (f"(?{flags}){pattern}" if flags else pattern,)))

    @read.register
    def _compared(self, value: SigmaCompareExpression) -> Condition:
        number = (str(value.number),)
        least = self._condition(Comparison(Operator.AT_LEAST, number))
        most = self._condition(Comparison(Operator.AT_MOST, number))
        match value.op:
            case CompareOperators.GTE:
                return least
            case CompareOperators.LTE:
                return most
            case CompareOperators.GT:
                return every((least, msgspec.structs.replace(most, negate=True)), self._place)
            case CompareOperators.LT:
                return every((most, msgspec.structs.replace(least, negate=True)), self._place)
            case CompareOperators.NEQ:
                return msgspec.structs.replace(self._condition(Comparison(Operator.EQUALS, number)), negate=True)

    @read.register
    def _reference(self, value: SigmaFieldReference) -> Condition:
        raise self._uncovered(f"a comparison with another field ({value.field})")

    @read.register
    def _moment(self, value: SigmaTimestampPart) -> Condition:
        raise self._uncovered(f"a part of a timestamp ({value.timestamp_part.name.lower()})")

    def _pieces(self, value: SigmaString) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        for part in value.s:
            if isinstance(part, str):
                pieces.append(part)
            elif isinstance(part, SpecialChars):
                pieces.append(_WILD[part])
            else:
                raise self._unfilled(value)
        return tuple(pieces)

    def _condition(self, asked: Comparison, *, negate: bool = False) -> Condition:
        if not self._names and asked.operator not in {Operator.REGEX, Operator.CONTAINS}:
            raise self._uncovered("a keyword that is no text")
        operands = asked.operands
        if asked.syntax is Syntax.OSMATCH:
            operands = ("|".join(operands),)
        return Condition(
            field=self._names or LOG,
            operator=asked.operator,
            operands=operands,
            syntax=asked.syntax,
            negate=negate,
            place=self._place,
            captured=bool(self._names),
        )

    def _unfilled(self, value: SigmaString) -> NotCovered:
        names = ", ".join(f"%{part.name}%" for part in value.s if not isinstance(part, str | SpecialChars))
        return self._uncovered(f"a placeholder without values ({names})")

    def _uncovered(self, what: str) -> NotCovered:
        return NotCovered(what, self._place)
