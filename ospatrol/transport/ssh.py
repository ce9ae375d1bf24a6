"""Hosts by SSH: made once a run, so that keys, known_hosts and jump hosts are read and opened once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncssh

from ospatrol.transport.host_connection import HostConnection, Rules
from ospatrol.transport.host_keys import HostKeyLedger, HostKeys, PinnedKey
from ospatrol.transport.identities import Keyring
from ospatrol.transport.jumps import Jumps
from ospatrol.transport.rate import HandshakeRate
from ospatrol.transport.retry import with_retries
from ospatrol.transport.ssh_errors import translated, worth_retrying
from ospatrol.transport.ssh_login import LoggedIn, Logins
from ospatrol.transport.ssh_settings import SettingsReader
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
        limits = rules.limits
        self._rules = rules
        self._sleep = sleep
        self._ledger = HostKeyLedger(host_keys)
        self._keyring = Keyring()
        rate = HandshakeRate(limits.handshakes_per_s, limits.handshake_burst, sleep=sleep)
        self._logins = Logins(limits, ledger=self._ledger, keyring=self._keyring, rate=rate)
        self._settings = SettingsReader()
        self._jumps = Jumps(self._settings.read, self._logins.log_in)

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Host keys that were pinned in this run."""
        return self._ledger.accepted

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[HostConnection]:
        """A login on a host while the block runs.

        Raises:
            HostError: the step that failed, after as many attempts as the limits allow.
        """

        async def attempt() -> LoggedIn:
            settings = await self._settings.read(target)
            tunnel = await self._jumps.through(target, settings)
            return await self._logins.log_in(target, settings, tunnel)

        entered = await with_retries(attempt, limits=self._rules.limits, worth_it=worth_retrying, sleep=self._sleep)
        try:
            yield HostConnection(target, self._rules, _wire_opener(entered), login=entered.login, notes=entered.notes)
        finally:
            entered.connection.close()
            await entered.connection.wait_closed()

    async def close(self) -> None:
        """Log out of jump hosts and let go of agents; connections must be closed by then."""
        await self._jumps.close()
        await self._keyring.close()


def _wire_opener(entered: LoggedIn) -> Callable[[Launch], Awaitable[Wire]]:
    async def open_wire(launch: Launch) -> Wire:
        try:
            return await SshWire.open(entered.connection, launch)
        except (asyncssh.Error, OSError) as error:
            raise translated(error, entered.attempt) from error

    return open_wire
