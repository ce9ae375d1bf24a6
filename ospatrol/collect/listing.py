"""A host's listing, whatever tool it comes from, in the one form of `Snapshot`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from ospatrol.collect.tools import Style
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.text import show_bytes

_TIME = rb"-?+[0-9]++(?:\.[0-9]++)?+"
_ENTRY = re.compile(
    rb"[a-zA-Z] [0-7]{1,4} [0-9]++ [0-9]++ [0-9]++ %b %b [0-9]++ [0-9]++ [0-9]++ /.*" % (_TIME, _TIME), re.DOTALL
)
_FIELDS = re.compile(
    rb"(?<![^\0])([a-zA-Z]) [0-7]{1,4}+ [0-9]++ [0-9]++ ([0-9]++) %b (%b) [0-9]++ [0-9]++ [0-9]++ (/[^\0]*+)"
    % (_TIME, _TIME)
)
_TYPES = {1: b"p", 2: b"c", 4: b"d", 6: b"b", 8: b"f", 10: b"l", 12: b"s"}  # S_IFMT >> 12, inode(7)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in the order of the host.

    Attributes:
        entries: First fields, as in `Snapshot.listing`.
        targets: What links lead to; None throughout where the host's tools cannot say that safely in a listing.
        raw: What they were read from.
    """

    entries: list[bytes]
    targets: list[bytes] | None
    raw: bytes = b""

    def only(self, places: Sequence[int]) -> Listing:
        """The entries at these places."""
        return Listing(
            entries=[self.entries[at] for at in places],
            targets=None if self.targets is None else [self.targets[at] for at in places],
            raw=self.raw,
        )

    @property
    def joined(self) -> bytes:
        """The entries as `Snapshot.listing` has them; empty where targets are not known."""
        if not self.entries or self.targets is None:
            return b""
        fields = [b""] * (2 * len(self.entries))
        fields[::2], fields[1::2] = self.entries, self.targets
        return b"\0".join(fields) + b"\0"


def read_listing(raw: bytes, style: Style, root: bytes, *, limit: int) -> Listing:
    """What the script listed; an entry that was cut in the middle is left out.

    Args:
        raw: What it said between its greeting and the end mark.
        style: Which form that has.
        root: The prefix that paths on the host have, without a slash at its end.
        limit: How many entries to take.
    """
    targets = None
    if style is Style.PRINTF:
        fields = raw.split(b"\0")
        count = min((len(fields) - 1) // 2, limit) * 2
        entries, targets = fields[:count:2], fields[1:count:2]
    else:
        entries = _stat_entries(raw, base=16 if style is Style.STAT_C else 8)[:limit]
    if root:
        entries = [_without(entry, root) for entry in entries]
    return Listing(entries=entries, targets=targets, raw=raw)


def fields_of(entries: Sequence[bytes]) -> list[tuple[bytes, bytes, bytes, bytes]]:
    """Type, size, ctime and path of each first field; fewer than there are fields if one has not the promised form."""
    found: list[tuple[bytes, bytes, bytes, bytes]] = _FIELDS.findall(b"\0".join(entries))
    return found


def is_entry(field: bytes) -> bool:
    """Whether a first field has the form that `Snapshot` promises."""
    return _ENTRY.fullmatch(field) is not None


def path_of(entry: bytes) -> bytes:
    """The path in a first field."""
    return entry[entry.find(b" /") + 1 :]


def without_doubles(listing: Listing) -> tuple[Listing, tuple[Failure, ...]]:
    """The listing with each path once.

    Trees that overlap list the same entry twice, which is no failure; a path with two different entries is one, because
    the directory changed under find.
    """
    if len({entry[entry.find(b" /") :] for entry in listing.entries}) == len(listing.entries):
        return listing, ()
    seen: dict[bytes, int] = {}
    failures = []
    for at, path in enumerate(map(path_of, listing.entries)):
        first = seen.setdefault(path, at)
        if listing.entries[first] != listing.entries[at]:
            failures.append(Failure(what=show_bytes(path), reason=Reason.ERROR, detail="listed twice, and differently"))
    return listing.only(list(seen.values())), tuple(failures)


def _without(entry: bytes, root: bytes) -> bytes:
    at = entry.find(b" /") + 1
    return entry[:at] + (entry[at:].removeprefix(root) or b"/")


def _stat_entries(raw: bytes, base: int) -> list[bytes]:
    """Lines of stat(1) and, between NULs, entries whose names hold newlines."""
    entries: list[bytes] = []
    segments = raw.split(b"\0")
    for number, segment in enumerate(segments):
        if number % 2 == 0:
            entries += [_unify(line, base) for line in segment.split(b"\n")[:-1]]
        elif number < len(segments) - 1:
            fields, _, name = segment.partition(b"\n")
            entries.append(_unify(fields, base) + b" " + name)
    return entries


def _unify(line: bytes, base: int) -> bytes:
    mode, _, rest = line.partition(b" ")
    return _type_and_mode(mode, base) + rest.replace(b"//", b"/")  # find of the BSDs, below a start with a slash behind


@lru_cache(maxsize=4096)
def _type_and_mode(mode: bytes, base: int) -> bytes:
    r"""The first two fields: `81a4` (stat -c %f) or `100644` (stat -f %p) give `f 644 `.

    What is no number gives what `is_entry` refuses.
    """
    try:
        number = int(mode, base)
    except ValueError:
        return b"? "
    return b"%b %o " % (_TYPES.get(number >> 12, b"U"), number & 0o7777)
