"""A device that several tasks of a run ask: each answer is fetched once, as devices are slow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ospatrol.model.command import Command
from ospatrol.transport.connection import Channel, Connection
from ospatrol.transport.device import Arrived
from ospatrol.transport.network_session import DeviceSession

_KEPT_CHARS = 16 << 20


class AskedOnce:
    """A login on a device whose answers are kept as long as it is open; none that another virtual system gives.

    Attributes:
        target: The device.
        notes: What the reader of a report should know of this login.
    """

    def __init__(self, session: DeviceSession) -> None:
        self._session = session
        self._answers: dict[str, str] = {}
        self._kept = 0
        self._away = False
        self.target = session.target
        self.notes = session.notes

    def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AbstractAsyncContextManager[Channel]:
        """See `Connection`; no script runs on a device."""
        return self._session.start(command, limit_s=limit_s, limit_bytes=limit_bytes)

    async def ask(self, command: str, *, limit_s: float, limit_bytes: int) -> str:
        """See `DeviceConnection`."""
        if self._away:
            return await self._session.ask(command, limit_s=limit_s, limit_bytes=limit_bytes)
        answer = self._answers.get(command)
        if answer is not None and len(answer) <= limit_bytes:
            return answer
        answer = await self._session.ask(command, limit_s=limit_s, limit_bytes=limit_bytes)
        if self._kept + len(answer) <= _KEPT_CHARS:
            self._kept += len(answer)
            self._answers[command] = answer
        return answer

    @property
    def where(self) -> str:
        """See `MovingConnection`, as of all that follow."""
        return self._session.where

    async def move(self, command: str, *, limit_s: float) -> Arrived:
        """Answers are not those of where the login began until it is proved to be there again."""
        self._away = True
        return await self._session.move(command, limit_s=limit_s)

    def returned(self) -> None:
        """It is there again."""
        self._away = False
        self._session.returned()

    def abandon(self, why: str) -> None:
        """The session is over."""
        self._session.abandon(why)


@asynccontextmanager
async def asked_once(opened: AbstractAsyncContextManager[DeviceSession]) -> AsyncIterator[Connection]:
    """A login on a device, each answer fetched once."""
    async with opened as session:
        yield AskedOnce(session)
