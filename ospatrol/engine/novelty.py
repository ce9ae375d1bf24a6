"""First-time-seen: which decoders' chosen values were never seen together before."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from ospatrol.engine.bounded import Bounded, brief

if TYPE_CHECKING:
    from ospatrol.model.event import Event

_KEYS = 262_144
_RECENT = 32  # keys of intrusion detection systems that a new one is compared with (RULE_SEMANTICS: fts_list_size)
_ALIKE = 14  # characters (fts_min_size_for_str)
_ENOUGH = 2


class NoveltiesState(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, for a restart.

    Attributes:
        seen: Every key, oldest first.
        recent: Keys of intrusion detection systems, newest last.
    """

    seen: list[str] = msgspec.field(default_factory=list)
    recent: list[str] = msgspec.field(default_factory=list)


class Novelties:
    """Keys that were seen."""

    def __init__(self, state: NoveltiesState) -> None:
        self._seen: Bounded[str, bool] = Bounded(_KEYS, dict.fromkeys(state.seen, True))
        self._recent = deque(state.recent, maxlen=_RECENT)

    def state(self) -> NoveltiesState:
        """All of it."""
        return NoveltiesState(seen=list(self._seen), recent=list(self._recent))

    def first(self, event: Event) -> bool:
        """Whether what an event brings was never seen; now it was.

        Of intrusion detection systems, whose events differ in details, the fourth of a kind and those after it are not
        new: what they have in common is.
        """
        key = brief(event.novelty)
        if not key or key in self._seen:
            return False
        if event.category == "ids":
            beginning = key[: _ALIKE + 1]
            if sum(len(each) > _ALIKE and each.startswith(beginning) for each in self._recent) > _ENOUGH:
                key = key[:_ALIKE]
            if key in self._seen:
                return False
            self._recent.append(key)
        self._seen[key] = True
        return True
