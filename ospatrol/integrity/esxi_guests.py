"""Guests of an ESXi host from one look to the next, as events that speak of guests rather than of items."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ospatrol.model.event import Event
from ospatrol.model.state import HostState, Item, ItemChange, ItemChangeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = "guest"
FIELDS: Mapping[str, tuple[str, ...]] = {KIND: ("change", "guest", "uuid", "aspects", "was", "now")}
"""Kind of event to every field that an event of it may have; a field without a value is absent."""

GUEST = "guest"
CONFIGURATION = "guest_configuration"
SNAPSHOT = "snapshot"
KINDS = frozenset({GUEST, CONFIGURATION, SNAPSHOT})
"""Kinds of items that are told as events of the kind `guest`."""

_POWERED = {"on": "powered on", "off": "powered off", "suspended": "suspended"}
_PLACE = frozenset({"path", "template", "uuid"})
_LONGEST = 1000


class _Told:
    """What is said of one guest, and how."""

    def __init__(self, host: str, at: float, location: str) -> None:
        self._host, self._at, self._location = host, at, location

    def __call__(self, change: str, item: Item, was: str = "", now: str = "", aspects: Iterable[str] = ()) -> Event:
        name, uuid = item.fields.get("name", ""), item.fields.get("uuid", "") or item.key
        said = {"change": change, "guest": name, "uuid": uuid, "aspects": ",".join(aspects)}
        fields = {key: value for key, value in (said | {"was": _cut(was), "now": _cut(now)}).items() if value}
        moved = f": {fields.get('was', '')} -> {fields.get('now', '')}" if was and now else ""
        text = f"guest {name or uuid} {change}{moved or (f': {_cut(was or now)}' if was or now else '')}"
        return Event(at=self._at, host=self._host, kind=KIND, location=self._location, text=text, fields=fields)


def guest_events(changes: Collection[ItemChange], before: HostState, after: HostState, location: str) -> list[Event]:
    """The changes of guests as events; changes of other kinds, and of a kind as a whole, are none.

    What comes and goes with a guest (its configuration, its snapshots) is told by the guest alone. One that comes
    running is registered and powered on.

    Args:
        changes: From one look to the next.
        before: What was known.
        after: What is known now.
        location: The collector and its task.
    """
    was, now = _guests(before), _guests(after)
    told = _Told(after.host, after.at, location)
    both = was.keys() & now.keys()
    events: list[Event] = []
    for change in changes:
        if change.change is ItemChangeKind.FIRST_ASSESSED:
            continue
        if change.kind == GUEST:
            events += _of_guest(told, change, (was, now))
        elif change.kind == CONFIGURATION and change.key in both and change.change is ItemChangeKind.CHANGED:
            events.append(_reconfigured(told, now[change.key], change, change.fields))
        elif change.kind == SNAPSHOT:
            guests = {key: now[key] for key in both}
            events += _of_snapshot(told, change, guests, _snapshots(before) | _snapshots(after))
    return events


def filled(
    last: HostState | None, items: Sequence[Item], missing: Collection[tuple[str, str]]
) -> tuple[tuple[Item, ...], frozenset[str]]:
    """The items with what was last known of single guests that could not be read, and kinds that are not whole by it.

    Args:
        last: What was last known; None at the first look.
        items: What was found.
        missing: Kind and guest: of a GUEST its number, as nothing else is known of it; else its key.
    """
    if last is None:
        return tuple(items), frozenset(kind for kind, _ in missing) | (KINDS if _any_guest(missing) else frozenset())
    numbers = {name for kind, name in missing if kind == GUEST}
    lost = {item.key for item in last.items if item.kind == GUEST and item.fields.get("number") in numbers}
    lost -= {item.key for item in items if item.kind == GUEST}
    more = [item for item in last.items if _is_missing(item, lost, missing)]
    return (*items, *more), frozenset()


def _any_guest(missing: Collection[tuple[str, str]]) -> bool:
    return any(kind == GUEST for kind, _ in missing)


def _is_missing(item: Item, lost: Collection[str], missing: Collection[tuple[str, str]]) -> bool:
    match item.kind:
        case "guest":
            return item.key in lost
        case "guest_configuration":
            return item.key in lost or (CONFIGURATION, item.key) in missing
        case "snapshot":
            guest = item.fields.get("of", "")
            return guest in lost or (SNAPSHOT, guest) in missing
        case _:
            return False


def _guests(state: HostState) -> Mapping[str, Item]:
    return {item.key: item for item in state.items if item.kind == GUEST}


def _snapshots(state: HostState) -> dict[str, Item]:
    return {item.key: item for item in state.items if item.kind == SNAPSHOT}


def _of_guest(told: _Told, change: ItemChange, known: tuple[Mapping[str, Item], Mapping[str, Item]]) -> Iterator[Event]:
    was, now = known
    if change.change is ItemChangeKind.REMOVED:
        yield told("removed", was[change.key], was=was[change.key].fields.get("path", ""))
        return
    guest = now[change.key]
    power = change.now.get("power", "")
    if change.change is ItemChangeKind.ADDED:
        yield told("registered", guest, now=guest.fields.get("path", ""))
        if power != "off":
            yield told(_POWERED.get(power, "changed its power"), guest, now=power)
        return
    if "name" in change.fields:
        yield told("renamed", guest, was=change.was.get("name", ""), now=change.now.get("name", ""))
    if "number" in change.fields:
        yield told("registered again", guest, was=change.was.get("number", ""), now=change.now.get("number", ""))
    if moved := [name for name in change.fields if name in _PLACE]:
        yield _reconfigured(told, guest, change, moved)
    if "power" in change.fields:
        yield told(_POWERED.get(power, "changed its power"), guest, was=change.was.get("power", ""), now=power)


def _of_snapshot(
    told: _Told, change: ItemChange, guests: Mapping[str, Item], snapshots: Mapping[str, Item]
) -> Iterator[Event]:
    snapshot = snapshots[change.key]
    guest = guests.get(snapshot.fields.get("of", ""))
    if guest is None:
        return
    name = snapshot.fields.get("name", "")
    match change.change:
        case ItemChangeKind.ADDED:
            yield told("snapshot taken", guest, now=name)
        case ItemChangeKind.REMOVED:
            yield told("snapshot removed", guest, was=name)
        case _:
            yield told("snapshot changed", guest, was=_said(change.was), now=_said(change.now), aspects=change.fields)


def _reconfigured(told: _Told, guest: Item, change: ItemChange, aspects: Collection[str]) -> Event:
    was = {name: change.was[name] for name in aspects if name in change.was}
    now = {name: change.now[name] for name in aspects if name in change.now}
    return told("reconfigured", guest, was=_said(was), now=_said(now), aspects=aspects)


def _said(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(fields.items()))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...(+{len(text) - _LONGEST})"
