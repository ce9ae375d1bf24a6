"""Hosts by SSH: made once a run, so that keys, known_hosts and jump hosts are read and opened once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncssh

from ospatrol.transport.entrance import Entrance
from ospatrol.transport.host_connection import HostConnection, Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.ssh_errors import translated
from ospatrol.transport.ssh_login import LoggedIn
from ospatrol.transport.ssh_wire import SshWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ospatrol.model.host import Target
    from ospatrol.transport.bootstrap import Launch
    from ospatrol.transport.wire import Wire


class SshTransport:
    """Opens logins by SSH.

    Args:
        rules: What holds for every connection of the run.
        host_keys: What is known of host keys besides the known_hosts files.
        sleep: Waits between attempts.
    """

    def __init__(
        self, rules: Rules, host_keys: HostKeys, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._rules = rules
        self._entrance = Entrance(rules.limits, host_keys, sleep=sleep)

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Host keys that were pinned in this run."""
        return self._entrance.accepted

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[HostConnection]:
        """A login on a host while the block runs.

        Raises:
            HostError: the step that failed, after as many attempts as the limits allow.
        """
        entered = await self._entrance.enter(target)
        try:
            yield HostConnection(target, self._rules, _wire_opener(entered), login=entered.login, notes=entered.notes)
        finally:
            entered.connection.close()
            await entered.connection.wait_closed()

    async def close(self) -> None:
        """Log out of jump hosts and let go of agents; connections must be closed by then."""
        await self._entrance.close()


def _wire_opener(entered: LoggedIn) -> Callable[[Launch], Awaitable[Wire]]:
    async def open_wire(launch: Launch) -> Wire:
        try:
            return await SshWire.open(entered.connection, launch)
        except (asyncssh.Error, OSError) as error:
            raise translated(error, entered.attempt) from error

    return open_wire
