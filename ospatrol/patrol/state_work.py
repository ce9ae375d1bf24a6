"""One task of the collector `state` on one host, and what a state of any origin comes to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import msgspec

from ospatrol.collect.state import StateScope, collect_state
from ospatrol.integrity.notices import baseline_proposed, baseline_withdrawn, host_partly_assessed
from ospatrol.integrity.state_diff import carried_over, state_diff
from ospatrol.integrity.state_events import state_events
from ospatrol.model.coverage import Failure
from ospatrol.model.event import Event
from ospatrol.model.run import TaskResult
from ospatrol.model.state import HostState, ItemChange
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.state_known import KnownState, known_state
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.state import StateRecord, StateStore
from ospatrol.transport.connection import Connection

if TYPE_CHECKING:
    from ospatrol.patrol.session import Session

_NAMED_FAILURES = 5
_COLLECTING = 0.9  # of the host's time; the rest is for the login, and for comparing what came


def open_state(session: Session) -> Work:
    """The work of the collector `state`.

    Raises:
        StoreError: the workspace's key cannot be read.
    """
    key = scrub_key(session.order.state)
    limits = session.order.limits

    async def work(connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        scope = task.arguments
        if not isinstance(scope, StateScope):
            raise TypeError(f"{task.name!r} has arguments of another collector")
        total_s = min(limits.command_s, limits.host_s * _COLLECTING)
        found = await collect_state(connection, scope, key=key, total_s=total_s, clock=time.time)
        found = msgspec.structs.replace(found, host=plan.target.host)
        kinds = tuple(kind.value for kind in scope.chosen)
        return await asyncio.to_thread(state_outcome, session, found, task.name, kinds=kinds)

    return work


def state_outcome(session: Session, found: HostState, task: str, *, kinds: Collection[str]) -> Outcome:
    """What a state comes to: compared with the last one and with the baseline, events of what is new. Blocking.

    Whatever collects items calls it, in a thread: `await asyncio.to_thread(state_outcome, session, found, task.name,
    kinds=("vib", "guest"))`. Make `found` with `ospatrol.model.state.host_state`; `found.kinds` are those that were
    assessed whole this time, and a failure says why another was not. What is new is an event of the kind `state` for
    each item, and the state is kept when `Outcome.keep` is called; until then nothing is written.

    Args:
        session: Of the run.
        found: What was found; its host is the inventory name.
        task: The task's name; states and baselines are kept under it.
        kinds: All that the task is to assess, whether it could or not; what is known of another kind is forgotten.

    Raises:
        ConfigError, ConfigErrors: the approvals are broken, or what they approve is not in the store.
        StoreError: the past cannot be read.
    """
    store = StateStore(session.order.state, keep=session.order.keep_facts)
    known = known_state(store, session.order.baselines, found.host, task)
    seen = carried_over(known.last, found, kinds)
    new, standing = compared(known, seen)
    saw_nothing = known.record is None and not found.kinds and bool(found.failures)
    location = f"state:{task}"
    events = state_events(new, host=found.host, at=found.at, location=location)
    events += _notices(known, found, task, location=location, proposed=not saw_nothing, entries=len(seen.items))
    return Outcome(
        result=TaskResult(
            task=task,
            entries=len(seen.items),
            baseline="" if saw_nothing else "approved" if known.approval else "proposed",
            pending=len(standing),
            failures=found.failures,
        ),
        events=tuple(events),
        keep=None if saw_nothing else _keeper(store, known, seen, task, standing),
    )


def compared(known: KnownState, seen: HostState) -> tuple[tuple[ItemChange, ...], tuple[ItemChange, ...]]:
    """What differs from the last look, told now; and what differs from the baseline, told now or earlier.

    Args:
        known: The past.
        seen: What is known of the host now.
    """
    standing = state_diff(known.baseline, seen) if known.baseline is not None else ()
    if known.last is None:
        return standing, standing
    looked = frozenset(known.last.kinds)
    since = [change for change in state_diff(known.last, seen) if change.kind in looked]
    # of what the last look could not tell, all is news that the baseline does not have
    since += [change for change in standing if change.kind not in looked]
    return tuple(sorted(since, key=lambda change: (change.kind, change.key))), standing


def _keeper(
    store: StateStore, known: KnownState, seen: HostState, task: str, standing: tuple[ItemChange, ...]
) -> Callable[[], None]:
    def keep() -> None:
        digest = store.put(seen, task)
        record = StateRecord(
            host=seen.host,
            task=task,
            seen=digest,
            proposed=known.record.proposed if known.record else digest,
            approved=known.approval.result if known.approval else None,
            entries=len(seen.items),
            pending=standing,
            failures=seen.failures,
            scanned_at=seen.at,
        )
        store.set(record, known.vouched)

    return keep


def _notices(
    known: KnownState, found: HostState, task: str, *, location: str, proposed: bool, entries: int
) -> Iterator[Event]:
    """What is said once, when it begins: a proposed baseline, one that is gone, gaps."""
    host, at, before = found.host, found.at, known.record
    if before is None and proposed and known.approval is None:
        yield baseline_proposed(host=host, at=at, location=location, task=task, entries=entries)
    if before is not None and before.approved and known.approval is None:
        yield baseline_withdrawn(host=host, at=at, location=location, task=task)
    gaps = _gaps(found.failures)
    if gaps and (before is None or _gaps(before.failures) != gaps):
        named = [failure.what for failure in gaps[:_NAMED_FAILURES]]
        yield host_partly_assessed(host=host, at=at, location=location, what=named, missed=len(gaps))


def _gaps(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    return tuple(failure for failure in failures if failure.is_gap)
