"""Network devices by SSH: made once a run, as `ssh.SshTransport` is, and with the same logins, keys and jump hosts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncssh

from ospatrol.transport.device_platforms import platform_named
from ospatrol.transport.device_policy import DevicePolicy, policy_of
from ospatrol.transport.entrance import Entrance
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.network_session import DeviceSession
from ospatrol.transport.network_wire import DeviceDoor, DeviceWire
from ospatrol.transport.ssh_errors import translated
from ospatrol.transport.ssh_login import LoggedIn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from ospatrol.model.host import Target
    from ospatrol.transport.host_connection import Rules


# a device holds one for as long as it enters its privileged mode
_MOST_WORKERS = 64


class NetworkTransport:
    """Opens logins on network devices.

    Args:
        rules: What holds for every connection of the run; its policies are of scripts, and do not count here.
        host_keys: What is known of host keys besides the known_hosts files.
        policies: What may be asked, platform by platform; nothing where there is none.
        sleep: Waits between attempts.
    """

    def __init__(
        self,
        rules: Rules,
        host_keys: HostKeys,
        policies: Sequence[DevicePolicy] = (),
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rules = rules
        self._policies = tuple(policies)
        self._entrance = Entrance(rules.limits, host_keys, devices=True, sleep=sleep)
        self._workers = ThreadPoolExecutor(max_workers=_MOST_WORKERS, thread_name_prefix="netmiko")

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Host keys that were pinned in this run."""
        return self._entrance.accepted

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[DeviceSession]:
        """A login on a device while the block runs, elevated and with paging off.

        Raises:
            HostError: the step that failed, after as many attempts as the limits allow.
        """
        platform = platform_named(target.platform, target.host)
        entered = await self._entrance.enter(target, user_suffix=platform.user_suffix)
        try:
            wire = await _terminal(entered)
            policy = policy_of(platform.os, self._policies)
            door = DeviceDoor(wire, target, platform, policy=policy, rules=self._rules)
            limits = self._rules.limits
            session = DeviceSession(target, platform, door, limits=limits, entered=entered, workers=self._workers)
            await session.begin()
            yield session
            await session.leave()
        finally:
            entered.connection.close()
            await entered.connection.wait_closed()

    async def close(self) -> None:
        """Log out of jump hosts and let go of agents; connections must be closed by then."""
        await self._entrance.close()
        self._workers.shutdown(wait=False, cancel_futures=True)


async def _terminal(entered: LoggedIn) -> DeviceWire:
    try:
        return await DeviceWire.open_terminal(entered.connection)
    except (asyncssh.Error, OSError) as error:
        raise translated(error, entered.attempt) from error
