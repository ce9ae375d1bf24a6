"""What has to be asked of a host's files, given what is known from the last scan."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import compress

from ospatrol.collect.listing import Listing, fields_of, is_entry, path_of
from ospatrol.integrity.scope import any_of
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.text import show_bytes

_FILE, _LINK = b"fl"
_NO_CONTENT = b"-"
_FEW = 5_000  # paths of more would not fit into one request
_AT_ONCE = 50_000  # more entries go one by one: a tuple for each would be too much memory


class Plan:
    """A snapshot in the making.

    Many hosts make theirs at once, and an object for each field takes several times the memory of its bytes: whoever
    waits for a host does so while the plan is `folded`.

    Args:
        listing: What the host lists; each entry in the right form, no path twice.
        scope: What is watched.
        now: The host's clock in decimal; `9` if it does not say.
        held: Byte strings that stay in memory anyway, of which a folded plan may be made.

    Attributes:
        entries: First fields.
        targets: What links lead to.
        extras: What is known of each entry: all, or the word that stands if there is no better one, empty where it is
            new.
        to_hash: Files to hash.
        sizes: Of the same files, in bytes.
        to_describe: Entries whose attributes are to be read, links left out.
        to_label: Links, of whose attributes only the label matters.
        to_point: Links whose targets are to be read.
        late: Whether a file to hash changed just now; `late_coarse` if one did whose stamp has whole seconds only.
        everything: Whether every file is to be hashed and every entry to be described, so that the host need not be
            told which.
        few_files: Paths of what is to be hashed, if that is everything and not much.
        reused: How many digests are taken over.
        failures: Entries that were refused, and files that are too big.
    """

    def __init__(self, listing: Listing, scope: FileScope, now: bytes = b"9", *, held: tuple[bytes, ...] = ()) -> None:
        self._held = held
        self._limit_bytes = scope.hash_limit_bytes
        self._growing = any_of(scope.growing)
        self._now = now
        self.entries = listing.entries
        self.targets = listing.targets or [b""] * len(listing.entries)
        self.extras = [b""] * len(listing.entries)
        self.to_hash = array("I")
        self.sizes = array("Q")
        self.to_describe = array("I")
        self.to_label: list[int] = []
        self.to_point: list[int] = []
        self.late = self.late_coarse = False
        self.everything = False
        self.few_files: list[bytes] = []
        self.reused = 0
        self.failures: list[Failure] = []

    @contextmanager
    def folded(self) -> Iterator[None]:
        """While the block runs, a plan of many entries is a few byte strings, and none of its entries is there."""
        if len(self.entries) <= _FEW:
            yield
            return
        listing = self.shared(Listing(entries=self.entries, targets=self.targets).joined)
        extras = self.shared(b"\0".join([*self.extras, b""]))
        self.entries, self.targets, self.extras = [], [], []
        try:
            yield
        finally:
            fields = listing.split(b"\0")
            self.entries, self.targets, self.extras = fields[:-1:2], fields[1::2], extras.split(b"\0")[:-1]

    def shared(self, folded: bytes) -> bytes:
        """The same bytes, in memory once if they are held already."""
        return next((held for held in self._held if held == folded), folded)

    def path(self, at: int) -> bytes:
        """An entry's path."""
        return path_of(self.entries[at])

    def paths(self, places: Iterable[int]) -> list[bytes]:
        """The paths of many entries."""
        return [entry[entry.find(b" /") + 1 :] for entry in map(self.entries.__getitem__, places)]

    def set_word(self, at: int, word: bytes) -> None:
        """Say what an entry's content is; what is known of its attributes stays."""
        extra = self.extras[at]
        self.extras[at] = word + b"".join(extra.partition(b" ")[1:]) if extra else word

    def set_words(self, places: Sequence[int], words: Sequence[bytes]) -> None:
        """Say what the content of many entries is."""
        if not self.everything:
            for at, word in zip(places, words, strict=True):
                self.set_word(at, word)
            return
        extras = self.extras  # which hold no attributes yet
        for at, word in zip(places, words, strict=True):
            extras[at] = word

    def append(self, entry: bytes, target: bytes, extra: bytes) -> None:
        """Add an entry of which everything is known."""
        self.entries.append(entry)
        self.targets.append(target)
        self.extras.append(extra)

    def look_at_everything(self) -> bool:
        """Put everything down at once; False, and nothing is done, where an entry needs a look of its own."""
        fields = fields_of(self.entries) if len(self.entries) <= _AT_ONCE and self._growing is None else []
        if not fields or len(fields) != len(self.entries):
            return False
        kinds, sizes, ctimes, paths = zip(*fields, strict=True)
        is_file = [kind == b"f" for kind in kinds]
        bytes_ = array("Q", map(int, compress(sizes, is_file)))
        if max(bytes_, default=0) > self._limit_bytes or max(ctimes) >= self._now:
            return False
        places = range(len(fields))
        self.sizes, self.to_hash = bytes_, array("I", compress(places, is_file))
        self.few_files = list(compress(paths, is_file)) if len(fields) <= _FEW else []
        self.to_label = [] if b"l" not in kinds else [at for at in places if kinds[at] == b"l"]
        links = frozenset(self.to_label)
        self.to_describe = array("I", [at for at in places if at not in links] if links else places)
        both = zip(self.extras, is_file, strict=True)
        self.extras = [known and known.partition(b" ")[0] if file else _NO_CONTENT for known, file in both]
        self.everything = True
        return True

    def look_at(self, at: int, *, describe: bool = True) -> None:
        """Put down what is to be asked about an entry; `extras` has what is known of it already.

        Args:
            at: Which entry.
            describe: Whether its attributes are wanted too.
        """
        entry = self.entries[at]
        if entry[0] == _FILE:
            if describe:
                self.to_describe.append(at)
            self._want_content(at, entry)
            return
        self.extras[at] = _NO_CONTENT
        if entry[0] == _LINK:
            self.to_label.append(at)
        else:
            self.to_describe.append(at)

    def _want_content(self, at: int, entry: bytes) -> None:
        """Put a file down for hashing, unless the word for its content needs no asking."""
        fields = entry.split(b" ", 7)
        size = int(fields[4])
        if self._growing is not None and self._growing.fullmatch(path_of(entry)):
            self.set_word(at, _NO_CONTENT)
        elif size > self._limit_bytes:
            self.set_word(at, b"!too-big")
            detail = f"{size} bytes, and the limit is {self._limit_bytes}"
            self.failures.append(Failure(what=show_bytes(path_of(entry)), reason=Reason.TOO_BIG, detail=detail))
        else:
            self.to_hash.append(at)
            self.sizes.append(size)
            if fields[6] >= self._now:  # until 2286, seconds have ten digits
                self.late = True
                self.late_coarse |= not fields[6].partition(b".")[2].strip(b"0")


