"""Logs through the engine in several processes, with the alerts of one.

What a line alone decides is worked out anywhere; what earlier lines decide is worked out in one place, in the order of
the lines. So the blocks of a log are dealt out to processes, each of which does all it can: it finishes lines that no
rule remembers or asks about, and hands back the others as far as they got. This process takes the blocks in their
order, finishes those lines, and works on a block itself whenever none waits for it.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.engine.field import LOG_KIND
from ospatrol.engine.judge import Verdict, correlate
from ospatrol.engine.match import Decision
from ospatrol.model.errors import OSPatrolError
from ospatrol.model.event import Event
from ospatrol.patrol.alone import Done, Kept, Lines, Task, work_alone
from ospatrol.patrol.analyse import Counts, Emit, Source, each_block, told
from ospatrol.patrol.blocks import Block
from ospatrol.patrol.lines import LineJudge
from ospatrol.patrol.said import Listener, Said, Speaker
from ospatrol.patrol.shelf import Shelf

if TYPE_CHECKING:
    Pipe: TypeAlias = Connection[bytes, bytes]

_AHEAD = 2  # blocks that wait at a process, so that it never idles
_UNFINISHED = 32  # blocks that are judged but for what earlier lines say


class _Result(msgspec.Struct, frozen=True, array_like=True):
    """The same as it is sent."""

    events: int
    alerts: int
    items: list[bytes | int | Said]


_ENCODER = msgspec.msgpack.Encoder()
_TASKS = msgspec.msgpack.Decoder(Task)
_RESULTS = msgspec.msgpack.Decoder(_Result)


def analyse_sharded(judge: LineJudge, sources: Iterable[Source], emit: Emit, workers: int) -> Counts:
    """Judge logs in so many processes, this one among them; the alerts are those of `analyse`, in the same order."""
    context = multiprocessing.get_context("fork")
    pipes: list[Pipe] = []
    shelves: dict[Pipe, Shelf] = {}
    children = []
    for _ in range(workers - 1):
        ours, theirs = context.Pipe()
        shelf = Shelf(_AHEAD)
        child = context.Process(target=_work, args=(judge, theirs, shelf, (*pipes, ours)), daemon=True)
        child.start()
        theirs.close()
        pipes.append(ours)
        shelves[ours] = shelf
        children.append(child)
    try:
        return _Dealer(judge, emit, shelves).run(each_block(sources))
    finally:
        for pipe in pipes:
            pipe.close()
        for child in children:
            child.join(timeout=5)
            if child.is_alive():
                child.terminate()


class WorkerLost(OSPatrolError):
    """A process that judged lines ended by itself: killed, or out of memory."""


class _Dealer:
    """Deals out blocks and finishes them in their order."""

    def __init__(self, judge: LineJudge, emit: Emit, shelves: Mapping[Pipe, Shelf]) -> None:
        self._judge = judge
        self._listener = Listener(judge)
        self._emit = emit
        self._shelves = shelves
        self._at: dict[Pipe, deque[int]] = {pipe: deque() for pipe in shelves}
        self._done: dict[int, tuple[Task, Done]] = {}
        self._tasks: dict[int, Task] = {}
        self._number = 0
        self._next = 0
        self._more = True
        self._counts = Counts()

    def run(self, dealt: Iterator[tuple[Source, Block]]) -> Counts:
        """Work until nothing is left."""
        while self._deal(dealt) or self._tasks or self._done:
            self._collect(0)
            if self._finish():
                continue  # but first to those who have nothing to do
            task = None if len(self._done) >= _UNFINISHED else self._taken(dealt)
            if task is None:
                self._collect(None)
            else:
                self._done[self._number] = task, work_alone(self._judge, task, lambda _, *line: Kept(*line))
                self._number += 1
        return self._counts

    def _deal(self, dealt: Iterator[tuple[Source, Block]]) -> bool:
        """Give every process that has room a block; whether there may be more of them."""
        for pipe in self._shelves:
            # what is done waits for a block that takes long, perhaps
            while len(self._at[pipe]) < _AHEAD and len(self._done) < _UNFINISHED:
                task = self._taken(dealt)
                if task is None:
                    break
                self._tasks[self._number] = task
                self._at[pipe].append(self._number)
                self._number += 1
                _sent(pipe, _ENCODER.encode(task))
        return self._more

    def _taken(self, dealt: Iterator[tuple[Source, Block]]) -> Task | None:
        task = _next_task(dealt) if self._more else None
        self._more = task is not None
        self._counts.cut += task.block.cut if task else 0
        return task

    def _collect(self, timeout: float | None) -> None:
        """Take the results that have come; wait for one so many seconds, or for ever, if any is on its way."""
        busy = [pipe for pipe in self._shelves if self._at[pipe]]
        for pipe in wait(busy, timeout) if busy else ():
            if isinstance(pipe, Connection):
                number = self._at[pipe].popleft()
                result = _RESULTS.decode(self._shelves[pipe].taken(_received(pipe)))
                self._done[number] = self._tasks.pop(number), Done(result.events, result.alerts, result.items)

    def _finish(self) -> bool:
        """Finish the block that is next, if it is there."""
        ready = self._done.pop(self._next, None)
        if ready is None:
            return False
        self._next += 1
        task, done = ready
        self._counts.events += done.events
        self._counts.alerts += done.alerts
        lines = Lines(task)
        for item in done.items:
            if isinstance(item, bytes):
                self._emit(item)
            elif isinstance(item, Said):
                self._settle(item, lines)
            else:
                self._judged(*self._judge.judge(lines[item]) if isinstance(item, int) else self._correlated(item))
        return True

    def _settle(self, said: Said, lines: Lines) -> None:
        """What becomes of a line that another process decided."""
        judge = self._judge
        decisions, usual = self._listener.heard(said)
        stub = Event(at=said.at, host="", kind=LOG_KIND, location="", text="")
        verdicts = correlate(decisions, stub, judge.memory, judge.least, said.values)
        for verdict, rule, alert in zip(verdicts, usual, said.alerts, strict=True):
            if verdict.speaks is not None:
                self._counts.alerts += 1
                again = None if verdict.speaks is rule else judge.decide_alone(lines[said.line])
                self._emit(told(verdict.speaks, again[0]) if again else alert)

    def _correlated(self, kept: Kept) -> tuple[Event, Sequence[Verdict]]:
        judge = self._judge
        return kept.event, correlate(kept.decisions, kept.event, judge.memory, judge.least)

    def _judged(self, event: Event, verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            if verdict.speaks is not None:
                self._counts.alerts += 1
                self._emit(told(verdict.speaks, event))


_LOST = "a process that judged lines ended; was it killed, for want of memory perhaps?"


def _sent(pipe: Pipe, raw: bytes) -> None:
    try:
        pipe.send_bytes(raw)
    except OSError as error:
        raise WorkerLost(_LOST) from error


def _received(pipe: Pipe) -> bytes:
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError) as error:
        # click takes an EOFError for somebody who pressed Ctrl-D
        raise WorkerLost(_LOST) from error


def _next_task(dealt: Iterator[tuple[Source, Block]]) -> Task | None:
    found = next(dealt, None)
    if found is None:
        return None
    source, block = found
    return Task(block=block, location=source.location, host=source.host, at=source.at)


def _work(judge: LineJudge, pipe: Pipe, shelf: Shelf, others: Sequence[Pipe]) -> None:
    """A process that works on blocks until its pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C ends the first process, and that ends the pipe
    for other in others:
        other.close()  # or the pipe of a process that is gone would never end
    waiting: SimpleQueue[bytes] = SimpleQueue()
    # whoever sends blocks must never wait for one who waits for results to be taken
    threading.Thread(target=_take_in, args=(pipe, waiting), daemon=True).start()
    speaker = Speaker(judge)

    def say(number: int, event: Event, decisions: Sequence[Decision]) -> Said | int:
        said = speaker.said(number, event, decisions)
        return number if said is None else said

    while raw := waiting.get():
        done = work_alone(judge, _TASKS.decode(raw), say)
        try:
            pipe.send_bytes(shelf.put(_ENCODER.encode(done)))
        except OSError:
            return  # nobody waits for it any more


def _take_in(pipe: Pipe, waiting: SimpleQueue[bytes]) -> None:
    """Take blocks from a pipe until it ends, which an empty one says."""
    try:
        while True:
            waiting.put(pipe.recv_bytes())
    except (EOFError, OSError):
        waiting.put(b"")
