"""How fast logins may begin."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class HandshakeRate:
    """A token bucket: a burst at once, then so many a second, in the order of asking.

    Args:
        per_s: Tokens that come in each second; 0 for no limit.
        burst: Tokens that it holds at most.
        clock: Seconds that only go forward; the running event loop's where None.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        per_s: float,
        burst: int,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_s = per_s
        self._burst = max(1, burst)
        self._clock = clock
        self._sleep = sleep
        self._full_at = 0.0

    async def wait(self) -> None:
        """Return when the next login may begin."""
        if self._per_s <= 0:
            return
        now = self._clock() if self._clock else asyncio.get_running_loop().time()
        # the moment at which the bucket would be full again says all: each token taken moves it by 1 / rate
        self._full_at = max(self._full_at, now) + 1 / self._per_s
        pause = self._full_at - now - self._burst / self._per_s
        if pause > 0:
            await self._sleep(pause)
