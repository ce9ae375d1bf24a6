"""Logins on jump hosts, shared by all the hosts behind them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, TypeAlias

from ospatrol.model.errors import ConnectFailed
from ospatrol.model.host import Target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from asyncssh import SSHClientConnection

    from ospatrol.transport.ssh_login import LoggedIn
    from ospatrol.transport.ssh_settings import SshSettings

_MOST_HOPS = 8
_HOP = re.compile(r"(?:ssh://)?(?:(?P<user>\S+)@)?(?P<host>\[[^\]\s]+\]|[^:@/\s]+)(?::(?P<port>\d+))?/?")
# how host keys are proved and which keys are offered holds for the way there too; algorithms and passwords do not
_INHERITED = frozenset(
    {
        "certificatefile",
        "configfile",
        "globalknownhostsfile",
        "identitiesonly",
        "identityagent",
        "identityfile",
        "stricthostkeychecking",
        "userknownhostsfile",
    }
)


_Way: TypeAlias = "tuple[tuple[object, ...], ...]"


class Jumps:
    """Opens each chain of jump hosts once.

    Args:
        settings_of: How to reach a jump host.
        log_in: Logs in on it, through the one before.
    """

    def __init__(
        self,
        settings_of: Callable[[Target], Awaitable[SshSettings]],
        log_in: Callable[[Target, SshSettings, SSHClientConnection | None], Awaitable[LoggedIn]],
    ) -> None:
        self._settings_of = settings_of
        self._log_in = log_in
        self._open: dict[_Way, asyncio.Task[LoggedIn]] = {}

    async def through(self, target: Target, settings: SshSettings) -> SSHClientConnection | None:
        """A login on the last jump host of a target; None where it has none.

        Raises:
            HostError: a jump host cannot be passed; the message names it.
        """
        chain = await self._chain(target, settings.jumps)
        tunnel: SSHClientConnection | None = None
        for count in range(1, len(chain) + 1):
            tunnel = await self._hop(chain[:count], tunnel)
        return tunnel

    async def _chain(self, target: Target, hops: Sequence[str]) -> tuple[Target, ...]:
        """All hops, with those that the first one's own configuration puts before it."""
        chain: tuple[Target, ...] = ()
        while hops:
            chain = tuple(_hop_target(target, hop) for hop in hops) + chain
            if len(chain) > _MOST_HOPS:
                raise ConnectFailed(f"{target.host}: more than {_MOST_HOPS} jump hosts; does ProxyJump go in a circle?")
            hops = (await self._settings_of(chain[0])).jumps
        return chain

    async def _hop(self, chain: tuple[Target, ...], tunnel: SSHClientConnection | None) -> SSHClientConnection:
        way = _way(chain)
        task = self._open.get(way)
        if task is None or (task.done() and (task.cancelled() or task.exception() or _closed(task.result()))):
            task = self._open[way] = asyncio.create_task(self._enter(chain[-1], tunnel))
        return (await asyncio.shield(task)).connection

    async def _enter(self, hop: Target, tunnel: SSHClientConnection | None) -> LoggedIn:
        return await self._log_in(hop, await self._settings_of(hop), tunnel)

    async def close(self) -> None:
        """Log out of every jump host, the last ones first."""
        for task in reversed(self._open.values()):
            if not task.done():
                task.cancel()
            (entered,) = await asyncio.gather(task, return_exceptions=True)
            if not isinstance(entered, BaseException):
                entered.connection.close()
                await entered.connection.wait_closed()
        self._open.clear()


def _way(chain: tuple[Target, ...]) -> _Way:
    """What makes one chain the same as another."""
    return tuple(
        (hop.address, hop.port, hop.user, hop.key_files, hop.key_passphrase, frozenset(hop.ssh_options.items()))
        for hop in chain
    )


def _closed(entered: LoggedIn) -> bool:
    return bool(entered.connection.is_closed())


def _hop_target(target: Target, hop: str) -> Target:
    parts = _HOP.fullmatch(hop)
    if parts is None:
        raise ConnectFailed(f"{target.host}: {hop!r} in ProxyJump is no [user@]host[:port]")
    options = {name: value for name, value in target.ssh_options.items() if name in _INHERITED}
    return Target(
        host=f"jump host {hop}",
        address=parts["host"].strip("[]"),
        port=int(parts["port"]) if parts["port"] else None,
        user=parts["user"],
        key_files=target.key_files,
        key_passphrase=target.key_passphrase,
        ssh_options=options,
    )
