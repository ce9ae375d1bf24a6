"""One integrity task on one host: collect, compare with the past, explain, and say what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from ospatrol.collect.files import collect_files
from ospatrol.collect.found import FilesFound
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.collect.tools import Tools
from ospatrol.integrity.digest import summarise
from ospatrol.integrity.events import event_of
from ospatrol.integrity.explain import explain
from ospatrol.integrity.notices import baseline_proposed, clock_skewed, host_partly_assessed, packages_changed
from ospatrol.integrity.scrub import scrub
from ospatrol.model.change import Aspect, Change, ChangeKind, Explanation
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.packages import Packages
from ospatrol.model.run import TaskResult
from ospatrol.patrol.compare import Differences, compare, unexplained_paths, with_explanations
from ospatrol.patrol.known import Known, encode_pending, known_of, packages_of
from ospatrol.patrol.limits import RunLimits
from ospatrol.store.codecs import digest_of, from_packages
from ospatrol.store.records import ScanState
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection

_SKEW_S = 120.0
_TOOLS = "files"
_SIGNATURE = "packages"
_NAMED_FAILURES = 5
_NO_PACKAGES = Failure(
    what="packages",
    reason=Reason.ERROR,
    detail="the package database could not be read, so changes cannot be explained",
)


class FilesOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one integrity task found, ready to be stored and judged.

    Attributes:
        result: For the report.
        state: Where the task now stands; None if nothing at all was seen, at the first scan.
        events: What is new since the last scan.
        notes: For the report, of the host as a whole.
        snapshots: What `state` refers to; likewise `packages` and `texts`.
    """

    result: TaskResult
    state: ScanState | None
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    packages: tuple[Packages, ...] = ()
    texts: tuple[bytes, ...] = ()


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one look at a host brought together."""

    host: str
    task: str
    at: float
    scope: FileScope
    known: Known
    found: FilesFound
    packages: Packages | str | None
    new: tuple[Change, ...]
    standing: tuple[Change, ...]
    texts: Mapping[bytes, bytes]
    failures: tuple[Failure, ...]
    hashed_all: bool

    @property
    def location(self) -> str:
        return f"files:{self.task}"

    @property
    def moved(self) -> bool:
        """Whether the snapshot is another than the last one."""
        last, now = self.known.last, self.found.snapshot
        return last is None or last.listing != now.listing or last.extras != now.extras

    @property
    def saw_nothing(self) -> bool:
        return self.known.state is None and self.found.partial and not self.found.snapshot.count

    @property
    def skewed(self) -> bool:
        return abs(self.found.clock_skew_s or 0.0) >= _SKEW_S


class FilesTask:
    """Does the integrity tasks of a run.

    Args:
        store: Holds the past.
        baselines: Folder of the approvals.
        scrub_key: Keys the placeholders of secrets in kept text.
        limits: Of the run.
        full: Whether every file's content is read again though nothing about it moved.
        now: The clock: seconds since the epoch, UTC.
    """

    def __init__(
        self,
        store: Store,
        *,
        baselines: Path,
        scrub_key: bytes,
        limits: RunLimits,
        full: bool,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._baselines = baselines
        self._key = scrub_key
        self._limits = limits
        self._full = full
        self._now = now

    async def look(self, connection: Connection, task: str, scope: FileScope) -> FilesOutcome:
        """Collect, compare and explain.

        Raises:
            HostError: the host could not be asked.
            ConfigError, ConfigErrors, StoreError: the past cannot be read.
        """
        host, at = connection.target.host, self._now()
        known = await asyncio.to_thread(known_of, self._store, self._baselines, host, task)
        state = known.state
        full = self._full or state is None or at - state.hashed_at >= self._limits.rehash_s
        budget_s = self._limits.command_s
        found = await collect_files(
            connection, scope, last=known.last, full=full, budget_s=budget_s, tools=_tools(state)
        )
        packages = await self._packages(connection, scope, known, found)
        differences = compare(known, found.snapshot, scope, found.failures)
        explanation = await self._explainer(connection, scope, known, differences, packages)
        texts = {path: scrub(content, path, self._key) for path, content in found.texts.items()}
        before = await asyncio.to_thread(self._texts_before, known, differences.new.changes)
        new, standing = with_explanations(known, differences, explanation, before, texts)
        look = _Look(
            host=host,
            task=task,
            at=at,
            scope=scope,
            known=known,
            found=found,
            packages=packages,
            new=new,
            standing=standing,
            texts={path: text.encode() for path, text in texts.items()},
            failures=(*found.failures, *differences.new.failures, *_unreadable(scope, found, packages)),
            hashed_all=full and not found.partial,
        )
        return _outcome(look)

    async def _packages(
        self, connection: Connection, scope: FileScope, known: Known, found: FilesFound
    ) -> Packages | str | None:
        """The packages now; only their digest if the database did not move since they were read."""
        if not scope.packages or not found.package_signature:
            return None
        state = known.state
        if state is not None and state.packages and state.probe.get(_SIGNATURE) == found.package_signature:
            return state.packages
        packages = await collect_packages(connection, scope, found.package_signature)
        return packages if packages.signature else None

    async def _explainer(
        self,
        connection: Connection,
        scope: FileScope,
        known: Known,
        differences: Differences,
        packages: Packages | str | None,
    ) -> Callable[[Change], Explanation]:
        """What the package database says of each change; nothing is read or asked where nothing changed."""
        paths = unexplained_paths(known, differences)
        if not paths or packages is None:
            return lambda change: explain(change, was=None, now=None, packaged={})
        before = known.state.baseline_packages if known.state else None
        was = await asyncio.to_thread(packages_of, self._store, before)
        now = await asyncio.to_thread(packages_of, self._store, packages) if isinstance(packages, str) else packages
        packaged = {file.path: file for file in await collect_packaged_files(connection, scope, paths)}
        return lambda change: explain(change, was=was, now=now, packaged=packaged)

    def _texts_before(self, known: Known, changes: tuple[Change, ...]) -> Mapping[bytes, str]:
        kept = known.state.texts if known.state else {}
        return {change.path: self._store.text(kept[change.path]).decode() for change in changes if change.path in kept}


def _unreadable(scope: FileScope, found: FilesFound, packages: Packages | str | None) -> tuple[Failure, ...]:
    return (_NO_PACKAGES,) if packages is None and scope.packages and found.package_signature else ()


def _tools(state: ScanState | None) -> Tools | None:
    """What the host had at the last scan, so that it need not be probed again."""
    kept = state.probe.get(_TOOLS) if state else None
    try:
        return msgspec.json.decode(kept, type=Tools) if kept else None
    except msgspec.MsgspecError:  # another version wrote it; then the host is probed anew
        return None


def _outcome(look: _Look) -> FilesOutcome:
    loud, digest = summarise(look.new)
    told = packages_changed(digest, host=look.host, at=look.at, location=look.location) if digest.files else None
    events = [event_of(change, host=look.host, at=look.at, location=look.location) for change in loud]
    state = None if look.saw_nothing else _state(look)
    return FilesOutcome(
        result=TaskResult(
            task=look.task,
            entries=look.found.snapshot.count,
            hashed=look.found.hashed,
            reused=look.found.reused,
            baseline="" if state is None else "approved" if look.known.approval else "proposed",
            pending=len(look.standing),
            explained=digest.files,
            digest=(told.text,) if told else (),
            failures=look.failures,
        ),
        state=state,
        events=(*events, *([told] if told else []), *_notices(look, state)),
        notes=tuple(_skew_note(look)),
        snapshots=(look.found.snapshot,) if state and look.moved else (),
        packages=(look.packages,) if isinstance(look.packages, Packages) else (),
        texts=(*look.texts.values(), *([encode_pending(look.standing)] if look.standing else [])),
    )


def _state(look: _Look) -> ScanState:
    known = look.known.state
    gone = {change.path for change in look.new if change.kind is ChangeKind.DELETED or Aspect.CONTENT in change.aspects}
    texts = {path: digest for path, digest in (known.texts if known else {}).items() if path not in gone}
    texts.update({path: digest_of(text) for path, text in look.texts.items()})
    packages = known.packages if known else None
    if look.packages is not None:
        packages = look.packages if isinstance(look.packages, str) else digest_of(from_packages(look.packages))
    snapshot = look.found.snapshot.digest if known is None or look.moved else known.snapshot
    probe = {_TOOLS: msgspec.json.encode(look.found.tools).decode()} if look.found.tools else {}
    if look.packages is not None:
        probe[_SIGNATURE] = look.found.package_signature
    return ScanState(
        host=look.host,
        task=look.task,
        scope=look.scope,
        snapshot=snapshot,
        proposed=known.proposed if known and known.proposed else snapshot,
        approved=look.known.approval.result if look.known.approval else None,
        packages=packages,
        baseline_packages=known.baseline_packages if known else packages,
        texts=texts,
        pending=digest_of(encode_pending(look.standing)) if look.standing else None,
        failures=look.failures,
        skewed=look.skewed,
        hashed_at=look.at if look.hashed_all else (known.hashed_at if known else 0.0),
        scanned_at=look.at,
        probe=probe,
    )


def _notices(look: _Look, state: ScanState | None) -> Iterator[Event]:
    """What is said once, when it begins: a proposed baseline, gaps, a clock that is off."""
    before = look.known.state
    if before is None and state is not None and look.known.approval is None:
        yield baseline_proposed(
            host=look.host,
            at=look.at,
            location=look.location,
            task=look.task,
            entries=look.found.snapshot.count,
        )
    gaps = _gaps(look.failures)
    if gaps and (before is None or _gaps(before.failures) != gaps):
        named = [failure.what for failure in gaps[:_NAMED_FAILURES]]
        yield host_partly_assessed(host=look.host, at=look.at, location=look.location, what=named, missed=len(gaps))
    if look.skewed and not (before and before.skewed):
        yield clock_skewed(host=look.host, at=look.at, skew_s=look.found.clock_skew_s or 0.0)


def _gaps(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    return tuple(failure for failure in failures if failure.is_gap)


def _skew_note(look: _Look) -> Iterator[str]:
    if look.skewed:
        yield f"its clock is {look.found.clock_skew_s:+.0f} s off ours"
