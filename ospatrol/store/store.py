"""The store of a workspace: one object, whose methods block and may be called from any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ospatrol.model.alert import Alert
from ospatrol.model.command import Sent
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages
from ospatrol.model.run import RunResult
from ospatrol.store import alerts, blobs, cleanup, record, runs, scans, stats, transcripts
from ospatrol.store.blobs import BlobKind, content_of
from ospatrol.store.codecs import from_packages, from_snapshot, to_packages, to_snapshot
from ospatrol.store.database import Database
from ospatrol.store.faults import explained
from ospatrol.store.lock import held_by
from ospatrol.store.records import AlertQuery, HostRecord, PastScan, RunSummary, ScanState
from ospatrol.store.upkeep import GcReport, Problem, Retention, StoreStats


class Store:
    """What OSPatrol remembers; a context manager that closes it.

    Every method blocks for the length of a few statements, and raises `StoreError` for whatever goes wrong with the
    disk or the database; then nothing of that call is stored. One lock serves all threads of a process. Processes
    do not disturb each other, but only one at a time may run: see `RunLock`.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        """Use `Store.open`."""
        self.folder = folder
        self._database = database

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Store:
        """Open the store of a state folder.

        Args:
            folder: Usually `.ospatrol`; made for its owner only if it is missing, unless `read_only`.
            read_only: Refuse to write, and refuse a folder that holds no store.

        Raises:
            StoreError: not there, not ours, damaged, written by a newer OSPatrol, or not permitted.
        """
        return cls(folder, Database.open(folder, read_only=read_only))

    def close(self) -> None:
        """Close it; every method fails from then on."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def seal(self) -> None:
        """Make everything that was stored survive a power cut: called before anything is reported."""
        self._database.seal()

    # contents

    def put_snapshot(self, snapshot: Snapshot, *, like: str | None = None) -> str:
        """Keep a snapshot; its digest.

        `gc` removes it again unless something comes to refer to it.

        Args:
            snapshot: What to keep.
            like: Digest of a snapshot that it may resemble, to take less room.
        """
        return self._put(BlobKind.SNAPSHOT, from_snapshot(snapshot), like)

    def snapshot(self, digest: str) -> Snapshot:
        """The snapshot of a digest, checked against it."""
        return to_snapshot(self._get(BlobKind.SNAPSHOT, digest))

    def has_snapshot(self, digest: str) -> bool:
        """Whether the snapshot is there; not whether it is sound."""
        with self._database.reading() as connection:
            return blobs.holds(connection, BlobKind.SNAPSHOT, digest)

    def put_text(self, text: bytes) -> str:
        """Keep a file's content, for diffs; its digest."""
        return self._put(BlobKind.TEXT, text, None)

    def text(self, digest: str) -> bytes:
        """The content of a digest, checked against it."""
        return self._get(BlobKind.TEXT, digest)

    def put_packages(self, packages: Packages, *, like: str | None = None) -> str:
        """Keep a list of packages; its digest."""
        with explained(self._database.path):
            plain = from_packages(packages)
        return self._put(BlobKind.PACKAGES, plain, like)

    def packages(self, digest: str) -> Packages:
        """The list of a digest, checked against it."""
        plain = self._get(BlobKind.PACKAGES, digest)
        with explained(self._database.path):
            return to_packages(plain)

    def script(self, digest: str) -> str:
        """The text of a script that a transcript names."""
        return self._get(BlobKind.SCRIPT, digest).decode()

    # where hosts stand

    def scan_state(self, host: str, task: str) -> ScanState | None:
        """Where a host and task stand; None where they were never scanned."""
        with self._database.reading() as connection:
            return scans.get(connection, host, task)

    def scan_states(self, pattern: str = "*") -> Iterator[ScanState]:
        """Where all hosts of a shell pattern stand, by host and task, read as they are asked for."""
        host, task = "", ""
        while True:
            with self._database.reading() as connection:
                state = scans.following(connection, host, task, pattern)
            if state is None:
                return
            yield state
            host, task = state.host, state.task

    def put_scan_states(self, states: Iterable[ScanState]) -> None:
        """Set where hosts stand outside of a run, as an approval does; all or none."""
        wanted = tuple(states)  # whatever gives them may ask the store itself
        with self._database.writing(durable=True) as connection:
            for state in wanted:
                scans.put(connection, state, "")

    def history(self, host: str, task: str) -> tuple[PastScan, ...]:
        """What a host looked like over time, newest first; only moments at which it changed."""
        with self._database.reading() as connection:
            return scans.past(connection, host, task)

    def forget(self, host: str, task: str | None = None) -> int:
        """Forget where a host stands and its history, in one task or all; how many tasks were known.

        Its alerts and its part in runs stay until they are past retention.
        """
        with self._database.writing(durable=True) as connection:
            return scans.forget(connection, host, task)

    # runs

    def begin_run(self, run: RunResult, *, args: Iterable[str], owner: str) -> None:
        """Note that a run has begun, so that it is known even if it never ends.

        Args:
            run: Its id, play, start and number of hosts count.
            args: The command line, without secrets.
            owner: Who runs it.
        """
        with self._database.writing() as connection:
            runs.begin(connection, run, args, owner)

    def record_host(self, run_id: str, host: HostRecord) -> tuple[Alert, ...]:
        """Store all that a run learnt of a host, or nothing of it; the alerts that nobody had raised before.

        Survives the end of the process at once, and a power cut from `seal` or `finish_run` on.
        """
        with explained(self._database.path):
            contents = record.prepare(host)
        with self._database.writing() as connection:
            return record.put(connection, run_id, host, contents)

    def record_sent(self, run_id: str, lines: Iterable[Sent]) -> None:
        """Add to a run's transcript at once, rather than with the host's record."""
        wanted = tuple(lines)
        with self._database.writing() as connection:
            transcripts.put(connection, run_id, wanted)

    def finish_run(self, result: RunResult) -> None:
        """Close a run; it and all that it stored survive a power cut when this returns.

        Hosts that were not recorded are recorded as they stand in the result.
        """
        with self._database.writing(durable=True) as connection:
            runs.finish(connection, result)

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """The newest runs, newest first. One that was never finished, and does not run now, is INTERRUPTED."""
        running = held_by(self.folder) is not None
        with self._database.reading() as connection:
            return runs.summaries(connection, limit, running=running)

    def run(self, run_id: str) -> RunResult:
        """A run with all hosts recorded so far; `finished` is 0 where it did not come to its end."""
        with self._database.reading() as connection:
            return runs.get(connection, run_id)

    def transcript(self, run_id: str) -> Iterator[Sent]:
        """What a run sent, by host and then in the order in which it was sent, read as it is asked for."""
        with self._database.reading() as connection:
            runs.number_of(connection, run_id)
        return self._transcript(run_id)

    # alerts

    def alerts(self, query: AlertQuery) -> Iterator[Alert]:
        """Alerts that a query asks for, read as they are asked for."""
        cursor = alerts.first_cursor(query)
        left = query.limit
        while left is None or left > 0:
            size = alerts.PAGE if left is None else min(left, alerts.PAGE)
            with self._database.reading() as connection:
                found = alerts.page(connection, query, cursor, size)
            yield from (alert for _, alert in found)
            if len(found) < size:
                return
            cursor = found[-1][0]
            left = None if left is None else left - len(found)

    def alert(self, prefix: str) -> Alert:
        """The one alert whose id begins so; a StoreError says if there is none, or more than one."""
        with self._database.reading() as connection:
            return alerts.get(connection, prefix)

    # upkeep

    def stats(self, policy: Retention | None = None) -> StoreStats:
        """What the store holds, and whether that is within the policy's budget."""
        with self._database.reading() as connection:
            return stats.measure(connection, self._database.path, (policy or Retention()).budget_bytes)

    def gc(
        self, policy: Retention, now: float, *, keep: frozenset[str] = frozenset(), dry_run: bool = False
    ) -> GcReport:
        """Remove what is past its time, and contents that nothing refers to; all of it or nothing.

        The caller holds the workspace's `RunLock`: a run stores contents a moment before it refers to them.

        Args:
            policy: How long things are kept.
            now: Seconds since the epoch, UTC.
            keep: Digests that approvals or other files refer to; those contents stay whatever else is said.
            dry_run: Only say what would be removed.
        """
        return cleanup.collect(self._database, policy, now, keep, dry_run=dry_run)

    def verify(self) -> tuple[Problem, ...]:
        """Everything that is wrong: damaged pages or contents, dangling references, access by others."""
        return tuple(cleanup.examine(self._database, self.folder))

    def _put(self, kind: BlobKind, plain: bytes, like: str | None) -> str:
        content = content_of(kind, plain)
        with self._database.writing() as connection:
            blobs.put(connection, content, like=like)
        return content.digest

    def _get(self, kind: BlobKind, digest: str) -> bytes:
        with self._database.reading() as connection:
            return blobs.get(connection, kind, digest)

    def _transcript(self, run_id: str) -> Iterator[Sent]:
        host, place = "", 0
        while True:
            with self._database.reading() as connection:
                found = transcripts.page(connection, run_id, host, place)
            yield from (line for _, line in found)
            if len(found) < transcripts.PAGE:
                return
            place, host = found[-1][0], found[-1][1].host
