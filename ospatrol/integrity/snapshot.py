"""Snapshots taken apart and put together; entries are parsed one by one, and only where someone asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileEntry, FileType, Snapshot
from ospatrol.model.text import show_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

RawEntry: TypeAlias = tuple[bytes, bytes, bytes]
"""One entry as it was found: its listing without the link target, the target, its extras; no NUL."""

_HEAD = re.compile(
    rb"(?P<type>[fdlpscbU]) (?P<mode>[0-7]{1,6}) (?P<uid>\d{1,20}) (?P<gid>\d{1,20}) (?P<size>\d{1,20})"
    rb" (?P<mtime>-?\d{1,20}(?:\.\d{1,20})?) (?P<ctime>-?\d{1,20}(?:\.\d{1,20})?)"
    rb" (?P<inode>\d{1,20}) (?P<links>\d{1,20}) (?P<device>\d{1,20}) (?P<path>/.*)",
    re.DOTALL,
)
_CONTENT = re.compile(rb"[0-9a-f]{64}|-|![a-z][a-z-]{0,31}")
_ATTRIBUTE = re.compile(rb"([a-z][a-z0-9_.-]{0,63})=([!-~]*)")


def damage(snapshot: Snapshot) -> Failure | None:
    """Why a snapshot cannot be taken apart; None if it can.

    Both parts must end with NUL and hold as many entries as each other.
    """
    listing, extras = snapshot.listing, snapshot.extras
    if (not listing or listing.endswith(b"\0")) and (not extras or extras.endswith(b"\0")):
        fields, entries_ = listing.count(b"\0"), extras.count(b"\0")
        if fields == 2 * entries_:
            return None
        detail = f"the listing has {fields} fields, and the extras have {entries_}"
    else:
        detail = "the snapshot ends in the middle of an entry"
    return Failure(what="*", reason=Reason.CUT, detail=detail)


def entries(snapshot: Snapshot) -> tuple[RawEntry, ...]:
    """The entries in the host's order, split but not parsed; what `damage` complains of is cut short."""
    listing = snapshot.listing.split(b"\0")
    return tuple(zip(listing[:-1:2], listing[1::2], snapshot.extras.split(b"\0")[:-1], strict=False))


def path_of(raw: RawEntry) -> bytes:
    """The path of an entry; empty if the entry is too malformed to have one."""
    head = raw[0].split(b" ", 10)
    return head[10] if len(head) == 11 else b""


def index(snapshot: Snapshot) -> Mapping[bytes, RawEntry]:
    """Path to entry; of a path that is listed twice, the last."""
    return {path_of(raw): raw for raw in entries(snapshot)}


def parse_entry(raw: RawEntry) -> FileEntry | Failure:
    """One entry, or why it cannot be read.

    Attribute values are unquoted and shown as `model.text.show_bytes` shows bytes.
    """
    head = _HEAD.fullmatch(raw[0])
    content, *attributes = raw[2].split(b" ")
    pairs = [_ATTRIBUTE.fullmatch(attribute) for attribute in attributes]
    if head is None or not _CONTENT.fullmatch(content) or None in pairs:
        what = show_bytes(path_of(raw) or raw[0])
        return Failure(what=what, reason=Reason.ERROR, detail="the host sent an entry that cannot be read")
    return FileEntry(
        path=head["path"],
        type=FileType(head["type"].decode()),
        mode=int(head["mode"], 8),
        uid=int(head["uid"]),
        gid=int(head["gid"]),
        size=int(head["size"]),
        mtime=head["mtime"].decode(),
        ctime=head["ctime"].decode(),
        inode=int(head["inode"]),
        links=int(head["links"]),
        device=int(head["device"]),
        target=raw[1],
        content=content.decode(),
        attributes={pair[1].decode(): show_bytes(unquote_to_bytes(pair[2])) for pair in pairs if pair},
    )


def built(raws: Iterable[RawEntry]) -> Snapshot:
    """A snapshot of entries, in their order."""
    kept = tuple(raws)
    return Snapshot(
        listing=b"".join(head + b"\0" + target + b"\0" for head, target, _ in kept),
        extras=b"".join(extra + b"\0" for _, _, extra in kept),
    )


def with_entries(
    snapshot: Snapshot, replaced: Mapping[bytes, RawEntry], removed: Collection[bytes] = frozenset()
) -> Snapshot:
    """The snapshot with some paths' entries replaced and others removed; entries for new paths come last, by path."""
    gone = frozenset(removed)
    old = [(path_of(raw), raw) for raw in entries(snapshot)]
    seen = {path for path, _ in old}
    kept = (replaced.get(path, raw) for path, raw in old if path not in gone)
    added = (replaced[path] for path in sorted(replaced) if path not in seen and path not in gone)
    return built([*kept, *added])


def merge(approved: Snapshot, found: Snapshot, paths: Collection[bytes]) -> Snapshot:
    """The approved snapshot, with each of these paths as it was found: replaced, added, or removed if it is gone."""
    now = index(found)
    wanted = frozenset(paths)
    replaced = {path: now[path] for path in wanted if path in now}
    return with_entries(approved, replaced, wanted - replaced.keys())
