"""What collectors see of a connection: the interface that every transport keeps."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ospatrol.model.command import Command
from ospatrol.model.host import Target


class Channel(Protocol):
    """A declared script at work on a host, already elevated and started.

    Output arrives in pieces of any size. Every method raises `CommandTimedOut` when the command's limit is spent and
    `ConnectionCut` when the connection ends in mid-stream; `read` raises `OutputTooLarge` past the byte limit.
    """

    async def write(self, piece: bytes) -> None:
        """Give the script input; waits while the host does not take it."""
        ...

    async def end_input(self) -> None:
        """Close the script's standard input."""
        ...

    async def read(self) -> bytes:
        """The next piece of standard output; empty at its end."""
        ...

    async def finish(self) -> int:
        """Wait for the end; the exit status. A script killed by a signal raises `CommandFailed`."""
        ...

    @property
    def complaints(self) -> bytes:
        """What standard error has said so far; its first 256 KiB."""
        ...


class Connection(Protocol):
    """One login on one host; the caller opens it with `async with` and so closes it.

    Attributes:
        target: The host.
        notes: What the reader of a report should know of this login, such as legacy algorithms in use.
    """

    target: Target
    notes: tuple[str, ...]

    def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AbstractAsyncContextManager[Channel]:
        """Elevate if the target says so, start a declared script, and end it at the latest when the block ends.

        Args:
            command: Its script must be one that the read-only command policy of this connection holds.
            limit_s: Seconds for the whole command.
            limit_bytes: How much output to accept.

        Raises:
            CommandNotAllowed: the script is not declared; nothing was sent.
            ElevationFailed, ShellUnusable, CommandTimedOut, ConnectionCut: as their names say.
        """
        ...
