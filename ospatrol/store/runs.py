"""Runs, and what each found on each host."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from ospatrol.model.errors import StoreError
from ospatrol.model.run import HostResult, RunResult
from ospatrol.store.blobs import compress, decompress
from ospatrol.store.records import RunState, RunSummary

_PUT_HOST = """
INSERT INTO run_host (run, host, position, status, events, body)
VALUES (:run, :host, (SELECT count(*) FROM run_host WHERE run = :run), :status, :events, :body)
ON CONFLICT (run, host) DO UPDATE SET status = excluded.status, events = excluded.events, body = excluded.body
"""
_PLACE_HOST = "UPDATE run_host SET position = ? WHERE run = ? AND host = ?"
_SUMMARIES = """
SELECT id, play, args, owner, started, finished, interrupted, planned,
       (SELECT count(*) FROM run_host WHERE run_host.run = run.n AND status = 'assessed'),
       (SELECT count(*) FROM run_host WHERE run_host.run = run.n AND status = 'partly assessed'),
       (SELECT count(*) FROM run_host WHERE run_host.run = run.n AND status = 'not assessed'),
       (SELECT count(*) FROM alert WHERE alert.run = run.id),
       (SELECT ifnull(max(level), -1) FROM alert WHERE alert.run = run.id),
       (SELECT ifnull(sum(events), 0) FROM run_host WHERE run_host.run = run.n)
FROM run ORDER BY started DESC, n DESC LIMIT ?
"""
_ARGS = msgspec.json.Decoder(tuple[str, ...])
_RESULT = msgspec.json.Decoder(HostResult)
_Summary = tuple[str, str, str, str, float, float, int, int, int, int, int, int, int, int]


def begin(connection: sqlite3.Connection, run: RunResult, args: Iterable[str], owner: str) -> None:
    """Note that a run has begun.

    Raises:
        StoreError: there is a run of that id.
    """
    query = "INSERT OR IGNORE INTO run (id, play, args, owner, started, planned) VALUES (?, ?, ?, ?, ?, ?)"
    command_line = msgspec.json.encode(tuple(args)).decode()
    row = (run.id, run.play, command_line, owner, run.started, run.planned)
    if connection.execute(query, row).rowcount != 1:
        raise StoreError(f"there is a run {run.id!r} already")


def number_of(connection: sqlite3.Connection, run: str) -> int:
    """The number under which a run's rows are kept.

    Raises:
        StoreError: there is no such run.
    """
    row: tuple[int] | None = connection.execute("SELECT n FROM run WHERE id = ?", (run,)).fetchone()
    if row is None:
        raise StoreError(f"there is no run {run!r}, or it is past retention")
    return row[0]


def put_host(connection: sqlite3.Connection, number: int, result: HostResult, events: int) -> None:
    """Store what a run found on a host."""
    body = compress(msgspec.json.encode(result))
    row = {"run": number, "host": result.host, "status": result.status, "events": events, "body": body}
    connection.execute(_PUT_HOST, row)


def finish(connection: sqlite3.Connection, result: RunResult) -> None:
    """Close a run; hosts that were not recorded on their own are recorded now, and all take their order.

    Raises:
        StoreError: there is no such run.
    """
    number = number_of(connection, result.id)
    query = "UPDATE run SET finished = ?, interrupted = ?, planned = ? WHERE n = ?"
    connection.execute(query, (result.finished, result.interrupted, result.planned, number))
    for position, host in enumerate(result.hosts):
        if connection.execute(_PLACE_HOST, (position, number, host.host)).rowcount == 0:
            put_host(connection, number, host, 0)
            connection.execute(_PLACE_HOST, (position, number, host.host))


def get(connection: sqlite3.Connection, run: str) -> RunResult:
    """A run with all its hosts.

    Raises:
        StoreError: there is no such run.
    """
    number = number_of(connection, run)
    query = "SELECT play, started, finished, planned, interrupted FROM run WHERE n = ?"
    play, started, finished, planned, interrupted = connection.execute(query, (number,)).fetchone()
    rows = connection.execute("SELECT body FROM run_host WHERE run = ? ORDER BY position", (number,)).fetchall()
    return RunResult(
        id=run,
        play=play,
        started=started,
        finished=finished,
        planned=planned,
        interrupted=bool(interrupted),
        hosts=tuple(_RESULT.decode(decompress(body)) for (body,) in rows),
    )


def summaries(connection: sqlite3.Connection, limit: int, *, running: bool) -> tuple[RunSummary, ...]:
    """The newest runs, newest first.

    Args:
        connection: To read from.
        limit: At most so many.
        running: Whether a run holds the workspace now: then the newest one, if unfinished, is it.
    """
    rows: list[_Summary] = connection.execute(_SUMMARIES, (limit,)).fetchall()
    return tuple(_summary(row, running=running and place == 0) for place, row in enumerate(rows))


def _summary(row: _Summary, *, running: bool) -> RunSummary:
    unfinished = not row[5]
    state = RunState.FINISHED
    if unfinished and running:
        state = RunState.RUNNING
    elif unfinished or row[6]:
        state = RunState.INTERRUPTED
    return RunSummary(
        id=row[0],
        play=row[1],
        args=_ARGS.decode(row[2]),
        owner=row[3],
        started=row[4],
        finished=row[5],
        state=state,
        planned=row[7],
        assessed=row[8],
        partly=row[9],
        failed=row[10],
        alerts=row[11],
        worst=row[12],
        events=row[13],
    )
