"""What the store holds, in figures."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ospatrol.store import facts_upkeep, state_upkeep
from ospatrol.store.blobs import BlobKind
from ospatrol.store.upkeep import BlobClass, StoreStats

_ROWS = """
SELECT 'alert', (SELECT count(*) FROM alert) UNION ALL SELECT 'blob', (SELECT count(*) FROM blob)
UNION ALL SELECT 'command', (SELECT count(*) FROM command)
UNION ALL SELECT 'past_scan', (SELECT count(*) FROM past_scan)
UNION ALL SELECT 'run', (SELECT count(*) FROM run) UNION ALL SELECT 'run_host', (SELECT count(*) FROM run_host)
UNION ALL SELECT 'scan', (SELECT count(*) FROM scan) UNION ALL SELECT 'sent', (SELECT count(*) FROM sent)
"""
_BLOBS = "SELECT kind, count(*), sum(length(body)), sum(size) FROM blob GROUP BY kind ORDER BY kind"


def measure(connection: sqlite3.Connection, path: Path, budget_bytes: int) -> StoreStats:
    """The figures of now."""
    size = database_bytes(connection)
    log = path.with_name(path.name + "-wal")
    oldest_alert, newest_alert = connection.execute("SELECT min(at), max(at) FROM alert").fetchone()
    oldest_run, newest_run = connection.execute("SELECT min(started), max(started) FROM run").fetchone()
    (hosts,) = connection.execute("SELECT count(DISTINCT host) FROM scan").fetchone()
    return StoreStats(
        database_bytes=size,
        log_bytes=log.stat().st_size if log.exists() else 0,
        free_bytes=_pragma(connection, "PRAGMA freelist_count") * _pragma(connection, "PRAGMA page_size"),
        budget_bytes=budget_bytes,
        over_budget=0 < budget_bytes < size,
        rows=dict(connection.execute(_ROWS).fetchall()),
        blobs=tuple(
            BlobClass(kind=BlobKind(kind).name.lower(), count=count, stored_bytes=stored, plain_bytes=plain)
            for kind, count, stored, plain in connection.execute(_BLOBS)
        ),
        hosts=hosts,
        oldest_alert=oldest_alert,
        newest_alert=newest_alert,
        oldest_run=oldest_run,
        newest_run=newest_run,
        files=(*facts_upkeep.sizes(path.parent), state_upkeep.sizes(path.parent)),
    )


def database_bytes(connection: sqlite3.Connection) -> int:
    """What the database takes, pages in the write-ahead log included."""
    return _pragma(connection, "PRAGMA page_count") * _pragma(connection, "PRAGMA page_size")


def free_pages(connection: sqlite3.Connection) -> int:
    """How many pages could be given back."""
    return _pragma(connection, "PRAGMA freelist_count")


def _pragma(connection: sqlite3.Connection, query: str) -> int:
    row: tuple[int] = connection.execute(query).fetchone()
    return row[0]
