"""Remove what is past its time, and what nothing refers to any more."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from ospatrol.store import blobs
from ospatrol.store.blobs import BlobKind
from ospatrol.store.codecs import key_of, to_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.store.upkeep import Retention

_DAY_S = 86400
_REMOVE_RUNS = (
    "DELETE FROM sent WHERE run IN (SELECT n FROM run WHERE started < :before)",
    "DELETE FROM run_host WHERE run IN (SELECT n FROM run WHERE started < :before)",
    "DELETE FROM run WHERE started < :before",
)
_REMOVE_PAST = """
DELETE FROM past_scan WHERE (host, task, at) IN (
    SELECT host, task, at FROM (
        SELECT host, task, at, row_number() OVER (PARTITION BY host, task ORDER BY at DESC) AS age FROM past_scan)
    WHERE age > :snapshots)
"""
_LIVE = """
CREATE TEMP TABLE live (kind INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (kind, digest)) WITHOUT ROWID
"""
_MARK = (
    "INSERT OR IGNORE INTO live SELECT 1, snapshot FROM scan",
    "INSERT OR IGNORE INTO live SELECT 1, proposed FROM scan WHERE proposed IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 1, approved FROM scan WHERE approved IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 1, snapshot FROM past_scan",
    "INSERT OR IGNORE INTO live SELECT 2, pending FROM scan WHERE pending IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 3, packages FROM scan WHERE packages IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 3, baseline_packages FROM scan WHERE baseline_packages IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 3, packages FROM past_scan WHERE packages IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 4, texts FROM scan WHERE texts IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 4, texts FROM past_scan WHERE texts IS NOT NULL",
    "INSERT OR IGNORE INTO live SELECT 5, script FROM command",
)
_MARK_BASES = """
INSERT OR IGNORE INTO live
SELECT blob.kind, blob.base FROM blob JOIN live ON live.digest = blob.digest AND live.kind = blob.kind
WHERE blob.base IS NOT NULL
"""
_DEAD = "NOT EXISTS (SELECT 1 FROM live WHERE live.digest = blob.digest AND live.kind = blob.kind)"
_COUNT_DEAD = "SELECT count(*), ifnull(sum(length(body)), 0) FROM blob WHERE " + _DEAD  # noqa: S608  # constants
_REMOVE_DEAD = "DELETE FROM blob WHERE " + _DEAD  # noqa: S608  # constants


def remove_alerts(connection: sqlite3.Connection, policy: Retention, now: float) -> int:
    """Remove alerts past their time; how many."""
    before = now - policy.alerts_days * _DAY_S
    return connection.execute("DELETE FROM alert WHERE at < ?", (before,)).rowcount


def remove_runs(connection: sqlite3.Connection, policy: Retention, now: float) -> tuple[int, int]:
    """Remove runs past their time with their results and transcripts; how many runs, and lines of transcripts."""
    before = {"before": now - policy.runs_days * _DAY_S}
    lines, _, runs = (connection.execute(query, before).rowcount for query in _REMOVE_RUNS)
    connection.execute("DELETE FROM command WHERE n NOT IN (SELECT command FROM sent)")
    return runs, lines


def remove_past_scans(connection: sqlite3.Connection, policy: Retention) -> int:
    """Remove all but the newest entries of each host's history, the current one not counted; how many."""
    return connection.execute(_REMOVE_PAST, {"snapshots": policy.snapshots + 1}).rowcount


def remove_blobs(connection: sqlite3.Connection, keep: Iterable[str]) -> tuple[int, int]:
    """Remove contents that nothing refers to; how many, and what they took.

    Args:
        connection: In a transaction.
        keep: Digests that something outside of the database refers to.

    Raises:
        StoreError: a digest is none, or a mapping of texts is damaged, so that it cannot be told what it needs.
    """
    connection.execute("DROP TABLE IF EXISTS temp.live")
    connection.execute(_LIVE)
    for query in _MARK:
        connection.execute(query)
    kept = [(kind, key_of(digest)) for digest in keep for kind in BlobKind]
    connection.executemany("INSERT OR IGNORE INTO live VALUES (?, ?)", kept)
    _mark_texts(connection)
    connection.execute(_MARK_BASES)
    count, size = connection.execute(_COUNT_DEAD).fetchone()
    connection.execute(_REMOVE_DEAD)
    connection.execute("DROP TABLE temp.live")
    return count, size


def _mark_texts(connection: sqlite3.Connection) -> None:
    """Mark the texts that live mappings name."""
    query = "SELECT live.digest FROM live JOIN blob USING (digest, kind) WHERE kind = ?"
    rows: list[tuple[bytes]] = connection.execute(query, (BlobKind.TEXTS,)).fetchall()
    for (key,) in rows:
        named = to_texts(blobs.get(connection, BlobKind.TEXTS, key.hex())).values()
        marks = [(BlobKind.TEXT, key_of(digest)) for digest in named]
        connection.executemany("INSERT OR IGNORE INTO live VALUES (?, ?)", marks)
