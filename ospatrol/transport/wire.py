"""What a running command is to the code that drives it: bytes both ways and an end."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import msgspec

_HELD_BYTES = 1 << 20


class Piece(msgspec.Struct, frozen=True):
    """Output as it came.

    Attributes:
        raw: Never empty.
        error: Whether it came from standard error.
    """

    raw: bytes
    error: bool = False


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended; neither status nor signal means that the connection was cut.

    Attributes:
        status: What it exited with.
        signal: What killed it, without `SIG`.
        because: What the connection's end said, where it was cut.
    """

    status: int | None = None
    signal: str = ""
    because: str = ""

    @property
    def cut(self) -> bool:
        """Whether nobody knows how the command ended."""
        return self.status is None and not self.signal


class Wire(Protocol):
    """A command that runs somewhere."""

    async def read(self) -> Piece | None:
        """The next piece of output; None when there will be no more."""
        ...

    async def write(self, piece: bytes) -> None:
        """Give it input, waiting while it does not take it; dropped if it takes no more."""
        ...

    def end_input(self) -> None:
        """Close its standard input."""
        ...

    def kill(self) -> None:
        """End it now; safe to call more than once, and when it has ended."""
        ...

    async def closed(self) -> End:
        """Wait until it is gone; how it ended."""
        ...


class Inbox:
    """Pieces between a library's callbacks and the reader; asks the library to pause when the reader is slow."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self._held = 0
        self._reader: asyncio.Future[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self.over = False

    @property
    def full(self) -> bool:
        """Whether the reader should be waited for."""
        return self._held > _HELD_BYTES

    def put(self, piece: Piece) -> None:
        """Keep a piece for the reader."""
        self._pieces.append(piece)
        self._held += len(piece.raw)
        self._wake()

    def finish(self) -> None:
        """No more pieces will come, and nothing that is written arrives."""
        self.over = True
        self._may_write.set()
        self._wake()

    def hold_writes(self, *, hold: bool) -> None:
        """Make writers wait, or let them go on."""
        if hold and not self.over:
            self._may_write.clear()
        else:
            self._may_write.set()

    async def take(self) -> Piece | None:
        """The next piece; None at the end."""
        while not self._pieces:
            if self.over:
                return None
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._next()

    def _next(self) -> Piece:
        """As many pieces of the same stream as there are, as one: a reader's turn costs more than the copy."""
        first = self._pieces.popleft()
        raws = [first.raw]
        while self._pieces and self._pieces[0].error == first.error:
            raws.append(self._pieces.popleft().raw)
        raw = b"".join(raws)
        self._held -= len(raw)
        return first if len(raws) == 1 else Piece(raw, first.error)

    async def writable(self) -> bool:
        """Wait until the other side takes input; whether it still does."""
        await self._may_write.wait()
        return not self.over

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
