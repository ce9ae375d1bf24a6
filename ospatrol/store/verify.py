"""Is everything there, and what it was?"""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zstandard

from ospatrol.model.alert import Alert
from ospatrol.model.errors import StoreError
from ospatrol.model.run import HostResult
from ospatrol.model.text import escape_controls
from ospatrol.store import blobs
from ospatrol.store.blobs import BlobKind
from ospatrol.store.codecs import to_texts
from ospatrol.store.upkeep import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = """
SELECT host, task, hex({column}) FROM {table}
WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.digest = {column} AND blob.kind = {kind})
"""
_REFERENCES = (
    ("scan", "snapshot", BlobKind.SNAPSHOT),
    ("scan", "proposed", BlobKind.SNAPSHOT),
    ("scan", "approved", BlobKind.SNAPSHOT),
    ("scan", "packages", BlobKind.PACKAGES),
    ("scan", "baseline_packages", BlobKind.PACKAGES),
    ("scan", "texts", BlobKind.TEXTS),
    ("scan", "pending", BlobKind.TEXT),
    ("past_scan", "snapshot", BlobKind.SNAPSHOT),
    ("past_scan", "packages", BlobKind.PACKAGES),
    ("past_scan", "texts", BlobKind.TEXTS),
)
_ORPHANS = (
    ("run_host", "SELECT host FROM run_host WHERE run NOT IN (SELECT n FROM run)", "belongs to no run"),
    ("sent", "SELECT host FROM sent WHERE run NOT IN (SELECT n FROM run)", "belongs to no run"),
    ("sent", "SELECT host FROM sent WHERE command NOT IN (SELECT n FROM command)", "names no command"),
)


def structure(connection: sqlite3.Connection) -> Iterator[Problem]:
    """What SQLite itself finds wrong with pages, indexes and constraints."""
    try:
        for (said,) in connection.execute("PRAGMA integrity_check(100)"):
            if said != "ok":
                yield Problem(kind=ProblemKind.DATABASE, what="integrity_check", detail=str(said))
    except sqlite3.DatabaseError as error:
        yield Problem(kind=ProblemKind.DATABASE, what="integrity_check", detail=str(error))


def addresses(connection: sqlite3.Connection) -> tuple[tuple[BlobKind, str], ...]:
    """Every content's kind and digest, in the order in which they are stored."""
    rows: list[tuple[int, bytes]] = connection.execute("SELECT kind, digest FROM blob ORDER BY rowid").fetchall()
    return tuple((BlobKind(kind), digest.hex()) for kind, digest in rows)


def content(connection: sqlite3.Connection, kind: BlobKind, digest: str) -> Iterator[Problem]:
    """What is wrong with one content, and with what it refers to in turn."""
    try:
        plain = blobs.get(connection, kind, digest)
        named = to_texts(plain).items() if kind is BlobKind.TEXTS else ()
    except (StoreError, sqlite3.Error, msgspec.MsgspecError) as error:
        yield Problem(kind=ProblemKind.BLOB, what=f"{kind.name.lower()} {digest}", detail=str(error))
        return
    for path, text in named:
        if not blobs.holds(connection, BlobKind.TEXT, text):
            detail = f"the text of {escape_controls(path.decode(errors='replace'))} is gone"
            yield Problem(kind=ProblemKind.DANGLING, what=f"text {text}", detail=detail)


def references(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Rows that refer to what is not there."""
    for table, column, kind in _REFERENCES:
        query = _MISSING.format(table=table, column=column, kind=int(kind))
        for host, task, digest in connection.execute(query):
            what = f"{table} of host {host}, task {task}"
            yield Problem(kind=ProblemKind.DANGLING, what=what, detail=f"its {column} {digest.lower()} is gone")
    for table, query, detail in _ORPHANS:
        for (host,) in connection.execute(query):
            yield Problem(kind=ProblemKind.DANGLING, what=f"{table} of host {host}", detail=detail)


def records(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Alerts and results that no longer can be read."""
    for id_, body in connection.execute("SELECT id, body FROM alert"):
        try:
            msgspec.json.decode(body, type=Alert)
        except msgspec.MsgspecError as error:
            yield Problem(kind=ProblemKind.RECORD, what=f"alert {id_}", detail=str(error))
    for run, host, body in connection.execute("SELECT run.id, host, body FROM run_host JOIN run ON run.n = run"):
        try:
            msgspec.json.decode(blobs.decompress(body), type=HostResult)
        except (msgspec.MsgspecError, zstandard.ZstdError) as error:
            yield Problem(kind=ProblemKind.RECORD, what=f"run {run}, host {host}", detail=str(error))


def permissions(folder: Path) -> Iterator[Problem]:
    """What others than the owner can read or write."""
    for path in (folder, *sorted(folder.iterdir())):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077:
            detail = f"others than its owner can get at it (mode {mode:04o}); chmod go-rwx it"
            yield Problem(kind=ProblemKind.PERMISSIONS, what=str(path), detail=detail)
