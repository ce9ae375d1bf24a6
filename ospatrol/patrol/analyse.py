"""Logs through the engine, in one process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from ospatrol.engine.alert import described
from ospatrol.engine.condition import in_bytes
from ospatrol.model.event import Event
from ospatrol.model.rule import Rule
from ospatrol.patrol.blocks import Block
from ospatrol.patrol.lines import LineJudge, RawLine
from ospatrol.report.log_alert import alert_line, log_alert

Emit = Callable[[bytes], object]
"""Takes alerts as JSON lines; more than one at a time perhaps."""


class Source(msgspec.Struct, frozen=True):
    """A log.

    Attributes:
        blocks: Its lines.
        location: What alerts say of where they come from.
        host: Whose log it is.
        at: The time of lines that bear none: seconds since the epoch.
    """

    blocks: Iterable[Block]
    location: str
    host: str
    at: float


class Counts(msgspec.Struct, kw_only=True):
    """What went through.

    Attributes:
        events: Lines judged.
        alerts: Raised.
        cut: Lines that were longer than the limit.
        unread: Why a log could not be read to its end.
    """

    events: int = 0
    alerts: int = 0
    cut: int = 0
    unread: tuple[str, ...] = ()


def analyse(judge: LineJudge, sources: Iterable[Source], emit: Emit) -> Counts:
    """Judge logs in this process, one line after another."""
    counts = Counts()
    for source, block in each_block(sources):
        counts.cut += block.cut
        for text in block.lines():
            counts.events += 1
            event, verdicts = judge.judge(RawLine(text, source.at, source.host, source.location))
            for verdict in verdicts:
                if verdict.speaks is not None:
                    counts.alerts += 1
                    emit(told(verdict.speaks, event))
    return counts


def told(rule: Rule, event: Event) -> bytes:
    """The alert of a rule on an event, as a JSON line."""
    return alert_line(log_alert(rule, described(rule, event), event))


def each_block(sources: Iterable[Source]) -> Iterator[tuple[Source, Block]]:
    """The blocks of all sources, in order."""
    for source in sources:
        # lines are bytes, and rules compare the name of a file with what stands in them
        of_bytes = msgspec.structs.replace(source, location=in_bytes(source.location), host=in_bytes(source.host))
        for block in source.blocks:
            yield of_bytes, block
