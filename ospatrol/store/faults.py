"""The door for errors: what SQLite, zstd, msgspec or the file system raises becomes a StoreError with what to do."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEARLY_FULL_BYTES = 1 << 20
_FULL = "the disk is full, and nothing of this step was stored; free space, then run it again"
_DAMAGED = "is damaged ({error}); `ospatrol store verify` says what is affected; a copy from before can take its place"
_SENTENCES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written ({error}): the disk, a quota or a file size limit; nothing of this step was stored"
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: "is no OSPatrol database; move it away, or put a copy in its place",
    sqlite3.SQLITE_BUSY: "another process is writing to it; run this again when that one is done",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; does it exist, and may this user read and write its folder?",
    sqlite3.SQLITE_READONLY: "may not be written by this user, or was opened for reading only",
    sqlite3.SQLITE_PERM: "may not be read or written by this user",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the store's libraries raise inside the block into errors of ours.

    Args:
        path: What is being read or written, as the person knows it.

    Raises:
        StoreError: from the library's error, saying what to do.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_of_sqlite(path, error)}") from error
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path}: {_DAMAGED.format(error=escape_controls(str(error), 200))}") from error
    except UnicodeEncodeError as error:
        raise StoreError(f"{path}: text that is not valid Unicode cannot be stored ({error.reason})") from error
    except OSError as error:
        raise StoreError(f"{path}: {_of_system(error)}") from error


def _of_sqlite(path: Path, error: sqlite3.Error) -> str:
    # extended result codes keep the primary one in the low byte: https://www.sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and _is_full(path):
        code = sqlite3.SQLITE_FULL
    return _SENTENCES.get(code, "{error}").format(error=escape_controls(str(error), 200))


def _of_system(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return _FULL
        case errno.EFBIG:
            return "would grow past this process's file size limit; nothing of this step was stored"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"may not be read or written by this user ({error.strerror})"
        case _:
            return str(error.strerror or error)


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _NEARLY_FULL_BYTES
    except OSError:
        return False
