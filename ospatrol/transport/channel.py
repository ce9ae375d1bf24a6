"""A declared script at work, whatever carries its bytes: limits, frames, and how it ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from ospatrol.model.errors import CommandFailed, CommandTimedOut, ConnectionCut, OutputTooLarge
from ospatrol.transport.bootstrap import frame
from ospatrol.transport.starting import Start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ospatrol.transport.bootstrap import Launch
    from ospatrol.transport.wire import End, Piece, Wire

_COMPLAINTS_BYTES = 256 << 10


class ScriptChannel:
    """The interface that collectors see (`connection.Channel`), over any wire.

    Args:
        wire: The command.
        launch: What was sent.
        limit_s: The command's limit, for messages.
        deadline: When the limit is spent, on the event loop's clock.
        limit_bytes: How much output to accept.
    """

    def __init__(self, wire: Wire, launch: Launch, *, limit_s: float, deadline: float, limit_bytes: int) -> None:
        self._wire = wire
        self._launch = launch
        self._limit_s = limit_s
        self._deadline = deadline
        self._left = limit_bytes
        self._limit_bytes = limit_bytes
        self._complaints = bytearray()
        self._first = b""
        self._input_over = False

    async def begin(self, start_s: float) -> None:
        """Elevate, and wait until the script runs.

        Raises:
            ElevationFailed, ShellUnusable, CommandTimedOut, ConnectionCut: as their names say.
        """
        start = Start(self._launch)
        seconds = min(start_s, self._limit_s)
        try:
            async with asyncio.timeout(seconds):
                await self._wire.write(start.opening())
                while start.begun is None:
                    piece = await self._wire.read()
                    if piece is None:
                        raise await self._ended_early(start)
                    answer = start.hear(piece.raw, error=piece.error)
                    if answer:
                        await self._wire.write(answer)
        except TimeoutError as error:
            raise self._too_late() if self._limit_s < start_s else start.overdue(seconds) from error
        self._complaints += start.complaints
        self._first = start.begun
        self._left -= len(self._first)

    async def _ended_early(self, start: Start) -> Exception:
        end = await self._wire.closed()
        return self._cut(end) if end.cut else start.ended(end)

    async def write(self, piece: bytes) -> None:
        """Give the script input; waits while the host does not take it."""
        if piece:
            with self._as_ours():
                async with asyncio.timeout_at(self._deadline):
                    await self._wire.write(frame(piece) if self._launch.terminal else piece)

    async def end_input(self) -> None:
        """Close the script's standard input."""
        if self._input_over:
            return
        self._input_over = True
        if not self._launch.terminal:
            self._wire.end_input()
            return
        with self._as_ours():
            async with asyncio.timeout_at(self._deadline):
                await self._wire.write(frame(b""))

    async def read(self) -> bytes:
        """The next piece of standard output; empty at its end."""
        while True:
            raw = self._first or await self._next()
            self._first = b""
            if self._left < 0:
                self._wire.kill()
                raise OutputTooLarge(
                    f"{self._launch.host}: {self._launch.command.script.name!r} printed more than "
                    f"{self._limit_bytes} bytes"
                )
            if raw is not None:
                return raw

    async def _next(self) -> bytes | None:
        """A piece of standard output, empty at its end; None for one of standard error, which is kept."""
        with self._as_ours():
            async with asyncio.timeout_at(self._deadline):
                piece = await self._wire.read()
                if piece is not None:
                    return self._sort(piece)
                end = await self._wire.closed()
        if end.cut:
            raise self._cut(end)
        return b""

    def _sort(self, piece: Piece) -> bytes | None:
        if not piece.error:
            self._left -= len(piece.raw)
            return piece.raw
        self._complaints += piece.raw[: _COMPLAINTS_BYTES - len(self._complaints)]
        return None

    async def finish(self) -> int:
        """Wait for the end, dropping output that nobody read; the exit status."""
        await self.end_input()
        while await self.read():
            pass
        end = await self._wire.closed()
        if end.status is None:
            raise CommandFailed(
                f"{self._launch.host}: {self._launch.command.script.name!r} was killed by signal {end.signal}"
            )
        return end.status

    @property
    def complaints(self) -> bytes:
        """What standard error has said so far; its first 256 KiB."""
        return bytes(self._complaints)

    @contextmanager
    def _as_ours(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            self._wire.kill()
            raise self._too_late() from error

    def _too_late(self) -> CommandTimedOut:
        name = self._launch.command.script.name
        return CommandTimedOut(f"{self._launch.host}: {name!r} did not end within {self._limit_s:g} s")

    def _cut(self, end: End) -> ConnectionCut:
        reason = f": {end.because}" if end.because else ""
        return ConnectionCut(
            f"{self._launch.host}: the connection ended while {self._launch.command.script.name!r} ran{reason}"
        )


@asynccontextmanager
async def running(
    wire: Wire, launch: Launch, *, start_s: float, limit_s: float, limit_bytes: int
) -> AsyncIterator[ScriptChannel]:
    """A script that runs while the block does, and is ended with it.

    Args:
        wire: The command as it was asked for.
        launch: What was sent.
        start_s: Seconds until the script must run.
        limit_s: Seconds for the whole command.
        limit_bytes: How much output to accept.
    """
    deadline = asyncio.get_running_loop().time() + limit_s
    channel = ScriptChannel(wire, launch, limit_s=limit_s, deadline=deadline, limit_bytes=limit_bytes)
    try:
        await channel.begin(start_s)
        yield channel
    finally:
        wire.kill()
