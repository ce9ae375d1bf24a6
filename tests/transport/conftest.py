"""Talking to hosts in one line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ospatrol.model.command import Command, Script, Sent
from ospatrol.model.host import Target, TransportKind
from ospatrol.transport.host_connection import HostConnection, Login, Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.limits import Limits
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(kw_only=True)
class Said:
    """What one script did."""

    out: bytes
    status: int
    complaints: bytes
    notes: tuple[str, ...]
    login: Login
    sent: list[Sent]
    accepted: tuple[PinnedKey, ...] = ()


@dataclass
class Talk:
    """Runs a script on a target and waits for its end."""

    limits: Limits = field(default_factory=lambda: Limits(attempts=1))
    host_keys: HostKeys = field(default_factory=HostKeys)
    limit_s: float = 20.0
    limit_bytes: int = 1 << 30
    pauses: list[float] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    @asynccontextmanager
    async def transport(self, *texts: str) -> AsyncIterator[SshTransport | LocalTransport]:
        policy = CommandPolicy.of(Script(name="test", text=text) for text in texts)
        rules = Rules(limits=self.limits, policies=(policy,), record=self.sent.append, clock=lambda: 1.0)
        ssh = SshTransport(rules, self.host_keys, sleep=self.sleep)
        try:
            yield ssh
        finally:
            await ssh.close()

    @asynccontextmanager
    async def connection(self, target: Target, *texts: str) -> AsyncIterator[HostConnection]:
        async with self.transport(*texts) as ssh:
            transport = ssh
            if target.transport is TransportKind.LOCAL:
                transport = LocalTransport(ssh._rules)
            async with transport.open(target) as connection:
                yield connection

    async def __call__(self, target: Target, text: str, *args: str, given: bytes = b"") -> Said:
        async with self.transport(text) as ssh:
            transport = LocalTransport(ssh._rules) if target.transport is TransportKind.LOCAL else ssh
            command = Command(script=Script(name="test", text=text), args=args)
            async with (
                transport.open(target) as connection,
                connection.start(command, limit_s=self.limit_s, limit_bytes=self.limit_bytes) as channel,
            ):

                async def give() -> None:
                    await channel.write(given)
                    await channel.end_input()

                giving = asyncio.create_task(give())
                out = bytearray()
                try:
                    while piece := await channel.read():
                        out += piece
                    status = await channel.finish()
                finally:
                    giving.cancel()
                    await asyncio.wait([giving])
            return Said(
                out=bytes(out),
                status=status,
                complaints=channel.complaints,
                notes=connection.notes,
                login=connection.login,
                sent=self.sent,
                accepted=ssh.accepted,
            )


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def this_machine() -> Target:
    return Target(host="here", address="localhost", transport=TransportKind.LOCAL)
