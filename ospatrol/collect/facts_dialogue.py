"""The facts script at the other end: batches of questions to it, frames of answers from it, up to a deadline."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.resources import files as package_files
from typing import NoReturn, TypeVar

import msgspec

from ospatrol.collect.facts_beside import Shares
from ospatrol.model.command import Command, Script
from ospatrol.model.errors import CommandFailed, CommandTimedOut, HostError, OutputTooLarge
from ospatrol.model.facts import Ask
from ospatrol.model.text import show_bytes
from ospatrol.transport.connection import Channel, Connection

FACTS_SCRIPT = Script(name="facts", text=(package_files("ospatrol.collect") / "facts.sh").read_text(encoding="utf-8"))
"""What the command policy of a connection must hold for `collect_facts`."""

UNSURE = frozenset({None, 124, 126, 127, 137, 143})
"""What a program that was started otherwise may not end with: it is not there, was ended, or its end is missing."""

_VERBS = {Ask.FILE: b"=F", Ask.DIRECTORY: b"=D", Ask.PROCESSES: b"=P"}
_SHARED_FILE = b"=f"
# of commands: beside others, and alone
_COMMAND_VERBS = {
    Shares.NOTHING: (b"=B", b"=C"),
    Shares.LIMITS: (b"=b", b"=c"),
    Shares.ALL: (b"=l", b"=a"),
}
# of what shared limits: what it may have ended with for their sake, or the sake of who started it
_IN_DOUBT = {b"S": UNSURE, b"N": UNSURE - {126, 127}}
_BEYOND = 128  # bytes that are sent past an item's limit: room for the status, and proof that it was cut
_LONG = re.compile(rb"\bfind /|\blist-unit|\brpm -qa")
_TAIL_BYTES = 64  # of a frame, behind its mark
_USER = 0
_TWO = 8  # with fewer questions a helper costs more than it brings
_GRACE_S = 30.0
_T = TypeVar("_T")


class FactLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a host's time and output facts may take.

    Attributes:
        item_bytes: Of each file and of each command's output; what is longer is cut.
        item_s: Whole seconds for each command, and for reading each file.
        total_bytes: Of everything that a host says.
        total_s: Seconds for everything.
        entries: Paths of each directory.
        rounds: How often may be asked about what was answered.
        two: Whether two questions may be answered at once, where the host has two processors.
    """

    item_bytes: int = 1 << 20
    item_s: int = 30
    total_bytes: int = 64 << 20
    total_s: float = 300.0
    entries: int = 100_000
    rounds: int = 4
    two: bool = True


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question as the script is asked it.

    Attributes:
        ask: What sort of thing.
        words: The path, or the words of the command; nothing for processes.
        alone: Whether it is a command that must not run while another such does.
        shares: What it may have in common with others.
    """

    ask: Ask
    words: tuple[bytes, ...] = ()
    alone: bool = False
    shares: Shares = Shares.NOTHING


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the script said to one question.

    Attributes:
        state: The script's letter.
        content: What there was; at most `_BEYOND` bytes more than the limit.
        status: What the program ended with; None where none ran, or its end was cut off.
    """

    state: bytes
    content: bytes = b""
    status: int | None = None


