"""The folder is the registry."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from ospatrol.collect.collector import Collector
from ospatrol.collect.registry import GROUP, find_collectors
from ospatrol.model.errors import UsageError
from ospatrol.model.files import FileScope


def test_this_room_has_the_files_collector():
    found = find_collectors([])

    assert found["files"].arguments is FileScope
    assert {collector.name for collector in found.values()} == set(found)


def test_entry_points_are_looked_up_where_none_are_given():
    assert set(find_collectors([])) <= set(find_collectors())


def test_a_second_collector_of_the_same_name_is_refused():
    plugin = EntryPoint(name="files", value="ospatrol.collect.files:COLLECTOR", group=GROUP)

    with pytest.raises(UsageError, match="second collector with the name 'files'"):
        find_collectors([plugin])


def test_a_plugin_that_is_no_collector_is_refused():
    plugin = EntryPoint(name="x", value="ospatrol.collect.files:collect_files", group=GROUP)

    with pytest.raises(UsageError, match="does not give a Collector"):
        find_collectors([plugin])


def test_a_plugin_is_found(monkeypatch):
    import ospatrol.collect.collector as module

    monkeypatch.setattr(module, "EXTRA", Collector(name="extra", scripts=(), arguments=FileScope), raising=False)
    plugin = EntryPoint(name="extra", value="ospatrol.collect.collector:EXTRA", group=GROUP)

    assert find_collectors([plugin])["extra"].name == "extra"
