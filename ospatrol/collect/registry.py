"""Which collectors there are: the folder is the registry, and other people's packages plug in by entry points."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from ospatrol import collect
from ospatrol.collect.collector import Collector
from ospatrol.model.errors import UsageError

GROUP = "ospatrol.collect"


def find_collectors(plugins: Iterable[EntryPoint] | None = None) -> Mapping[str, Collector]:
    """Every collector by its name: those of this room first, then those of other packages, each in order of names.

    Args:
        plugins: Entry points that load to a Collector; those of the group `ospatrol.collect` unless given.

    Raises:
        UsageError: two collectors have one name, or a plugin is no collector.
    """
    found: dict[str, Collector] = {}
    for module in sorted(pkgutil.iter_modules(collect.__path__), key=lambda each: each.name):
        name = f"{collect.__name__}.{module.name}"
        collector = getattr(import_module(name), "COLLECTOR", None)
        if collector is not None:
            _add(found, collector, name)
    for plugin in sorted(entry_points(group=GROUP) if plugins is None else plugins, key=lambda each: each.name):
        _add(found, plugin.load(), f"the plugin {plugin.value}")
    return MappingProxyType(found)


def _add(found: dict[str, Collector], collector: object, origin: str) -> None:
    if not isinstance(collector, Collector):
        raise UsageError(f"{origin} does not give a Collector; remove it, or ask whoever wrote it")
    if collector.name in found:
        raise UsageError(f"{origin} is a second collector with the name '{collector.name}'; remove one of the two")
    found[collector.name] = collector
