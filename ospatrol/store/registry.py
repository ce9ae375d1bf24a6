"""The small registry that people read: pinned host keys, hosts as last seen, the last run of each play."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from tinydb import TinyDB
from tinydb.table import Document

from ospatrol.model.errors import StoreError
from ospatrol.model.run import HostStatus
from ospatrol.store.folder import prepare
from ospatrol.store.registry_file import changing, place_of_row, reading

FILE = "registry.json"


class Pin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host key that was accepted when it was first seen.

    Attributes:
        host: The inventory name.
        address: Name or address that was connected to.
        port: Where.
        key_type: As in known_hosts: `ssh-ed25519`, ...
        key: The public key in base64, as in known_hosts.
        fingerprint: `SHA256:...`, as `ssh-keygen -l` prints it.
        pinned_at: When, UTC.
        run: The id of the run that accepted it.
    """

    host: str
    address: str
    port: int
    key_type: str
    key: str
    fingerprint: str
    pinned_at: datetime
    run: str = ""


class HostSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host as it was when a run last tried it.

    Attributes:
        host: The inventory name.
        at: When, UTC.
        status: How far it was assessed.
        platform: What it runs, as far as it is known.
        tools: What the collectors found there, such as the hasher in use.
        notes: What a reader should know, such as legacy algorithms in use.
        problem: Why it was not assessed; empty if it was.
    """

    host: str
    at: datetime
    status: HostStatus
    platform: str = ""
    tools: Mapping[str, str] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: str = ""


class PlayRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last run of a play.

    Attributes:
        play: The playbook's path or `scan`.
        run: The run's id.
        at: When it ended, UTC.
        status: Its exit status, in words or as a number.
    """

    play: str
    run: str
    at: datetime
    status: str


_Row = TypeVar("_Row", Pin, HostSeen, PlayRun)


class Registry:
    """The registry of a workspace; safe for threads and for processes.

    Every write rewrites the file: give what belongs together as one batch. A file that a person broke is never
    written over.
    """

    def __init__(self, folder: Path) -> None:
        """Use `Registry.open`."""
        self.path = folder / FILE
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Registry:
        """The registry of a state folder.

        Args:
            folder: Made for its owner only if it is missing.

        Raises:
            StoreError: the folder cannot be made, or somebody broke the file; the message says in which line.
        """
        prepare(folder)
        registry = cls(folder)
        registry.check()
        return registry

    def check(self) -> None:
        """Read everything once.

        Raises:
            StoreError: somebody broke the file; the message says in which line.
        """
        self.pins()
        self.hosts()
        self.plays()

    def pins(self) -> tuple[Pin, ...]:
        """All pinned keys, by host, address, port and type.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._read("pins", Pin)

    def pin(self, batch: Iterable[Pin]) -> None:
        """Pin keys.

        Raises:
            StoreError: another key of that type is pinned for that host, address and port, which only `unpin` may
                forget; or the file cannot be read or written. None of the batch is pinned.
        """
        with self._lock, changing(self.path) as tables:
            pins = {_pin_key(pin): pin for pin in _rows(tables, self.path, "pins", Pin)}
            for pin in batch:
                known = pins.setdefault(_pin_key(pin), pin)
                if known.key != pin.key:
                    raise StoreError(
                        f"host {pin.host!r} ({pin.address} port {pin.port}) is pinned to another {pin.key_type} key, "
                        f"{known.fingerprint}, not {pin.fingerprint}; forget that one first if the host is new"
                    )
            _replace(tables, "pins", pins.values(), _pin_key)

    def unpin(self, host: str) -> int:
        """Forget every key of a host; how many there were.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with self._lock, changing(self.path) as tables:
            pins = _rows(tables, self.path, "pins", Pin)
            kept = [pin for pin in pins if pin.host != host]
            _replace(tables, "pins", kept, _pin_key)
        return len(pins) - len(kept)

    def hosts(self) -> tuple[HostSeen, ...]:
        """Every host as last seen, by name.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._read("hosts", HostSeen)

    def saw(self, batch: Iterable[HostSeen]) -> None:
        """Note how hosts were seen, in place of what was noted of them before.

        Raises:
            StoreError: the file cannot be read or written; nothing was noted.
        """
        with self._lock, changing(self.path) as tables:
            hosts = {seen.host: seen for seen in _rows(tables, self.path, "hosts", HostSeen)}
            hosts.update((seen.host, seen) for seen in batch)
            _replace(tables, "hosts", hosts.values(), lambda seen: seen.host)

    def plays(self) -> tuple[PlayRun, ...]:
        """The last run of every play, by play.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._read("plays", PlayRun)

    def ran(self, play: str, run_id: str, at: float, status: str) -> None:
        """Note the last run of a play.

        Args:
            play: The playbook's path or `scan`.
            run_id: The run's id.
            at: When it ended: seconds since the epoch, UTC.
            status: How.

        Raises:
            StoreError: the file cannot be read or written; nothing was noted.
        """
        with self._lock, changing(self.path) as tables:
            plays = {last.play: last for last in _rows(tables, self.path, "plays", PlayRun)}
            plays[play] = PlayRun(play=play, run=run_id, at=datetime.fromtimestamp(at, UTC), status=status)
            _replace(tables, "plays", plays.values(), lambda last: last.play)

    def _read(self, table: str, type_: type[_Row]) -> tuple[_Row, ...]:
        with reading(self.path) as tables:
            return _rows(tables, self.path, table, type_)


def _rows(tables: TinyDB, path: Path, table: str, type_: type[_Row]) -> tuple[_Row, ...]:
    rows = []
    for document in tables.table(table).all():
        try:
            rows.append(msgspec.convert(dict(document), type_))
        except msgspec.ValidationError as error:
            place = place_of_row(path, table, document.doc_id)
            raise StoreError(f"{place}: row {document.doc_id} of {table}: {error}; repair or remove it") from error
    return tuple(rows)


def _replace(tables: TinyDB, table: str, rows: Iterable[_Row], order: Callable[[_Row], tuple[str, ...] | str]) -> None:
    """Set a table; numbered in its order, so that two versions of the file compare well."""
    there = tables.table(table)
    there.truncate()
    ordered = enumerate(sorted(rows, key=order), 1)
    there.insert_multiple(Document(msgspec.to_builtins(row), doc_id=number) for number, row in ordered)


def _pin_key(pin: Pin) -> tuple[str, ...]:
    return pin.host, pin.address, f"{pin.port:05}", pin.key_type
