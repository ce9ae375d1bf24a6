"""All that a run learnt of one host, in one go."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec

from ospatrol.store import alerts, blobs, runs, scans, transcripts
from ospatrol.store.blobs import BlobKind, Content, content_of
from ospatrol.store.codecs import from_packages, from_snapshot

if TYPE_CHECKING:
    from ospatrol.model.alert import Alert
    from ospatrol.store.records import HostRecord


def prepare(host: HostRecord) -> tuple[Content, ...]:
    """The contents of a record with their addresses, worked out before anybody is kept waiting."""
    return (
        *(content_of(BlobKind.SNAPSHOT, from_snapshot(each)) for each in host.snapshots),
        *(content_of(BlobKind.PACKAGES, from_packages(each)) for each in host.packages),
        *(content_of(BlobKind.TEXT, each) for each in host.texts),
        *(content_of(BlobKind.SCRIPT, each.text.encode()) for each in host.scripts),
    )


def put(connection: sqlite3.Connection, run: str, host: HostRecord, contents: tuple[Content, ...]) -> tuple[Alert, ...]:
    """Store a record; the alerts that were new.

    Args:
        connection: In a transaction, which makes it all or nothing.
        run: The run's id.
        host: The record.
        contents: What `prepare` made of it.

    Raises:
        StoreError: the run is unknown, or a scan refers to what is not stored.
    """
    number = runs.number_of(connection, run)
    before = _looked_before(connection, host)
    for content in contents:
        blobs.put(connection, content, like=before.get(content.digest))
    for state in host.scans:
        scans.put(connection, state, run)
    transcripts.put(connection, run, host.sent)
    new = tuple(alert for alert in host.alerts if alerts.put(connection, alert, run))
    worst = max((alert.level for alert in new), default=-1)
    result = msgspec.structs.replace(host.result, alerts=len(new), worst=worst)
    runs.put_host(connection, number, result, host.events)
    return new


def _looked_before(connection: sqlite3.Connection, host: HostRecord) -> dict[str, str | None]:
    """Digest to the digest of what stood in its place at the last scan, and so probably resembles it."""
    before: dict[str, str | None] = {}
    for state in host.scans:
        tree, packages = scans.last_snapshot(connection, state.host, state.task)
        before[state.snapshot] = tree
        if state.packages is not None:
            before[state.packages] = packages
    return before
