"""The workspace's own secret: it keys the placeholders of secrets in kept text."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ospatrol.model.errors import StoreError

_FILE = "scrub.key"
_BYTES = 32


def scrub_key(folder: Path) -> bytes:
    """The key of a state folder; made at the first call. Without it, placeholders cannot be guessed back to secrets.

    Raises:
        StoreError: it cannot be made or read, or is not what was written.
    """
    path = folder / _FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    if len(key) != _BYTES:
        raise StoreError(f"{path}: is not {_BYTES} bytes long; remove it, and kept text is compared anew")
    return key
