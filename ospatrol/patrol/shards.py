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
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.engine.judge import correlate
from ospatrol.engine.match import Decision, Fork
from ospatrol.engine.memory import Memory
from ospatrol.model.errors import OSPatrolError
from ospatrol.model.event import Event
from ospatrol.patrol.analyse import Counts, Emit, Source, each_block, told
from ospatrol.patrol.blocks import Block
from ospatrol.patrol.lines import LineJudge, RawLine
from ospatrol.patrol.said import Said, forks_often, packed, unpacked

if TYPE_CHECKING:
    Pipe: TypeAlias = Connection[bytes, bytes]

_AHEAD = 2  # blocks that wait at a process, so that it never idles
_UNFINISHED = 32  # blocks that are judged but for what earlier lines say


class _Open(msgspec.Struct, frozen=True, tag="open"):
    """A line that earlier lines have a say in."""

    event: Event
    said: tuple[Said, ...]


class _Unread(msgspec.Struct, frozen=True, tag="unread"):
    """A line that can only be read in order."""

    text: str


class _Result(msgspec.Struct, frozen=True):
    """What became of a block.

    Attributes:
        events: Lines judged.
        alerts: Of them that are finished.
        items: In the order of the lines: finished alerts as JSON lines, open ones, and lines to be read in order.
    """

    events: int
    alerts: int
    items: list[bytes | _Open | _Unread]


class _Task(msgspec.Struct, frozen=True):
    """A block to work on."""

    block: Block
    location: str
    host: str
    at: float


_ENCODER = msgspec.msgpack.Encoder()
_TASKS = msgspec.msgpack.Decoder(_Task)
_RESULTS = msgspec.msgpack.Decoder(_Result)


def analyse_sharded(judge: LineJudge, sources: Iterable[Source], emit: Emit, workers: int) -> Counts:
    """Judge logs in so many processes, this one among them; the alerts are those of `analyse`, in the same order."""
    context = multiprocessing.get_context("fork")
    pipes: list[Pipe] = []
    children = []
    for _ in range(workers - 1):
        ours, theirs = context.Pipe()
        child = context.Process(target=_work, args=(judge, theirs, (*pipes, ours)), daemon=True)
        child.start()
        theirs.close()
        pipes.append(ours)
        children.append(child)
    try:
        return _Dealer(judge, emit, pipes).run(each_block(sources))
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

    def __init__(self, judge: LineJudge, emit: Emit, pipes: Sequence[Pipe]) -> None:
        self._judge = judge
        self._emit = emit
        self._pipes = pipes
        self._at: dict[Pipe, deque[int]] = {pipe: deque() for pipe in pipes}
        self._done: dict[int, tuple[_Task, _Result]] = {}
        self._tasks: dict[int, _Task] = {}
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
                self._done[self._number] = task, _worked(self._judge, task)
                self._number += 1
        return self._counts

    def _deal(self, dealt: Iterator[tuple[Source, Block]]) -> bool:
        """Give every process that has room a block; whether there may be more of them."""
        for pipe in self._pipes:
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

    def _taken(self, dealt: Iterator[tuple[Source, Block]]) -> _Task | None:
        task = _next_task(dealt) if self._more else None
        self._more = task is not None
        self._counts.cut += task.block.cut if task else 0
        return task

    def _collect(self, timeout: float | None) -> None:
        """Take the results that have come; wait for one so many seconds, or for ever, if any is on its way."""
        busy = [pipe for pipe in self._pipes if self._at[pipe]]
        for pipe in wait(busy, timeout) if busy else ():
            if isinstance(pipe, Connection):
                number = self._at[pipe].popleft()
                self._done[number] = self._tasks.pop(number), _RESULTS.decode(_received(pipe))

    def _finish(self) -> bool:
        """Finish the block that is next, if it is there."""
        ready = self._done.pop(self._next, None)
        if ready is None:
            return False
        self._next += 1
        task, result = ready
        self._counts.events += result.events
        self._counts.alerts += result.alerts
        for item in result.items:
            if isinstance(item, bytes):
                self._emit(item)
            else:
                self._settle(item, task)
        return True

    def _settle(self, item: _Open | _Unread, task: _Task) -> None:
        judge = self._judge
        if isinstance(item, _Unread):
            event, verdicts = judge.judge(RawLine(item.text, task.at, task.host, task.location))
        else:
            event = item.event
            decisions = [unpacked(each, judge.ruleset) for each in item.said]
            verdicts = correlate(decisions, event, judge.memory, judge.least)
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


def _next_task(dealt: Iterator[tuple[Source, Block]]) -> _Task | None:
    found = next(dealt, None)
    if found is None:
        return None
    source, block = found
    return _Task(block=block, location=source.location, host=source.host, at=source.at)


def _work(judge: LineJudge, pipe: Pipe, others: Sequence[Pipe]) -> None:
    """A process that works on blocks until its pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C ends the first process, and that ends the pipe
    for other in others:
        other.close()  # or the pipe of a process that is gone would never end
    waiting: SimpleQueue[bytes] = SimpleQueue()
    # whoever sends blocks must never wait for one who waits for results to be taken
    threading.Thread(target=_take_in, args=(pipe, waiting), daemon=True).start()
    while raw := waiting.get():
        try:
            pipe.send_bytes(_ENCODER.encode(_worked(judge, _TASKS.decode(raw))))
        except OSError:
            return  # nobody waits for it any more


def _take_in(pipe: Pipe, waiting: SimpleQueue[bytes]) -> None:
    """Take blocks from a pipe until it ends, which an empty one says."""
    try:
        while True:
            waiting.put(pipe.recv_bytes())
    except (EOFError, OSError):
        waiting.put(b"")


def _worked(judge: LineJudge, task: _Task) -> _Result:
    """A block, as far as its lines alone decide."""
    items: list[bytes | _Open | _Unread] = []
    finished: list[bytes] = []
    alerts = events = 0
    for text in task.block.lines():
        events += 1
        line = RawLine(text, task.at, task.host, task.location)
        decided = judge.decide_alone(line)
        if decided is None:
            _flush(items, finished)
            items.append(_Unread(text))
            continue
        event, decisions = decided
        if any(_is_open(each, judge.memory) for each in decisions):
            _flush(items, finished)
            if any(map(forks_often, decisions)):
                items.append(_Unread(text))
                continue
            items.append(_Open(event, tuple(packed(each) for each in decisions)))
            continue
        for rule in judge.speaking(decisions):
            alerts += 1
            finished.append(told(rule, event))
    _flush(items, finished)
    return _Result(events=events, alerts=alerts, items=items)


def _flush(items: list[bytes | _Open | _Unread], finished: list[bytes]) -> None:
    if finished:
        items.append(b"".join(finished))
        finished.clear()


def _is_open(decision: Decision, memory: Memory) -> bool:
    return isinstance(decision, Fork) or (decision is not None and memory.cares(decision.node.rule))
