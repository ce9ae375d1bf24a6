"""The tests of rules run: those in OSSEC's and Wazuh's `.ini` files, and those beside OSPatrol's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ospatrol.decode.decoders import Decoders
from ospatrol.dialect.native_tests import LineTest
from ospatrol.dialect.ossec_tests import for_log_tests, read_log_tests
from ospatrol.engine.alert import described
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.field import LOG_KIND
from ospatrol.engine.judge import Verdict
from ospatrol.engine.memory import Memory
from ospatrol.engine.selftest import LineOutcome, TestOutcome, line_outcome
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import LogTest
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine
from ospatrol.patrol.log_rules import read_folders, semantics_of
from ospatrol.patrol.log_tests import LogOutcome, run_log_tests
from ospatrol.report.log_alert import readable, shown_fields
from ospatrol.report.rule_tests import Actual, Case, Expected

_BESIDE = "test-ruleset"
_AT = 1_700_000_000.0


def open_for_tests(folders: Sequence[Path], dialect: Semantics | None, *, lenient: bool) -> Engine:
    """A ruleset as its tests need it: with the `test-ruleset` beside it, and Windows events as lines of a log.

    Raises:
        UsageError: see `log_rules.read_folders`.
        ConfigErrors: see there.
    """
    whose = dialect or semantics_of(folders)
    beside = [each / _BESIDE for each in folders if (each / _BESIDE).is_dir()]
    named = {each.resolve() for each in folders}
    read = read_folders([*folders, *(b for b in beside if b.resolve() not in named)], whose, lenient=lenient)
    rules = for_log_tests(read.rules) if whose is Semantics.WAZUH else read.rules
    return Engine(
        semantics=whose,
        decoders=Decoders(read.decoders),
        matcher=Matcher(compile_rules(rules, lists=read.lists)),
        problems=read.problems,
    )


def read_tests(files: Sequence[Path], whose: Semantics) -> tuple[LogTest, ...]:
    """The tests of some `.ini` files.

    Raises:
        ConfigErrors: every mistake in them.
    """
    tests: list[LogTest] = []
    errors: list[ConfigError] = []
    for file in files:
        try:
            tests.extend(read_log_tests(file.read_text("latin-1"), str(file), whose))
        except OSError as error:
            errors.append(ConfigError(Place(str(file)), f"cannot be read: {error.strerror}"))
        except ConfigErrors as found:
            errors.extend(found.errors)
    if errors:
        raise ConfigErrors(errors)
    return tuple(tests)


def test_files(named: Iterable[Path], folders: Iterable[Path]) -> tuple[Path, ...]:
    """The test files that were named, those of folders among them; or all that stand beside some rulesets.

    Raises:
        UsageError: there is none.
    """
    found = [file for each in named for file in (sorted(each.glob("*.ini")) if each.is_dir() else [each])]
    if not found:
        places = [each / "tests" for each in folders]
        found = [file for each in places for file in sorted(each.glob("*.ini"))]
        if not found:
            raise UsageError(f"no tests in {', '.join(map(str, places))}; name the files: rules test ... TESTS.ini")
    return tuple(found)


def log_cases(engine: Engine, tests: Iterable[LogTest]) -> tuple[Case, ...]:
    """Tests of log lines, judged."""
    return tuple(_log_case(each, engine.semantics) for each in run_log_tests(engine, tests))


def _log_case(outcome: LogOutcome, semantics: Semantics) -> Case:
    test, event = outcome.test, outcome.event
    found = outcome.match.rule if outcome.match else None
    return Case(
        file=test.file,
        line=test.place.line,
        section=readable(test.section),
        key=readable(test.key),
        fires=test.passes,
        expected=Expected(rule=readable(test.rule), level=_number(test.level), decoder=readable(test.decoder)),
        actual=Actual(
            rule=outcome.actual.rule,
            level=_number(outcome.actual.level),
            decoder=readable(outcome.actual.decoder),
            fields=shown_fields(event, semantics) if event else {},
            description=readable(described(found, event)) if found and event else "",
        ),
        passed=outcome.passed,
        reason=outcome.reason,
        assessed=not outcome.reason,
    )


def run_line_tests(engine: Engine, tests: Iterable[LineTest]) -> tuple[LineOutcome, ...]:
    """The outcome of each test of log lines that stands beside OSPatrol's own rules; a line comes every second."""
    return tuple(_line_outcome(engine, test) for test in tests)


def _line_outcome(engine: Engine, test: LineTest) -> LineOutcome:
    reader = LineReader(engine.decoders, engine.semantics, own_clock=False)
    judge = LineJudge(reader, engine.matcher, Memory(engine.ruleset))
    verdicts: Sequence[Verdict] = ()
    event = Event(at=_AT, host="web1", kind=LOG_KIND, location="stdin")
    for number, text in enumerate(test.lines):
        event, verdicts = judge.judge(RawLine(text, _AT + number, "web1", "stdin"))
    return line_outcome(test, event, verdicts)


def own_cases(outcomes: Iterable[TestOutcome], lines: Iterable[LineOutcome] = ()) -> tuple[Case, ...]:
    """The tests of OSPatrol's own rules."""
    events = (_own_case(each, str(each.test.rule), fires=each.test.fires) for each in outcomes)
    logs = (_own_case(each, each.test.rule, fires=each.test.passes) for each in lines)
    return (*events, *logs)


def _own_case(outcome: TestOutcome | LineOutcome, rule: str, *, fires: bool) -> Case:
    place = outcome.test.place
    found = outcome.found.rule if outcome.found else None
    actual = Actual(rule=str(found.id) if found else "", level=found.level if found else None)
    decoder = ""
    if isinstance(outcome, LineOutcome):
        decoder = readable(outcome.test.decoder)
        fields = {readable(name): readable(value) for name, value in outcome.fields.items()}
        actual = msgspec.structs.replace(actual, decoder=outcome.decoder or "", fields=fields)
    return Case(
        file=place.path,
        line=place.line,
        section=f"rule {rule}",
        key="fires" if fires else "silent",
        fires=fires,
        expected=Expected(rule=rule, decoder=decoder),
        actual=actual,
        passed=outcome.passed,
        reason="" if outcome.passed else readable(str(outcome).removeprefix(f"{place}: ")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
