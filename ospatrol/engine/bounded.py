"""A mapping that forgets its oldest keys."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_LONG = 512
_BEGINNING = 64


def brief(text: str) -> str:
    """A text that others are compared with; of one that is long, what it begins with and its digest are kept."""
    if len(text) <= _LONG:
        return text
    return f"{text[:_BEGINNING]}#{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


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
