from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.model.state import Item, host_state
from ospatrol.store.state import StateRecord, StateStore
from ospatrol.store.state_upkeep import problems, sizes
from ospatrol.store.upkeep import ProblemKind


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A state folder with two states of one task."""
    store = StateStore(tmp_path)
    digests = [
        store.put(host_state("web1", at, [Item("account", name)], ["account"]), "machine")
        for at, name in enumerate(("ann", "bob"))
    ]
    store.set(StateRecord(host="web1", task="machine", seen=digests[1], proposed=digests[0], approved=digests[0]))
    return tmp_path


def told(folder: Path) -> list[tuple[ProblemKind, str]]:
    return [(problem.kind, problem.detail) for problem in problems(folder)]


def test_a_sound_folder_has_no_problems_and_a_size(filled: Path, tmp_path: Path) -> None:
    size = sizes(filled)

    assert told(filled) == []
    assert (size.kind, size.count) == ("states", 3)
    assert size.stored_bytes > 100
    assert told(tmp_path / "none") == []
    assert sizes(tmp_path / "none").count == 0


def test_a_state_that_is_missing_or_damaged_is_told(filled: Path) -> None:
    newest, oldest = StateStore(filled).past("web1", "machine")
    oldest.path.unlink()
    newest.path.write_bytes(b"nonsense")

    found = told(filled)

    assert [kind for kind, _ in found] == [ProblemKind.FILE] * 2
    assert any("holds no state" in detail for _, detail in found)


def test_a_record_that_is_damaged_or_another_hosts_is_told(filled: Path) -> None:
    (filled / "states/web1/machine").rename(filled / "states/web1/other")
    moved = told(filled)
    (filled / "states/web1/other/standing").write_bytes(b"nonsense")

    assert moved == [(ProblemKind.FILE, "tells of another host or task: web1, machine")]
    assert [kind for kind, _ in told(filled)] == [ProblemKind.FILE]


def test_what_others_can_read_is_told(filled: Path) -> None:
    (filled / "states/web1").chmod(0o755)
    (filled / "states/web1/machine/standing").chmod(0o644)

    assert [kind for kind, _ in told(filled)] == [ProblemKind.PERMISSIONS] * 2
