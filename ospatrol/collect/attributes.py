"""ACLs, extended attributes, file capabilities and SELinux labels, from whatever tool the host has."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote_from_bytes

from ospatrol.collect.capabilities import capability_text
from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.tools import Tools

_ESCAPE = re.compile(rb"\\(?:([0-7]{3})|\\)")
_UNSAFE = re.compile(rb"[\n\r\\]")
_CLAUSE = rb"[a-z0-9_,]*[=+][eip]*"
_GETCAP = re.compile(rb"(/.*?)( =)? (%b(?: %b)*(?: \[rootid=[0-9]+\])?)" % (_CLAUSE, _CLAUSE))
_LONG = 256
_TAGS = {0x01: "user:", 0x02: "user:{}", 0x04: "group:", 0x08: "group:{}", 0x10: "mask:", 0x20: "other:"}  # acl(5)

Attributes = dict[str, bytes]


async def describe_files(talk: Dialogue, paths: Sequence[bytes], tools: Tools, root: bytes) -> Mapping[bytes, bytes]:
    """By path, ` name=value` attributes as `Snapshot.extras` has them, of the paths that have any.

    Args:
        talk: The script.
        paths: Whose attributes to read.
        tools: What the host has.
        root: The prefix that paths on the host have.
    """
    found: dict[bytes, Attributes] = {}
    for tool in tools.describers if paths else ():
        asked = [root + path for path in paths if tool.startswith("getfa") or not _UNSAFE.search(path)]
        for path, attributes in _READERS[tool](await talk.ask("describe", asked, tool)):
            found.setdefault(path.removeprefix(root), {}).update(attributes)
    return {path: _written(attributes) for path, attributes in found.items() if attributes}


async def describe_everything(talk: Dialogue, tools: Tools, root: bytes) -> Mapping[bytes, bytes]:
    """As `describe_files`, of everything that the script listed but links; no name may hold a line end."""
    found: dict[bytes, Attributes] = {}
    for tool in tools.describers:
        _add(found, await talk.ask_of_all("describe-all", tool), tool, root)
    return {path: _written(attributes) for path, attributes in found.items() if attributes}


def attributes_in(answer: bytes, tool: str, root: bytes) -> Mapping[bytes, bytes]:
    """As `describe_everything`, from the answer of a host's only tool."""
    found: dict[bytes, Attributes] = {}
    _add(found, answer, tool, root)
    return {path: _written(attributes) for path, attributes in found.items() if attributes}


def _add(found: dict[bytes, Attributes], answer: bytes, tool: str, root: bytes) -> None:
    for path, attributes in _READERS[tool](answer):
        # getfattr, left to itself, doubles a slash at the end of where it begins
        found.setdefault(path.replace(b"//", b"/").removeprefix(root), {}).update(attributes)


def has_odd_name(paths: Iterable[bytes]) -> bool:
    """Whether a path holds what would look like a line of its own in a tool's answer."""
    joined = b"".join(paths)
    return b"\n" in joined or b"\\" in joined or b"\r" in joined


def _written(attributes: Attributes) -> bytes:
    quoted = (f" {name}={quote_from_bytes(attributes[name], safe=':,')}" for name in sorted(attributes))
    return "".join(quoted).encode()


def _blocks(answer: bytes) -> Iterable[tuple[bytes, list[bytes]]]:
    r"""Paths and their lines in the output of getfattr or getfacl, which write odd characters of names as `\012`."""
    for block in answer.split(b"\n\n"):
        head, *lines = block.lstrip(b"\n").split(b"\n")
        if head.startswith(b"# file: "):
            yield _ESCAPE.sub(lambda match: bytes([int(match[1] or b"134", 8) & 255]), head[8:]), lines


def read_getfattr(answer: bytes) -> Iterable[tuple[bytes, Attributes]]:
    """What `getfattr -h -d -m - -e hex --absolute-names` prints."""
    for path, lines in _blocks(answer):
        found: Attributes = {}
        rest: list[bytes] = []
        for line in sorted(lines):
            name, _, value = line.partition(b"=")
            _sort_attribute(name, value, found, rest)
        if rest:
            found["xattr"] = b",".join(rest)
        yield path, found


def _sort_attribute(name: bytes, value: bytes, found: Attributes, rest: list[bytes]) -> None:
    try:
        raw = bytes.fromhex(value.decode("ascii").removeprefix("0x"))
    except ValueError:
        raw = value
    match name:
        case b"security.selinux":
            found["selinux"] = raw.rstrip(b"\0")
        case b"security.capability":
            found["caps"] = capability_text(raw)
        case b"system.posix_acl_access":
            found["acl"] = b",".join(filter(None, (_acl_text(raw), found.get("acl"))))
        case b"system.posix_acl_default":
            defaults = b",".join(b"default:" + each for each in _acl_text(raw).split(b","))
            found["acl"] = b",".join(filter(None, (found.get("acl"), defaults)))
        case _:
            shown = value if len(value) <= _LONG else b"sha256:" + sha256(raw).hexdigest().encode()
            rest.append(name + b":" + shown)


def _acl_text(raw: bytes) -> bytes:
    """A POSIX ACL as the kernel keeps it (linux/posix_acl_xattr.h), in the words of getfacl -n."""
    if len(raw) < 4 or (len(raw) - 4) % 8:
        return b"0x" + raw.hex().encode()
    shown = []
    for tag, rights, who in struct.iter_unpack("<HHI", raw[4:]):
        letters = "".join(letter if rights & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        shown.append(f"{_TAGS.get(tag, str(tag) + ':').format(who)}:{letters}")
    return ",".join(shown).encode()


def read_getfacl(answer: bytes) -> Iterable[tuple[bytes, Attributes]]:
    """What `getfacl -p -n -s` prints; effective rights, which follow from the mask, are left out."""
    for path, lines in _blocks(answer):
        entries = [line.split(b"\t")[0] for line in lines if line and not line.startswith(b"#")]
        base = [entry for entry in entries if not entry.startswith(b"default:")]
        access = base if len(base) > 3 else []  # owner, group and others are the mode bits again
        yield path, {"acl": b",".join(access + [entry for entry in entries if entry.startswith(b"default:")])}


def read_getcap(answer: bytes) -> Iterable[tuple[bytes, Attributes]]:
    """What getcap prints: `PATH cap_x=ep`, or `PATH = cap_x+ep` before libcap 2.41."""
    for line in answer.split(b"\n"):
        if found := _GETCAP.fullmatch(line):
            yield found[1], {"caps": found[3].replace(b"+", b"=") if found[2] else found[3]}


def read_labels(answer: bytes) -> Iterable[tuple[bytes, Attributes]]:
    """What `stat -c '%C %n'` prints."""
    for line in answer.split(b"\n"):
        label, _, path = line.partition(b" ")
        if path and label != b"?":
            yield path, {"selinux": label}


_READERS = {"getfattr": read_getfattr, "getfacl": read_getfacl, "getcap": read_getcap, "label": read_labels}
