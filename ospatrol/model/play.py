"""Plays: which hosts, and what to collect of them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ospatrol.model.place import Place
from ospatrol.model.value import Value


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One collector with its arguments, as written; templates in them are resolved for each host.

    Attributes:
        name: Unique within a host; baselines are kept under it.
        collector: Name of a file in the `collect` room.
        args: What was written below the collector's name.
        tags: Its own and its play's.
        place: Where it was written.
    """

    name: str
    collector: str
    args: Mapping[str, Value]
    tags: tuple[str, ...] = ()
    place: Place = Place("")


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks for the hosts of a pattern.

    Attributes:
        name: For people.
        hosts: An inventory pattern.
        tasks: In order.
        vars: Variables of the play; they win over the inventory's.
        place: Where it was written.
    """

    name: str
    hosts: str
    tasks: tuple[Task, ...]
    vars: Mapping[str, Value] = msgspec.field(default_factory=dict)
    place: Place = Place("")
