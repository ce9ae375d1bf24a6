import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ospatrol.model.errors import StoreError
from ospatrol.model.run import RunResult
from ospatrol.store.records import AlertQuery, HostRecord
from ospatrol.store.store import Store
from ospatrol.store.upkeep import ProblemKind

Record = Callable[..., HostRecord]


@pytest.fixture
def filled(begun: Store, run: RunResult, record: Record) -> Store:
    begun.record_host(run.id, record(ids=("a1",)))
    begun.seal()
    return begun


def _spoil(folder: Path, damage: str) -> None:
    connection = sqlite3.connect(folder / "ospatrol.db", isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(damage)
    connection.close()


def test_a_sound_store_has_no_problems(filled: Store) -> None:
    assert filled.verify() == ()


@pytest.mark.parametrize(
    ("damage", "kind", "what"),
    [
        ("UPDATE blob SET body = zeroblob(length(body)) WHERE kind = 1", ProblemKind.BLOB, "snapshot "),
        ("UPDATE blob SET size = size + 1 WHERE kind = 5", ProblemKind.BLOB, "script "),
        ("UPDATE blob SET digest = x'00' WHERE kind = 5", ProblemKind.DATABASE, "integrity_check"),
        ("DELETE FROM blob WHERE kind = 1", ProblemKind.DANGLING, "scan of host web1, task etc"),
        ("DELETE FROM blob WHERE kind = 3", ProblemKind.DANGLING, "past_scan of host web1, task etc"),
        ("DELETE FROM blob WHERE kind = 2", ProblemKind.DANGLING, "text "),
        ("DELETE FROM run", ProblemKind.DANGLING, "run_host of host web1"),
        ("DELETE FROM command", ProblemKind.DANGLING, "sent of host web1"),
        ("UPDATE alert SET body = '{'", ProblemKind.RECORD, "alert a1"),
        ("UPDATE run_host SET body = x'00'", ProblemKind.RECORD, "host web1"),
    ],
)
def test_every_kind_of_damage_is_named(filled: Store, folder: Path, damage: str, kind: ProblemKind, what: str) -> None:
    _spoil(folder, damage)

    problems = filled.verify()

    assert any(each.kind is kind and what in each.what for each in problems), problems
    assert all(each.detail for each in problems)


def test_pages_that_were_overwritten_are_problems_not_a_crash(filled: Store, folder: Path) -> None:
    filled.close()
    connection = sqlite3.connect(folder / "ospatrol.db")
    roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('alert', 'alert_by_time', 'blob')")
    pages = [page for (page,) in roots]
    connection.close()
    with (folder / "ospatrol.db").open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * 4096)
            file.write(b"\xa5" * 4096)

    with Store.open(folder) as store:
        problems = store.verify()
        with pytest.raises(StoreError, match=r"is damaged .*; `ospatrol store verify` says what is affected"):
            list(store.alerts(AlertQuery()))

    assert ProblemKind.DATABASE in {each.kind for each in problems}


def test_access_by_others_is_a_problem(filled: Store, folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "ospatrol.db").chmod(0o640)

    problems = filled.verify()

    assert [(each.kind, each.what.rsplit("/")[-1]) for each in problems] == [
        (ProblemKind.PERMISSIONS, ".ospatrol"),
        (ProblemKind.PERMISSIONS, "ospatrol.db"),
    ]
    assert "chmod go-rwx" in problems[0].detail


def test_a_record_that_cannot_be_read_is_said_to_be_damaged(filled: Store, folder: Path, run: RunResult) -> None:
    _spoil(folder, "UPDATE run_host SET body = x'00'")
    _spoil(folder, "UPDATE alert SET body = '{'")

    with pytest.raises(StoreError, match="is damaged"):
        filled.run(run.id)
    with pytest.raises(StoreError, match="is damaged"):
        filled.alert("a1")