def compare(listing: Listing, last: Snapshot | None, scope: FileScope, *, full: bool, now: bytes = b"9") -> Plan:
    """What is known of a listing's entries from the last scan, and what has to be asked.

    Args:
        listing: What the host lists now.
        last: The last scan of the same scope.
        scope: What is watched.
        full: Whether to look at everything again, moved or not.
        now: The host's clock in decimal; `9` if it does not say.
    """
    held = (listing.raw,) if last is None else (last.listing, last.extras, listing.raw)
    if listing.targets is not None and (last is None or (full and last.listing == listing.joined)):
        plan = Plan(listing, scope, now, held=held)
        plan.extras = plan.extras if last is None else last.extras.split(b"\0")[:-1]
        if plan.look_at_everything():
            return plan
    known = {} if last is None else _by_entry(last)
    listing, refused = _sound(listing, known)
    plan = Plan(listing, scope, now, held=held)
    plan.failures += refused
    told = listing.targets is not None
    for at, before in enumerate(map(known.get, listing.entries)):
        if before is None or (told and plan.targets[at] != before[0]):
            if not told and listing.entries[at][0] == _LINK:
                plan.to_point.append(at)
            plan.look_at(at)
            continue
        plan.targets[at], plan.extras[at] = before
        if full:
            plan.extras[at] = before[1].partition(b" ")[0]
            plan.look_at(at)
        elif before[1][:1] == b"!":
            plan.look_at(at, describe=False)
        else:
            plan.reused += before[1][:1] != _NO_CONTENT
    return plan


def _by_entry(last: Snapshot) -> Mapping[bytes, tuple[bytes, bytes]]:
    """First field to target and extras."""
    fields = last.listing.split(b"\0")
    return dict(zip(fields[:-1:2], zip(fields[1::2], last.extras.split(b"\0"), strict=False), strict=False))


def _sound(listing: Listing, known: Mapping[bytes, object]) -> tuple[Listing, list[Failure]]:
    """The listing without what is no entry; what was taken for one before needs no second look."""
    bad = [at for at, entry in enumerate(listing.entries) if entry not in known and not is_entry(entry)]
    if not bad:
        return listing, []
    detail = "the host listed something that is no entry"
    refused = [Failure(what=show_bytes(listing.entries[at], 200), reason=Reason.ERROR, detail=detail) for at in bad]
    kept = sorted(set(range(len(listing.entries))) - set(bad))
    return listing.only(kept), refused


def is_same(raw: bytes, last: Snapshot | None) -> bool:
    """Whether a listing in the snapshot's own form says that nothing moved, and nothing of the last scan is missing."""
    return last is not None and raw == last.listing and b"!" not in last.extras


def digests_in(snapshot: Snapshot) -> int:
    """How many digests a snapshot without uncollected contents holds."""
    without = snapshot.extras.count(b"\0-") + snapshot.extras.startswith(b"-")
    return snapshot.count - without
