from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

from ospatrol.model.alert import Alert
from ospatrol.model.host import Target
from ospatrol.patrol.host import HostPatrol
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import HostPlan
from ospatrol.store.records import HostRecord


class SlowStore:
    """Stores one record whenever it is let; counts those that are being stored."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.most = 0
        self._under_way = 0
        self._lock = threading.Lock()

    def record_host(self, run_id: str, record: HostRecord) -> tuple[Alert, ...]:
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        self.entered.release()
        self.let.acquire()
        with self._lock:
            self._under_way -= 1
        return ()


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[SimpleNamespace]:
    yield SimpleNamespace(notes=())


def patrol(store: SlowStore) -> HostPatrol:
    return HostPatrol(
        connect=connect,
        works={},
        judge=lambda _: (),
        store=store,
        run_id="run",
        scripts=(),
        sent_to=lambda _host: (),
        keep_pins=lambda: None,
        limits=RunLimits(),
        failing={},
        now=lambda: 0.0,
    )


async def test_no_more_than_two_hosts_are_stored_at_once_however_many_are_done() -> None:
    store = SlowStore()
    patrol_host = patrol(store)
    plans = [HostPlan(target=Target(host=f"h{n}", address="192.0.2.1"), tasks=()) for n in range(20)]

    async with asyncio.TaskGroup() as group:
        hosts = [group.create_task(patrol_host(plan)) for plan in plans]
        for _ in range(2):
            await asyncio.to_thread(store.entered.acquire)
        for _ in range(20):  # turns in which the others could get there
            await asyncio.sleep(0)
        store.let.release(len(plans))

    assert store.most == 2
    assert [host.result().host for host in hosts] == [f"h{n}" for n in range(20)]
