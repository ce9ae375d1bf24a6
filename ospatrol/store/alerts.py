"""Alerts, as they were raised."""

from __future__ import annotations

import sqlite3

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.errors import StoreError
from ospatrol.store.records import AlertQuery

PAGE = 500
_EVER = float("inf")
_PUT = """
INSERT OR IGNORE INTO alert (id, at, run, host, rule, level, description, rule_groups, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_WHERE = """
SELECT at, seq, body FROM alert
WHERE at >= :since AND at < :until AND level >= :min_level AND host GLOB :host
  AND (:run IS NULL OR run = :run)
  AND (:rules = '[]' OR rule IN (SELECT value FROM json_each(:rules)))
  AND (:groups = '[]' OR EXISTS (
        SELECT 1 FROM json_each(alert.rule_groups) WHERE value IN (SELECT value FROM json_each(:groups))))
"""
_NEWEST_FIRST = _WHERE + "AND (at, seq) < (:at, :seq) ORDER BY at DESC, seq DESC LIMIT :page"
_OLDEST_FIRST = _WHERE + "AND (at, seq) > (:at, :seq) ORDER BY at, seq LIMIT :page"
_DECODER = msgspec.json.Decoder(Alert)


class Cursor(msgspec.Struct, frozen=True):
    """Where a listing stands; alerts that arrive meanwhile neither repeat nor hide others."""

    at: float
    seq: int


def put(connection: sqlite3.Connection, alert: Alert, run: str) -> bool:
    """Store an alert; False where one with its id is stored already."""
    row = (
        alert.id,
        alert.event.at,
        run,
        alert.event.host,
        alert.rule,
        alert.level,
        alert.description,
        msgspec.json.encode(alert.groups).decode(),
        msgspec.json.encode(alert).decode(),
    )
    return connection.execute(_PUT, row).rowcount == 1


def first_cursor(query: AlertQuery) -> Cursor:
    """Where a listing begins."""
    return Cursor(-_EVER, 0) if query.oldest_first else Cursor(_EVER, 0)


def page(connection: sqlite3.Connection, query: AlertQuery, cursor: Cursor, size: int) -> list[tuple[Cursor, Alert]]:
    """The next alerts of a listing, each with where the listing then stands; at most `size`."""
    wanted = {
        "since": -_EVER if query.since is None else query.since,
        "until": _EVER if query.until is None else query.until,
        "min_level": query.min_level,
        "host": query.host,
        "run": query.run,
        "rules": msgspec.json.encode(query.rules).decode(),
        "groups": msgspec.json.encode(query.groups).decode(),
        "at": cursor.at,
        "seq": cursor.seq,
        "page": size,
    }
    rows = connection.execute(_OLDEST_FIRST if query.oldest_first else _NEWEST_FIRST, wanted).fetchall()
    return [(Cursor(at, seq), _DECODER.decode(body)) for at, seq, body in rows]


def get(connection: sqlite3.Connection, prefix: str) -> Alert:
    """The one alert whose id begins so.

    Raises:
        StoreError: there is none, or there are several.
    """
    query = "SELECT id, body FROM alert WHERE id >= :prefix AND id < :prefix || char(1114111) ORDER BY id LIMIT 4"
    rows: list[tuple[str, str]] = connection.execute(query, {"prefix": prefix}).fetchall()
    exact = [body for id_, body in rows if id_ == prefix]
    if not rows or not prefix:
        raise StoreError(f"no alert has an id that begins with {prefix!r}; `ospatrol alerts list` shows ids")
    if len(rows) > 1 and not exact:
        some = ", ".join(id_ for id_, _ in rows[:3]) + (", ..." if len(rows) > 3 else "")
        raise StoreError(f"{prefix!r} begins more than one alert's id ({some}); give more of it")
    return _DECODER.decode((exact or [rows[0][1]])[0])
