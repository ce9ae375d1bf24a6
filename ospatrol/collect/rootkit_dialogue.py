"""The rootkit script at the other end: one request, and frames up to a deadline."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from importlib.resources import files as package_files

import msgspec

from ospatrol.model.command import Command, Script
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import CommandFailed, CommandTimedOut, OutputTooLarge
from ospatrol.model.text import show_bytes
from ospatrol.transport.connection import Channel, Connection

ROOTKIT_SCRIPT = Script(
    name="rootkit", text=(package_files("ospatrol.collect") / "rootkit.sh").read_text(encoding="utf-8")
)

_GRACE_S = 30.0


class RootkitLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a host's time and output it may take.

    Attributes:
        total_s: Seconds for everything.
        tool_s: Whole seconds for each tool, such as ps.
        frame_bytes: Of each frame; what is longer is cut.
        total_bytes: Of all frames.
        pids: Up to which number processes are looked for one by one.
    """

    total_s: float = 300.0
    tool_s: int = 20
    frame_bytes: int = 4 << 20
    total_bytes: int = 64 << 20
    pids: int = 1 << 22


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One answer.

    Attributes:
        name: Of the look.
        status: How it ended, in the script's words.
        content: What there was; at most one byte more than the limit.
    """

    name: str
    status: str
    content: bytes

    @property
    def counts(self) -> tuple[int, int, int]:
        """What find was denied, what else it complained of, and its status."""
        words = self.status.split()
        numbers = [int(word) for word in words if word.isdecimal()]
        return (numbers[0], numbers[1], numbers[2]) if len(words) == len(numbers) == 3 else (0, 1, 1)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a host said.

    Attributes:
        frames: In order; more than one can have the same name.
        stopped: Why it was not heard to its end; None where it was.
    """

    frames: tuple[Frame, ...] = ()
    stopped: Reason | None = None

    def named(self, name: str) -> Frame | None:
        """The first frame of a name."""
        return next((frame for frame in self.frames if frame.name == name), None)


async def converse(connection: Connection, words: Sequence[bytes], limits: RootkitLimits) -> Heard:
    """Ask for everything, and hear what there is.

    Args:
        connection: To the host; its command policy must hold `ROOTKIT_SCRIPT`.
        words: Lines of the request, without newlines.
        limits: How much is listened to.

    Raises:
        HostError: the host cannot be asked, or the script ended early.
    """
    # unknown to the host until it is sent: nothing that is read there can hold it
    mark = secrets.token_hex(16).encode()
    request = b"".join(word + b"\n" for word in words)
    walk_s = max(1, int(limits.total_s * 0.8))
    head = b"%b %d %d %d %d %d\n" % (mark, limits.frame_bytes + 1, limits.tool_s, walk_s, limits.pids, len(request))
    heard = bytearray()
    stopped = None
    async with connection.start(
        Command(script=ROOTKIT_SCRIPT), limit_s=limits.total_s + _GRACE_S, limit_bytes=limits.total_bytes
    ) as channel:
        try:
            async with asyncio.timeout(limits.total_s):
                await channel.write(head + request)
                await channel.end_input()
                while piece := await channel.read():
                    heard += piece
                if b"%b:end:" % mark not in heard[-64:]:
                    await _over(channel)
        except OutputTooLarge:
            stopped = Reason.CUT
        except (TimeoutError, CommandTimedOut):
            stopped = Reason.BUDGET
    return Heard(frames=_frames(heard, mark), stopped=stopped)


async def _over(channel: Channel) -> None:
    status = await channel.finish()
    said = show_bytes(channel.complaints.strip(), 200)
    raise CommandFailed(f"the script `rootkit` ended early with status {status}: {said or 'it said nothing'}")


def _frames(heard: bytearray, mark: bytes) -> tuple[Frame, ...]:
    frames, start = [], 0
    for end in re.finditer(rb"%b:([a-z]{1,16}):([^\n]{0,60})\n" % mark, heard):
        name, status = end[1].decode(), end[2].decode("ascii", "replace")
        frames.append(Frame(name=name, status=status, content=bytes(heard[start : end.start()])))
        start = end.end()
    return tuple(frames)
