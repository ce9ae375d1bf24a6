"""A block of a log, worked on as far as its lines alone decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from ospatrol.engine.match import Decision, Fork
from ospatrol.engine.memory import Memory
from ospatrol.model.event import Event
from ospatrol.patrol.analyse import told
from ospatrol.patrol.blocks import Block
from ospatrol.patrol.lines import LineJudge, RawLine
from ospatrol.patrol.said import Said


class Task(msgspec.Struct, frozen=True):
    """A block to work on."""

    block: Block
    location: str
    host: str
    at: float


class Kept(NamedTuple):
    """A line that earlier lines have a say in, in the process that settles it.

    Attributes:
        event: The line.
        decisions: What it decides alone.
    """

    event: Event
    decisions: Sequence[Decision]


Item: TypeAlias = "bytes | int | Said | Kept"
"""Finished alerts as JSON lines, the number of a line that must be read in order, or a line to be settled."""


class Done(NamedTuple):
    """A block that is worked on as far as its lines alone decide.

    Attributes:
        events: Lines judged.
        alerts: Of them that are finished.
        items: In the order of the lines.
    """

    events: int
    alerts: int
    items: Sequence[Item]


class Lines:
    """The lines of a block, split when the first is asked for."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._texts: list[str] | None = None

    def __getitem__(self, number: int) -> RawLine:
        if self._texts is None:
            self._texts = self._task.block.lines()
        return RawLine(self._texts[number], self._task.at, self._task.host, self._task.location)


def work_alone(judge: LineJudge, task: Task, keep: Callable[[int, Event, Sequence[Decision]], Item]) -> Done:
    """A block, as far as its lines alone decide; `keep` makes items of those that earlier lines have a say in."""
    items: list[Item] = []
    finished: list[bytes] = []
    alerts = 0
    lines = task.block.lines()
    for number, text in enumerate(lines):
        decided = judge.decide_alone(RawLine(text, task.at, task.host, task.location))
        if decided is None:
            _flush(items, finished)
            items.append(number)
            continue
        event, decisions = decided
        if any(_is_open(each, judge.memory) for each in decisions):
            _flush(items, finished)
            items.append(keep(number, event, decisions))
            continue
        for rule in judge.speaking(decisions):
            alerts += 1
            finished.append(told(rule, event))
    _flush(items, finished)
    return Done(len(lines), alerts, items)


def _flush(items: list[Item], finished: list[bytes]) -> None:
    if finished:
        items.append(b"".join(finished))
        finished.clear()


def _is_open(decision: Decision, memory: Memory) -> bool:
    return isinstance(decision, Fork) or (decision is not None and memory.cares(decision.node.rule))
