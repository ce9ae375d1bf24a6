import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.store.database import Database
from ospatrol.store.migrate import migrate, shipped, version_of
from ospatrol.store.store import Store


def test_the_folder_and_every_file_in_it_are_for_the_owner_only(folder: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(folder) as store:
            store.put_text(b"secret")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert {"ospatrol.db", "ospatrol.db-wal", ".gitignore"} <= modes.keys()


def test_a_new_database_has_every_migration(folder: Path) -> None:
    Store.open(folder).close()

    with sqlite3.connect(folder / "ospatrol.db") as connection:
        assert version_of(connection) == len(shipped())
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize("had", range(len(shipped())))
def test_a_database_of_every_earlier_version_is_brought_up_to_date(folder: Path, had: int) -> None:
    folder.mkdir(mode=0o700)
    (folder / "ospatrol.db").touch(mode=0o600)
    connection = sqlite3.connect(folder / "ospatrol.db", isolation_level=None)
    migrate(connection, shipped()[:had], "ospatrol.db")
    connection.close()

    with Store.open(folder) as store:
        digest = store.put_snapshot(Snapshot(listing=b"x"))

        assert store.snapshot(digest) == Snapshot(listing=b"x")
        assert store.verify() == ()


def test_a_newer_database_is_refused_and_left_alone(folder: Path) -> None:
    Store.open(folder).close()
    with sqlite3.connect(folder / "ospatrol.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match=r"ospatrol\.db: written by a newer OSPatrol \(schema 99, this one knows 1\)"):
        Store.open(folder)


def test_a_migration_that_fails_leaves_nothing_behind() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, ["CREATE TABLE one (x);"], "db")

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, ["CREATE TABLE one (x);", "CREATE TABLE two (x);", "CREATE TABLE one (x)"], "db")

    assert version_of(connection) == 1
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("one",)]
    connection.close()


def test_statements_keep_their_semicolons_in_triggers() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    script = "CREATE TABLE t (x);\nCREATE TRIGGER g AFTER INSERT ON t BEGIN\n  DELETE FROM t;\n  SELECT 1;\nEND;\n"

    migrate(connection, [script], "db")

    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (2,)
    connection.close()


def test_many_processes_may_open_a_new_store_at_once(folder: Path) -> None:
    program = f"""
from pathlib import Path
from ospatrol.store.store import Store
with Store.open(Path({str(folder)!r})) as store:
    for number in range(20):
        store.put_text(str(number).encode())
"""
    writers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]

    assert [writer.wait(60) for writer in writers] == [0] * 4
    with Store.open(folder) as store:
        assert store.stats().rows["blob"] == 20
        assert store.verify() == ()


def test_there_is_nothing_to_read_where_no_run_ever_was(folder: Path) -> None:
    with pytest.raises(StoreError, match="nothing is remembered yet; run `ospatrol run`"):
        Store.open(folder, read_only=True)

    assert not folder.exists()


def test_a_store_opened_for_reading_takes_no_writes(store: Store, folder: Path) -> None:
    digest = store.put_text(b"x")

    with Store.open(folder, read_only=True) as reader:
        assert reader.text(digest) == b"x"
        with pytest.raises(StoreError, match="may not be written"):
            reader.put_text(b"y")


def test_a_file_that_is_no_database_is_said_to_be_none(folder: Path) -> None:
    folder.mkdir()
    (folder / "ospatrol.db").write_bytes(b"not a database, but quite a long text " * 100)

    with pytest.raises(StoreError, match="is no OSPatrol database; move it away") as caught:
        Store.open(folder)

    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"file/state: Not a directory"):
        Store.open(tmp_path / "file" / "state")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_said_to_be_forbidden(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(StoreError, match="may not be read or written by this user"):
        Store.open(tmp_path / "state")


def test_a_database_that_somebody_else_writes_to_is_said_to_be_busy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ospatrol.store.database._BUSY_S", 0.01)
    with Store.open(folder) as mine:
        other = sqlite3.connect(folder / "ospatrol.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="another process is writing to it; run this again"):
            mine.put_text(b"x")

        other.close()
        mine.put_text(b"x")


def test_a_closed_store_says_so(folder: Path) -> None:
    store = Store.open(folder)
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.put_text(b"x")


def test_a_block_that_raises_stores_nothing(folder: Path) -> None:
    database = Database.open(folder)

    def interrupted() -> None:
        with database.writing() as connection:
            connection.execute("UPDATE barrier SET count = 77")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    with database.reading() as connection:
        assert connection.execute("SELECT count FROM barrier").fetchone() == (0,)
    database.close()


def test_a_rehearsal_is_undone(folder: Path) -> None:
    database = Database.open(folder)

    with database.writing(rehearsal=True) as connection:
        connection.execute("UPDATE barrier SET count = 77")

    with database.reading() as connection:
        assert connection.execute("SELECT count FROM barrier").fetchone() == (0,)
    database.close()


def test_sealing_writes_the_log_to_disk(folder: Path) -> None:
    with Store.open(folder) as store:
        store.put_text(b"x" * 100)
        store.seal()
        database = (folder / "ospatrol.db").read_bytes()

    # the checkpoint has moved everything, so that the file alone is whole
    (folder / "copy.db").write_bytes(database)
    copy = sqlite3.connect(folder / "copy.db")
    assert copy.execute("SELECT count(*) FROM blob").fetchone() == (1,)
    copy.close()
