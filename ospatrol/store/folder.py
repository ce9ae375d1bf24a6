"""The workspace's state folder: who may read it, and how a file in it is replaced whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ospatrol.store.faults import explained

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def prepare(folder: Path) -> None:
    """Make the folder if it is missing, for its owner only, and keep it out of git.

    Raises:
        StoreError: it cannot be made.
    """
    with explained(folder):
        if folder.is_dir():
            return
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        replace(folder / ".gitignore", b"*\n")


def touch(path: Path) -> None:
    """Make an empty file for its owner only, unless it exists."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))


def replace(path: Path, content: bytes) -> None:
    """Put content in place of a file, so that a reader or a crash sees the old or the new one, never a part.

    Raises:
        OSError: as the system says; the old file is untouched, and nothing is left beside it.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
