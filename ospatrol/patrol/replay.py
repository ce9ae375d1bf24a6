"""Logs judged by two rulesets, and how the alerts differ."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from ospatrol.engine.alert import described
from ospatrol.engine.memory import Memory
from ospatrol.patrol.analysis import STDIN, least_of, open_log, unbroken
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LINE_LIMIT, LineJudge, LineReader, RawLine
from ospatrol.report.log_alert import readable

Told: TypeAlias = "Callable[[Difference], object]"


class Change(StrEnum):
    """How the alerts on a line differ."""

    GAINED = "gained"
    LOST = "lost"
    LEVEL = "level"
    """The same rule, at another level."""
    RULE = "rule"
    """Another rule."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a ruleset says of a line."""

    rule: int
    level: int
    description: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A line on which the rulesets do not agree.

    Attributes:
        change: How.
        file: Where the line stands.
        line: From 1.
        before: What the old rules say; None for no alert.
        after: What the new ones say; None for no alert.
        log: The line.
    """

    change: Change
    file: str
    line: int
    before: Word | None
    after: Word | None
    log: str

    @property
    def kind(self) -> tuple[Change, int | None, int | None, int | None, int | None]:
        """What it has in common with others: the change, and both rules and levels."""
        then, now = self.before, self.after
        rules = (then.rule if then else None, now.rule if now else None)
        return (self.change, rules[0], then.level if then else None, rules[1], now.level if now else None)


class Kind(msgspec.Struct, kw_only=True):
    """Differences that are alike.

    Attributes:
        change: How the alerts differ.
        before: The old rule and its level, with the description of the first alert; None for no alert.
        after: The new one's.
        count: How many there are.
        examples: The first of them.
    """

    change: Change
    before: Word | None
    after: Word | None
    count: int
    examples: list[Difference]


class Comparison(msgspec.Struct, kw_only=True):
    """How the alerts of two rulesets differ.

    Attributes:
        lines: Judged.
        same: Alerts that both raise alike.
        gained: Alerts on lines on which the old rules are silent, or say less.
        lost: Alerts on lines on which the new rules are silent, or say less.
        level: Alerts of one rule at another level.
        rule: Alerts that another rule raises.
        kinds: By rule; the most frequent first.
        unread: Why a file could not be read to its end.
    """

    lines: int = 0
    same: int = 0
    gained: int = 0
    lost: int = 0
    level: int = 0
    rule: int = 0
    kinds: list[Kind] = msgspec.field(default_factory=list)
    unread: list[str] = msgspec.field(default_factory=list)

    @property
    def differ(self) -> bool:
        """Whether there is any difference."""
        return bool(self.gained or self.lost or self.level or self.rule)


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be judged, and how.

    Attributes:
        files: Paths; `-` for standard input.
        least: The level from which rules raise alerts; None for the rules' own custom.
        host: Whose logs these are.
        own_clock: Whether lines count by the time that they bear.
        examples: How many lines are kept of each kind of difference.
    """

    files: tuple[str, ...]
    least: int | None = None
    host: str = "localhost"
    own_clock: bool = True
    examples: int = 3


def replay(new: Engine, old: Engine, order: Replay, told: Told = lambda _: None) -> Comparison:
    """Judge every line by both, each in its own memory, and compare the alerts.

    Args:
        new: The rules that are to come.
        old: Those that they are compared with.
        order: The lines.
        told: Gets every difference, in the order of the lines.

    Raises:
        UsageError: a file cannot be read.
    """
    judges = [_judge(each, order) for each in (old, new)]
    found = Comparison()
    kinds: dict[object, Kind] = {}
    for line, number in _lines(order, found.unread):
        found.lines += 1
        then, now = (_words(judge, line) for judge in judges)
        found.same += len({(e.rule, e.level) for e in then} & {(e.rule, e.level) for e in now})
        for change, before, after in differences(then, now):
            each = Difference(
                change=change, file=line.location, line=number, before=before, after=after, log=readable(line.text)
            )
            told(each)
            kind = kinds.setdefault(each.kind, Kind(change=change, before=before, after=after, count=0, examples=[]))
            kind.count += 1
            if len(kind.examples) < order.examples:
                kind.examples.append(each)
    for kind in kinds.values():
        name = kind.change.value
        setattr(found, name, getattr(found, name) + kind.count)
    found.kinds = sorted(kinds.values(), key=lambda kind: -kind.count)
    return found


def differences(then: Sequence[Word], now: Sequence[Word]) -> Iterator[tuple[Change, Word | None, Word | None]]:
    """How two sets of alerts on one line differ; rules that both raise, at another level, come first."""
    same = {(each.rule, each.level) for each in then} & {(each.rule, each.level) for each in now}
    old = {each.rule: each for each in then if (each.rule, each.level) not in same}
    new = {each.rule: each for each in now if (each.rule, each.level) not in same}
    for rule in [rule for rule in old if rule in new]:
        yield Change.LEVEL, old.pop(rule), new.pop(rule)
    left, right = list(old.values()), list(new.values())
    for before, after in zip(left, right, strict=False):
        yield Change.RULE, before, after
    yield from ((Change.LOST, before, None) for before in left[len(right) :])
    yield from ((Change.GAINED, None, after) for after in right[len(left) :])


def _judge(engine: Engine, order: Replay) -> LineJudge:
    reader = LineReader(engine.decoders, engine.semantics, own_clock=order.own_clock)
    least = least_of(engine.semantics) if order.least is None else order.least
    return LineJudge(reader, engine.matcher, Memory(engine.ruleset), least)


def _words(judge: LineJudge, line: RawLine) -> list[Word]:
    event, verdicts = judge.judge(line)
    spoken = [verdict.speaks for verdict in verdicts if verdict.speaks is not None]
    return [Word(rule=rule.id, level=rule.level, description=readable(described(rule, event))) for rule in spoken]


def _lines(order: Replay, unread: list[str]) -> Iterable[tuple[RawLine, int]]:
    for name in order.files:
        with open_log(name) as stream:
            at = time.time() if name == STDIN or not order.own_clock else Path(name).stat().st_mtime
            location = "stdin" if name == STDIN else name
            for number, text in unbroken(numbered(stream), location, unread):
                yield RawLine(text, at, order.host, location), number


def numbered(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """The lines of a log that say something, each cut to the limit, with their numbers from 1."""
    number = 0
    while raw := stream.readline(LINE_LIMIT + 2):
        number += 1
        rest = raw
        while not rest.endswith(b"\n") and rest:
            rest = stream.readline(LINE_LIMIT)
        text = raw.decode("latin-1").removesuffix("\n").removesuffix("\r")[:LINE_LIMIT]
        if text:
            yield number, text
