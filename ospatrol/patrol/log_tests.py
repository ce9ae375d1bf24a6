"""Log lines that rule sets are tested with, judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ospatrol.engine.judge import Verdict
from ospatrol.engine.match import Match
from ospatrol.engine.memory import Memory
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.rule import LogTest
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine

_GEO = frozenset({"srcgeoip", "dstgeoip"})
_AT = datetime(2023, 11, 15, 12).timestamp()  # noqa: DTZ001  # all lines come at one moment, in business hours


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a line is judged as, or should be.

    Attributes:
        rule: The rule's id; empty for none.
        level: Its level; empty for none.
        decoder: The decoder's name; empty for none.
    """

    rule: str
    level: str
    decoder: str


class LogOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a test gave.

    Attributes:
        test: Which.
        actual: What its last line was judged as.
        event: The last line, decoded; None for a test without lines.
        match: The rule that had the last word.
        passed: Whether that is as the test demands.
        reason: Why the test could not be judged; empty for the others.
    """

    test: LogTest
    actual: Said
    event: Event | None
    match: Match | None
    passed: bool
    reason: str = ""


def run_log_tests(engine: Engine, tests: Iterable[LogTest]) -> tuple[LogOutcome, ...]:
    """The outcome of each test, in order; each begins with an engine that remembers nothing."""
    geographic = frozenset(
        str(rule.id) for rule in engine.ruleset.rules.values() if any(c.field in _GEO for c in rule.conditions)
    )
    return tuple(_outcome(engine, test, geographic) for test in tests)


def _outcome(engine: Engine, test: LogTest, geographic: frozenset[str]) -> LogOutcome:
    line_reader = LineReader(engine.decoders, engine.semantics, own_clock=False)
    judge = LineJudge(line_reader, engine.matcher, Memory(engine.ruleset))
    event: Event | None = None
    verdicts: Iterable[Verdict] = ()
    for line in test.lines:
        event, verdicts = judge.judge(RawLine(line, _AT, "localhost", "stdin"))
    match = next((each.match for each in verdicts if each.match), None)
    actual = Said(
        rule=str(match.rule.id) if match else "",
        level=str(match.rule.level) if match else "",
        decoder=(event.decoder or "") if event else "",
    )
    passed = _as_expected(test, actual, engine.semantics) is test.passes
    needs = "" if passed or test.rule not in geographic else "rule needs a database of places (srcgeoip, dstgeoip)"
    return LogOutcome(test=test, actual=actual, event=event, match=match, passed=passed, reason=needs)


def _as_expected(test: LogTest, actual: Said, semantics: Semantics) -> bool:
    wanted = Said(rule=test.rule, level=test.level, decoder=test.decoder)
    if not all((wanted.rule, wanted.level, wanted.decoder)):
        return False  # what expects nothing in particular is never met: the tests of both say so with `fail`
    if semantics is Semantics.OSSEC:
        return (wanted.rule, wanted.level, wanted.decoder.lower()) == (
            actual.rule,
            actual.level,
            actual.decoder.lower(),
        )
    return wanted == actual
