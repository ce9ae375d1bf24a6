"""Differences between two states of a host, and what a state becomes when some of them are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.state import NOT_TOLD, HostState, Item, ItemChange, ItemChangeKind, host_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_WHOLE = "*"


def state_diff(before: HostState, after: HostState) -> tuple[ItemChange, ...]:
    """What differs, by kind and key; a kind that `after` did not assess whole is not compared.

    A kind that only `after` assessed is one difference: nothing is known of what it was before.
    """
    was, now = _by_name(before), _by_name(after)
    compared = frozenset(before.kinds) & frozenset(after.kinds)
    fresh = (
        ItemChange(
            change=ItemChangeKind.FIRST_ASSESSED,
            kind=kind,
            key=_WHOLE,
            now={"items": str(sum(item.kind == kind for item in after.items))},
        )
        for kind in after.kinds
        if kind not in before.kinds
    )
    names = {name for name in was.keys() | now.keys() if name[0] in compared}
    changes = [change for name in names if (change := _compared(name, was.get(name), now.get(name)))]
    return tuple(sorted((*changes, *fresh), key=lambda change: (change.kind, change.key)))


def carried_over(last: HostState | None, found: HostState, chosen: Collection[str]) -> HostState:
    """What was found, and of chosen kinds that could not be assessed this time, what was last known of them.

    Args:
        last: What was last known; None at the first look.
        found: What was found.
        chosen: The kinds that are to be assessed; another one is forgotten.
    """
    if last is None:
        return found
    missed = {kind for kind in last.kinds if kind in chosen and kind not in found.kinds}
    known = _by_name(last)
    items = [_filled(item, known.get((item.kind, item.key))) for item in found.items]
    items += [item for item in last.items if item.kind in missed]
    return host_state(found.host, found.at, items, {*found.kinds, *missed}, found.failures)


def accepted(baseline: HostState, seen: HostState, changes: Iterable[ItemChange]) -> HostState:
    """The baseline with some of its differences to what was seen made part of it."""
    items, now = _by_name(baseline), _by_name(seen)
    kinds = set(baseline.kinds)
    for change in changes:
        name = (change.kind, change.key)
        if change.change is ItemChangeKind.FIRST_ASSESSED:
            kinds.add(change.kind)
            items.update({name: item for name, item in now.items() if name[0] == change.kind})
        elif name in now:
            items[name] = _filled(now[name], items.get(name))
        else:
            items.pop(name, None)
    return host_state(baseline.host, seen.at, items.values(), kinds, seen.failures)


def _by_name(state: HostState) -> dict[tuple[str, str], Item]:
    return {(item.kind, item.key): item for item in state.items}


def _compared(name: tuple[str, str], before: Item | None, after: Item | None) -> ItemChange | None:
    """How the item of a kind and key differs; None if it does not."""
    kind, key = name
    was, now = before.fields if before else {}, after.fields if after else {}
    if before is None:
        return ItemChange(change=ItemChangeKind.ADDED, kind=kind, key=key, now=now)
    if after is None:
        return ItemChange(change=ItemChangeKind.REMOVED, kind=kind, key=key, was=was)
    moved = tuple(_moved(was, now))
    if not moved:
        return None
    return ItemChange(
        change=ItemChangeKind.CHANGED,
        kind=kind,
        key=key,
        was={field: was[field] for field in moved if field in was},
        now={field: now[field] for field in moved if field in now},
    )


def _moved(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*was, *now}):
        before, after = was.get(name, ""), now.get(name, "")
        if before != after and NOT_TOLD not in {before, after}:
            yield name


def _filled(item: Item, known: Item | None) -> Item:
    """The item, with what was known of it in place of what it does not tell."""
    if known is None or NOT_TOLD not in item.fields.values():
        return item
    fields = {
        name: known.fields.get(name, NOT_TOLD) if value == NOT_TOLD else value for name, value in item.fields.items()
    }
    return msgspec.structs.replace(item, fields=fields)
