"""The terminal of a network device at the other end of an SSH session, and the one way to it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from ospatrol.model.command import Sent
from ospatrol.model.errors import CommandNotAllowed, ConnectionCut
from ospatrol.transport.device_screen import last_line
from ospatrol.transport.ssh_wire import SshWire

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncssh import SSHClientConnection

    from ospatrol.model.host import Target
    from ospatrol.model.secret import Secret
    from ospatrol.transport.device_platforms import DevicePlatform
    from ospatrol.transport.device_policy import DevicePolicy
    from ospatrol.transport.host_connection import Rules

# wide, so that no line is folded; as high as a terminal can be asked for without being refused by old devices
_COLUMNS, _ROWS = 511, 1000
_ASKS_PASSWORD = re.compile(r"(?i).*(?:password|passcode)[^\r\n]{0,60}:\*{0,40}")
_ASKS_USER = re.compile(r"(?i).*(?:user ?name|login)[^\r\n]{0,20}:")
_QUESTION_S, _LOOK_S = 5.0, 0.05
_KEYS = frozenset({"", " ", "q"})


class DeviceWire(SshWire):
    """A terminal on a device; asyncssh calls it."""

    @classmethod
    async def open_terminal(cls, connection: SSHClientConnection) -> DeviceWire:
        """Ask the device for its command line."""
        _, session = await connection.create_session(
            cls,
            None,
            encoding=None,
            request_pty="force",
            term_type="vt100",
            term_size=(_COLUMNS, _ROWS),
            env={},
            send_env=(),
            x11_forwarding=False,
        )
        if not isinstance(session, cls):
            raise TypeError(session)
        return session


class DeviceDoor:
    """Everything that is sent to a device passes here, whoever sends it; nothing that the platform does not list.

    Args:
        wire: The terminal.
        target: The device.
        platform: What is known of its command line.
        policy: What profiles declare.
        rules: Is told of each command.
    """

    def __init__(
        self, wire: DeviceWire, target: Target, platform: DevicePlatform, *, policy: DevicePolicy, rules: Rules
    ) -> None:
        self._wire = wire
        self._target = target
        self._platform = platform
        self._policy = policy
        self._rules = rules
        shell = (platform.unix_shell[1],) if platform.unix_shell else ()
        elevate = (platform.elevate,) if platform.driver else ()
        self._own = frozenset((*platform.prepare, *elevate, *shell, platform.logout))
        self._answers = _KEYS | {platform.enter} | {answer for _, answer in platform.at_login}

    async def ask(self, command: str) -> None:
        """Send a question that a profile declares.

        Raises:
            CommandNotAllowed: none does, or it does not only read; nothing was sent.
        """
        self._policy.admit(command, self._platform, self._target.host)
        await self._line(command)

    async def move(self, command: str) -> None:
        """Send what leads from one virtual system to another.

        Raises:
            CommandNotAllowed: a profile does not declare it, or the platform does not list it; nothing was sent.
        """
        self._policy.admit_move(command, self._platform, self._target.host)
        await self._line(command)

    async def decline(self) -> None:
        """Answer no to a question that nobody expected, such as whether changes of others are to be saved."""
        await self._wire.write(f"n{self._platform.enter}".encode("ascii"))

    async def prepare(self, command: str) -> None:
        """Send what makes the session ready or ends it.

        Raises:
            CommandNotAllowed: the platform does not list it; nothing was sent.
        """
        if command not in self._own:
            raise self._refused(command)
        await self._line(command)

    async def answer(self, key: str) -> None:
        """Send an empty line, or the answer to a pager or a question of the login.

        Raises:
            CommandNotAllowed: it is no such answer; nothing was sent.
        """
        if key not in self._answers:
            raise self._refused(key)
        await self._wire.write(key.encode("ascii"))

    async def drive(self, text: str, heard: Callable[[], bytes], *, secret: Secret | None, user: str) -> None:
        """Send what netmiko's driver wants to send while it enters the privileged mode.

        Args:
            text: An empty line, the command that elevates, or the secret or the user where it is asked for.
            heard: What the device has said until now; a secret goes only to a question for one, once it is complete.
            secret: The mode's secret.
            user: Whom we are logged in as.

        Raises:
            CommandNotAllowed: it is something else, or nobody asks for it; nothing was sent.
        """
        line = text.strip("\r\n")
        if line == self._platform.elevate and line:
            self._record(line)
        elif secret is not None and line == secret.reveal and line:
            if not await _ends_with(_ASKS_PASSWORD, heard):
                raise self._refused("(a secret that nobody asks for)")
            self._record("(secret)")
        elif line and (line != user or not await _ends_with(_ASKS_USER, heard)):
            raise self._refused("(not shown)")
        await self._wire.write(text.encode("utf-8"))

    async def hear(self, within_s: float) -> bytes:
        """What the device says next; empty if that is nothing for so many seconds.

        Raises:
            ConnectionCut: the session is over.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self.listen()
        except TimeoutError:
            return b""

    async def listen(self) -> bytes:
        """What the device says next; never empty.

        Raises:
            ConnectionCut: the session is over.
        """
        piece = await self._wire.read()
        if piece is not None:
            return piece.raw
        end = await self._wire.closed()
        because = f": {end.because}" if end.because else ""
        raise ConnectionCut(f"{self._target.host}: the device ended the session{because}")

    def close(self) -> None:
        """End the session now."""
        self._wire.kill()

    async def _line(self, command: str) -> None:
        self._record(command)
        await self._wire.write((command + self._platform.enter).encode("ascii"))

    def _record(self, command: str) -> None:
        at = self._rules.clock()
        sent = Sent(host=self._target.host, at=at, exec_line=command, script=self._platform.os, digest="")
        self._rules.record(sent)

    def _refused(self, what: str) -> CommandNotAllowed:
        os = self._platform.os
        return CommandNotAllowed(f"{self._target.host}: {what!r} is nothing that a session on {os} sends")


def asks_password(heard: bytes | bytearray) -> bool:
    """Whether what a device said ends with a question for a password."""
    return _ASKS_PASSWORD.fullmatch(last_line(heard)) is not None


async def _ends_with(question: re.Pattern[str], heard: Callable[[], bytes]) -> bool:
    """Whether what was heard ends with a question; a slow device is given some seconds to end it."""
    for _ in range(int(_QUESTION_S / _LOOK_S)):
        if question.fullmatch(last_line(heard())):
            return True
        await asyncio.sleep(_LOOK_S)
    return False
