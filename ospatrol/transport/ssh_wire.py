"""A command at the other end of an SSH session."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import asyncssh

from ospatrol.model.text import escape_controls
from ospatrol.transport.wire import End, Inbox, Piece

if TYPE_CHECKING:
    from asyncssh import SSHClientChannel, SSHClientConnection

    from ospatrol.transport.bootstrap import Launch

# a terminal that changes no byte: RFC 4254 §8, the modes that `stty raw -echo` clears
_RAW = dict.fromkeys(
    (
        asyncssh.PTY_ICRNL, asyncssh.PTY_INLCR, asyncssh.PTY_IGNCR, asyncssh.PTY_ISTRIP, asyncssh.PTY_IXON,
        asyncssh.PTY_IXOFF, asyncssh.PTY_IXANY, asyncssh.PTY_PARMRK, asyncssh.PTY_INPCK, asyncssh.PTY_IUCLC,
        asyncssh.PTY_IMAXBEL, asyncssh.PTY_ISIG, asyncssh.PTY_ICANON, asyncssh.PTY_ECHO, asyncssh.PTY_ECHOE,
        asyncssh.PTY_ECHOK, asyncssh.PTY_ECHONL, asyncssh.PTY_IEXTEN, asyncssh.PTY_ECHOCTL, asyncssh.PTY_ECHOKE,
        asyncssh.PTY_OPOST, asyncssh.PTY_ONLCR,
    ),
    0,
) | {asyncssh.PTY_CS8: 1}  # fmt: skip


class SshWire(asyncssh.SSHClientSession[bytes]):
    """One SSH session; asyncssh calls it, `wire.Wire` is what the rest sees."""

    def __init__(self) -> None:
        self._inbox = Inbox()
        self._gone = asyncio.Event()
        self._channel: SSHClientChannel[bytes] | None = None
        self._status: int | None = None
        self._signal = ""
        self._because = ""

    @classmethod
    async def open(cls, connection: SSHClientConnection, launch: Launch) -> SshWire:
        """Ask the host to run a command."""
        _, session = await connection.create_session(
            cls,
            launch.exec_line,
            encoding=None,
            request_pty="force" if launch.terminal else False,
            term_type="dumb" if launch.terminal else None,
            term_modes=_RAW if launch.terminal else {},
            env={},
            send_env=(),
            x11_forwarding=False,
        )
        if not isinstance(session, cls):
            raise TypeError(session)
        return session

    def connection_made(self, chan: SSHClientChannel[bytes]) -> None:
        """The session is open."""
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Output came; more than the reader takes stays in the SSH window, and so at the host."""
        self._inbox.put(Piece(data, datatype is not None))
        if self._inbox.full and self._channel:
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        """The output is at its end; the input may stay open."""
        return True

    def exit_status_received(self, status: int) -> None:
        """The command exited."""
        self._status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: FBT001  # asyncssh's own signature
        """The command was killed."""
        del core_dumped, msg, lang
        self._signal = escape_controls(signal, 40)

    def connection_lost(self, exc: Exception | None) -> None:
        """The session is over."""
        self._because = escape_controls(str(exc), 300) if exc else ""
        self._inbox.finish()
        self._gone.set()

    def pause_writing(self) -> None:
        """The host does not take input fast enough."""
        self._inbox.hold_writes(hold=True)

    def resume_writing(self) -> None:
        """It does again."""
        self._inbox.hold_writes(hold=False)

    async def read(self) -> Piece | None:
        """The next piece of output; None when there will be no more."""
        piece = await self._inbox.take()
        if self._channel and not self._inbox.full:
            self._channel.resume_reading()
        return piece

    async def write(self, piece: bytes) -> None:
        """Give it input, waiting while it does not take it; dropped if it takes no more."""
        if piece and await self._inbox.writable() and self._channel and not self._channel.is_closing():
            with contextlib.suppress(OSError):
                self._channel.write(piece)
                await self._inbox.writable()

    def end_input(self) -> None:
        """Close its standard input."""
        if self._channel and not self._channel.is_closing():
            self._channel.write_eof()

    def kill(self) -> None:
        """End it now; a host that does not know signals ends it by closing its input and output."""
        if self._channel is None or self._gone.is_set():
            return
        if self._status is None and not self._signal:
            with contextlib.suppress(OSError):
                self._channel.send_signal("TERM")
        self._channel.abort()

    async def closed(self) -> End:
        """Wait until it is gone; how it ended."""
        await self._gone.wait()
        return End(status=self._status, signal=self._signal, because=self._because)
