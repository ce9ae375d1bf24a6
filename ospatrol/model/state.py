"""What a host is made of besides files: accounts, packages, listening ports and the like, as comparable facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.coverage import Failure

NOT_TOLD = "\\?"
"""The value of a field that a host did not tell this time; it is no difference to any other value.

No escaped text of a host reads like it, as a backslash of its own is doubled.
"""


class Item(msgspec.Struct, frozen=True):
    """One thing that a host has.

    Attributes:
        kind: What it is, such as `account` or `package`.
        key: Its name, unique within a kind on a host and stable over time; control characters escaped.
        fields: What is known of it; values escaped and cut. They hold no secret: a hash or nothing stands in its place.
    """

    kind: str
    key: str
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)


class HostState(msgspec.Struct, frozen=True, kw_only=True):
    """What one host was made of at one moment.

    Attributes:
        host: Its inventory name.
        at: Seconds since the epoch, UTC.
        items: Ordered by kind and key, both unique together.
        kinds: Those that were assessed whole, in alphabetical order; another kind's absence says nothing.
        failures: What was not assessed, and why.
    """

    host: str
    at: float
    items: tuple[Item, ...] = ()
    kinds: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


class ItemChangeKind(StrEnum):
    """What happened to an item."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    FIRST_ASSESSED = "first assessed"
    """Of a whole kind: the baseline says nothing of it."""


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two states.

    Attributes:
        change: What happened.
        kind: Of the item.
        key: Of the item; `*` for a whole kind.
        was: The item's fields before, of which only those that differ if it changed.
        now: Likewise after; of a whole kind, how many items it has.
    """

    change: ItemChangeKind
    kind: str
    key: str
    was: Mapping[str, str] = msgspec.field(default_factory=dict)
    now: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that differ, of an item that changed."""
        return tuple(sorted({*self.was, *self.now})) if self.change is ItemChangeKind.CHANGED else ()


def host_state(
    host: str,
    at: float,
    items: Iterable[Item],
    kinds: Iterable[str],
    failures: Iterable[Failure] = (),
) -> HostState:
    """A state in order; of two items with the same kind and key, the first stays.

    Args:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        items: In any order; those of other kinds than `kinds` are left out.
        kinds: Those that were assessed whole.
        failures: What was not assessed.
    """
    whole = frozenset(kinds)
    named: dict[tuple[str, str], Item] = {}
    for item in items:
        if item.kind in whole:
            named.setdefault((item.kind, item.key), item)
    return HostState(
        host=host,
        at=at,
        items=tuple(named[name] for name in sorted(named)),
        kinds=tuple(sorted(whole)),
        failures=tuple(failures),
    )
