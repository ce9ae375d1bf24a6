"""The script at the other end: what it is asked, and its answers up to a deadline."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

from ospatrol.model.coverage import Reason
from ospatrol.model.errors import CommandFailed, CommandTimedOut, HostError, OutputTooLarge
from ospatrol.model.text import show_bytes
from ospatrol.transport.connection import Channel

END = b"\0\0\0E"
"""Ends a listing and every answer; neither can hold three NULs in a row."""

PACKET_BYTES = 128 << 10
"""A request fits into the pipes between us and the program that reads it, so that it can be written to its end before
the answer is read: 64 KiB each of the script's input and of the pipe behind `head`, and what xargs has taken."""


class Dialogue:
    """One conversation with a collector's script.

    Args:
        channel: The script, started.
        deadline: On the event loop's clock; from then on nothing is asked and nothing more is heard.

    Attributes:
        stopped: Why nothing more will be heard, once that is so: BUDGET, CUT or LIMIT.
    """

    def __init__(self, channel: Channel, deadline: float) -> None:
        self._channel = channel
        self._deadline = deadline
        self._heard = bytearray()
        self.stopped: Reason | None = None

    async def hear(self, mark: bytes, *, unit: bytes = b"", limit: int = 0) -> bytes:
        """Everything up to a mark, or up to where it was stopped.

        Args:
            mark: Where it ends; taken off.
            unit: What to count, if there is a limit.
            limit: With more units than that it is enough.

        Raises:
            CommandFailed: the script ended before the mark.
        """
        heard, start = self._heard, 0
        seen = counted = 0
        while (end := heard.find(mark, start)) < 0:
            start = max(0, len(heard) - len(mark) + 1)
            piece = await self._read()
            if self.stopped:
                return bytes(heard)
            heard += piece
            if limit and len(heard) > limit:  # fewer bytes cannot hold more units
                seen += heard.count(unit, counted)
                counted = len(heard)
                if seen > limit and heard.find(mark, start) < 0:
                    self.stopped = Reason.LIMIT
                    return bytes(heard)
        with memoryview(heard) as whole:
            said = bytes(whole[:end])
        del heard[: end + len(mark)]
        return said

    async def ask(self, verb: str, paths: Sequence[bytes], tool: str = "") -> bytes:
        """The script's answers to a request about some paths, one after the other; what there is of them if stopped."""
        answers = []
        for packet in _packets(paths):
            if self.stopped:
                break
            await self._write(f"{verb} {len(packet)} {tool}\n".encode() + packet)
            answers.append(await self.hear(END))
        return b"".join(answers)

    async def ask_of_all(self, verb: str, tool: str) -> bytes:
        """The script's answer to a request about everything that it listed; what there is of it if stopped."""
        if self.stopped:
            return b""
        await self._write(f"{verb} 0 {tool}\n".encode())
        return await self.hear(END)

    async def ask_raw(self, paths: bytes, also: str, *, last: bool = False) -> bytes:
        """32 bytes for each of some files that can be hashed, in their order; what there is of it if stopped.

        A digest may look like an end mark, and whoever writes a file can see to that; so this answer ends with a word
        that nobody knows before.

        Args:
            paths: NUL-terminated, at most `PACKET_BYTES`.
            also: What shall describe everything; the answer to that is to be heard next. Empty for nothing.
            last: Whether nothing more will be asked; spares the host a program, and both sides a turn.
        """
        if self.stopped:
            return b""
        word = secrets.token_hex(8)
        await self._write(f"raw {0 if last else len(paths)} openssl {word} {also}\n".encode() + paths)
        if last and not self.stopped:
            await self._channel.end_input()
        return await self.hear(word.encode() + END)

    async def pause(self, seconds: str) -> None:
        """Let some time pass on the host."""
        if not self.stopped:
            await self._write(f"pause {seconds}\n".encode())
            await self.hear(END)

    async def close(self) -> None:
        """Let the script end by itself: some servers (dropbear) take no further command on a login while one hangs.

        What it said is complete by now, so an error that comes at its very end changes nothing.
        """
        if self.stopped is None:
            with suppress(HostError, TimeoutError):
                async with asyncio.timeout_at(self._deadline):
                    await self._channel.finish()

    async def _write(self, piece: bytes) -> None:
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._channel.write(piece)
        except (TimeoutError, CommandTimedOut):
            self.stopped = Reason.BUDGET

    async def _read(self) -> bytes:
        try:
            async with asyncio.timeout_at(self._deadline):
                piece = await self._channel.read()
        except (TimeoutError, CommandTimedOut):
            self.stopped = Reason.BUDGET
            return b""
        except OutputTooLarge:
            self.stopped = Reason.CUT
            return b""
        if not piece:
            await self._over()
        return piece

    async def _over(self) -> NoReturn:
        status = await self._channel.finish()
        said = show_bytes(self._channel.complaints.strip(), 200)
        raise CommandFailed(f"the script ended early with status {status}: {said or 'it said nothing'}")


def _packets(paths: Sequence[bytes]) -> Iterator[bytes]:
    whole = b"\0".join(paths) + b"\0" if paths else b""
    start = 0
    while len(whole) - start > PACKET_BYTES:
        end = whole.rfind(b"\0", start, start + PACKET_BYTES) + 1
        yield whole[start:end]
        start = end
    if start < len(whole):
        yield whole[start:]
