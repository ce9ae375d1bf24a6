"""Where each host and task stands, and what it looked like before."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from ospatrol.model.coverage import Failure
from ospatrol.model.errors import StoreError
from ospatrol.model.files import FileScope
from ospatrol.store import blobs
from ospatrol.store.blobs import BlobKind, compress, content_of, decompress
from ospatrol.store.codecs import from_texts, key_of, to_texts
from ospatrol.store.records import PastScan, ScanState

_PUT = """
INSERT INTO scan (host, task, scope, snapshot, proposed, approved, packages, baseline_packages, texts,
                  pending, failures, skewed, hashed_at, scanned_at, probe)
VALUES (:host, :task, :scope, :snapshot, :proposed, :approved, :packages, :baseline_packages, :texts,
        :pending, :failures, :skewed, :hashed_at, :scanned_at, :probe)
ON CONFLICT (host, task) DO UPDATE SET
    scope = excluded.scope, snapshot = excluded.snapshot, proposed = excluded.proposed, approved = excluded.approved,
    packages = excluded.packages, baseline_packages = excluded.baseline_packages, texts = excluded.texts,
    pending = excluded.pending, failures = excluded.failures, skewed = excluded.skewed,
    hashed_at = excluded.hashed_at, scanned_at = excluded.scanned_at, probe = excluded.probe
"""
_PUT_PAST = """
INSERT OR REPLACE INTO past_scan (host, task, at, run, snapshot, packages, texts)
SELECT :host, :task, :scanned_at, :run, :snapshot, :packages, :texts
WHERE :snapshot IS NOT (SELECT snapshot FROM past_scan WHERE host = :host AND task = :task ORDER BY at DESC LIMIT 1)
"""
_GET = """
SELECT host, task, scope, snapshot, proposed, approved, packages, baseline_packages, texts, pending, failures, skewed,
       hashed_at, scanned_at, probe
