"""What a host has to list and to hash with, as it says itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import CommandFailed
from ospatrol.model.text import show_bytes

OPENSSL_FROM_BYTES = 1_500_000
"""From here on `openssl dgst` is cheaper than `sha256sum`: it starts 2 ms later and hashes 3 to 5 times as fast where
coreutils does without the processor's SHA instructions (measured on Debian 12: 0.55 against 1.8 ns a byte)."""


class Style(StrEnum):
    """How the host lists: which form its listing comes in."""

    PRINTF = "printf"
    STAT_C = "stat-c"
    STAT_F = "stat-f"
    NONE = "none"


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What a host has; give it to the next scan of the same host, which then need not probe.

    Attributes:
        style: How it lists.
        programs: What of the programs that the script knows is there.
        known: The host's own words for them; the style holds as long as these stay the same.
        selinux: Whether SELinux is on.
    """

    style: Style
    programs: frozenset[str] = frozenset()
    known: str = ""
    selinux: bool = False

    def hasher(self, size_bytes: int) -> str:
        """The cheapest program for so many bytes of content; empty where the host has none."""
        first = ("openssl", "sha256sum") if size_bytes >= OPENSSL_FROM_BYTES else ("sha256sum", "openssl")
        return next((name for name in (*first, "shasum", "sha256", "digest") if name in self.programs), "")

    @property
    def describers(self) -> tuple[str, ...]:
        """The programs that tell ACLs, extended attributes, capabilities and labels, with the least calls."""
        if self.style not in {Style.PRINTF, Style.STAT_C}:
            return ()
        if "getfattr" in self.programs:
            return ("getfattr",)
        named = tuple(name for name in ("getfacl", "getcap") if name in self.programs)
        return (*named, "label") if self.selinux and "stat" in self.programs else named

    @property
    def missing(self) -> tuple[Failure, ...]:
        """What cannot be collected of any file of this host."""
        told = {"getfattr": {"acl", "xattr", "caps", "selinux"}, "getfacl": {"acl"}, "getcap": {"caps"}}
        told["label"] = {"selinux"}
        have = {what for name in self.describers for what in told[name]}
        have |= set() if self.selinux else {"selinux"}
        have |= {"caps"} if self.style is Style.STAT_F else set()  # capabilities are Linux's
        by = {"acl": "getfacl or getfattr", "xattr": "getfattr", "caps": "getcap or getfattr", "selinux": "getfattr"}
        lacks = [
            Failure(what=what, reason=Reason.NO_TOOL, detail=f"the host has no {tool}")
            for what, tool in by.items()
            if what not in have
        ]
        if not self.hasher(0):
            detail = "the host has none of sha256sum, openssl, shasum, sha256, digest"
            lacks.append(Failure(what="content", reason=Reason.NO_TOOL, detail=detail))
        return tuple(lacks)


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """What the script says first.

    Attributes:
        tools: What the host has.
        clock_s: The host's clock, whole seconds since the epoch; None where it does not say.
        signature: Changes whenever the package database does; empty where there is none or nobody asked.
        blind: Host paths of links at the top of trees that lead where nothing can be listed.
        has_root: Whether the directory exists that the trees live under.
    """

    tools: Tools
    clock_s: int | None = None
    signature: str = ""
    blind: tuple[bytes, ...] = ()
    has_root: bool = True


def read_greeting(raw: bytes) -> Greeting:
    """What the script said before its listing.

    Raises:
        CommandFailed: it is none of what the script says.
    """
    head, _, known = raw.partition(b"\ntools\n")
    lines = [line.partition(b"=")[::2] for line in head.split(b"\n")]
    said = dict(lines)
    style = said.get(b"style", b"").decode(errors="replace")
    if style not in set(Style):
        raise CommandFailed(f"the script `files` was answered with something else: {show_bytes(raw, 200)}")
    programs = (line.partition(b":") for line in known.split(b"\n"))
    tools = Tools(
        style=Style(style),
        programs=frozenset(name.decode(errors="replace") for name, _, place in programs if place),
        known=known.decode(errors="replace"),
        selinux=b"selinux" in said,
    )
    clock = said.get(b"clock", b"")
    return Greeting(
        tools=tools,
        clock_s=int(clock) if clock.isdigit() else None,
        signature=_signature(tools.style, said.get(b"system", b"none"), said.get(b"mark", b"")),
        blind=tuple(value for key, value in lines if key == b"blind"),
        has_root=b"root" not in said,
    )


def _signature(style: Style, system: bytes, mark: bytes) -> str:
    fields = mark.split(b" ")
    if system not in {b"dpkg", b"rpm"} or len(fields) < 10:
        return ""
    size, mtime, inode = (
        (fields[4], fields[5], fields[7]) if style is Style.PRINTF else (fields[3], fields[4], fields[6])
    )
    return show_bytes(b":".join((system, inode, size, mtime)), 120)
