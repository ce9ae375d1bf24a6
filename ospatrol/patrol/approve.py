"""Vouching for what a host looks like: from pending differences to an approval in git."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

import msgspec

from ospatrol.integrity.snapshot import merge
from ospatrol.load.approvals import read_approvals, write_approvals
from ospatrol.model.approval import Approval, Approvals, ApprovedChange
from ospatrol.model.change import Change, Verdict
from ospatrol.model.errors import UsageError
from ospatrol.model.files import FileEntry
from ospatrol.model.packages import Packages
from ospatrol.model.state import ItemChange
from ospatrol.model.text import show_bytes
from ospatrol.patrol.known import Known, encode_pending, known_of
from ospatrol.store.records import ScanState
from ospatrol.store.store import Store

_LISTED = 500
_PACKAGE = "package"

Key = TypeVar("Key", str, bytes)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which differences are vouched for; without any choice, all.

    Attributes:
        paths: Shell patterns; `*` crosses `/`.
        items: Kind of item and shell pattern of its name, as `account:web*`; a pattern alone means every kind.
        packages: Names of packages; what they explain is accepted, and nothing that contradicts them; of what a host
            is made of, the packages themselves.
        explained: Whether everything is accepted that the package database explains.
    """

    paths: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    explained: bool = False

    @property
    def all(self) -> bool:
        """Whether everything is vouched for."""
        return not (self.paths or self.items or self.packages or self.explained)

    @property
    def flags(self) -> str:
        """The choices as a command line has them."""
        given = {"--path": self.paths, "--item": self.items, "--package": self.packages, "--explained": self.explained}
        return ", ".join(flag for flag, value in given.items() if value)

    def takes(self, change: Change) -> bool:
        """Whether a difference is chosen. Paths match as they are shown, control characters escaped."""
        if self.all or any(fnmatchcase(show_bytes(change.path), pattern) for pattern in self.paths):
            return True
        why = change.explanation
        named = {why.package, why.package.partition(":")[0]} & set(self.packages)
        return why.verdict is Verdict.EXPLAINED and (self.explained or bool(named))

    def takes_item(self, change: ItemChange) -> bool:
        """Whether a difference of what a host is made of is chosen; names match as they are shown."""
        if self.all or any(_means(pattern, change) for pattern in self.items):
            return True
        return change.kind == _PACKAGE and bool({change.key, change.key.partition(":")[0]} & set(self.packages))

    def __str__(self) -> str:
        if self.all:
            return "all"
        said = [f"path {path}" for path in self.paths] + [f"item {item}" for item in self.items]
        said += [f"package {name}" for name in self.packages]
        return ", ".join([*said, *(["explained"] if self.explained else [])])


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who vouches, when and why.

    Attributes:
        by: A name.
        at: Seconds since the epoch, UTC.
        why: A sentence.
    """

    by: str
    at: float
    why: str

    @property
    def moment(self) -> str:
        """The time in UTC, ISO 8601."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval did.

    Attributes:
        host: The inventory name.
        task: The task.
        accepted: How many differences were accepted; for a first approval, how many had piled up since the first scan.
        left: How many still await approval.
        entries: How many entries the baseline now holds.
        path: The file that was written.
    """

    host: str
    task: str
    accepted: int
    left: int
    entries: int
    path: Path


def approve(store: Store, baselines: Path, state: ScanState, wanted: Wanted, signature: Signature) -> Approved | None:
    """Vouch for a task on a host as it was last seen; None if nothing was left to vouch for.

    The store is written first, then the approval file, then where the task stands: cut short anywhere, the old
    approval or the new one is in force, whole.

    Raises:
        ConfigError, ConfigErrors, StoreError: the past cannot be read, or the approval not be written.
        UsageError: the approvals changed since the last scan, or a part is wanted of what nobody approved yet.
    """
    known = known_of(store, baselines, state.host, state.task)
    if known.last is None or known.baseline is None:
        raise UsageError(f"{state.host}: {state.task!r} was never scanned whole; run it first")
    if state.approved != (known.approval.result if known.approval else None):
        raise UsageError(
            f"{state.host}: the approvals of {state.task!r} changed since its last scan; run it again first"
        )
    accepted = tuple(change for change in known.pending if wanted.takes(change))
    if not is_anything_left(state.host, state.task, wanted, approval=known.approval, accepted=len(accepted)):
        return None
    left = tuple(change for change in known.pending if not wanted.takes(change))
    result = known.last if wanted.all else merge(known.baseline, known.last, [change.path for change in accepted])
    digest = store.put_snapshot(result, like=state.snapshot)
    approval = Approval(
        task=state.task,
        by=signature.by,
        at=signature.moment,
        why=signature.why,
        scope=str(wanted),
        previous=known.approval.result if known.approval else "",
        result=digest,
        entries=result.count,
    )
    path = append(baselines, state.host, listing(approval, [_listed(change) for change in accepted]))
    packages = _packages(store, known, accepted, everything=not left)
    pending = store.put_text(encode_pending(left)) if left else None
    store.put_scan_states(
        [msgspec.structs.replace(state, approved=digest, pending=pending, baseline_packages=packages)]
    )
    return Approved(
        host=state.host,
        task=state.task,
        accepted=len(accepted),
        left=len(left),
        entries=result.count,
        path=path,
    )


def is_anything_left(host: str, task: str, wanted: Wanted, *, approval: Approval | None, accepted: int) -> bool:
    """Whether something is left to vouch for: a change that is wanted, or the whole of what nobody approved yet.

    Raises:
        UsageError: a part is wanted of what nobody approved yet.
    """
    if approval is None and accepted and not wanted.all:
        raise nobody_approved(host, task, wanted)
    return bool(accepted) or (approval is None and wanted.all)


def nobody_approved(host: str, task: str, wanted: Wanted) -> UsageError:
    """What is wrong with vouching for a part of a baseline that is only proposed: the rest would be vouched for too."""
    return UsageError(
        f"{host}: nobody has approved the baseline of {task!r} yet; approve the whole first, without {wanted.flags}"
    )


def listing(approval: Approval, changes: Sequence[ApprovedChange]) -> Approval:
    """An approval with as many of the accepted changes as a person may want to review."""
    return msgspec.structs.replace(
        approval, changes=tuple(changes[:_LISTED]), not_listed=max(0, len(changes) - _LISTED)
    )


def append(baselines: Path, host: str, approval: Approval) -> Path:
    """Write an approval behind those that a host has; the file.

    Raises:
        ConfigErrors: the approvals are broken, or cannot be written.
    """
    before = read_approvals(baselines, host)
    return write_approvals(baselines, Approvals(host=host, approvals=(*before.approvals, approval)))


def _means(pattern: str, change: ItemChange) -> bool:
    kind, colon, name = pattern.partition(":")
    named = bool(colon) and change.kind == kind and fnmatchcase(change.key, name)
    return named or fnmatchcase(change.key, pattern)


def _listed(change: Change) -> ApprovedChange:
    return ApprovedChange(
        path=show_bytes(change.path),
        change=change.kind.value,
        aspects=",".join(change.aspects),
        verdict=change.explanation.verdict.value,
        was=_content(change.before),
        now=_content(change.after),
    )


def _content(entry: FileEntry | None) -> str:
    return entry.content if entry is not None and entry.content[:1] not in "-!" else ""


def _packages(store: Store, known: Known, accepted: Iterable[Change], *, everything: bool) -> str | None:
    """Digest of the packages that belong to the new baseline: those whose changes were accepted, as they are now."""
    state = known.state
    if state is None or state.packages is None:
        return state.baseline_packages if state else None
    if everything or state.baseline_packages is None:
        return state.packages
    now, was = store.packages(state.packages), store.packages(state.baseline_packages)
    versions, owners = dict(was.versions), dict(was.owners)
    for change in accepted:
        _follow(versions, now.versions, change.explanation.package)
        _follow(owners, now.owners, change.path)
    packages = Packages(system=now.system, signature=was.signature, versions=versions, owners=owners)
    return store.put_packages(packages, like=state.packages)


def _follow(into: dict[Key, str], now: Mapping[Key, str], key: Key) -> None:
    if key in now:
        into[key] = now[key]
    else:
        into.pop(key, None)
