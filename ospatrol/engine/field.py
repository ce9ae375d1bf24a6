"""What conditions and descriptions may name: an event's own attributes and its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TypeAlias

from ospatrol.model.event import Event

Read: TypeAlias = Callable[[Event], str | None]

EVENT_ATTRIBUTES = frozenset({"host", "kind", "location", "text"})
"""Attributes of every event; these win over fields of the same name."""

LOG_KIND = "log"
"""The kind of events that were log lines."""

_LOG_ATTRIBUTES: Mapping[str, Read] = {
    "log": attrgetter("log"),
    "hostname": attrgetter("hostname"),
    "program_name": attrgetter("program"),
    "decoder": attrgetter("decoder"),
    "category": attrgetter("category"),
    "size": lambda event: str(len(event.log)),
}
"""Attributes of log lines; events of other kinds may have fields of these names."""

LOG_ATTRIBUTES = frozenset(_LOG_ATTRIBUTES)


def reader(name: str, *, captured: bool = False) -> Read:
    """A function that gives an event's attribute or field of this name; None if the event has none.

    Args:
        name: `a|b` for the first of both that the event has.
        captured: Whether only fields are meant, whatever they are called.
    """
    if "|" in name:
        first, _, rest = name.partition("|")
        return _first_of(reader(first, captured=captured), reader(rest, captured=captured))
    if captured:
        return lambda event: event.fields.get(name)
    if name in EVENT_ATTRIBUTES:
        return attrgetter(name)
    if name in _LOG_ATTRIBUTES:
        of_line = _LOG_ATTRIBUTES[name]
        return lambda event: of_line(event) if event.kind == LOG_KIND else event.fields.get(name)
    return lambda event: event.fields.get(name)


def _first_of(one: Read, other: Read) -> Read:
    def read(event: Event) -> str | None:
        value = one(event)
        return other(event) if value is None else value

    return read


def value_of(event: Event, name: str) -> str | None:
    """The event's attribute or field of this name; None if it has none."""
    return reader(name)(event)
