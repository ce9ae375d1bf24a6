"""Differences between states of a host as events, under the field names that rules use."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ospatrol.model.event import Event
from ospatrol.model.state import NOT_TOLD, ItemChangeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ospatrol.model.state import ItemChange

KIND = "state"
_PACKAGE = "package"
FIELDS: Mapping[str, tuple[str, ...]] = {KIND: ("change", "item_kind", "item", "field", "was", "now", "among")}
"""Kind of event to every field that an event of it may have; a field without a value is absent."""

_LONGEST = 1000
_MANY = 10  # packages that moved together; more are told in one line besides
_NAMED = 5
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+,*[]()%?!<>~^|")


def state_events(changes: Sequence[ItemChange], *, host: str, at: float, location: str) -> list[Event]:
    """Differences of one look as events; packages that moved with many others say so, and one event tells of all.

    Args:
        changes: The differences.
        host: The inventory name.
        at: When they were learnt: seconds since the epoch, UTC.
        location: The collector and its task.
    """
    moved = [each for each in changes if each.kind == _PACKAGE and each.change is not ItemChangeKind.FIRST_ASSESSED]
    many = len(moved) > _MANY
    events = [
        state_event(
            each, host=host, at=at, location=location, among=len(moved) if many and each.kind == _PACKAGE else 0
        )
        for each in changes
    ]
    return [*events, _together(moved, host=host, at=at, location=location)] if many else events


def state_event(change: ItemChange, *, host: str, at: float, location: str, among: int = 0) -> Event:
    """A difference as an event of the kind `state`.

    Args:
        change: The difference.
        host: The inventory name.
        at: When it was learnt: seconds since the epoch, UTC.
        location: The collector and its task.
        among: With how many of its kind it is told of in one event besides; 0 if it is not.
    """
    fields = change_fields(change) | ({"among": str(among)} if among else {})
    was, now = fields.get("was", ""), fields.get("now", "")
    moved = f": {was} -> {now}" if was and now else f": {was or now}" if was or now else ""
    text = f"{change.kind} {change.key} {change.change.value}{moved}"
    return Event(at=at, host=host, kind=KIND, location=location, text=text, fields=fields)


def _together(moved: Sequence[ItemChange], *, host: str, at: float, location: str) -> Event:
    """All packages that moved in one look."""
    counts = Counter(each.change.value for each in moved)
    named = ", ".join(f"{each.key} {each.change.value}" for each in moved[:_NAMED])
    said = ", ".join(f"{count} {change}" for change, count in sorted(counts.items()))
    fields = {
        "change": "moved together",
        "item_kind": _PACKAGE,
        "item": f"{len(moved)} packages",
        "now": f"{said}: {named} and {len(moved) - _NAMED} more",
    }
    text = f"{fields['item']} moved together: {fields['now']}"
    return Event(at=at, host=host, kind=KIND, location=location, text=text, fields=fields)


def change_fields(change: ItemChange) -> dict[str, str]:
    """What rules match and people read of a difference; what is empty is absent."""
    fields = {
        "change": change.change.value,
        "item_kind": change.kind,
        "item": change.key,
        "field": ",".join(change.fields),
        "was": shown_fields(change.was),
        "now": shown_fields(change.now),
    }
    return {name: value for name, value in fields.items() if value}


def shown_fields(fields: Mapping[str, str]) -> str:
    """Fields as `name=value name="two words"`, by name."""
    said = " ".join(f"{name}={_quoted(value)}" for name, value in sorted(fields.items()) if value not in {"", NOT_TOLD})
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}...(+{len(said) - _LONGEST})"


def _quoted(value: str) -> str:
    if _PLAIN.issuperset(value):
        return value
    return '"' + value.replace('"', '\\"') + '"'
