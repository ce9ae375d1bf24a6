"""Wazuh's messages on changed files and registry entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ospatrol.decode.internal import Inside, by_name
from ospatrol.decode.json_fields import DEEPEST, read_json
from ospatrol.decode.json_text import Json, members, plain_text, text_of

_DECODERS = {
    "file": {"added": "syscheck_new_entry", "modified": "syscheck_integrity_changed", "deleted": "syscheck_deleted"},
    **{
        kind: {event: f"syscheck_{kind}_{event}" for event in ("added", "modified", "deleted")}
        for kind in ("registry_key", "registry_value")
    },
}
_DECODERS["registry"] = _DECODERS["file"]

# a field and the attributes of which the first that is there fills it; each has a twin with _before
_ATTRIBUTES = {
    "size": ("size",),
    "perm": ("perm",),
    "uid": ("uid",),
    "gid": ("gid",),
    "md5": ("hash_md5",),
    "sha1": ("hash_sha1",),
    "uname": ("user_name",),
    "gname": ("group_name",),
    "mtime": ("mtime",),
    "inode": ("inode",),
    "sha256": ("hash_sha256",),
    "win_attributes": ("win_attributes", "attributes"),
}
_AUDIT = (
    "user_id",
    "user_name",
    "group_id",
    "group_name",
    "process_name",
    "parent_name",
    "cwd",
    "parent_cwd",
    "audit_uid",
    "audit_name",
    "effective_uid",
    "effective_name",
    "ppid",
    "process_id",
)

_DIFFERENCES = {
    "size": "Size changed from '{}' to '{}'",
    "perm": "Permissions changed from '{}' to '{}'",
    "uid": "Ownership was '{}', now it is '{}'",
    "uname": "User name was '{}', now it is '{}'",
    "gid": "Group ownership was '{}', now it is '{}'",
    "gname": "Group name was '{}', now it is '{}'",
    "mtime": "Old modification time was: '{}', now it is '{}'",
    "inode": "Old inode was: '{}', now it is '{}'",
    "md5": "Old md5sum was: '{}'\nNew md5sum is : '{}'",
    "sha1": "Old sha1sum was: '{}'\nNew sha1sum is : '{}'",
    "sha256": "Old sha256sum was: '{}'\nNew sha256sum is : '{}'",
    "win_attributes": "Old attributes were: '{}'\nNow they are '{}'",
}


def decode_files(text: str) -> Inside | None:
    """An event of Wazuh's file integrity monitoring; None for its other messages and for OSSEC's."""
    try:
        message = members(read_json(text))
        event = members(message.get("data")) if message.get("type") == "event" else {}
        pairs = list(_pairs(event))
    except ValueError:
        return None
    fields, names = by_name(pairs)
    decoder = _DECODERS.get(fields.get("entry_type", "file"), {}).get(fields.get("event_type", ""))
    if decoder is None or "file" not in fields:
        return None
    return Inside(decoder=decoder, fields=fields, names=names, log=text, full_log="\n".join(_lines(fields)))


def _pairs(event: dict[str, Json]) -> Iterator[tuple[str, str | None]]:
    new, old = members(event.get("attributes")), members(event.get("old_attributes"))
    yield "file", plain_text(event.get("path"))
    yield "hard_links", _joined(event.get("hard_links"))
    yield "mode", plain_text(event.get("mode"))
    for name, keys in _ATTRIBUTES.items():
        yield name, _attribute(new, keys)
        yield f"{name}_before", _attribute(old, keys)
    yield "changed_content", plain_text(event.get("content_changes"))
    yield "changed_fields", _joined(event.get("changed_attributes"))
    audit = members(event.get("audit"))
    for name in _AUDIT:
        yield name, plain_text(audit.get(name))
    yield "tag", plain_text(event.get("tags"))
    yield "symbolic_path", plain_text(new.get("symlink_path"))
    yield "arch", plain_text(event.get("arch"))
    yield "value_name", plain_text(event.get("value_name"))
    yield "value_type", plain_text(new.get("value_type"))
    yield "hash_full_path", plain_text(event.get("index"))
    yield "entry_type", plain_text(new.get("type"))
    yield "event_type", plain_text(event.get("type"))


def _attribute(attributes: dict[str, Json], keys: Iterable[str]) -> str | None:
    value = next((attributes[key] for key in keys if key in attributes), None)
    if isinstance(value, (list, tuple)):
        return text_of(value, DEEPEST)
    # sizes and inodes need more than the 32 bits that number_text has for integers
    return str(value) if type(value) is int else plain_text(value)


def _joined(value: Json) -> str | None:
    if not isinstance(value, list):
        return plain_text(value)
    return ",".join(filter(None, map(plain_text, value))) or None


def _lines(fields: dict[str, str]) -> Iterator[str]:
    yield f"{_what(fields)} {fields['event_type']}"
    if "hard_links" in fields:
        yield f"Hard links: {fields['hard_links']}"
    yield f"Mode: {fields.get('mode', '')}"
    if "changed_fields" in fields:
        yield f"Changed attributes: {fields['changed_fields']}"
    if fields["event_type"] != "modified":
        return
    for name, wording in _DIFFERENCES.items():
        old, new = fields.get(f"{name}_before"), fields.get(name)
        if old is not None and new is not None and old != new:
            yield wording.format(old, new)
    if "changed_content" in fields:
        yield f"What changed:\n{fields['changed_content']}"


def _what(fields: dict[str, str]) -> str:
    path, arch = fields["file"], fields.get("arch")
    where = f"[{arch}] {path}" if arch else path
    match fields.get("entry_type"):
        case "registry_key":
            return f"Registry Key '{where}'"
        case "registry_value":
            return f"Registry Value '{where}\\{fields.get('value_name', '')}'"
        case _:
            return f"File '{path}'"
