"""What a scan found against what is known: new differences, and those that still await approval."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ospatrol.integrity.diff import Drift, diff
from ospatrol.integrity.scope import selected
from ospatrol.integrity.textdiff import text_diff
from ospatrol.model.change import Aspect, Change, ChangeKind, Explanation
from ospatrol.model.coverage import Failure
from ospatrol.model.files import FileEntry, FileScope, Snapshot
from ospatrol.patrol.known import Known


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """Two comparisons of the same scan.

    Attributes:
        new: Since the last scan: what is reported now.
        standing: Since the baseline: what awaits approval, reported now or earlier.
    """

    new: Drift
    standing: Drift


def compare(known: Known, snapshot: Snapshot, scope: FileScope, failures: tuple[Failure, ...]) -> Differences:
    """A scan against the last one and against the baseline; nothing differs at the first scan."""
    state = known.state
    if state is None or known.last is None or known.baseline is None:
        return Differences(new=Drift(), standing=Drift())
    new = diff(known.last, snapshot, scope, before_scope=state.scope, failures=failures, before_failures=state.failures)
    if known.baseline is known.last and not state.failures:
        return Differences(new=new, standing=new)
    standing = diff(known.baseline, snapshot, scope, failures=failures)
    missed = _missed(known, state.scope, new, standing)
    every = tuple(sorted((*new.changes, *missed), key=lambda change: change.path))
    return Differences(new=msgspec.structs.replace(new, changes=every), standing=standing)


def _missed(known: Known, before_scope: FileScope, new: Drift, standing: Drift) -> tuple[Change, ...]:
    """Standing changes that were never told: what came about where the last scan could not look."""
    told = {change.path: change for change in known.pending}
    fresh = {change.path for change in new.changes}
    return tuple(
        change
        for change in standing.changes
        if change.path not in fresh and _earlier(change, told) is None and selected(change.path, before_scope)
    )


def unexplained_paths(known: Known, found: Differences) -> tuple[bytes, ...]:
    """Paths of which the package database must be asked: new changes, and standing ones without an explanation."""
    before = {change.path: change for change in known.pending}
    standing = {change.path for change in found.standing.changes if _earlier(change, before) is None}
    return tuple(sorted({change.path for change in found.new.changes} | standing))


def with_explanations(
    known: Known,
    found: Differences,
    explanation: Callable[[Change], Explanation],
    texts_before: Mapping[bytes, str],
    texts_now: Mapping[bytes, str],
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """New and standing changes, explained; standing ones keep the explanation that they were reported with.

    Args:
        known: The past.
        found: What differs.
        explanation: Asks the package database's answers.
        texts_before: Kept text of changed paths, as it was.
        texts_now: Kept text of changed paths, as it is.
    """
    new = tuple(
        msgspec.structs.replace(
            change, explanation=explanation(change), text_diff=_text_diff(change, texts_before, texts_now)
        )
        for change in found.new.changes
    )
    before = {change.path: change for change in known.pending}
    now = {change.path: change for change in new}
    standing = []
    for change in found.standing.changes:
        same = _earlier(change, now) or _earlier(change, before)
        why = same.explanation if same else explanation(change)
        standing.append(msgspec.structs.replace(change, explanation=why, text_diff=same.text_diff if same else ""))
    return new, tuple(standing)


def _earlier(change: Change, told: Mapping[bytes, Change]) -> Change | None:
    """The change as it was told before, if what is there now is still what was there then."""
    same = told.get(change.path)
    return same if same is not None and _state(same.after) == _state(change.after) else None


def _state(entry: FileEntry | None) -> object:
    """What a change led to, without what moves by itself."""
    if entry is None:
        return None
    return (entry.type, entry.mode, entry.uid, entry.gid, entry.target, entry.content, entry.attributes)


def _text_diff(change: Change, before: Mapping[bytes, str], now: Mapping[bytes, str]) -> str:
    if change.kind is not ChangeKind.MODIFIED or Aspect.CONTENT not in change.aspects:
        return ""
    if change.path not in before or change.path not in now:
        return ""
    return text_diff(before[change.path], now[change.path])
