"""What stands under `match` in native rules, as conditions."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.native_words import (
    all_texts,
    field_name,
    is_text,
    one_of,
    read_pattern,
    syntax_of,
    text_of,
    texts,
)
from ospatrol.load.fields import did_you_mean, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, Node
from ospatrol.model.errors import ConfigError
from ospatrol.model.rule import Condition, Lookup, Operator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ospatrol.model.pattern import Expression, Syntax
    from ospatrol.model.place import Place

MOMENT = "at"
"""What TIME and WEEKDAY are asked of: the event's own time."""
WHOLE = "event"
"""What TEST is asked of."""

_COMPOUND: Mapping[str, tuple[Operator, bool]] = {
    "all": (Operator.ALL, False),
    "any": (Operator.ANY, False),
    "not_all": (Operator.ALL, True),
    "not_any": (Operator.ANY, True),
}
_OF_MOMENT = frozenset({Operator.TIME, Operator.WEEKDAY})
_PLAIN = [each for each in Operator if each not in {Operator.ALL, Operator.ANY}]
_OPERATORS: Mapping[str, tuple[Operator, bool]] = {
    **{operator.value: (operator, False) for operator in _PLAIN},
    **{f"not_{operator.value}": (operator, True) for operator in _PLAIN},
    "not": (Operator.EQUALS, True),
}
_MODIFIERS = ("captured", "required", "syntax")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60


def read_match(match: Lined, syntax: Syntax, problems: list[ConfigError]) -> tuple[Condition, ...]:
    """The conditions under `match`, all of which must hold.

    Args:
        match: As written.
        syntax: The language of patterns that do not name theirs.
        problems: Gets every mistake.
    """
    return tuple(_Reader(syntax, problems).conditions(match))


