"""One login on one network device: `device.DeviceConnection`, from the first prompt to the logout."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NoReturn

import msgspec

from ospatrol.model.errors import (
    CommandFailed,
    CommandNotAllowed,
    CommandTimedOut,
    ConnectionCut,
    ElevationFailed,
    HostError,
    OutputTooLarge,
    ShellUnusable,
)
from ospatrol.model.text import escape_controls
from ospatrol.transport.device import Arrived
from ospatrol.transport.device_dialogue import Answer, Greeting, Prompt
from ospatrol.transport.network_elevation import Elevation

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractAsyncContextManager

    from ospatrol.model.command import Command
    from ospatrol.model.host import Target
    from ospatrol.transport.connection import Channel
    from ospatrol.transport.device_platforms import DevicePlatform
    from ospatrol.transport.limits import Limits
    from ospatrol.transport.network_wire import DeviceDoor
    from ospatrol.transport.ssh_login import LoggedIn

_GREETING_BYTES = 256 << 10
_PREPARING_BYTES = 64 << 10
# a device that is silent for so long after what may be a prompt has said it all; doubled as long as it has not
_QUIET_S, _QUIET_MOST_S = 0.02, 2.0
_WAKE_S = 3.0
_DOUBT_S = 2.0
_ASKED_S = 0.5
_LOGOUT_S = 1.0


class DeviceSession:
    """The interface that collectors see (`device.DeviceConnection`).

    Args:
        target: The device.
        platform: What is known of its command line.
        door: The one way to its terminal.
        limits: How long to wait.
        entered: The login.
        workers: Threads for netmiko's drivers.
    """

    def __init__(
        self,
        target: Target,
        platform: DevicePlatform,
        door: DeviceDoor,
        *,
        limits: Limits,
        entered: LoggedIn,
        workers: Executor,
    ) -> None:
        self.target = target
        self.platform = platform
        self.login = entered.login
        self.notes = entered.notes
        self.prompt = Prompt(text="")
        self._door = door
        self._limits = limits
        self._workers = workers
        self._broken: HostError | None = None
        self._away = False

    async def begin(self) -> None:
        """Find the prompt, enter the privileged mode if the target says so, and turn paging off.

        Raises:
            ShellUnusable: no prompt came.
            ElevationFailed: the secret is wrong, or none was given.
            CommandTimedOut, CommandFailed, ConnectionCut: as their names say.
        """
        self.prompt = await self._greeting()
        shell = self.platform.unix_shell
        if shell and self.prompt.text.endswith(shell[0]):
            await self._door.prepare(shell[1])
            self.prompt = await self._greeting()
        if self.target.enable is not None and self.platform.driver:
            await self._elevate()
        for command in self.platform.prepare:
            await self._door.prepare(command)
            await self._answer(command, limit_s=self._limits.start_s, limit_bytes=_PREPARING_BYTES)

    @property
    def where(self) -> str:
        """The prompt that the device waits with (`device.MovingConnection`)."""
        return self.prompt.text

    async def _greeting(self, wake_s: float = _WAKE_S) -> Prompt:
        greeting, quiet_s = Greeting(self.platform), _QUIET_S
        try:
            async with asyncio.timeout(self._limits.start_s):
                while (prompt := greeting.settle()) is None:
                    within_s = quiet_s if greeting.pending else wake_s
                    piece = await self._door.hear(within_s)
                    if piece:
                        await self._reply(greeting.hear(piece, _GREETING_BYTES))
                        continue
                    greeting.silent()
                    await self._door.answer(self.platform.enter)
                    quiet_s, wake_s = min(2 * quiet_s, _QUIET_MOST_S), _WAKE_S
        except TimeoutError as error:
            said = f'it said "{greeting.said}"' if greeting.said else "it said nothing"
            problem = f"no prompt within {self._limits.start_s:g} s"
            raise ShellUnusable(f"{self.target.host}: {problem}: {said}") from error
        except OutputTooLarge as error:
            raise ShellUnusable(f"{self.target.host}: {error}") from error
        return prompt

    async def _reply(self, key: str) -> None:
        if key:
            await self._door.answer(key)

    async def _elevate(self) -> None:
        if self.prompt.text.endswith(self.platform.elevated):
            return
        enable = self.target.enable
        secret = enable.secret if enable else None
        elevation = Elevation(self._door, self.platform, host=self.target.host, user=self.login.user, secret=secret)
        await elevation.rise(self.prompt, self._limits.start_s, self._workers)
        self.prompt = await self._greeting(wake_s=0)
        if not self.prompt.text.endswith(self.platform.elevated):
            shown = escape_controls(self.prompt.text, 80)
            raise ElevationFailed(f"{self.target.host}: after {self.platform.elevate!r} the prompt is still {shown!r}")

    async def ask(self, command: str, *, limit_s: float, limit_bytes: int) -> str:
        """Send one command of the platform's read-only policy; all that it printed (`device.DeviceConnection`)."""
        if self._broken is not None:
            raise self._broken
        await self._door.ask(command)
        try:
            return await self._answer(command, limit_s=limit_s, limit_bytes=limit_bytes)
        except HostError as error:  # where its answer ends is not known: the next one would begin there
            self._give_up(error)
            raise

    async def move(self, command: str, *, limit_s: float) -> Arrived:
        """Send one command that leads to another virtual system (`device.MovingConnection`)."""
        if self._broken is not None:
            raise self._broken
        await self._door.move(command)
        self._away = True
        greeting = Greeting(msgspec.structs.replace(self.platform, at_login=()))
        try:
            async with asyncio.timeout(limit_s):
                self.prompt = await self._arrival(greeting)
        except TimeoutError as error:
            said = f'it said "{greeting.said}"' if greeting.said else "it said nothing"
            cut = CommandTimedOut(f"{self.target.host}: no prompt within {limit_s:g} s after {command!r}: {said}")
            self._give_up(cut)
            raise cut from error
        except HostError as error:
            self._give_up(error)
            raise
        return Arrived(said=greeting.everything, prompt=self.prompt.text)

    async def _arrival(self, greeting: Greeting) -> Prompt:
        """The prompt that is there after a move; empty lines go to prompts only, as one may say yes to a question."""
        quiet_s = _QUIET_S
        while (prompt := greeting.settle()) is None:
            piece = await self._door.hear(quiet_s if greeting.pending else _ASKED_S)
            if piece:
                greeting.hear(piece, _GREETING_BYTES)
            elif greeting.asks:
                greeting.silent()
                await self._door.decline()
            elif greeting.pending:
                greeting.silent()
                await self._door.answer(self.platform.enter)
                quiet_s = min(2 * quiet_s, _QUIET_MOST_S)
        return prompt

    def returned(self) -> None:
        """Say that the session is where it began (`device.MovingConnection`)."""
        self._away = False

    def abandon(self, why: str) -> None:
        """End the session now (`device.MovingConnection`)."""
        if self._broken is None:
            self._give_up(CommandFailed(f"{self.target.host}: {why}"))

    def _give_up(self, error: HostError) -> None:
        self._broken = error
        self._door.close()

    async def _answer(self, command: str, *, limit_s: float, limit_bytes: int) -> str:
        host = self.target.host
        answer = Answer(self.prompt, command, host=host, limit_bytes=limit_bytes, platform=self.platform)
        try:
            async with asyncio.timeout(limit_s):
                while not answer.over:
                    piece = await self._door.hear(_DOUBT_S)
                    await self._reply(answer.hear(piece) if piece else answer.silent())
        except TimeoutError as error:
            raise CommandTimedOut(f"{host}: {command!r} did not end with the prompt within {limit_s:g} s") from error
        return await asyncio.to_thread(lambda: answer.text) if answer.large else answer.text

    def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AbstractAsyncContextManager[Channel]:
        """Refuse a script: a device has no shell to run it.

        Raises:
            CommandNotAllowed: always; nothing was sent.
        """
        del limit_s, limit_bytes
        return self._refuse(command)

    def _refuse(self, command: Command) -> NoReturn:
        raise CommandNotAllowed(
            f"{self.target.host}: a network device ({self.platform.os}) runs no scripts; {command.script.name!r} was "
            f"not sent. Leave it out of the play's hosts"
        )

    async def leave(self) -> None:
        """Log out, as far as the device lets us; elsewhere than where it began, that word may mean another thing."""
        if self._broken is None and self.prompt.text and not self._away:
            with contextlib.suppress(ConnectionCut, TimeoutError):
                async with asyncio.timeout(_LOGOUT_S):
                    await self._door.prepare(self.platform.logout)
                    while await self._door.hear(_LOGOUT_S):
                        pass
        self._door.close()
