from __future__ import annotations

from ospatrol.model.place import Place


def test_a_place_prints_as_editors_understand_it() -> None:
    assert str(Place("hosts.yml", 12)) == "hosts.yml:12"
    assert str(Place("command line")) == "command line"


def test_places_sort_by_file_and_then_by_line() -> None:
    assert sorted([Place("b", 1), Place("a", 10), Place("a", 9)]) == [Place("a", 9), Place("a", 10), Place("b", 1)]
