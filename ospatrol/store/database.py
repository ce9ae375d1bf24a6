"""One connection to `ospatrol.db`, behind one lock."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ospatrol.model.errors import StoreError
from ospatrol.store.faults import explained
from ospatrol.store.folder import prepare, touch
from ospatrol.store.migrate import migrate, refuse_newer, shipped, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "ospatrol.db"
_BUSY_S = 10.0


class Database:
    """A connection that any thread may use, one at a time.

    Commits survive the end of the process at once (WAL), and a power cut from the next durable one on.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Database:
        """Open the database of a state folder, and bring its schema up to date.

        Args:
            folder: Made if it is missing, unless `read_only`.
            read_only: Refuse writes and a folder without a database.

        Raises:
            StoreError: nothing there to read, not ours, damaged, newer than this program, or not permitted.
        """
        path = folder / FILE
        if read_only and not path.exists():
            raise StoreError(f"{path}: nothing is remembered yet; run `ospatrol run` or `ospatrol scan` first")
        prepare(folder)
        with explained(path):
            if not read_only:
                touch(path)  # SQLite gives its -wal and -shm files the same mode
            connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                _configure(connection, path)
                migrate(connection, shipped(), str(path))
                if read_only:
                    connection.execute("PRAGMA query_only = ON")
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    def close(self) -> None:
        """Close the connection; the last one moves the write-ahead log into the database."""
        with self._lock, explained(self.path):
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that read.

        Raises:
            StoreError: from whatever SQLite says.
        """
        with self._lock, explained(self.path):
            yield self._connection

    @contextmanager
    def writing(self, *, durable: bool = False, rehearsal: bool = False) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction: committed when the block ends, rolled back when it raises.

        Args:
            durable: Whether this and every earlier commit must survive a power cut when the block has ended.
            rehearsal: Undo everything at the end of the block, as if it had raised.

        Raises:
            StoreError: from whatever SQLite says; nothing of the block was stored.
        """
        with self.reading() as connection:
            # in WAL mode FULL adds an fsync of the log to the commit: https://www.sqlite.org/pragma.html#pragma_synchronous
            connection.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("ROLLBACK" if rehearsal else "COMMIT")
            except BaseException:
                # a full disk makes SQLite roll back by itself
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def seal(self) -> None:
        """Make everything that was committed survive a power cut.

        Raises:
            StoreError: the disk did not take it.
        """
        with self.writing(durable=True) as connection:
            connection.execute("UPDATE barrier SET count = count + 1")
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    refuse_newer(connection, len(shipped()), str(path))
    if version_of(connection) == 0:
        # only a database without tables takes it
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
