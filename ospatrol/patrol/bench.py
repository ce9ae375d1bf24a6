"""How fast a ruleset judges a log, measured beside a yardstick."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from itertools import islice

import msgspec

from ospatrol.decode.header import read_header
from ospatrol.engine.judge import correlate
from ospatrol.engine.memory import Memory
from ospatrol.patrol.analyse import told
from ospatrol.patrol.analysis import Analysis, least_of, open_log, run_analysis
from ospatrol.patrol.blocks import blocks
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes, but bytes on macOS
_ROUNDS = 2_000_000
_AT_ONCE = 1000
STAGES = ("header", "decode", "match", "correlate", "alert")


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a log took.

    Attributes:
        events: Lines judged.
        alerts: Formed and encoded; they go nowhere.
        cpu_seconds: User and system time of all processes, without loading the rules.
        events_per_cpu_second: Of both.
        wall_seconds: From the first line to the last.
        max_rss_bytes: The most memory held: that of this process, and for each other one that of the largest, so that
            what they share is counted for each.
        workers: Processes.
        load_seconds: CPU time that reading and compiling the rules took.
        calibration_seconds: CPU time of a fixed loop in pure Python, by which machines can be compared.
        profile: Share of the CPU time by stage; empty if nobody asked.
    """

    events: int
    alerts: int
    cpu_seconds: float
    events_per_cpu_second: float
    wall_seconds: float
    max_rss_bytes: int
    workers: int
    load_seconds: float
    calibration_seconds: float
    profile: dict[str, float] = msgspec.field(default_factory=dict)


def measure(
    load: Callable[[], Engine], file: str, *, workers: int = 1, repeat: int = 1, profiled: bool = False
) -> Measure:
    """Judge a log and measure it.

    Args:
        load: Gives the engine.
        file: The log.
        workers: Processes.
        repeat: How often to judge it; the last time counts.
        profiled: Whether to find out which stage takes how long, in one process and after all else.

    Raises:
        UsageError: the log cannot be read.
        ConfigErrors: the rules cannot.
    """
    calibration = _calibrate()
    before = _cpu()
    engine = load()
    loaded = _cpu() - before
    # as a daemon would: lines of a benchmark need not be in order, and all of them come now
    order = Analysis(files=(file,), workers=workers, own_clock=False)
    started = wall = before
    counts = None
    for _ in range(max(1, repeat)):
        started, wall = _cpu(), time.perf_counter()
        counts = run_analysis(engine, order, len)
    cpu, wall = _cpu() - started, time.perf_counter() - wall
    events = counts.events if counts else 0
    return Measure(
        events=events,
        alerts=counts.alerts if counts else 0,
        cpu_seconds=round(cpu, 6),
        events_per_cpu_second=round(events / cpu, 1) if cpu else 0.0,
        wall_seconds=round(wall, 6),
        max_rss_bytes=_rss(workers),
        workers=workers,
        load_seconds=round(loaded, 6),
        calibration_seconds=round(calibration, 6),
        profile=_profile(engine, file) if profiled else {},
    )


def _cpu() -> float:
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _rss(workers: int) -> int:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return _RSS_UNIT * (own + (workers - 1) * child)


def _calibrate() -> float:
    """CPU seconds of a loop that every Python takes the same steps for."""
    started = time.process_time()
    total = 0
    for number in range(_ROUNDS):
        total = (total + number * 7) & 0xFFFF
    return time.process_time() - started


def _profile(engine: Engine, file: str) -> dict[str, float]:
    """Share of the CPU time by stage; lines go through each stage a thousand at a time, so that clocks cost nothing."""
    reader = LineReader(engine.decoders, engine.semantics, own_clock=False)
    judge = LineJudge(reader, engine.matcher, Memory(engine.ruleset), least_of(engine.semantics))
    spent = dict.fromkeys(STAGES, 0.0)
    with open_log(file) as stream:
        texts = (text for block in blocks(stream) for text in block.lines())
        while some := list(islice(texts, _AT_ONCE)):
            _staged(judge, [RawLine(text, 0.0, "localhost", file) for text in some], engine, spent)
    whole = sum(spent.values()) or 1.0
    return {stage: round(seconds / whole, 4) for stage, seconds in spent.items()}


def _staged(judge: LineJudge, lines: list[RawLine], engine: Engine, spent: dict[str, float]) -> None:
    clock = time.process_time
    start = clock()
    for line in lines:
        read_header(line.text, engine.semantics)
    header = clock()
    for line in lines:
        judge.reader.event(line)  # reads the header again
    read = clock()
    decided = [judge.decide(line) for line in lines]  # and all that again
    matched = clock()
    judged = [(event, correlate(decisions, event, judge.memory, judge.least)) for event, decisions in decided]
    correlated = clock()
    for event, verdicts in judged:
        for verdict in verdicts:
            if verdict.speaks is not None:
                told(verdict.speaks, event)
    spent["header"] += header - start
    spent["decode"] += max(0.0, read - header - (header - start))
    spent["match"] += max(0.0, matched - read - (read - header))
    spent["correlate"] += correlated - matched
    spent["alert"] += clock() - correlated
