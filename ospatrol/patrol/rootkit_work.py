"""One rootkit task on one host: look, judge, and say what is new."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ospatrol.collect.packages import collect_packaged_files
from ospatrol.collect.rootkit import RootkitScope, collect_rootkit
from ospatrol.collect.rootkit_dialogue import RootkitLimits
from ospatrol.comply.rootkit import Kind, RootkitFinding, judge_rootkits, suspects
from ospatrol.comply.rootkit_facts import RootkitFacts
from ospatrol.integrity.notices import host_partly_assessed
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import CommandFailed, CommandTimedOut, OutputTooLarge
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope
from ospatrol.model.packages import PackagedFile
from ospatrol.model.run import TaskResult
from ospatrol.model.text import escape_controls
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.rootkit_events import compare_findings, rootkit_events
from ospatrol.patrol.rootkit_signatures import Loaded, load_signatures
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.rootkit import RootkitStore, StandingFindings
from ospatrol.transport.connection import Connection

if TYPE_CHECKING:
    from ospatrol.patrol.session import Session

_NAMED_FAILURES = 5
_SHARE = 0.9  # of a script's time; the rest is for asking the package manager


class RootkitTask:
    """Does the rootkit tasks of a run.

    Args:
        state: The state folder, where what stands is kept.
        command_s: Seconds for one script.
        now: The clock: seconds since the epoch, UTC.
    """

    def __init__(self, state: Path, *, command_s: float, now: Callable[[], float]) -> None:
        self._store = RootkitStore(state)
        self._limits = RootkitLimits(total_s=command_s * _SHARE)
        self._now = now
        self._loaded: dict[RootkitScope, Loaded] = {}

    async def __call__(self, connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        """Look at a host, judge it, and say what is new.

        Raises:
            HostError: the host could not be asked.
            ConfigErrors: a list of signatures cannot be used.
            StoreError: the past cannot be read.
        """
        scope = cast("RootkitScope", task.arguments)
        loaded = await asyncio.to_thread(self._load, scope)
        before = await asyncio.to_thread(self._store.get, plan.target.host, task.name)
        at = self._now()
        signatures = loaded.signatures
        facts = await collect_rootkit(
            connection,
            scope,
            paths=signatures.paths,
            names=signatures.names,
            programs=signatures.programs,
            limits=self._limits,
        )
        asked = await asyncio.to_thread(suspects, facts, signatures)
        packaged, lacks = await _packaged(connection, scope, facts, asked)
        found = await asyncio.to_thread(judge_rootkits, facts, signatures, packaged)
        failures = (*loaded.failures, *facts.failures, *lacks)
        return self._outcome(plan.target.host, task.name, at, before, (facts, found, failures))

    def _load(self, scope: RootkitScope) -> Loaded:
        if scope not in self._loaded:
            self._loaded[scope] = load_signatures(scope)
        return self._loaded[scope]

    def _outcome(
        self,
        host: str,
        task: str,
        at: float,
        before: StandingFindings | None,
        seen: tuple[RootkitFacts, Sequence[RootkitFinding], tuple[Failure, ...]],
    ) -> Outcome:
        facts, found, failures = seen
        compared = compare_findings(before.findings if before else (), found, facts.complete)
        location = f"rootkit:{task}"
        events = [*rootkit_events(compared.news, host=host, at=at, location=location)]
        events += _gap_event(failures, before, host=host, at=at, location=location)
        standing = StandingFindings(at=at, findings=compared.standing, failures=failures)
        return Outcome(
            result=TaskResult(
                task=task, entries=facts.entries, digest=tuple(_in_sum(compared.standing)), failures=failures
            ),
            events=tuple(events),
            keep=lambda: self._store.put(host, task, standing),
        )


def open_rootkit(session: Session) -> Work:
    """Rootkit tasks of a run."""
    return RootkitTask(session.order.state, command_s=session.order.limits.command_s, now=time.time)


async def _packaged(
    connection: Connection, scope: RootkitScope, facts: RootkitFacts, paths: Sequence[bytes]
) -> tuple[Mapping[bytes, PackagedFile] | None, tuple[Failure, ...]]:
    """What the package manager says of suspects; None, and why, where it could not be asked."""
    if not paths or not facts.packages:
        return {}, ()
    try:
        files = await collect_packaged_files(connection, FileScope(paths=("/",), root=scope.root), paths)
    except (CommandFailed, CommandTimedOut, OutputTooLarge) as error:
        detail = escape_controls(f"hits were not compared with packages: {error}", 300)
        return None, (Failure(what="packages", reason=Reason.ERROR, detail=detail),)
    return {file.path: file for file in files}, ()


def _in_sum(standing: Sequence[RootkitFinding]) -> Iterator[str]:
    """What stands, said now or earlier: nobody shall think it gone because it is not said again."""
    counts = Counter(finding.kind for finding in standing)
    if counts:
        said = ", ".join(f"{kind.value}: {counts[kind]:,}" for kind in Kind if counts[kind])
        yield f"what stands, told now or earlier: {said}"


def _gap_event(
    failures: Sequence[Failure], before: StandingFindings | None, *, host: str, at: float, location: str
) -> list[Event]:
    """That a host is not assessed as a whole; said when it begins or changes."""
    gaps = [failure for failure in failures if failure.is_gap]
    if not gaps or (before and _kinds(before.failures) == _kinds(gaps)):
        return []
    named = [failure.what for failure in gaps[:_NAMED_FAILURES]]
    return [host_partly_assessed(host=host, at=at, location=location, what=named, missed=len(gaps))]


def _kinds(failures: Sequence[Failure]) -> set[tuple[str, Reason]]:
    return {(failure.what, failure.reason) for failure in failures if failure.is_gap}