class _Reader:
    def __init__(self, syntax: Syntax, problems: list[ConfigError]) -> None:
        self._syntax = syntax
        self._problems = problems

    def conditions(self, match: Lined) -> Iterator[Condition]:
        for name, wanted in match.items():
            place = match.at(name)
            if name in _COMPOUND:
                yield from self._compound(name, wanted, place)
            elif (field := field_name(name, either=True)) is None:
                self._wrong(place, f"{name!r} is no name of a field")
            elif isinstance(wanted, Lined):
                yield from self._of_field(field, wanted, place)
            elif field == MOMENT and isinstance(wanted, str) and _SPAN.fullmatch(wanted):
                self._wrong(place, f"at: an operator is missing; did you mean 'at: {{time: {wanted}}}'?")
            else:
                yield from self._condition(Condition(field=field, operator=Operator.EQUALS, place=place), wanted)

    def _compound(self, name: str, wanted: Node, place: Place) -> Iterator[Condition]:
        operator, negate = _COMPOUND[name]
        if not isinstance(wanted, LinedList) or not wanted:
            self._wrong(place, f"{name}: expected a list of mappings, each with conditions as under 'match'")
            return
        parts: list[Condition] = []
        for index, item in enumerate(wanted):
            if isinstance(item, Lined) and item:
                parts.extend(_as_one(tuple(self.conditions(item)), wanted.at(index), operator))
            else:
                self._wrong(wanted.at(index), f"{name}: expected a mapping with conditions as under 'match'")
        if operator is Operator.ALL and not negate:
            yield from parts
        elif parts:
            yield Condition(field="", operator=operator, negate=negate, parts=tuple(parts), place=place)

    def _of_field(self, field: str, wanted: Lined, place: Place) -> Iterator[Condition]:
        words = [word for word in wanted if word not in _MODIFIERS]
        if not words:
            self._wrong(place, f"{field}: an operator is missing{did_you_mean('', _OPERATORS)}")
        syntax = self._syntax
        if "syntax" in wanted:
            syntax = syntax_of(wanted["syntax"], wanted.at("syntax"), self._problems)
        flags = {word: self._flag(wanted, word) for word in ("required", "captured")}
        for word in words:
            if word not in _OPERATORS:
                hint = did_you_mean(word, [*_OPERATORS, *_MODIFIERS])
                self._wrong(wanted.at(word), f"{field}: unknown operator {word!r}{hint}")
                continue
            operator, negate = _OPERATORS[word]
            asked = Condition(
                field=field,
                operator=operator,
                negate=negate,
                place=wanted.at(word),
                required=flags["required"],
                captured=flags["captured"],
            )
            asked = msgspec.structs.replace(asked, syntax=syntax) if operator is Operator.REGEX else asked
            yield from self._condition(asked, wanted[word])

    def _flag(self, wanted: Lined, word: str) -> bool:
        value = wanted.get(word, False)
        if not isinstance(value, bool):
            self._wrong(wanted.at(word), f"{word} is true or false")
        return value is True

    def _condition(self, asked: Condition, wanted: Node) -> Iterable[Condition]:
        """What is asked, with what it compares with."""
        operator, field, place = asked.operator, asked.field, asked.place
        if operator in _OF_MOMENT and field != MOMENT:
            self._wrong(place, f"{field}: {operator} is asked of 'at', the time of the event")
        elif operator is Operator.TEST and field != WHOLE:
            self._wrong(place, f"{field}: {operator} is asked of 'event', the event as a whole")
        elif operator is Operator.LISTED:
            return self._listed(asked, wanted)
        elif operator is Operator.EXISTS:
            if isinstance(wanted, bool):
                return (msgspec.structs.replace(asked, negate=asked.negate is wanted),)
            self._wrong(place, f"{field}: {operator} is true or false")
        else:
            operands = tuple(texts(wanted))
            if operands and all_texts(wanted):
                return self._compared(asked, operands)
            self._wrong(place, f"{field}: expected a text or a list of texts; a number with a point needs quotes")
        return ()

    def _compared(self, asked: Condition, operands: tuple[str, ...]) -> Iterable[Condition]:
        operator, place = asked.operator, asked.place
        match operator:
            case Operator.AT_LEAST | Operator.AT_MOST:
                if not all(map(_NUMBER.fullmatch, operands)):
                    self._wrong(place, f"{asked.field}: {operator} compares numbers")
                    return ()
            case Operator.NETWORK:
                strange = [each for each in operands if not _is_network(each)]
                for each in strange:
                    self._wrong(place, f"{asked.field}: {each!r} is no address and no network")
                if strange:
                    return ()
                operands = tuple(sorted(operands, key=lambda each: not each.startswith("!")))  # exceptions win
            case Operator.WEEKDAY:
                days = [_DAYS.index(each[:3].lower()) for each in operands if _is_day(each)]
                if len(days) < len(operands):
                    self._wrong(place, f"{asked.field}: a weekday is one of {', '.join(_DAYS)}")
                    return ()
                operands = tuple(_DAYS[each] for each in sorted(set(days)))
            case Operator.TIME:
                return self._times(asked, operands)
            case _:
                pass
        return (msgspec.structs.replace(asked, operands=operands),)

    def _times(self, asked: Condition, operands: tuple[str, ...]) -> Iterable[Condition]:
        spans = [_span(each) for each in operands]
        if None in spans:
            self._wrong(asked.place, f"{asked.field}: expected a part of the day such as 22:00-06:00")
            return ()
        one = msgspec.structs.replace(asked, negate=False)
        parts = [msgspec.structs.replace(one, operands=(span,)) for span in spans if span]
        if len(parts) == 1:
            return (msgspec.structs.replace(parts[0], negate=asked.negate),)
        return (_any(asked, parts),)

    def _listed(self, asked: Condition, wanted: Node) -> Iterable[Condition]:
        if isinstance(wanted, Lined):
            return self._looked_up(asked, wanted)
        names = texts(wanted)
        if not names or not all_texts(wanted):
            self._wrong(asked.place, f"{asked.field}: expected the name of a list, or a mapping with the key 'list'")
            return ()
        one = msgspec.structs.replace(asked, negate=False)
        parts = [msgspec.structs.replace(one, operands=(name,)) for name in names]
        if len(parts) == 1:
            return (msgspec.structs.replace(parts[0], negate=asked.negate),)
        return (_any(asked, parts),)

    def _looked_up(self, asked: Condition, wanted: Lined) -> Iterable[Condition]:
        """A look-up that says more than the list's name."""
        before = len(self._problems)
        unknown_keys(wanted, ("list", "by", "value"), self._problems)
        name, by = wanted.get("list"), text_of(wanted.get("by", "key"))
        if not is_text(name):
            self._wrong(wanted.at("list"), f"{asked.field}: expected the key 'list' with the name of a list")
        one_of(by, ("key", "address"), "by", wanted.at("by"), self._problems)
        value: Expression | None = None
        if "value" in wanted:
            place = wanted.at("value")
            value = read_pattern(wanted["value"], "value", place, self._problems, syntax=self._syntax)
        if len(self._problems) > before:
            return ()
        one = msgspec.structs.replace(asked, operands=(text_of(name),), value=value, negate=False)
        if by == "address" and value is not None:
            # the noun holds it as OSSEC does: it matches where the list does not say so
            one = msgspec.structs.replace(one, lookup=Lookup.ADDRESS_VALUE, negate=True, required=True)
            return (_any(asked, [one]),) if asked.negate else (one,)
        how = Lookup.ADDRESS if by == "address" else Lookup.KEY_VALUE if value is not None else Lookup.KEY
        return (msgspec.structs.replace(one, lookup=how, negate=asked.negate),)

    def _wrong(self, place: Place, problem: str) -> None:
        self._problems.append(ConfigError(place, problem))


def _as_one(conditions: tuple[Condition, ...], place: Place, within: Operator) -> tuple[Condition, ...]:
    """The conditions of one mapping as they stand inside `all` or `any`."""
    if within is Operator.ALL or len(conditions) < 2:
        return conditions
    return (Condition(field="", operator=Operator.ALL, parts=conditions, place=place),)


def _any(asked: Condition, parts: Iterable[Condition]) -> Condition:
    return Condition(field="", operator=Operator.ANY, negate=asked.negate, parts=tuple(parts), place=asked.place)


def _is_network(written: str) -> bool:
    try:
        ip_network(written.removeprefix("!"), strict=False)
    except ValueError:
        return written.lower() == "any"
    return True


def _is_day(written: str) -> bool:
    word = written.lower()
    return word in _DAYS or word in {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}


def _span(written: str) -> str | None:
    """A part of the day, both minutes included, as the noun has it; None if it is none."""
    found = _SPAN.fullmatch(written.replace(" ", ""))
    if found is None:
        return None
    first, last = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    if first <= last:
        return f"{_clock(first)}-{_clock(last)}"
    if last + 1 == first:
        return "00:00-23:59"
    return f"!{_clock(last + 1)}-{_clock(first - 1)}"  # over midnight: all but what lies between


def _clock(minute: int) -> str:
    minute %= _DAY_MINUTES
    return f"{minute // 60:02}:{minute % 60:02}"
