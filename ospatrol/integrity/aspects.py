"""What of an entry differs from what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.model.change import Aspect
from ospatrol.model.files import FileType

if TYPE_CHECKING:
    from collections.abc import Collection

    from ospatrol.model.files import FileEntry

_ATTRIBUTES = {Aspect.ACL: "acl", Aspect.XATTR: "xattr", Aspect.CAPS: "caps", Aspect.SELINUX: "selinux"}


def differing(
    before: FileEntry, after: FileEntry, *, follow_mtime: bool = False, uncollected: Collection[str] = ()
) -> tuple[Aspect, ...]:
    """Which aspects of one path differ, in the order of Aspect; none if the difference does not count.

    - Content is compared where both sides have a SHA-256. Where a side could not be read (`!denied`, `!too-big`, ...),
      nothing is said of the content, but another size of a regular file counts. Where a side is not hashed because
      the file may grow (`-`), only a smaller size counts.
    - inode, ctime, device and number of links never count, nor do size and mtime of what is no regular file.
    - Of an entry whose type the host could not tell, nothing is said.
    - mtime counts for regular files if `follow_mtime`, as exactly as both sides know it.

    Args:
        before: The entry as it was.
        after: The entry of the same path as it is.
        follow_mtime: Whether another mtime counts.
        uncollected: Names of attributes (`acl`) that one of the sides had no tool to collect: not compared.
    """
    if FileType.UNKNOWN in {before.type, after.type}:
        return ()
    found = {
        Aspect.TYPE: before.type is not after.type,
        Aspect.MODE: before.mode != after.mode,
        Aspect.OWNER: before.uid != after.uid,
        Aspect.GROUP: before.gid != after.gid,
        Aspect.TARGET: before.type is after.type is FileType.LINK and before.target != after.target,
    }
    if before.type is after.type is FileType.FILE:
        hashed = _is_hash(before.content) and _is_hash(after.content)
        found[Aspect.CONTENT] = hashed and before.content != after.content
        found[Aspect.SIZE] = not hashed and _size_counts(before, after)
        found[Aspect.MTIME] = follow_mtime and not _same_time(before.mtime, after.mtime)
    for aspect, name in _ATTRIBUTES.items():
        found[aspect] = name not in uncollected and before.attributes.get(name) != after.attributes.get(name)
    return tuple(aspect for aspect in Aspect if found.get(aspect))


def _is_hash(content: str) -> bool:
    return content[:1] not in {"-", "!"}


def _size_counts(before: FileEntry, after: FileEntry) -> bool:
    if "-" in {before.content, after.content}:
        return after.size < before.size
    return after.size != before.size


def _same_time(one: str, other: str) -> bool:
    """Whether two stamps agree in whole seconds, and in the digits of the fraction that both have."""
    seconds, _, fraction = one.partition(".")
    other_seconds, _, other_fraction = other.partition(".")
    both = min(len(fraction), len(other_fraction))
    return seconds == other_seconds and fraction[:both] == other_fraction[:both]
