"""Where a package's files really are: directories merged into /usr, and dpkg's diversions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from posixpath import normpath

import msgspec

from ospatrol.collect.scope import trees
from ospatrol.model.files import FileScope

_SPECIAL = re.compile(r"([.\[\]{}()*+?^$|\\])")


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What a host does with the paths that packages record.

    Attributes:
        aliases: A top directory that is a link (`/bin`), and what it leads to (`/usr/bin`).
        diversions: Recorded path to where it goes instead and for which package it stays (dpkg-divert(1)).
    """

    aliases: Mapping[bytes, bytes] = msgspec.field(default_factory=dict)
    diversions: Mapping[bytes, tuple[bytes, bytes]] = msgspec.field(default_factory=dict)

    def real(self, recorded: bytes, package: str) -> bytes:
        """Where a package's file really is, with no link above it."""
        target, owner = self.diversions.get(recorded, (recorded, b""))
        return self.canonical(recorded if owner == package.partition(":")[0].encode() else target)

    def canonical(self, path: bytes) -> bytes:
        """The path with no link at its first directory."""
        top, slash, rest = path[1:].partition(b"/")
        target = self.aliases.get(b"/" + top)
        return path if target is None else target + slash + rest

    def spellings(self, path: bytes) -> set[bytes]:
        """All names of what is at a path."""
        real = self.canonical(path)
        others = {
            alias + real[len(target) :]
            for alias, target in self.aliases.items()
            if real == target or real.startswith(target + b"/")
        }
        return {path, real} | others

    def recorded_as(self, path: bytes) -> set[bytes]:
        """All names under which the package database may have what is at a path."""
        names = self.spellings(path)
        return names | {origin for origin, (target, _) in self.diversions.items() if target in names}


def read_places(greeting: bytes, diversions: bytes) -> Places:
    """What the packages script says first.

    Args:
        greeting: `alias=/bin=usr/bin` lines, among others.
        diversions: dpkg's file: three lines each, of origin, target and package; `:` stands for the administrator.
    """
    aliases = {}
    for line in greeting.split(b"\n"):
        key, _, value = line.partition(b"=")
        alias, _, target = value.partition(b"=")
        if key == b"alias" and target:
            aliases[alias] = normpath(b"/" + target.lstrip(b"/"))
    lines = iter(diversions.split(b"\n"))
    moved = {origin: (target, owner) for origin, target, owner in zip(lines, lines, lines, strict=False)}
    return Places(aliases=aliases, diversions=moved)


def scope_match(scope: FileScope, places: Places) -> str:
    """An extended regular expression for the recorded paths of all that may lie in the scope's trees."""
    names = {name for tree in trees(scope) for name in places.spellings(tree.encode())}
    tops = tuple(name.rstrip(b"/") + b"/" for name in names)
    names |= {alias for alias, target in places.aliases.items() if target.startswith(tops)}
    names |= {origin for origin, (target, _) in places.diversions.items() if target.startswith(tops)}
    if b"/" in names:
        return "^/"
    escaped = (_SPECIAL.sub(r"\\\1", name.decode("utf-8", "surrogateescape")) for name in sorted(names))
    return f"^({'|'.join(escaped)})(/|$)"


def owned_in_scope(owned: Iterable[tuple[str, bytes]], scope: FileScope, places: Places) -> Mapping[bytes, str]:
    """Path, as a snapshot of the scope has it, to package; a directory of several goes to the first by name.

    Args:
        owned: Package and recorded path.
        scope: What the snapshot is of.
        places: What the host does with paths.
    """
    asked = [tree.encode() for tree in trees(scope)]
    real_trees = tuple(places.canonical(tree).rstrip(b"/") + b"/" for tree in asked)
    # what lies below a link (`/bin`, `/lib/modules`) is listed under the link's name
    linked_trees = tuple(tree + b"/" for tree in asked if places.canonical(tree) != tree)
    owners: dict[bytes, str] = {}
    for package, recorded in sorted(owned):
        real = places.real(recorded, package)
        names = {real} if (real + b"/").startswith(real_trees) else set()
        if linked_trees:
            names |= {name for name in places.spellings(real) if (name + b"/").startswith(linked_trees)}
        for name in names:
            owners.setdefault(name, package)
    return owners