FROM scan WHERE host = ? AND task = ?
"""
_PAST = """
SELECT at, run, snapshot, packages, texts FROM past_scan WHERE host = ? AND task = ? ORDER BY at DESC
"""
_AFTER = "SELECT host, task FROM scan WHERE (host, task) > (?, ?) AND host GLOB ? ORDER BY host, task LIMIT 1"
_FAILURES = msgspec.json.Decoder(tuple[Failure, ...])
_PROBE = msgspec.json.Decoder(dict[str, str])

_Key = bytes | None
_Row = tuple[str, str, str, bytes, _Key, _Key, _Key, _Key, _Key, _Key, bytes | None, int, float, float, str]


def put(connection: sqlite3.Connection, state: ScanState, run: str) -> None:
    """Set where a host and task stand.

    Args:
        connection: In a transaction.
        state: What it refers to is stored already, but for the mapping of texts, which is stored here.
        run: The id of the run that saw it; empty where no run did.

    Raises:
        StoreError: it refers to what is not stored.
    """
    texts = None
    if state.texts:
        for digest in state.texts.values():
            _require(connection, state, BlobKind.TEXT, digest)
        mapping = content_of(BlobKind.TEXTS, from_texts(state.texts))
        blobs.put(connection, mapping)
        texts = key_of(mapping.digest)
    tree, packages = BlobKind.SNAPSHOT, BlobKind.PACKAGES
    row = {
        "host": state.host,
        "task": state.task,
        "scope": msgspec.json.encode(state.scope).decode(),
        "snapshot": _require(connection, state, tree, state.snapshot),
        "proposed": _require(connection, state, tree, state.proposed),
        "approved": _require(connection, state, tree, state.approved),
        "packages": _require(connection, state, packages, state.packages),
        "baseline_packages": _require(connection, state, packages, state.baseline_packages),
        "texts": texts,
        "pending": _require(connection, state, BlobKind.TEXT, state.pending),
        "failures": compress(msgspec.json.encode(state.failures)) if state.failures else None,
        "skewed": state.skewed,
        "hashed_at": state.hashed_at,
        "scanned_at": state.scanned_at,
        "probe": msgspec.json.encode(state.probe).decode(),
    }
    connection.execute(_PUT, row)
    connection.execute(_PUT_PAST, row | {"run": run})


def get(connection: sqlite3.Connection, host: str, task: str) -> ScanState | None:
    """Where a host and task stand; None where they were never scanned.

    Raises:
        StoreError: what it refers to is gone or damaged.
    """
    row: _Row | None = connection.execute(_GET, (host, task)).fetchone()
    if row is None:
        return None
    return ScanState(
        host=row[0],
        task=row[1],
        scope=msgspec.json.decode(row[2], type=FileScope),
        snapshot=row[3].hex(),
        proposed=_hex(row[4]),
        approved=_hex(row[5]),
        packages=_hex(row[6]),
        baseline_packages=_hex(row[7]),
        texts=_texts(connection, row[8]),
        pending=_hex(row[9]),
        failures=() if row[10] is None else _FAILURES.decode(decompress(row[10])),
        skewed=bool(row[11]),
        hashed_at=row[12],
        scanned_at=row[13],
        probe=_PROBE.decode(row[14]),
    )


def following(connection: sqlite3.Connection, host: str, task: str, pattern: str) -> ScanState | None:
    """The state after the given one in the order of host and task, of hosts that match a shell pattern."""
    row: tuple[str, str] | None = connection.execute(_AFTER, (host, task, pattern)).fetchone()
    return None if row is None else get(connection, *row)


def past(connection: sqlite3.Connection, host: str, task: str) -> tuple[PastScan, ...]:
    """What a host looked like before, newest first; the last scan's look included.

    Raises:
        StoreError: what it refers to is gone or damaged.
    """
    rows: list[tuple[float, str, bytes, bytes | None, bytes | None]]
    rows = connection.execute(_PAST, (host, task)).fetchall()
    return tuple(
        PastScan(at=at, run=run, snapshot=tree.hex(), packages=_hex(packages), texts=_texts(connection, texts))
        for at, run, tree, packages, texts in rows
    )


def last_snapshot(connection: sqlite3.Connection, host: str, task: str) -> tuple[str | None, str | None]:
    """Digests of the tree and of the packages that were last seen; None where there is none."""
    query = "SELECT snapshot, packages FROM scan WHERE host = ? AND task = ?"
    row: tuple[bytes, bytes | None] | None = connection.execute(query, (host, task)).fetchone()
    return (None, None) if row is None else (row[0].hex(), _hex(row[1]))


def forget(connection: sqlite3.Connection, host: str, task: str | None) -> int:
    """Remove a host's state and history, of one task or of all; how many tasks were known."""
    connection.execute(
        "DELETE FROM past_scan WHERE host = :host AND task = ifnull(:task, task)",
        {
            "host": host,
            "task": task,
        },
    )
    gone = connection.execute(
        "DELETE FROM scan WHERE host = :host AND task = ifnull(:task, task)",
        {
            "host": host,
            "task": task,
        },
    )
    return gone.rowcount


def _require(connection: sqlite3.Connection, state: ScanState, kind: BlobKind, digest: str | None) -> bytes | None:
    """The digest as it stands in the database, once it is sure that it leads somewhere."""
    if digest is None:
        return None
    if not blobs.holds(connection, kind, digest):
        raise StoreError(
            f"host {state.host!r}, task {state.task!r}: {kind.name.lower()} {digest} is not in the store; "
            "nothing of the host was recorded"
        )
    return key_of(digest)


def _texts(connection: sqlite3.Connection, key: bytes | None) -> Mapping[bytes, str]:
    return {} if key is None else to_texts(blobs.get(connection, BlobKind.TEXTS, key.hex()))


def _hex(key: bytes | None) -> str | None:
    return None if key is None else key.hex()
