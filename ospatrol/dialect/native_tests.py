"""The tests that stand beside native rules: events, and log lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.dialect.native_words import as_read, field_name, is_text, mapping, sequence, text_of
from ospatrol.load.fields import unknown_keys
from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.errors import ConfigError
from ospatrol.model.event import Event
from ospatrol.model.rule import LogTest, Rule, RuleTest

if TYPE_CHECKING:
    from ospatrol.model.place import Place

_OF_EVENT = frozenset({"kind", "host", "location", "text"})
_OF_LOG = ("log", "logs", "decoder", "fields")


class EventTest(RuleTest, frozen=True, kw_only=True):
    """An event, and those that came before it, each a second after the other.

    Attributes:
        before: Earlier events, oldest first.
    """

    before: tuple[Event, ...] = ()


class LineTest(LogTest, frozen=True, kw_only=True):
    """Log lines and what the last must be judged as; an empty `decoder` is not asked for.

    If `passes` is false, the rule must not be the one that judges, while decoder and fields still must be as said.
    Each character of `lines` and of what is expected of fields is one byte, as in lines that are read from files.

    Attributes:
        fields: What decoders must have found, among others.
    """

    fields: Mapping[str, str] = msgspec.field(default_factory=dict)


Written: TypeAlias = EventTest | LineTest


def read_tests(node: Lined, rule: Rule, problems: list[ConfigError]) -> tuple[Written, ...]:
    """The tests of a rule, in order.

    Args:
        node: The rule as written.
        rule: What was made of it.
        problems: Gets every mistake.
    """
    tests = mapping(node, "tests")
    unknown_keys(tests, ("fires", "silent"), problems)
    reader = _Reader(rule, problems)
    found: list[Written] = []
    for key in ("fires", "silent"):
        events = sequence(tests, key)
        for index, written in enumerate(events):
            if isinstance(written, Lined):
                found.extend(reader.test(written, events.at(index), key, index + 1))
    return tuple(found)


class _Reader:
    def __init__(self, rule: Rule, problems: list[ConfigError]) -> None:
        self._rule = rule
        self._problems = problems

    def test(self, node: Lined, place: Place, key: str, number: int) -> Iterator[Written]:
        if "log" in node or "logs" in node:
            yield from self._line_test(node, place, key, number)
            return
        several = node.get("events")
        if not isinstance(several, LinedList):
            events = [self._event(node, place, 0)]
        else:
            unknown_keys(node, ("events",), self._problems)
            if not several:
                self._wrong(place, "events: expected a list of events, the last of which is judged")
            events = [self._event(each, several.at(index), index) for index, each in enumerate(several)]
        if events and events[-1] is not None:
            before = tuple(filter(None, events[:-1]))
            yield EventTest(rule=self._rule.id, fires=key == "fires", event=events[-1], place=place, before=before)

    def _event(self, node: object, place: Place, at: int) -> Event | None:
        if not isinstance(node, Lined):
            self._wrong(place, "tests: an event is a mapping of fields to texts")
            return None
        said = self._fields(node, place)
        fields = {name: text for name, text in said.items() if name not in _OF_EVENT}
        return Event(
            at=float(at),
            host=said.get("host", "web1"),
            kind=said.get("kind", ""),
            location=said.get("location", "test"),
            text=said.get("text", ""),
            fields=fields,
        )

    def _line_test(self, node: Lined, place: Place, key: str, number: int) -> Iterator[LineTest]:
        before = len(self._problems)
        unknown_keys(node, _OF_LOG, self._problems)
        if "log" in node and "logs" in node:
            self._wrong(place, "tests: either 'log' with a line or 'logs' with several")
        lines = node["logs"] if "logs" in node else node["log"]
        items = list(lines) if isinstance(lines, LinedList) else [lines]
        if ("logs" in node) is not isinstance(lines, LinedList) or not items or not all(map(_is_line, items)):
            self._wrong(place, "tests: 'log' is one line, and 'logs' a list of lines, the last of which is judged")
        decoder = node.get("decoder", "")
        if not is_text(decoder):
            self._wrong(node.at("decoder"), "decoder: expected the name of a decoder")
        fields = node.get("fields")
        if fields is not None and not isinstance(fields, Lined):
            self._wrong(node.at("fields"), "fields: expected a mapping of fields to texts")
        expected = self._fields(mapping(node, "fields"), node.at("fields"))
        if len(self._problems) == before:
            yield LineTest(
                file=place.path,
                section=f"rule {self._rule.id}",
                key=f"{key} {number}",
                lines=tuple(as_read(text_of(item).removesuffix("\n")) for item in items),
                rule=str(self._rule.id),
                level=str(self._rule.level),
                decoder=text_of(decoder),
                passes=key == "fires",
                place=place,
                fields={name: as_read(text) for name, text in expected.items()},
            )

    def _fields(self, node: Lined, place: Place) -> dict[str, str]:
        said: dict[str, str] = {}
        for name, value in node.items():
            known = field_name(name)
            if known is None:
                self._wrong(node.at(name), f"tests: {name!r} is no name of a field")
            elif is_text(value):
                said[known] = text_of(value)
            else:
                self._wrong(place, "tests: the value of each field is one text")
        return said

    def _wrong(self, place: Place, problem: str) -> None:
        self._problems.append(ConfigError(place, problem))


def _is_line(value: object) -> bool:
    return is_text(value) and "\n" not in text_of(value).removesuffix("\n")
