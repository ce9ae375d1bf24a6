"""`registry.json`: TinyDB's tables in a file that people read, replaced whole at each write."""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import Storage

from ospatrol.model.errors import StoreError
from ospatrol.model.place import Place
from ospatrol.store.faults import explained
from ospatrol.store.folder import FILE_MODE, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_Tables = dict[str, dict[str, dict[str, object]]]
_ADVICE = "repair it, or remove it to start afresh without pinned host keys"


class RegistryFile(Storage):
    """A TinyDB storage that never leaves half a file, and never replaces one that it cannot read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> _Tables | None:
        """The tables; None where there is no file yet.

        Raises:
            StoreError: somebody broke the file; says in which line.
            OSError: as the system says.
        """
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return _tables(self._path, text)

    def write(self, data: _Tables) -> None:
        """Put the tables in place of what is there.

        Raises:
            OSError: as the system says; the old file is untouched.
        """
        # only ASCII: whatever a host had in its names, the file can be shown on a terminal
        replace(self._path, json.dumps(data, indent=2).encode() + b"\n")


@contextmanager
def reading(path: Path) -> Iterator[TinyDB]:
    """The registry as it is.

    Raises:
        StoreError: it cannot be read.
    """
    with explained(path):
        yield TinyDB(path, storage=RegistryFile)


@contextmanager
def changing(path: Path) -> Iterator[TinyDB]:
    """The registry, to be changed by this process only, and written once: when the block has ended well.

    Raises:
        StoreError: it cannot be read or written; the file is as it was.
    """
    with explained(path):
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            # beside the file, which is another one after each write
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            storage = CachingMiddleware(RegistryFile)  # type: ignore[no-untyped-call]  # it has no annotations
            tables = TinyDB(path, storage=storage)
            yield tables
            tables.close()
        finally:
            os.close(descriptor)


def place_of_row(path: Path, table: str, row: int) -> Place:
    """Where a row stands, as well as a search can tell; for messages."""
    text = path.read_text("utf-8", "replace")
    start = re.search(rf'"{re.escape(table)}"\s*:', text)
    found = None if start is None else re.compile(rf'"{row}"\s*:').search(text, start.end())
    return Place(str(path), 0 if found is None else text.count("\n", 0, found.start()) + 1)


def _tables(path: Path, text: bytes) -> _Tables:
    try:
        parsed: object = json.loads(text.decode(), object_pairs_hook=_no_key_twice)
        tables = msgspec.convert(parsed, _Tables)
    except json.JSONDecodeError as error:
        raise StoreError(f"{Place(str(path), error.lineno)}: not valid JSON: {error.msg}; {_ADVICE}") from error
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise StoreError(f"{Place(str(path), line)}: not valid UTF-8; {_ADVICE}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: {error}; {_ADVICE}") from error
    for name, rows in tables.items():
        for row in rows:
            if not row.isdecimal():
                raise StoreError(f"{path}: row {json.dumps(row)} of {json.dumps(name)} has no number; {_ADVICE}")
    return tables


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # JSON would silently drop the first of them, and with it perhaps a pinned key
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twice)} stands twice in one place")
    return found
