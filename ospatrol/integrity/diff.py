"""Two snapshots of one scope compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.aspects import differing
from ospatrol.integrity.blind import Blind, blind_spots
from ospatrol.integrity.scope import selected
from ospatrol.integrity.snapshot import damage, entries, index, parse_entry
from ospatrol.model.change import Change, ChangeKind
from ospatrol.model.coverage import Failure
from ospatrol.model.files import FileEntry, FileScope, FileType, Snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ospatrol.integrity.snapshot import RawEntry


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """All that differs between two snapshots.

    Attributes:
        changes: By path.
        newly_watched: How many paths are there now that the earlier scan did not watch or could not see.
        no_longer_watched: How many paths are missing because the scope does not list them any more.
        unseen: How many paths are missing where the later scan could not look.
        failures: Entries that could not be read, and so were not compared.
    """

    changes: tuple[Change, ...] = ()
    newly_watched: int = 0
    no_longer_watched: int = 0
    unseen: int = 0
    failures: tuple[Failure, ...] = ()


def diff(
    before: Snapshot,
    after: Snapshot,
    scope: FileScope,
    *,
    before_scope: FileScope | None = None,
    failures: Sequence[Failure] = (),
    before_failures: Sequence[Failure] = (),
) -> Drift:
    """What changed between two snapshots, without explanations.

    Entries that are equal byte for byte are not parsed. `aspects.differing` says what counts as a modification. A
    path that is missing is deleted only if the later scan would have listed it and could look there; a path that is
    new is added only if the earlier scan would have listed it and could look there.

    Args:
        before: The approved or last snapshot.
        after: The snapshot of now.
        scope: What `after` was to list.
        before_scope: What `before` was to list; None for the same.
        failures: What the scan behind `after` could not assess.
        before_failures: What the scan behind `before` could not assess.
    """
    if before.listing == after.listing and before.extras == after.extras:
        return Drift()
    damaged = tuple(filter(None, (damage(before), damage(after))))
    if damaged:
        return Drift(failures=damaged)
    old, new = set(entries(before)), set(entries(after))
    was, broken = _parsed(old - new)
    now, broken_now = _parsed(new - old)
    _complete(was, now.keys() - was.keys(), before)
    _complete(now, was.keys() - now.keys(), after)
    comparison = _Comparison(
        scope=scope,
        before_scope=before_scope or scope,
        blind=blind_spots((*failures, *broken_now)),
        before_blind=blind_spots((*before_failures, *broken)),
    )
    return comparison.drift(was, now, (*broken, *broken_now))


class _Comparison(msgspec.Struct, frozen=True, kw_only=True):
    scope: FileScope
    before_scope: FileScope
    blind: Blind
    before_blind: Blind

    def drift(self, was: dict[bytes, FileEntry], now: dict[bytes, FileEntry], failures: tuple[Failure, ...]) -> Drift:
        changes: list[Change] = []
        newly_watched = no_longer_watched = unseen = 0
        for path in sorted(was.keys() | now.keys()):
            if path not in was:
                new = now[path]
                if _watched(new, self.before_scope) and not self.before_blind.covers(path):
                    changes.append(Change(kind=ChangeKind.ADDED, path=path, after=new))
                else:
                    newly_watched += 1
            elif path not in now:
                old = was[path]
                if not _watched(old, self.scope):
                    no_longer_watched += 1
                elif self.blind.covers(path):
                    unseen += 1
                else:
                    changes.append(Change(kind=ChangeKind.DELETED, path=path, before=old))
            else:
                changes.extend(self._modified(was[path], now[path]))
        return Drift(
            changes=tuple(changes),
            newly_watched=newly_watched,
            no_longer_watched=no_longer_watched,
            unseen=unseen,
            failures=failures,
        )

    def _modified(self, old: FileEntry, new: FileEntry) -> Iterable[Change]:
        found = differing(
            old,
            new,
            follow_mtime=self.scope.follow_mtime,
            uncollected=self.blind.attributes | self.before_blind.attributes,
        )
        if found:
            yield Change(kind=ChangeKind.MODIFIED, path=new.path, before=old, after=new, aspects=found)


def _watched(entry: FileEntry, scope: FileScope) -> bool:
    return entry.type in {*scope.types, FileType.UNKNOWN} and selected(entry.path, scope)


def _complete(known: dict[bytes, FileEntry], paths: Collection[bytes], snapshot: Snapshot) -> None:
    """Finds the entries of paths that a snapshot lists twice, once of them as the other snapshot does."""
    if paths:
        every = index(snapshot)
        known.update(_parsed(every[path] for path in paths if path in every)[0])


def _parsed(raws: Iterable[RawEntry]) -> tuple[dict[bytes, FileEntry], tuple[Failure, ...]]:
    known: dict[bytes, FileEntry] = {}
    broken: list[Failure] = []
    for raw in raws:
        entry = parse_entry(raw)
        if isinstance(entry, Failure):
            broken.append(entry)
        else:
            known[entry.path] = entry
    return known, tuple(sorted(broken, key=lambda failure: failure.what))
