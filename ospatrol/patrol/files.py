"""One integrity task on one host: collect, compare with the past, explain, and say what is new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import msgspec

from ospatrol.collect.files import collect_files
from ospatrol.collect.found import FilesFound
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.collect.tools import Tools
from ospatrol.integrity.explain import explain
from ospatrol.integrity.scrub import scrub
from ospatrol.model.change import Change, Explanation
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileScope
from ospatrol.model.packages import Packages
from ospatrol.patrol.compare import Differences, compare, unexplained_paths, with_explanations
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.known import Known, known_of, packages_of
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.outcome import SIGNATURE, TOOLS, Look, outcome_of
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.session import Session
from ospatrol.patrol.work import Outcome
from ospatrol.store.records import ScanState
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection

_NO_PACKAGES = Failure(
    what="packages",
    reason=Reason.ERROR,
    detail="the package database could not be read, so changes cannot be explained",
)


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

    async def __call__(self, connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        """Collect, compare and explain; see `Work`."""
        host, at = plan.target.host, self._now()
        scope = cast("FileScope", task.arguments)
        known = await asyncio.to_thread(known_of, self._store, self._baselines, host, task.name)
        state = known.state
        full = self._full or state is None or at - state.hashed_at >= self._limits.rehash_s
        budget_s = self._limits.command_s
        found = await collect_files(
            connection, scope, last=known.last, full=full, budget_s=budget_s, tools=_tools(state)
        )
        packages = await self._packages(connection, scope, known, found)
        differences = compare(known, found.snapshot, scope, found.failures)
        moved = known.last != found.snapshot
        known = msgspec.structs.replace(known, last=None, baseline=None)  # as large as what was found
        explanation = await self._explainer(connection, scope, known, differences, packages)
        texts = {path: scrub(content, path, self._key) for path, content in found.texts.items()}
        changes = differences.new.changes if texts else ()
        before = await asyncio.to_thread(self._texts_before, known, changes) if changes else {}
        new, standing = with_explanations(known, differences, explanation, before, texts)
        look = Look(
            host=host,
            task=task.name,
            at=at,
            scope=scope,
            known=known,
            found=found,
            moved=moved,
            packages=packages,
            new=new,
            standing=standing,
            texts={path: text.encode() for path, text in texts.items()},
            failures=(*found.failures, *differences.new.failures, *_unreadable(scope, found, packages)),
            hashed_all=full and not found.partial,
        )
        return outcome_of(look)

    async def _packages(
        self, connection: Connection, scope: FileScope, known: Known, found: FilesFound
    ) -> Packages | str | None:
        """The packages now; only their digest if the database did not move since they were read."""
        if not scope.packages or not found.package_signature:
            return None
        state = known.state
        if state is not None and state.packages and state.probe.get(SIGNATURE) == found.package_signature:
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


def open_files(session: Session) -> FilesTask:
    """Integrity tasks of a run."""
    order = session.order
    return FilesTask(
        session.store,
        baselines=order.baselines,
        scrub_key=scrub_key(order.state),
        limits=order.limits,
        full=order.full,
        now=time.time,
    )


def _unreadable(scope: FileScope, found: FilesFound, packages: Packages | str | None) -> tuple[Failure, ...]:
    return (_NO_PACKAGES,) if packages is None and scope.packages and found.package_signature else ()


def _tools(state: ScanState | None) -> Tools | None:
    """What the host had at the last scan, so that it need not be probed again."""
    kept = state.probe.get(TOOLS) if state else None
    try:
        return msgspec.json.decode(kept, type=Tools) if kept else None
    except msgspec.MsgspecError:  # another version wrote it; then the host is probed anew
        return None
