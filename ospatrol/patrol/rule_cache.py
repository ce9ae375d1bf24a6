"""What was read of rule folders, kept so that it need not be read again: content decides, not time stamps."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import msgspec

from ospatrol import __version__

T = TypeVar("T")

_FORMAT = "3"  # raise it when a noun that is kept changes its meaning
_KEPT = 8


def cache_folder() -> Path:
    """Where it is kept: `ospatrol` in $XDG_CACHE_HOME, which is `~/.cache` if unset."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path("~/.cache").expanduser()) / "ospatrol"


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put anything there: whoever writes the cache says what the rules are."""
    known = folder.stat()
    return known.st_uid == os.getuid() and not known.st_mode & 0o022


def key_of(parts: Iterable[str | bytes]) -> str:
    """A key for what is made from these texts by this version of OSPatrol."""
    whole = sha256()
    for part in (_FORMAT, __version__, *parts):
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        whole.update(b"%d:" % len(raw) + raw)
    return whole.hexdigest()


def kept(key: str, kind: type[T]) -> T | None:
    """What was kept under a key; None if nothing was, if it cannot be read, or if others can write there."""
    try:
        folder = cache_folder()
        if not _is_ours(folder):
            return None
        return msgspec.msgpack.decode((folder / f"rules-{key}.msgpack").read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, RuntimeError):
        return None  # a RuntimeError says that nobody's home is known


def keep(key: str, value: object) -> None:
    """Keep something under a key; where nothing can be written, nothing is kept. Only the newest few stay."""
    try:
        folder, raw = cache_folder(), msgspec.msgpack.encode(value)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(folder):
            return
        with NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as fresh:
            fresh.write(raw)
        Path(fresh.name).replace(folder / f"rules-{key}.msgpack")
        old = sorted(folder.glob("rules-*.msgpack"), key=lambda each: each.stat().st_mtime, reverse=True)[_KEPT:]
        for each in old:
            each.unlink(missing_ok=True)
    except (OSError, RuntimeError, UnicodeEncodeError, OverflowError):
        return  # no home, a path that is no Unicode, or a number that is too great
