"""How often it is tried, and how fast it knocks; on a clock of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.model.errors import AuthFailed, ConnectFailed, HostError
from ospatrol.transport.limits import Limits
from ospatrol.transport.rate import HandshakeRate
from ospatrol.transport.retry import pause_after, with_retries


class Clock:
    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def time(self):
        return self.now

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


async def begun(count, per_s, burst):
    clock = Clock()
    rate = HandshakeRate(per_s, burst, clock=clock.time, sleep=clock.sleep)
    moments = []
    for _ in range(count):
        await rate.wait()
        moments.append(clock.now)
    return moments


async def test_a_burst_goes_at_once_and_the_rest_at_the_rate():
    moments = await begun(6, 2.0, 3)

    assert moments[:3] == [0, 0, 0]
    assert moments[3:] == pytest.approx([0.5, 1.0, 1.5])


async def test_the_bucket_fills_up_again_and_not_over():
    clock = Clock()
    rate = HandshakeRate(10, 2, clock=clock.time, sleep=clock.sleep)
    for _ in range(2):
        await rate.wait()
    clock.now += 100
    for _ in range(2):
        await rate.wait()
    assert clock.pauses == []

    await rate.wait()
    assert clock.pauses == pytest.approx([0.1])


async def test_no_limit_never_waits():
    assert await begun(1000, 0, 1) == [0] * 1000


async def test_the_loops_own_clock_is_the_usual_one():
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    rate = HandshakeRate(1, 1, sleep=sleep)
    await rate.wait()
    await rate.wait()

    assert waited == [pytest.approx(1, abs=0.2)]


def attempts(*outcomes):
    left = list(outcomes)

    async def attempt():
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt, left


async def tried(attempt, limits):
    clock = Clock()
    return await with_retries(attempt, limits=limits, worth_it=lambda e: e.transient, sleep=clock.sleep), clock


async def test_what_is_transient_is_tried_again():
    attempt, left = attempts(ConnectFailed("a"), ConnectFailed("b"), "in")

    outcome, clock = await tried(attempt, Limits(attempts=3))

    assert (outcome, left, len(clock.pauses)) == ("in", [], 2)


@pytest.mark.parametrize(("error", "left_over"), [(AuthFailed("no"), 2), (ConnectFailed("no"), 0)])
async def test_the_last_error_is_the_outcome(error, left_over):
    attempt, left = attempts(error, error, error)

    with pytest.raises(HostError):
        await tried(attempt, Limits(attempts=3))

    assert len(left) == left_over


@given(st.integers(1, 40))
def test_pauses_double_up_to_a_bound_and_are_spread(count):
    limits = Limits(backoff_s=0.5, backoff_most_s=8)
    middle = min(8, 0.5 * 2 ** (count - 1))

    assert middle * 0.5 <= pause_after(count, limits) <= middle * 1.5
