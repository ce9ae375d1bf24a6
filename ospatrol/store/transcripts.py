"""What left the process: every command, to every host."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from ospatrol.model.command import Sent
from ospatrol.store.codecs import key_of
from ospatrol.store.runs import number_of

PAGE = 500
_NEXT = "SELECT ifnull(max(n), 0) + 1 FROM sent WHERE run = ? AND host = ?"
_PUT = "INSERT INTO sent (run, host, n, at, command) VALUES (?, ?, ?, ?, ?)"
_PAGE = """
SELECT sent.at, sent.host, sent.n, command.body FROM sent JOIN command ON command.n = sent.command
WHERE sent.run = :run AND (sent.host, sent.n) > (:host, :n) ORDER BY sent.host, sent.n LIMIT :page
"""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The part of a transcript's line that is the same for many hosts."""

    exec_line: str
    script: str
    digest: str
    args: tuple[str, ...]


_SAID = msgspec.json.Decoder(Said)


def put(connection: sqlite3.Connection, run: str, lines: Iterable[Sent]) -> None:
    """Add lines to a run's transcript, after those that it has.

    Raises:
        StoreError: there is no such run, or a line's digest is none.
    """
    number = number_of(connection, run)
    for line in lines:
        (place,) = connection.execute(_NEXT, (number, line.host)).fetchone()
        connection.execute(_PUT, (number, line.host, place, line.at, _command(connection, line)))


def page(connection: sqlite3.Connection, run: str, host: str, n: int) -> list[tuple[int, Sent]]:
    """Lines of a transcript after line `n` of `host`, by host and then in the order in which they were sent.

    Raises:
        StoreError: there is no such run.
    """
    wanted = {"run": number_of(connection, run), "host": host, "n": n, "page": PAGE}
    return [(place, _line(at, host_, body)) for at, host_, place, body in connection.execute(_PAGE, wanted)]


def _line(at: float, host: str, body: str) -> Sent:
    said = _SAID.decode(body)
    return Sent(host=host, at=at, exec_line=said.exec_line, script=said.script, digest=said.digest, args=said.args)


def _command(connection: sqlite3.Connection, line: Sent) -> int:
    """The number under which the line's command is kept once for all hosts and runs."""
    said = Said(line.exec_line, line.script, line.digest, line.args)
    body = msgspec.json.encode(said)
    fingerprint = sha256(body).digest()[:16]
    query = "SELECT n FROM command WHERE fingerprint = ?"
    row: tuple[int] | None = connection.execute(query, (fingerprint,)).fetchone()
    if row is None:
        insert = "INSERT INTO command (fingerprint, script, body) VALUES (?, ?, ?)"
        connection.execute(insert, (fingerprint, key_of(line.digest) if line.digest else b"", body.decode()))
        row = connection.execute("SELECT last_insert_rowid()").fetchone()
    return 0 if row is None else row[0]
