"""Bring a database to the newest schema, all or nothing."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from ospatrol.model.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def shipped() -> tuple[str, ...]:
    """The SQL of every version, from version 1 on."""
    folder = files("ospatrol.store") / "migrations"
    scripts = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)
    return tuple(each.read_text("utf-8") for each in scripts)


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the database has had; 0 for a new one."""
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]


def refuse_newer(connection: sqlite3.Connection, known: int, path: str) -> None:
    """Leave a database alone that a newer OSPatrol wrote.

    Raises:
        StoreError: it is newer.
    """
    found = version_of(connection)
    if found > known:
        raise StoreError(
            f"{path}: written by a newer OSPatrol (schema {found}, this one knows {known}); "
            "update OSPatrol, or use another --state folder"
        )


def migrate(connection: sqlite3.Connection, scripts: Sequence[str], path: str) -> None:
    """Run the scripts that the database has not had, in one transaction.

    Args:
        connection: In autocommit mode, outside of a transaction.
        scripts: The SQL of every version, from version 1 on.
        path: For messages.

    Raises:
        StoreError: the database is newer than the scripts.
        sqlite3.Error: a script failed; the database is as it was.
    """
    refuse_newer(connection, len(scripts), path)
    if version_of(connection) == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # again, now that no other process can be at it
        refuse_newer(connection, len(scripts), path)
        for script in scripts[version_of(connection) :]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute("COMMIT")
    except BaseException:
        # a full disk makes SQLite roll back by itself
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """One statement at a time: `executescript` would end the transaction that makes a migration atomic."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
