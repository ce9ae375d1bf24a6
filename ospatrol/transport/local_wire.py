"""A command as a child of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tty
from typing import TYPE_CHECKING, Self

from ospatrol.model.errors import ElevationFailed, ShellUnusable
from ospatrol.transport.wire import End, Inbox, Piece

if TYPE_CHECKING:
    from ospatrol.transport.bootstrap import Launch

# a session leader that opens a terminal gets it as its controlling one: su and doas ask for the password there
_ON_TERMINAL = ("sh", "-c", 'exec "$@" <>"$0" >&0 2>&0')


class LocalWire(asyncio.SubprocessProtocol):
    """A command as a child of this process; asyncio calls it, `wire.Wire` is what the rest sees."""

    def __init__(self) -> None:
        self._inbox = Inbox()
        self._exited = asyncio.Event()
        self._process: asyncio.SubprocessTransport | None = None
        self._input: asyncio.WriteTransport | None = None
        self._open_outputs = 2

    @classmethod
    async def open(cls, launch: Launch) -> Self:
        """Start a command.

        Raises:
            ElevationFailed, ShellUnusable: the program is not here, or may not be run.
        """
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.subprocess_exec(cls, *launch.argv, start_new_session=True)
        except OSError as error:
            program = launch.elevation.program
            if not program:
                raise ShellUnusable(f"{launch.host}: {error}") from error
            missing = isinstance(error, FileNotFoundError)
            problem = "is not installed or not on the PATH" if missing else f"cannot be run: {error.strerror}"
            raise ElevationFailed(f"{launch.host}: {program} {problem}") from error
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The command runs."""
        if isinstance(transport, asyncio.SubprocessTransport):
            self._process = transport
            pipe = transport.get_pipe_transport(0)
            self._input = pipe if isinstance(pipe, asyncio.WriteTransport) else None

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Output came; more than the reader takes stays in the pipe."""
        self._inbox.put(Piece(bytes(data), error=fd == 2))
        if self._inbox.full:
            self._pause(pause=True)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """A pipe was closed."""
        del exc
        if fd > 0:
            self._open_outputs -= 1
            self._finish()

    def process_exited(self) -> None:
        """The command is gone; a child of it may still hold its output."""
        self._exited.set()
        self._finish()

    def _finish(self) -> None:
        if self._exited.is_set() and self._open_outputs <= 0:
            self._inbox.finish()

    def pause_writing(self) -> None:
        """The command does not take input fast enough."""
        self._inbox.hold_writes(hold=True)

    def resume_writing(self) -> None:
        """It does again."""
        self._inbox.hold_writes(hold=False)

    async def read(self) -> Piece | None:
        """The next piece of output; None when there will be no more."""
        piece = await self._inbox.take()
        if not self._inbox.full:
            self._pause(pause=False)
        return piece

    def _pause(self, *, pause: bool) -> None:
        for fd in (1, 2):
            pipe = self._process.get_pipe_transport(fd) if self._process else None
            if isinstance(pipe, asyncio.ReadTransport) and not pipe.is_closing():
                (pipe.pause_reading if pause else pipe.resume_reading)()

    async def write(self, piece: bytes) -> None:
        """Give it input, waiting while it does not take it; dropped if it takes no more."""
        if piece and self._input and not self._input.is_closing() and await self._inbox.writable():
            self._input.write(piece)
            await self._inbox.writable()

    def end_input(self) -> None:
        """Close its standard input."""
        if self._input:
            self._input.close()

    def kill(self) -> None:
        """End it and what it started now."""
        if self._process is None:
            return
        if not self._exited.is_set():
            _kill_group(self._process.get_pid())
        self._process.close()
        self._open_outputs = 0
        self._finish()

    async def closed(self) -> End:
        """Wait until it is gone; how it ended."""
        await self._exited.wait()
        code = self._process.get_returncode() if self._process else None
        if code is None:
            return End(because="nobody waited for it")
        return End(status=code) if code >= 0 else End(signal=signal.Signals(-code).name.removeprefix("SIG"))


class TerminalWire(LocalWire):
    """The same on a terminal of its own, for programs that ask for a password nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self._open_outputs = 1
        self._terminal = -1
        self._output: asyncio.BaseTransport | None = None

    @classmethod
    async def open(cls, launch: Launch) -> Self:
        """Start a command on a terminal that changes no byte."""
        loop = asyncio.get_running_loop()
        master, terminal = os.openpty()
        tty.setraw(terminal)
        nowhere = asyncio.subprocess.DEVNULL
        command = (*_ON_TERMINAL, os.ttyname(terminal), *launch.argv)
        _, wire = await loop.subprocess_exec(
            cls, *command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
        await wire.attach(master, terminal)
        return wire

    async def attach(self, master: int, terminal: int) -> None:
        """Take over both ends of the terminal; the command's end stays open until it is gone.

        A terminal that nobody has open forgets its settings and its output.
        """
        loop = asyncio.get_running_loop()
        self._terminal = terminal
        writer = os.fdopen(os.dup(master), "wb", 0)
        self._input, _ = await loop.connect_write_pipe(lambda: _Side(self), writer)
        self._output, _ = await loop.connect_read_pipe(lambda: _Side(self, reads=True), os.fdopen(master, "rb", 0))
        self._release()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The command runs; its input and output are the terminal."""
        if isinstance(transport, asyncio.SubprocessTransport):
            self._process = transport

    def process_exited(self) -> None:
        """The command is gone."""
        super().process_exited()
        self._release()

    def _release(self) -> None:
        if self._exited.is_set() and self._terminal >= 0 and self._output:
            os.close(self._terminal)
            self._terminal = -1

    def _pause(self, *, pause: bool) -> None:
        if isinstance(self._output, asyncio.ReadTransport) and not self._output.is_closing():
            (self._output.pause_reading if pause else self._output.resume_reading)()

    def kill(self) -> None:
        """End it and what it started now."""
        super().kill()
        if self._input:
            self._input.abort()
        if self._output:
            self._output.close()


class _Side(asyncio.Protocol):
    """One direction of a terminal."""

    def __init__(self, wire: TerminalWire, *, reads: bool = False) -> None:
        self._wire = wire
        self._reads = reads

    def data_received(self, data: bytes) -> None:
        self._wire.pipe_data_received(1, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reads:  # Linux ends a terminal's output with EIO
            self._wire.pipe_connection_lost(1, exc)

    def pause_writing(self) -> None:
        self._wire.pause_writing()

    def resume_writing(self) -> None:
        self._wire.resume_writing()


def _kill_group(pid: int) -> None:
    # whoever became another user is out of reach; it ends when its output is closed
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
