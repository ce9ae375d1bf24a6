"""A mapping that forgets its oldest keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(dict[K, V]):
    """A mapping of at most so many keys; a new one drives out the one that was set longest ago.

    Attributes:
        limit: How many.
        forgotten: How many were driven out.
    """

    def __init__(self, limit: int, first: Mapping[K, V] | None = None) -> None:
        super().__init__()
        self.limit = limit
        self.forgotten = 0
        for key, value in (first or {}).items():
            self[key] = value

    def __setitem__(self, key: K, value: V) -> None:
        if key in self:
            del self[key]
        elif len(self) >= self.limit:
            del self[next(iter(self))]
            self.forgotten += 1
        super().__setitem__(key, value)
