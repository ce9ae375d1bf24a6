from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from ospatrol.integrity.snapshot import built
from ospatrol.model.files import FileEntry, FileType, Snapshot

EntryMaker = Callable[..., FileEntry]
SnapshotMaker = Callable[..., Snapshot]


def _entry(path: bytes | str, **given: object) -> FileEntry:
    defaults: dict[str, object] = {
        "type": FileType.FILE,
        "mode": 0o644,
        "uid": 0,
        "gid": 0,
        "size": 10,
        "mtime": "1700000000.5",
        "ctime": "1700000000.5",
        "inode": 7,
        "links": 1,
        "device": 2049,
        "content": "a" * 64,
    }
    raw = path.encode() if isinstance(path, str) else path
    if given.get("type", FileType.FILE) is not FileType.FILE:
        defaults["content"] = "-"
    return FileEntry(path=raw, **{**defaults, **given})


def _raw(entry: FileEntry) -> tuple[bytes, bytes, bytes]:
    numbers = f"{entry.type} {entry.mode:o} {entry.uid} {entry.gid} {entry.size} {entry.mtime} {entry.ctime}"
    head = f"{numbers} {entry.inode} {entry.links} {entry.device} ".encode() + entry.path
    extras = " ".join([entry.content, *(f"{name}={quote(value)}" for name, value in entry.attributes.items())])
    return head, entry.target, extras.encode()


@pytest.fixture(scope="session")
def entry() -> EntryMaker:
    return _entry


@pytest.fixture(scope="session")
def raw() -> Callable[[FileEntry], tuple[bytes, bytes, bytes]]:
    return _raw


@pytest.fixture(scope="session")
def listed() -> SnapshotMaker:
    return lambda *entries: built(_raw(entry) for entry in entries)
