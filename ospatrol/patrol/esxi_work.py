"""One task of the collector `esxi` on one host: collect, compare with the past, and tell guests as guests."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

from ospatrol.collect.esxi import EsxiFound, EsxiScope, collect_esxi
from ospatrol.integrity.esxi_guests import KINDS, filled, guest_events
from ospatrol.integrity.scrub import scrub
from ospatrol.integrity.state_diff import carried_over
from ospatrol.model.config import MASKED
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.event import Event
from ospatrol.model.run import TaskResult
from ospatrol.model.state import HostState, Item, ItemChangeKind, host_state
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.state_known import KnownState, known_state
from ospatrol.patrol.state_work import compared, state_outcome
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.state import StateStore
from ospatrol.transport.connection import Connection

if TYPE_CHECKING:
    from ospatrol.patrol.session import Session

_NO_ESXI = Failure(
    what="*", reason=Reason.NO_TOOL, detail="there is no esxcli and no vim-cmd: is this a VMware ESXi host?"
)
_WRITTEN = ("annotation", "description")
_COLLECTING = 0.9  # of the host's time; the rest is for the login, and for comparing what came


def open_esxi(session: Session) -> Work:
    """The work of the collector `esxi`.

    Raises:
        StoreError: the workspace's key cannot be read.
    """
    limits, key = session.order.limits, scrub_key(session.order.state)

    async def work(connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        scope = task.arguments
        if not isinstance(scope, EsxiScope):
            raise TypeError(f"{task.name!r} has arguments of another collector")
        total_s = min(limits.command_s, limits.host_s * _COLLECTING)
        found = await collect_esxi(connection, scope, total_s=total_s, clock=time.time)
        if _is_elsewhere(found):
            return Outcome(result=TaskResult(task=task.name, failures=(_NO_ESXI,)))
        found = msgspec.structs.replace(found, items=tuple(_without_secrets(item, key) for item in found.items))
        return await asyncio.to_thread(_outcome, session, plan.target.host, task.name, (found, scope))

    return work


def _is_elsewhere(found: EsxiFound) -> bool:
    """Whether a host has none of the programs that every ESXi host has."""
    return {"guest", "host"} <= {failure.what for failure in found.failures if failure.reason is Reason.NO_TOOL}


def _without_secrets(item: Item, key: bytes) -> Item:
    """The item, secrets masked in what people wrote about it."""
    written = {name: scrub(item.fields[name].encode(), b"", key) for name in _WRITTEN if name in item.fields}
    masked = {name: text for name, text in written.items() if MASKED in text}
    return Item(item.kind, item.key, {**item.fields, **masked}) if masked else item


def _outcome(session: Session, host: str, task: str, looked: tuple[EsxiFound, EsxiScope]) -> Outcome:
    found, scope = looked
    known = known_state(StateStore(session.order.state), session.order.baselines, host, task)
    items, broken = filled(known.last, found.items, found.missing)
    kinds = [kind for kind in found.kinds if kind not in broken]
    state = host_state(host, found.at, items, kinds, found.failures)
    outcome = state_outcome(session, state, task, kinds=scope.kinds)
    events = (
        *(event for event in outcome.events if not _is_of_guest(event)),
        *_guest_events(known, state, task, scope),
    )
    return msgspec.structs.replace(outcome, events=events)


def _guest_events(known: KnownState, state: HostState, task: str, scope: EsxiScope) -> list[Event]:
    before = known.last or known.baseline
    if before is None:
        return []
    seen = carried_over(known.last, state, scope.kinds)
    new, _ = compared(known, seen)
    return guest_events(new, before, seen, f"esxi:{task}")


def _is_of_guest(event: Event) -> bool:
    """Whether an event is one that is told in the language of guests instead."""
    fields = event.fields
    return fields.get("item_kind") in KINDS and fields.get("change") != ItemChangeKind.FIRST_ASSESSED
