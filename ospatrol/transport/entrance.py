"""The way into hosts by SSH, whatever is done there: made once a run, so that all is read and opened once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from ospatrol.transport.host_keys import HostKeyLedger, HostKeys, PinnedKey
from ospatrol.transport.identities import Keyring
from ospatrol.transport.jumps import Jumps
from ospatrol.transport.rate import HandshakeRate
from ospatrol.transport.retry import with_retries
from ospatrol.transport.ssh_errors import worth_retrying
from ospatrol.transport.ssh_login import LoggedIn, Logins
from ospatrol.transport.ssh_settings import SettingsReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ospatrol.model.host import Target
    from ospatrol.transport.limits import Limits


class Entrance:
    """Settings, keys, known hosts, jump hosts and the rate of logins.

    Args:
        limits: How long and how often to try.
        host_keys: What is known of host keys besides the known_hosts files.
        devices: Whether the hosts are network devices, for what is said of unknown keys.
        sleep: Waits between attempts.
    """

    def __init__(
        self,
        limits: Limits,
        host_keys: HostKeys,
        *,
        devices: bool = False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._sleep = sleep
        self._ledger = HostKeyLedger(host_keys, devices=devices)
        self._keyring = Keyring()
        rate = HandshakeRate(limits.handshakes_per_s, limits.handshake_burst, sleep=sleep)
        self._logins = Logins(limits, ledger=self._ledger, keyring=self._keyring, rate=rate)
        self._settings = SettingsReader()
        self._jumps = Jumps(self._settings.read, self._logins.log_in)

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Host keys that were pinned in this run."""
        return self._ledger.accepted

    async def enter(self, target: Target, *, user_suffix: str = "") -> LoggedIn:
        """A login on a host, by its jump hosts; the caller closes the connection.

        Args:
            target: The host.
            user_suffix: What the platform takes behind the user's name.

        Raises:
            HostError: the step that failed, after as many attempts as the limits allow.
        """

        async def attempt() -> LoggedIn:
            settings = await self._settings.read(target)
            settings = msgspec.structs.replace(settings, user=settings.user + user_suffix)
            tunnel = await self._jumps.through(target, settings)
            return await self._logins.log_in(target, settings, tunnel)

        return await with_retries(attempt, limits=self._limits, worth_it=worth_retrying, sleep=self._sleep)

    async def close(self) -> None:
        """Log out of jump hosts and let go of agents; connections must be closed by then."""
        await self._jumps.close()
        await self._keyring.close()
