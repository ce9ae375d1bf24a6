"""A host that answers with recorded output: for tests, and for judging old facts again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.errors import CommandNotAllowed, CommandTimedOut, HostError, OutputTooLarge
from ospatrol.model.host import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from ospatrol.model.command import Command


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What a script answered.

    Attributes:
        pieces: Standard output, in pieces as they shall arrive.
        status: The exit status.
        complaints: Standard error.
        error: What happens after the last piece instead of the end; None for none.
        hangs: Whether the end never comes, so that the command's limit is spent at once.
    """

    pieces: tuple[bytes, ...] = ()
    status: int = 0
    complaints: bytes = b""
    error: HostError | None = None
    hangs: bool = False


class Replayed(msgspec.Struct, kw_only=True):
    """One command that was sent to a replayed host.

    Attributes:
        command: What was sent.
        input: What the collector wrote.
        input_ended: Whether it closed the input.
    """

    command: Command
    input: bytes = b""
    input_ended: bool = False


class ReplayChannel:
    """Keeps the promises of `connection.Channel` with recorded bytes."""

    def __init__(self, recording: Recording, replayed: Replayed, *, host: str, limit_bytes: int) -> None:
        self._pieces = list(recording.pieces)
        self._recording = recording
        self._replayed = replayed
        self._host = host
        self._left = limit_bytes

    async def write(self, piece: bytes) -> None:
        """Keep the input for the test to see."""
        self._replayed.input += piece

    async def end_input(self) -> None:
        """Close the input."""
        self._replayed.input_ended = True

    async def read(self) -> bytes:
        """The next recorded piece; empty at the end."""
        if self._pieces:
            piece = self._pieces.pop(0)
            self._left -= len(piece)
            if self._left < 0:
                raise OutputTooLarge(f"{self._host}: more bytes than the limit")
            return piece or await self.read()
        if self._recording.error:
            raise self._recording.error
        if self._recording.hangs:
            raise CommandTimedOut(f"{self._host}: did not end in time")
        return b""

    async def finish(self) -> int:
        """Drop what was not read; the exit status."""
        await self.end_input()
        while await self.read():
            pass
        return self._recording.status

    @property
    def complaints(self) -> bytes:
        """Recorded standard error."""
        return self._recording.complaints


class ReplayConnection:
    """Keeps the promises of `connection.Connection` with recorded output.

    Args:
        answers: By script name: bytes, pieces, a recording, or a sequence of recordings of which each start of the
            script takes one.
        target: The host; a made-up one where None.
        notes: As a real connection has them.

    Attributes:
        sent: What was sent, in order.
    """

    def __init__(
        self,
        answers: Mapping[str, bytes | Sequence[bytes] | Recording | Sequence[Recording]],
        *,
        target: Target | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.target = target or Target(host="replayed", address="192.0.2.1")
        self.notes = notes
        self.sent: list[Replayed] = []
        self._answers = {name: _recordings(answer) for name, answer in answers.items()}

    @asynccontextmanager
    async def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AsyncIterator[ReplayChannel]:
        """Answer as the script did when it was recorded; a script without a recording is not allowed."""
        del limit_s
        name = command.script.name
        if not self._answers.get(name):
            raise CommandNotAllowed(f"{self.target.host}: there is no recording of {name!r} (left)")
        recordings = self._answers[name]
        recording = recordings.pop(0) if len(recordings) > 1 else recordings[0]
        replayed = Replayed(command=command)
        self.sent.append(replayed)
        yield ReplayChannel(recording, replayed, host=self.target.host, limit_bytes=limit_bytes)


def _recordings(answer: bytes | Sequence[bytes] | Recording | Sequence[Recording]) -> list[Recording]:
    if isinstance(answer, Recording):
        return [answer]
    if isinstance(answer, bytes):
        return [Recording(pieces=(answer,))]
    recordings = [each for each in answer if isinstance(each, Recording)]
    pieces = tuple(each for each in answer if isinstance(each, bytes))
    return recordings or [Recording(pieces=pieces)]
