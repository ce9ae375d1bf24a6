from __future__ import annotations

import asyncio
import os
import signal

import pytest

from ospatrol.model.host import Target
from ospatrol.model.run import HostResult, HostStatus
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.sweep import Interruption, sweep


def plans(count: int) -> list[HostPlan]:
    return [HostPlan(target=Target(host=f"h{n}", address="192.0.2.1"), tasks=()) for n in range(count)]


def assessed(plan: HostPlan) -> HostResult:
    return HostResult(host=plan.target.host, status=HostStatus.ASSESSED)


async def test_no_more_hosts_than_forks_are_under_way_and_results_keep_the_order() -> None:
    under_way, most = 0, 0
    told: list[str] = []

    async def look(plan: HostPlan) -> HostResult:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(int(plan.target.host[1:]) % 5):
            await asyncio.sleep(0)
        under_way -= 1
        return assessed(plan)

    results = await sweep(
        plans(20), look, forks=3, interruption=Interruption(), on_result=lambda result: told.append(result.host)
    )

    assert most == 3
    assert [result.host for result in results] == [f"h{n}" for n in range(20)]
    assert sorted(told) == sorted(f"h{n}" for n in range(20))


async def test_whatever_one_host_raises_is_its_own_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def look(plan: HostPlan) -> HostResult:
        if plan.target.host == "h1":
            raise ZeroDivisionError("broken\x1b[2J plugin")
        return assessed(plan)

    results = await sweep(plans(3), look, forks=2, interruption=Interruption(), on_result=lambda _: None)

    assert [result.status for result in results] == [HostStatus.ASSESSED, HostStatus.FAILED, HostStatus.ASSESSED]
    assert results[1].problem == "ZeroDivisionError: broken\\x1b[2J plugin"
    assert "host failed unexpectedly" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_keeps_what_is_done_and_gives_up_what_is_under_way(number: signal.Signals) -> None:
    interruption = Interruption()
    cancelled: list[str] = []

    async def look(plan: HostPlan) -> HostResult:
        if plan.target.host == "h0":
            return assessed(plan)
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(plan.target.host)
            raise
        raise AssertionError

    with interruption.on_signals():
        results = await sweep(plans(5), look, forks=2, interruption=interruption, on_result=lambda _: None)

    assert interruption.asked
    assert [result.host for result in results] == ["h0"]
    assert cancelled


async def test_nothing_to_do_is_done_at_once() -> None:
    async def look(plan: HostPlan) -> HostResult:
        return assessed(plan)

    assert await sweep([], look, forks=5, interruption=Interruption(), on_result=lambda _: None) == ()
