"""Everything that a run does on one host, from the login to the stored alert."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.command import Script, Sent
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import CommandNotAllowed, ConfigError, ConfigErrors, HostError
from ospatrol.model.event import Event
from ospatrol.model.host import Target
from ospatrol.model.run import HostResult, HostStatus, TaskResult
from ospatrol.model.text import escape_controls
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.trouble import Trouble, trouble_of
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.records import HostRecord
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection

_RECORDED_AT_ONCE = 2
_PROBLEM_LIMIT = 500


class _Progress:
    """What is known of a host so far; kept when the rest fails."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.failed: list[TaskResult] = []
        self.notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostPatrol:
    """Assesses hosts one by one, each on its own, and stores each before it is reported.

    Attributes:
        connect: Opens a connection to a target.
        works: Does the tasks of each collector, by its name.
        judge: Gives the alerts that events raise; called from several threads.
        store: Keeps it.
        run_id: The run that it belongs to.
        scripts: Every script that may be sent, for the transcript.
        sent_to: Gives and forgets what was sent to a host.
        keep_pins: Stores host keys that were pinned since it was last called; blocking.
        limits: Of the run.
        failing: Hosts that could not be assessed the last time, and at which step; that is said once, not every night.
        now: The clock: seconds since the epoch, UTC.
        slots: Taken by hosts that are being stored. To encode and compress what was learnt takes as much memory again,
            and the store writes one host at a time: while it does, one more makes itself ready.
    """

    connect: Callable[[Target], AbstractAsyncContextManager[Connection]]
    works: Mapping[str, Work]
    judge: Callable[[Iterable[Event]], tuple[Alert, ...]]
    store: Store
    run_id: str
    scripts: tuple[Script, ...]
    sent_to: Callable[[str], tuple[Sent, ...]]
    keep_pins: Callable[[], None]
    limits: RunLimits
    failing: Mapping[str, str]
    now: Callable[[], float]
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_RECORDED_AT_ONCE))

    async def __call__(self, plan: HostPlan) -> HostResult:
        """Assess one host and store what was learnt; the result as stored.

        Raises:
            StoreError: nothing of this host could be stored.
        """
        host, started = plan.target.host, self.now()
        progress = _Progress()
        trouble = await self._assess(plan, progress)
        tasks = (*(outcome.result for outcome in progress.outcomes), *progress.failed)
        gaps = any(failure.is_gap for task in tasks for failure in task.failures) or len(tasks) < len(plan.tasks)
        status = HostStatus.PARTLY if gaps or trouble else HostStatus.ASSESSED
        result = HostResult(
            host=host,
            status=HostStatus.FAILED if trouble and not progress.outcomes else status,
            step=trouble.step if trouble else "",
            problem=trouble.problem if trouble else "",
            notes=tuple(dict.fromkeys((*progress.notes, *(n for o in progress.outcomes for n in o.notes)))),
            tasks=tasks,
            seconds=round(self.now() - started, 3),
        )
        events = [event for outcome in progress.outcomes for event in outcome.events]
        if trouble and trouble.is_news(self.failing.get(host)):
            events.append(trouble.event)
        async with self.slots:
            return await asyncio.to_thread(self._record, result, progress, events)

    def _record(self, result: HostResult, progress: _Progress, events: list[Event]) -> HostResult:
        self.keep_pins()
        sent = self.sent_to(result.host)
        used = {line.digest for line in sent}
        alerts = self.judge(events)
        record = HostRecord(
            result=result,
            alerts=alerts,
            scans=tuple(outcome.state for outcome in progress.outcomes if outcome.state),
            snapshots=tuple(snapshot for outcome in progress.outcomes for snapshot in outcome.snapshots),
            packages=tuple(packages for outcome in progress.outcomes for packages in outcome.packages),
            texts=tuple(text for outcome in progress.outcomes for text in outcome.texts),
            sent=sent,
            scripts=tuple(script for script in self.scripts if script.digest in used),
            events=len(events),
        )
        new = self.store.record_host(self.run_id, record)
        for outcome in progress.outcomes:
            if outcome.keep is not None:
                outcome.keep()
        worst = max((alert.level for alert in new), default=-1)
        return msgspec.structs.replace(result, alerts=len(new), worst=worst)

    async def _assess(self, plan: HostPlan, progress: _Progress) -> Trouble | None:
        host = plan.target.host
        try:
            async with asyncio.timeout(self.limits.host_s), self.connect(plan.target) as connection:
                for task in plan.tasks:
                    await self._do(connection, plan, task, progress)
                progress.notes = connection.notes
        except HostError as error:
            return trouble_of(error, host, self.now())
        except TimeoutError as error:
            return trouble_of(error, host, self.now(), said=f"the host's {self.limits.host_s:g} s are spent")
        except (ConfigError, ConfigErrors) as error:
            return trouble_of(error, host, self.now(), step="baseline")
        return None

    async def _do(self, connection: Connection, plan: HostPlan, task: TaskPlan, progress: _Progress) -> None:
        work = self.works.get(task.collector)
        try:
            if work is not None:
                progress.outcomes.append(await work(connection, plan, task))
                return
            problem = f"nothing here judges {task.collector!r}"
        except CommandNotAllowed as error:  # nothing was sent: the host may still be asked what other tasks want
            problem = str(error)
        missing = Failure(what="*", reason=Reason.ERROR, detail=escape_controls(problem, _PROBLEM_LIMIT))
        progress.failed.append(TaskResult(task=task.name, failures=(missing,)))
