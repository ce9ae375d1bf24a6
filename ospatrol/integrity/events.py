"""Changes of files as events, under the field names that rules use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.integrity.permissions import Power, powers
from ospatrol.model.change import Aspect
from ospatrol.model.event import Event
from ospatrol.model.files import FileType
from ospatrol.model.text import show_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.model.change import Change
    from ospatrol.model.files import FileEntry

KIND = "integrity"
FIELDS = (
    "path",
    "name",
    "change",
    "aspects",
    "type",
    "type_before",
    "verdict",
    "because",
    "package",
    "package_version",
    "package_was",
    "sha256_before",
    "sha256_after",
    "mode_before",
    "mode_after",
    "uid_before",
    "uid_after",
    "gid_before",
    "gid_after",
    "size_before",
    "size_after",
    "mtime_before",
    "mtime_after",
    "mtime_kept",
    "target_before",
    "target_after",
    "acl_before",
    "acl_after",
    "xattr_before",
    "xattr_after",
    "caps_before",
    "caps_after",
    "selinux_before",
    "selinux_after",
    "setuid",
    "setgid",
    "world_writable",
    "capabilities",
    "diff",
)
"""Every field that an `integrity` event may have; a field without a value is absent."""

TYPE_NAMES = {
    FileType.FILE: "file",
    FileType.DIRECTORY: "directory",
    FileType.LINK: "link",
    FileType.FIFO: "fifo",
    FileType.SOCKET: "socket",
    FileType.CHARACTER: "character device",
    FileType.BLOCK: "block device",
    FileType.UNKNOWN: "unknown",
}
"""What `type` says; words, so that a rule reads well."""

_UNFOLD = re.compile(r"\\([n\\])")


def event_of(change: Change, *, host: str, at: float, location: str) -> Event:
    """A change as an event of the kind `integrity`.

    `setuid`, `setgid`, `world_writable` and `capabilities` are `gained`, `lost` or `yes` (it has the power before and
    after), and absent where it has it neither before nor after; a new file gains what it has. `diff` is folded into
    one line; `unfold` gives its lines back. `mtime_kept` is `yes` where another content has the old mtime.

    Args:
        change: With its explanation.
        host: The inventory name.
        at: When it was found: seconds since the epoch, UTC.
        location: The collector and its task, such as `files:system`.
    """
    fields = {name: value for name, value in _fields(change) if value}
    return Event(at=at, host=host, kind=KIND, location=location, text=_text(change, fields), fields=fields)


def unfold(folded: str) -> str:
    """The lines of a `diff` field; backslashes in them are as `show_bytes` writes them."""
    return _UNFOLD.sub(lambda match: "\n" if match[1] == "n" else match[0], folded)


def _fields(change: Change) -> Iterator[tuple[str, str]]:
    before, after, why = change.before, change.after, change.explanation
    latest = after or before
    yield "path", show_bytes(change.path)
    yield "name", show_bytes(change.path.rpartition(b"/")[2])
    yield "change", change.kind.value
    yield "aspects", ",".join(change.aspects)
    yield "type", TYPE_NAMES[latest.type] if latest else ""
    yield "type_before", TYPE_NAMES[before.type] if before and after and before.type is not after.type else ""
    yield "verdict", why.verdict.value
    yield "because", why.because
    yield "package", why.package
    yield "package_version", why.version
    yield "package_was", why.was_version
    for suffix, entry in (("before", before), ("after", after)):
        if entry:
            yield from ((f"{name}_{suffix}", value) for name, value in _entry(entry))
    kept = before and after and Aspect.CONTENT in change.aspects and before.mtime == after.mtime
    yield "mtime_kept", "yes" if kept else ""
    yield from _powers(before, after)
    yield "diff", change.text_diff.rstrip("\n").replace("\n", "\\n")


def _entry(entry: FileEntry) -> Iterator[tuple[str, str]]:
    yield "sha256", entry.content if entry.content[:1] not in {"-", "!"} else ""
    yield "mode", f"{entry.mode:04o}"
    yield "uid", str(entry.uid)
    yield "gid", str(entry.gid)
    yield "size", str(entry.size)
    yield "mtime", entry.mtime
    yield "target", show_bytes(entry.target)
    for name in ("acl", "xattr", "caps", "selinux"):
        yield name, entry.attributes.get(name, "")


def _powers(before: FileEntry | None, after: FileEntry | None) -> Iterator[tuple[str, str]]:
    had, has = powers(before), powers(after)
    for power in Power:
        match (power in had, power in has):
            case (True, True):
                yield power.value, "yes"
            case (False, True):
                yield power.value, "gained"
            case (True, False):
                yield power.value, "lost"
            case _:
                pass


def _text(change: Change, fields: dict[str, str]) -> str:
    what = f" ({', '.join(change.aspects)})" if change.aspects else ""
    why = f": {change.explanation.because}" if change.explanation.because else ""
    what = f"{show_bytes(change.path)} {change.kind.value}{what}"
    return f"{fields.get('type', 'file')} {what}; {change.explanation.verdict.value}{why}"
