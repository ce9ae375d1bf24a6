"""Earlier events, as far as correlation asks for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

Signature: TypeAlias = tuple[str, ...]
"""Names of values that events must have in common."""
Key: TypeAlias = tuple[str, ...]
"""The values themselves."""

_LEVELS = 17


class Entry:
    """An earlier event.

    Attributes:
        at: Its time: seconds since the epoch.
        number: Of the event; later ones have greater numbers.
        mark: The level of the rule that counted it last; 0 if none did.
        values: What filters may ask, by name; absent ones are left out.
        homes: The histories that hold it.
        counted: The native rules that counted it.
    """

    __slots__ = ("at", "counted", "homes", "mark", "number", "values")

    def __init__(self, at: float, number: int, mark: int, values: Mapping[str, str]) -> None:
        self.at = at
        self.number = number
        self.mark = mark
        self.values = values
        self.homes: list[History] = []
        self.counted: set[int] | None = None

    def counted_by(self, rule: int) -> None:
        """Count it as used by a native rule."""
        self.counted = (self.counted or set()) | {rule}

    def marked(self, level: int) -> None:
        """Count it as used by a rule of this level."""
        self.mark = level
        for home in self.homes:
            home.marked(self.number, level)


class Remembered(msgspec.Struct, frozen=True, array_like=True):
    """An entry as it is kept over a restart."""

    at: float
    number: int
    mark: int
    values: dict[str, str]
    counted: list[int] = msgspec.field(default_factory=list)


class History:
    """The events of one source, newest last, found again by what they have in common.

    Attributes:
        entries: All that are kept.
        ordered: Whether no event came with an earlier time than one before it.
        forgotten: How many were dropped for want of room.
    """

    __slots__ = ("_by", "_limit", "_marks", "_names", "_newest", "_span_s", "entries", "forgotten", "ordered")

    def __init__(self, limit: int, span_s: int, signatures: Iterable[Signature], names: Sequence[str]) -> None:
        """An empty history.

        Args:
            limit: How many entries are kept.
            span_s: No rule asks for entries older than so many seconds.
            signatures: What entries are found by.
            names: The values that filters ask.
        """
        self.entries: deque[Entry] = deque()
        self.ordered = True
        self.forgotten = 0
        self._limit = limit
        self._span_s = span_s
        self._names = tuple(names)
        self._by: dict[Signature, dict[Key, deque[Entry]]] = {each: {} for each in signatures if each}
        self._marks = [0] * _LEVELS
        self._newest = float("-inf")

    def add(self, entry: Entry) -> None:
        """Keep an event; the oldest go if there is no room or no rule can ask for them."""
        entries = self.entries
        if entry.at < self._newest:
            self.ordered = False
        else:
            self._newest = entry.at
        while entries and (len(entries) >= self._limit or (self.ordered and entry.at - entries[0].at > self._span_s)):
            self._drop()
        entries.append(entry)
        entry.homes.append(self)
        if entry.mark:
            self.marked(entry.number, entry.mark)
        for signature, index in self._by.items():
            key = key_of(entry.values, signature)
            if key is not None:
                index.setdefault(key, deque()).append(entry)

    def alike(self, signature: Signature, values: Mapping[str, str]) -> Sequence[Entry] | deque[Entry]:
        """The entries that have these values in common with an event, oldest first."""
        if not signature:
            return self.entries
        key = key_of(values, signature)
        return () if key is None else self._by[signature].get(key, ())

    def marked(self, number: int, level: int) -> None:
        """Note that the entry of this number was counted by a rule of this level."""
        self._marks[level] = max(self._marks[level], number)

    def last_marked(self, level: int) -> int:
        """The number of the newest entry that a rule of this level or a higher one counted; 0 if none."""
        return max(self._marks[level:])

    def _drop(self) -> None:
        entry = self.entries.popleft()
        if len(self.entries) + 1 >= self._limit:
            self.forgotten += 1
        for signature, index in self._by.items():
            key = key_of(entry.values, signature)
            if key is None:
                continue
            alike = index[key]
            alike.popleft()
            if not alike:
                del index[key]


def key_of(values: Mapping[str, str], signature: Signature) -> Key | None:
    """The values of these names; None if one is missing."""
    try:
        return tuple([values[name] for name in signature])
    except KeyError:
        return None
