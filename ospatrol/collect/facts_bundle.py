"""Questions that are asked as fewer others, whose answers tell theirs beyond doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ospatrol.collect.facts_dialogue import Asked, Frame


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """Some questions, and what is asked in their place.

    Attributes:
        of: The questions.
        instead: What is asked; it may be asked for its own sake too.
        told: What was said to them, from what was said in their place. Questions that are not in it must be asked by
            themselves.
    """

    of: frozenset[Asked]
    instead: tuple[Asked, ...]
    told: Callable[[Mapping[Asked, Frame]], Mapping[Asked, Frame]]
