"""What collectors declare, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.registry import find_collectors
from ospatrol.model.command import Script


@cache
def collectors() -> Mapping[str, Collector]:
    """Every collector by its name."""
    return find_collectors()


def arguments_of() -> Mapping[str, type[msgspec.Struct]]:
    """Every collector's name, and what its arguments are read into."""
    return {name: collector.arguments for name, collector in collectors().items()}


@cache
def declared_scripts() -> tuple[Script, ...]:
    """Every script that may be sent to a host; nothing else can be."""
    return tuple(dict.fromkeys(script for collector in collectors().values() for script in collector.scripts))
