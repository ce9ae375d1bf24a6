"""A bounded number of hosts at once; one host never ends the others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING

from ospatrol.model.errors import StoreError
from ospatrol.model.run import HostResult, HostStatus
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from ospatrol.patrol.plan import HostPlan

log = logging.getLogger(__name__)


class Interruption:
    """Says once that a person or a signal wants the run to end; hosts under way are given up."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether the run is to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """End the run; safe to call more than once."""
        self._asked.set()

    async def wait(self) -> None:
        """Return when the run is to end."""
        await self._asked.wait()

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """While the block runs, SIGINT and SIGTERM ask instead of killing."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.ask)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def sweep(
    plans: Sequence[HostPlan],
    patrol_host: Callable[[HostPlan], Awaitable[HostResult]],
    *,
    forks: int,
    interruption: Interruption,
    on_result: Callable[[HostResult], None],
) -> tuple[HostResult, ...]:
    """Every host's result, in the order of the plans; hosts that an interruption left out are not in it.

    Args:
        plans: What to do.
        patrol_host: Does one host. What it raises is that host's failure, and nobody else's.
        forks: How many at once.
        interruption: Ends the sweep early.
        on_result: Told of each host as it ends.
    """
    waiting = iter(enumerate(plans))
    results: dict[int, HostResult] = {}

    async def work() -> None:
        for index, plan in waiting:
            if interruption.asked:
                return
            result = await _guarded(plan, patrol_host)
            results[index] = result
            on_result(result)

    async def crew() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(forks, len(plans))):
                group.create_task(work())

    working = asyncio.create_task(crew())
    waiting_for_end = asyncio.create_task(interruption.wait())
    try:
        await asyncio.wait({working, waiting_for_end}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, waiting_for_end):
            task.cancel()
        await asyncio.gather(working, waiting_for_end, return_exceptions=True)
    if not interruption.asked:
        working.result()
    return tuple(results[index] for index in sorted(results))


async def _guarded(plan: HostPlan, patrol_host: Callable[[HostPlan], Awaitable[HostResult]]) -> HostResult:
    try:
        return await patrol_host(plan)
    except StoreError as error:
        step, problem = "store", str(error)
    except Exception as error:  # whatever a plugin raises is one host's failure
        log.exception("host failed unexpectedly", extra={"host": plan.target.host})
        step, problem = "internal", f"{type(error).__name__}: {error}"
    shown = escape_controls(problem, 500)
    return HostResult(host=plan.target.host, status=HostStatus.FAILED, step=step, problem=shown)
