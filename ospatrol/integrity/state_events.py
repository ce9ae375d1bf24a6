"""Differences between states of a host as events, under the field names that rules use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.model.event import Event
from ospatrol.model.state import NOT_TOLD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.model.state import ItemChange

KIND = "state"
FIELDS: Mapping[str, tuple[str, ...]] = {KIND: ("change", "item_kind", "item", "field", "was", "now")}
"""Kind of event to every field that an event of it may have; a field without a value is absent."""

_LONGEST = 1000
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+,*[]()%?!<>~^|")


def state_event(change: ItemChange, *, host: str, at: float, location: str) -> Event:
    """A difference as an event of the kind `state`.

    Args:
        change: The difference.
        host: The inventory name.
        at: When it was learnt: seconds since the epoch, UTC.
        location: The collector and its task.
    """
    fields = change_fields(change)
    was, now = fields.get("was", ""), fields.get("now", "")
    moved = f": {was} -> {now}" if was and now else f": {was or now}" if was or now else ""
    text = f"{change.kind} {change.key} {change.change.value}{moved}"
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