class FactsDialogue:
    """One conversation with the script.

    Args:
        channel: The script, started.
        limits: How much is listened to.
        deadline: On the event loop's clock; nothing more is asked or heard from then on.

    Attributes:
        stopped: Whether nothing more will be heard: the time or the bytes are spent.
        user: Number of the user that the script runs as; empty before the first batch, or where the host does not say.
    """

    def __init__(self, channel: Channel, limits: FactLimits, deadline: float) -> None:
        self._channel = channel
        self._limits = limits
        self._deadline = deadline
        self._heard = bytearray()
        self.stopped = False
        self.user = b""

    async def ask(self, asked: Sequence[Asked], take: Callable[[Asked, Frame], None]) -> None:
        """Ask a batch of questions.

        Args:
            asked: The questions.
            take: Gets each answer as it comes, in any order; those that are not reached get none.

        Raises:
            HostError: the script ended early, or the connection was cut.
        """
        left = await self._batch(asked, take)
        again = [each for each in left if each.shares is not Shares.NOTHING]
        if again and not self.stopped:
            await self._batch(again, take, shared=False)

    async def _batch(
        self, asked: Sequence[Asked], take: Callable[[Asked, Frame], None], *, shared: bool = True
    ) -> Sequence[Asked]:
        """What of some questions got no answer."""
        two = self._limits.two and len(asked) >= _TWO
        if two:
            asked = _ordered(asked)
        # new for each batch and unknown to the host until it is sent: no content that is read can hold it
        mark = secrets.token_hex(16).encode()
        batch = b"".join(_lines(each, shared=shared) for each in asked)
        limits = (self._limits.item_s, self._limits.item_bytes + _BEYOND)
        head = b"%d %b %d %d %d %d\n" % (len(batch), mark, *limits, 2 if two else 1, len(asked))
        await self._within(self._channel.write(head + batch))
        waiting = dict(enumerate(asked, _USER + 1))
        while heard := await self._frame(mark):
            number, frame = heard
            if number == _USER:
                self.user = frame.state
            elif number in waiting and frame.status not in _IN_DOUBT.get(frame.state, ()):
                take(waiting.pop(number), frame)
        return list(waiting.values())

    async def close(self) -> None:
        """Let the script end by itself; an error that comes at its very end changes nothing."""
        if not self.stopped:
            with suppress(HostError, TimeoutError):
                async with asyncio.timeout_at(self._deadline):
                    await self._channel.end_input()
                    await self._channel.finish()

    async def _frame(self, mark: bytes) -> tuple[int, Frame] | None:
        """The next answer and its number; None at the end of the batch, or where it was stopped before."""
        content = await self._until(mark + b":")
        tail = None if content is None else await self._until(b"\n", _TAIL_BYTES)
        if content is None or tail is None:
            return None
        # behind a line that a limit cut off, which several questions share, stands the next one
        number, _, state = tail.rpartition(mark + b":")[2].partition(b":")
        if not number.isdigit():
            return None
        output, found, behind = content.rpartition(mark + b"=")
        if not found:
            return int(number), Frame(state=state, content=content)
        status, _, late = behind.partition(b"\n")  # what was started may write after what started it has ended
        code = int(status) if status.isdigit() else None
        return int(number), Frame(state=state, content=output + late, status=code)

    async def _until(self, mark: bytes, limit: int = 0) -> bytes | None:
        """Everything up to a mark, which is taken off; None where it was stopped before."""
        heard, start = self._heard, 0
        while (end := heard.find(mark, start)) < 0:
            start = max(0, len(heard) - len(mark) + 1)
            if limit and len(heard) > limit:
                raise CommandFailed("the script `facts` was answered with something else")
            piece = await self._within(self._channel.read())
            if piece is None:
                return None
            if not piece:
                await self._over()
            heard += piece
        said = bytes(heard[:end])
        del heard[: end + len(mark)]
        return said

    async def _within(self, waiting: Awaitable[_T]) -> _T | None:
        """What is waited for; None where the time or the bytes are spent."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await waiting
        except (TimeoutError, CommandTimedOut, OutputTooLarge):
            self.stopped = True
            return None

    async def _over(self) -> NoReturn:
        status = await self._channel.finish()
        said = show_bytes(self._channel.complaints.strip(), 200)
        raise CommandFailed(f"the script `facts` ended early with status {status}: {said or 'it said nothing'}")


@asynccontextmanager
async def open_facts(connection: Connection, limits: FactLimits) -> AsyncIterator[FactsDialogue]:
    """The facts script at work on a host."""
    deadline = asyncio.get_running_loop().time() + limits.total_s
    async with connection.start(
        Command(script=FACTS_SCRIPT), limit_s=limits.total_s + _GRACE_S, limit_bytes=limits.total_bytes
    ) as channel:
        talk = FactsDialogue(channel, limits, deadline)
        yield talk
        await talk.close()


def _ordered(asked: Iterable[Asked]) -> list[Asked]:
    """A batch that two answer from its ends: first what must be alone, and at either end what takes long."""
    alone: list[Asked] = []
    long: list[Asked] = []
    others: list[Asked] = []
    for each in asked:
        (alone if each.alone else long if _LONG.search(b" ".join(each.words)) else others).append(each)
    return [*alone, *long[1::2], *others, *long[::2]]


def _lines(asked: Asked, *, shared: bool = True) -> bytes:
    shares = asked.shares if shared else Shares.NOTHING
    if asked.ask is Ask.COMMAND:
        verb = _COMMAND_VERBS[shares][asked.alone]
    elif asked.ask is Ask.FILE and shares is not Shares.NOTHING:
        verb = _SHARED_FILE
    else:
        verb = _VERBS[asked.ask]
    return b"".join(_line(word) for word in asked.words) + verb + b"\n"


def _line(word: bytes) -> bytes:
    if b"\n" not in word:
        return b".%b\n" % word
    return b"%%%b\n" % word.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
