"""File trees of a host as they were found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256

import msgspec


class FileType(StrEnum):
    """The letter that find(1) prints for `%y`."""

    FILE = "f"
    DIRECTORY = "d"
    LINK = "l"
    FIFO = "p"
    SOCKET = "s"
    CHARACTER = "c"
    BLOCK = "b"
    UNKNOWN = "U"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A file tree in the form that is compared and stored: two byte strings, parsed only where they differ.

    `listing` holds two NUL-terminated fields an entry, in the order in which the host listed them:

        TYPE MODE UID GID SIZE MTIME CTIME INODE LINKS DEVICE PATH <NUL> LINK-TARGET <NUL>

    TYPE is a FileType; MODE is octal permission bits (`4755`); UID, GID, SIZE, INODE, LINKS, DEVICE are decimal;
    MTIME and CTIME are seconds since the epoch, with a fraction where the host's tools give one; PATH is raw bytes
    and comes last, so that it may hold anything but NUL. LINK-TARGET is empty for what is no link.

    `extras` holds one NUL-terminated field an entry, in the same order: a word and, after a blank each,
    `name=value` attributes with values URL-quoted (`acl=... xattr=... caps=... selinux=...`). The word is the
    SHA-256 of the content in hexadecimal, `-` for what has no content to hash, or `!reason` where the content
    should have been hashed and was not (`!denied`, `!vanished`, `!too-big`, `!budget`, `!name`, `!error`).

    Attributes:
        listing: Entries as the host listed them.
        extras: What was learnt of each entry's content and attributes.
    """

    listing: bytes = b""
    extras: bytes = b""

    @property
    def digest(self) -> str:
        """Content address: SHA-256 over the lengths and bytes of both parts, in hexadecimal."""
        head = f"{len(self.listing)} {len(self.extras)}\n".encode()
        return sha256(head + self.listing + self.extras).hexdigest()

    @property
    def count(self) -> int:
        """How many entries it holds."""
        return self.extras.count(b"\0")


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a snapshot, parsed.

    Attributes:
        path: Raw bytes, absolute.
        mode: Permission bits with set-uid, set-gid and sticky.
        mtime: As listed; compare it, do not compute with it.
        content: The first word of the entry's extras.
        attributes: The rest of the extras, values unquoted.
    """

    path: bytes
    type: FileType
    mode: int
    uid: int
    gid: int
    size: int
    mtime: str
    ctime: str
    inode: int
    links: int
    device: int
    target: bytes = b""
    content: str = "-"
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


class FileScope(msgspec.Struct, frozen=True, kw_only=True):
    """What an integrity task watches; part of the snapshot's meaning, stored with it.

    Attributes:
        paths: Absolute paths of the trees, as the person wrote them.
        root: Prefix on the host under which the trees live (an image, a chroot); paths are reported without it.
        include: Shell patterns (`*` crosses `/`); if any is given, only files that match one are listed.
        ignore: Shell patterns of what is left out, whole subtrees included.
        growing: Shell patterns of files that may grow, such as logs: their content is not hashed, and only
            shrinking, vanishing and attributes count as changes.
        keep_text: Shell patterns of small text files whose content is kept, scrubbed, so that changes show as diffs.
        depth: How far to descend; None for all the way.
        one_filesystem: Whether mount points are left out.
        types: Which FileTypes to list.
        hash_limit_bytes: Larger files are listed but not hashed, and said to be so.
        entry_limit: Listing stops there, and says so.
        follow_mtime: Whether a changed mtime alone is a change.
        packages: Whether changes are explained from the host's package database.
    """

    paths: tuple[str, ...]
    root: str = ""
    include: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    growing: tuple[str, ...] = ()
    keep_text: tuple[str, ...] = ()
    depth: int | None = None
    one_filesystem: bool = False
    types: tuple[FileType, ...] = tuple(t for t in FileType if t is not FileType.UNKNOWN)
    hash_limit_bytes: int = 1 << 30
    entry_limit: int = 1_000_000
    follow_mtime: bool = False
    packages: bool = True

    def __post_init__(self) -> None:
        """Refuse what no host could be asked for; bring paths and patterns into the one form that all compare."""
        if not self.paths:
            raise ValueError("`paths` names no tree to watch")
        for path in (*self.paths, *([self.root] if self.root else [])):
            if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
                raise ValueError(f"{path!r} is not an absolute path")
        msgspec.structs.force_setattr(self, "paths", tuple(_normal(path) for path in self.paths))
        msgspec.structs.force_setattr(self, "root", _normal(self.root).rstrip("/") if self.root else "")
        for name in ("include", "ignore", "growing", "keep_text"):
            patterns = tuple(pattern.rstrip("/") or pattern for pattern in getattr(self, name))
            msgspec.structs.force_setattr(self, name, patterns)
        if self.entry_limit <= 0 or self.hash_limit_bytes < 0 or (self.depth is not None and self.depth < 0):
            raise ValueError("a limit cannot be negative, and `entry_limit` not 0")


def _normal(path: str) -> str:
    """An absolute path without doubled slashes, single dots or a slash at its end."""
    return "/" + "/".join(step for step in path.split("/") if step not in {"", "."})
