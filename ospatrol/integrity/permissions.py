"""Rights that make a file dangerous."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ospatrol.model.files import FileType

if TYPE_CHECKING:
    from ospatrol.model.files import FileEntry

_STICKY = 0o1000


class Power(StrEnum):
    """What a file lets others do."""

    SETUID = "setuid"
    SETGID = "setgid"
    WORLD_WRITABLE = "world_writable"
    CAPABILITIES = "capabilities"


def powers(entry: FileEntry | None) -> frozenset[Power]:
    """The powers of an entry; none for what is not there.

    Only regular files are set-uid, set-gid and have capabilities: on directories set-gid means inheritance. A
    directory that all may write counts unless it is sticky, as /tmp is. The mode of links means nothing.
    """
    if entry is None or entry.type not in {FileType.FILE, FileType.DIRECTORY}:
        return frozenset()
    is_file = entry.type is FileType.FILE
    held = {
        Power.SETUID: is_file and entry.mode & 0o4000,
        Power.SETGID: is_file and entry.mode & 0o2000,
        Power.WORLD_WRITABLE: entry.mode & 0o002 and (is_file or not entry.mode & _STICKY),
        Power.CAPABILITIES: is_file and entry.attributes.get("caps"),
    }
    return frozenset(power for power, holds in held.items() if holds)


def gained(before: FileEntry | None, after: FileEntry | None) -> frozenset[Power]:
    """The powers that the later entry has and the earlier has not."""
    return powers(after) - powers(before)
