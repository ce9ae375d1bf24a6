"""Trying again what may work in a moment."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

from ospatrol.model.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ospatrol.transport.limits import Limits

T = TypeVar("T")


async def with_retries(
    attempt: Callable[[], Awaitable[T]],
    *,
    limits: Limits,
    worth_it: Callable[[HostError], bool],
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """What an attempt gives, after as many tries as the limits allow.

    Args:
        attempt: What to try; called anew each time.
        limits: How often, and how long to pause.
        worth_it: Whether trying again soon may help after this error.
        sleep: Waits for so many seconds.

    Raises:
        HostError: the last attempt's.
    """
    for tried in range(1, limits.attempts):
        try:
            return await attempt()
        except HostError as error:
            if not worth_it(error):
                raise
        await sleep(pause_after(tried, limits))
    return await attempt()


def pause_after(tried: int, limits: Limits) -> float:
    """Seconds to wait after so many failures: doubling, bounded, and spread so that hosts do not knock in step."""
    pause = min(limits.backoff_most_s, limits.backoff_s * 2.0 ** (tried - 1))
    return pause * random.uniform(0.5, 1.5)  # noqa: S311  # spread, not secrecy
