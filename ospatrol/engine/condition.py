"""Conditions made ready to be asked of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from ospatrol.engine.field import EVENT_ATTRIBUTES, LOG_ATTRIBUTES, LOG_KIND, Read, reader
from ospatrol.engine.glob import compile_glob
from ospatrol.engine.lists import Lists, lookup
from ospatrol.engine.moment import within_hours, within_week
from ospatrol.engine.named import NAMED
from ospatrol.engine.networks import within
from ospatrol.model.event import Event
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.rule import Condition, Operator
from ospatrol.pattern.compiled import Pattern, compile_expression, compile_later

Compare: TypeAlias = Callable[[str], bool]
Test: TypeAlias = Callable[[Event], bool]

_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_NO_LISTS: Lists = MappingProxyType({})


class Sees(Enum):
    """Where the texts that a condition needs are looked for."""

    LOG = "log"
    FIELDS = "fields"
    ELSEWHERE = "elsewhere"


class Gate(msgspec.Struct, frozen=True):
    """What an event must have for a condition to hold, so that others need not be asked.

    Attributes:
        sees: Where `atoms` are to be found.
        atoms: Texts in lower case of which one is there whenever the condition holds; None if nothing can be said.
        exact: Whether the condition holds wherever one of `atoms` is there.
    """

    sees: Sees = Sees.ELSEWHERE
    atoms: frozenset[str] | None = None
    exact: bool = False


_OPEN = Gate()


class Check:
    """A condition and the test that it was compiled to.

    Attributes:
        condition: As written.
        test: Asks an event; knows of negation.
    """

    __slots__ = ("_gate", "_gate_of", "condition", "test")

    def __init__(self, condition: Condition, test: Test, gate_of: Callable[[], Gate] | None = None) -> None:
        """A check.

        Args:
            condition: As written.
            test: Asks an event.
            gate_of: Works out what an event must have; asked once, when somebody wants to know.
        """
        self.condition = condition
        self.test = test
        self._gate_of = gate_of
        self._gate: Gate | None = None if gate_of else _OPEN

    @property
    def gate(self) -> Gate:
        """What an event must have."""
        if self._gate is None:
            self._gate = self._gate_of() if self._gate_of else _OPEN
        return self._gate

    def holds(self, event: Event) -> bool:
        """Whether the event meets the condition."""
        return self.test(event)


def compile_condition(condition: Condition, lists: Lists = _NO_LISTS, *, checked: bool = False) -> Check:
    """The condition, ready.

    Args:
        condition: As written.
        lists: Those that LISTED may ask, by name.
        checked: Whether its patterns were found valid before, so that they need not be looked at now.

    Raises:
        PatternRefused: an operand is no pattern that can be matched in bounded time.
    """
    match condition.operator:
        case Operator.ALL | Operator.ANY:
            return _compound(condition, [compile_condition(part, lists, checked=checked) for part in condition.parts])
        case Operator.TEST:
            named = NAMED[condition.operands[0]]
            return Check(condition, named)
        case Operator.TIME | Operator.WEEKDAY:
            ask = within_hours if condition.operator is Operator.TIME else within_week
            moment = ask(condition.operands)
            return Check(condition, lambda event: moment(event.at))
        case Operator.REGEX:
            return _patterns(condition, compile_later if checked else compile_expression)
        case Operator.LISTED:
            compare = lookup(condition, lists)
        case _:
            # the text of log lines stands in the form in which each character is a byte
            both = dict.fromkeys((*condition.operands, *map(in_bytes, condition.operands)))
            compare = _COMPARISONS[condition.operator](tuple(both))
    return Check(condition, _test(condition, compare))


def _patterns(condition: Condition, compiled: Callable[[Expression], Pattern]) -> Check:
    texts = map(in_bytes, condition.operands) if condition.syntax is Syntax.RE2 else condition.operands
    patterns = [compiled(Expression(text=each, syntax=condition.syntax)) for each in texts]
    test = _one_pattern(condition, patterns[0]) if len(patterns) == 1 else _several(condition, patterns)
    return Check(condition, test, None if condition.negate else lambda: _gate(condition, patterns))


def _gate(condition: Condition, patterns: list[Pattern]) -> Gate:
    atoms = _atoms(patterns)
    return _OPEN if atoms is None else Gate(_sees(condition), atoms, all(each.literal for each in patterns))


def _compound(condition: Condition, parts: list[Check]) -> Check:
    tests = tuple(part.test for part in parts)
    negate = condition.negate
    every = all if condition.operator is Operator.ALL else any

    def test(event: Event) -> bool:
        return every(each(event) for each in tests) is not negate

    return Check(condition, test, None if negate else lambda: _compound_gate(condition, parts))


def _compound_gate(condition: Condition, parts: list[Check]) -> Gate:
    gates = [part.gate for part in parts]
    known = [gate for gate in gates if gate.atoms is not None]
    if condition.operator is Operator.ALL:
        best = min(known, key=lambda gate: len(gate.atoms or ()), default=_OPEN)
        return Gate(best.sees, best.atoms)
    if len(known) != len(gates) or len({gate.sees for gate in gates}) != 1:
        return _OPEN
    return Gate(gates[0].sees, frozenset[str]().union(*(gate.atoms or () for gate in gates)))


def _sees(condition: Condition) -> Sees:
    if condition.captured:
        return Sees.FIELDS
    if condition.field == "log":
        return Sees.LOG
    own = EVENT_ATTRIBUTES | LOG_ATTRIBUTES
    return Sees.ELSEWHERE if own.intersection(condition.field.split("|")) else Sees.FIELDS


def _atoms(patterns: list[Pattern]) -> frozenset[str] | None:
    every = [each.atoms for each in patterns]
    return None if None in every else frozenset[str]().union(*(each for each in every if each))


def _test(condition: Condition, compare: Compare) -> Test:
    """The comparison, asked of the condition's field."""
    negate = condition.negate
    read: Read = reader(condition.field, captured=condition.captured)
    if condition.required:

        def required(event: Event) -> bool:
            value = read(event)
            return value is not None and compare(value) is not negate

        return required

    def optional(event: Event) -> bool:
        value = read(event)
        return (value is not None and compare(value)) is not negate

    return optional


def _one_pattern(condition: Condition, pattern: Pattern) -> Test:
    """A pattern asked of the condition's field; `pattern.test` is looked up anew, as it replaces itself."""
    negate, required = condition.negate, condition.required
    if condition.captured or condition.field != "log":
        read: Read = reader(condition.field, captured=condition.captured)

        def in_field(event: Event) -> bool:
            value = read(event)
            if value is None:
                return negate and not required
            if event.kind != LOG_KIND and not value.isascii():
                value = in_bytes(value)
            return pattern.test(value) is not negate

        return in_field
    if negate:
        return lambda event: not (event.kind == LOG_KIND and pattern.test(event.log))
    return lambda event: event.kind == LOG_KIND and pattern.test(event.log)


def _several(condition: Condition, patterns: list[Pattern]) -> Test:
    tests = [_one_pattern(msgspec.structs.replace(condition, negate=False), each) for each in patterns]
    if not condition.negate:
        return lambda event: any(test(event) for test in tests)
    read = reader(condition.field, captured=condition.captured)
    required = condition.required
    return lambda event: not (required and read(event) is None) and not any(test(event) for test in tests)


def in_bytes(text: str) -> str:
    """A text of which each character is one byte of its UTF-8, the form that patterns see."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


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
    Operator.EXISTS: lambda _: lambda _: True,
    Operator.AT_LEAST: _at_least,
    Operator.AT_MOST: _at_most,
    Operator.NETWORK: within,
}
