"""Host patterns, as Ansible's: `web:&prod:!db1`, wildcards, `~regex`, `web[0:2]`, and `@file` in a limit."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ospatrol.inventory.draft import ALL, LOCAL_NAMES
from ospatrol.inventory.fleet import Fleet
from ospatrol.inventory.names import is_address
from ospatrol.model.errors import UsageError

_PIECE = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
_SUBSCRIPT = re.compile(r"(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]")
_WILD = frozenset(".?*[")


def split_pattern(pattern: str) -> list[str]:
    """The single patterns of a list with commas or, where nothing is an address with colons, with colons."""
    if "," in pattern:
        pieces = pattern.split(",")
    elif is_address(pattern):
        pieces = [pattern]
    else:
        pieces = _PIECE.findall(pattern)
    return [piece.strip() for piece in pieces if piece.strip()]


def split_limit(limit: str) -> list[str]:
    """The single patterns of a limit; `@file` stands for the lines of a file.

    Raises:
        UsageError: a file cannot be read.
    """
    patterns: list[str] = []
    for piece in split_pattern(limit):
        if not piece.startswith("@"):
            patterns.append(piece)
            continue
        try:
            patterns.extend(line.strip() for line in Path(piece[1:]).expanduser().read_text().splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"limit {piece}: the file cannot be read: {error}") from error
    return patterns


def select(fleet: Fleet, pattern: str, limit: str | None, warnings: list[str]) -> tuple[str, ...]:
    """The hosts of a pattern, in its order, each once.

    Args:
        fleet: Hosts and groups.
        pattern: As in a play's `hosts`.
        limit: As after `--limit`: only hosts that it matches too.
        warnings: Gets a sentence for each piece that matches nothing.

    Raises:
        UsageError: a piece is malformed, or its subscript is out of range.
    """
    hosts = _Matcher(fleet, warnings).all_of(split_pattern(pattern))
    if limit is None:
        return tuple(hosts)
    allowed = _Matcher(fleet, warnings).all_of(split_limit(limit))
    return tuple(host for host in hosts if host in allowed)


class _Matcher:
    def __init__(self, fleet: Fleet, warnings: list[str]) -> None:
        self._fleet = fleet
        self._warnings = warnings

    def all_of(self, patterns: Iterable[str]) -> dict[str, None]:
        """The hosts of all patterns together: first what adds, then `&`, then `!`, whatever their order."""
        given = [pattern for pattern in patterns if pattern]
        adding = [pattern for pattern in given if pattern[0] not in "&!"] or [ALL]
        found: dict[str, None] = {}
        for pattern in adding:
            found.update(dict.fromkeys(self._plain_host(pattern) or self._one(pattern)))
        for pattern in given:
            if pattern[0] == "&":
                both = set(self._one(pattern[1:]))
                found = {host: None for host in found if host in both}
        for pattern in given:
            if pattern[0] == "!":
                without = set(self._one(pattern[1:]))
                found = {host: None for host in found if host not in without}
        return found

    def _plain_host(self, pattern: str) -> Sequence[str]:
        return (pattern,) if pattern in self._fleet.hosts else ()

    def _one(self, pattern: str) -> Sequence[str]:
        if not pattern:
            raise UsageError("a host pattern must not end with & or !")
        subscripted = None if pattern[0] == "~" else _SUBSCRIPT.fullmatch(pattern)
        if subscripted is None:
            return self._matches(pattern)
        name, index, first, separator, last = subscripted.groups()
        hosts = self._matches(name)
        if separator == "-":
            self._warnings.append(f"host pattern {pattern!r}: write the subscript as [x:y], not as [x-y]")
        if not hosts:
            return hosts
        if index is None and (last == "" or int(last)):
            return hosts[int(first) : int(last) + 1 if last else None]
        try:
            return (hosts[int(index if index is not None else first)],)
        except IndexError:
            raise UsageError(f"host pattern {pattern!r}: there are only {len(hosts)} hosts in {name!r}") from None

    def _matches(self, pattern: str) -> Sequence[str]:
        """The hosts of all groups that match; and hosts that match, where no group does or the pattern is wild."""
        fleet = self._fleet
        groups = _matching(fleet.groups, pattern)
        found: dict[str, None] = {}
        for group in groups:
            found.update(dict.fromkeys(fleet.members(group)))
        if not groups or pattern[0] == "~" or _WILD.intersection(pattern):
            found.update(dict.fromkeys(_matching(fleet.hosts, pattern)))
        if not found and pattern in LOCAL_NAMES:
            return (fleet.localhost or pattern,)
        if not found and not groups and pattern != ALL:
            self._warn(f"no host or group matches {pattern!r}")
        return tuple(found)

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)


def _matching(names: Iterable[str], pattern: str) -> list[str]:
    if pattern[0] != "~" and not _WILD.intersection(pattern):
        return [pattern] if pattern in names else []
    try:
        compiled = re.compile(pattern[1:] if pattern[0] == "~" else fnmatch.translate(pattern))
    except re.error as error:
        raise UsageError(f"host pattern {pattern!r} is no regular expression: {error}") from error
    return [name for name in names if compiled.match(name)]
