import errno
import sqlite3
from pathlib import Path

import msgspec
import pytest
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.store.faults import explained


def _of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("said \x1b[2J by SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (_of_sqlite(sqlite3.SQLITE_FULL), "the disk is full, and nothing of this step was stored; free space"),
        (_of_sqlite(sqlite3.SQLITE_IOERR_WRITE), "cannot be read or written"),
        (_of_sqlite(sqlite3.SQLITE_CORRUPT), "is damaged"),
        (_of_sqlite(sqlite3.SQLITE_CORRUPT_INDEX), "`ospatrol store verify` says what is affected"),
        (_of_sqlite(sqlite3.SQLITE_NOTADB), "is no OSPatrol database; move it away"),
        (_of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "another process is writing to it; run this again"),
        (_of_sqlite(sqlite3.SQLITE_CANTOPEN), "cannot be opened; does it exist"),
        (_of_sqlite(sqlite3.SQLITE_READONLY), "may not be written by this user"),
        (_of_sqlite(sqlite3.SQLITE_PERM), "may not be read or written by this user"),
        (_of_sqlite(sqlite3.SQLITE_MISUSE), r"said \\x1b\[2J by SQLite"),
        (sqlite3.ProgrammingError("Cannot operate on a closed database."), "closed database"),
        (zstandard.ZstdError("no frame"), r"is damaged \(no frame\)"),
        (msgspec.ValidationError("no object"), r"is damaged \(no object\)"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), "not valid Unicode .*surrogates"),
        (OSError(errno.ENOSPC, "No space left"), "the disk is full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "the disk is full"),
        (OSError(errno.EFBIG, "File too large"), "file size limit"),
        (PermissionError(errno.EACCES, "Permission denied"), r"by this user \(Permission denied\)"),
        (OSError(errno.EROFS, "Read-only file system"), r"by this user \(Read-only file system\)"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError("no number"), "no number"),
    ],
)
def test_whatever_a_library_raises_becomes_a_sentence(tmp_path: Path, error: Exception, sentence: str) -> None:
    path = tmp_path / "ospatrol.db"

    with pytest.raises(StoreError, match=sentence) as caught, explained(path):
        raise error

    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.__cause__ is error


def test_an_input_output_error_on_a_full_disk_is_the_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ospatrol.store.faults._NEARLY_FULL_BYTES", 1 << 62)

    with pytest.raises(StoreError, match="the disk is full"), explained(tmp_path / "ospatrol.db"):
        raise _of_sqlite(sqlite3.SQLITE_IOERR_FSYNC)


def test_an_input_output_error_of_a_folder_that_is_gone_is_still_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read or written"), explained(tmp_path / "gone" / "ospatrol.db"):
        raise _of_sqlite(sqlite3.SQLITE_IOERR_READ)


def test_our_own_errors_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^mine$"), explained(tmp_path):
        raise StoreError("mine")
