"""Where a scan saw nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.coverage import ATTRIBUTES, Reason
from ospatrol.model.text import show_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.model.coverage import Failure

_LISTED_ALL_THE_SAME = frozenset({Reason.VANISHED, Reason.NO_TOOL, Reason.TOO_BIG})


class Blind(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a tree that a scan did not see.

    Attributes:
        everywhere: Whether the listing as a whole is incomplete.
        paths: Single paths, as `show_bytes` shows them.
        subtrees: Paths below which nothing was seen, likewise.
        attributes: Attributes that were not collectable.
    """

    everywhere: bool = False
    paths: frozenset[str] = frozenset()
    subtrees: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def covers(self, path: bytes) -> bool:
        """Whether the scan cannot know if a path exists."""
        if self.everywhere or not (self.paths or self.subtrees):
            return self.everywhere
        shown = show_bytes(path)
        if shown in self.paths:
            return True
        steps = shown.split("/")
        return any(("/".join(steps[:count]) or "/") in self.subtrees for count in range(len(steps), 0, -1))


def blind_spots(failures: Iterable[Failure]) -> Blind:
    """What a scan with these failures did not see.

    What vanished, is too big or only lacks a tool was listed, or is known to be gone: it hides nothing.
    """
    told = tuple(failures)
    hiding = [f for f in told if f.reason not in _LISTED_ALL_THE_SAME and f.what not in ATTRIBUTES]
    return Blind(
        everywhere=any(f.what == "*" for f in hiding),
        paths=frozenset(f.what for f in hiding),
        subtrees=frozenset(f.what.rstrip("/") or "/" for f in hiding if f.subtree),
        attributes=frozenset(f.what for f in told if f.what in ATTRIBUTES),
    )
