from __future__ import annotations

import re
from pathlib import Path

from ospatrol.decode.decoders import Decoders
from ospatrol.dialect.native_tests import LineTest
from ospatrol.engine.memory import Memory
from ospatrol.engine.rulebook import Rulebook, read_rulebook
from ospatrol.engine.selftest import LineOutcome, line_outcome, run_tests
from ospatrol.engine.unreachable import warnings
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def outcome(book: Rulebook, test: LineTest) -> LineOutcome:
    reader = LineReader(Decoders(book.decoders), Semantics.NATIVE, own_clock=False)
    judge = LineJudge(reader, Matcher(book.ruleset), Memory(book.ruleset))
    last = [judge.judge(RawLine(text, at, "web1", "test")) for at, text in enumerate(test.lines)][-1]
    return line_outcome(test, *last)


def test_what_the_guide_shows_loads_and_passes() -> None:
    shown = BLOCK.findall((ROOT / "docs/writing-log-rules.md").read_text())
    book = read_rulebook([(f"writing-log-rules.md#{number}", text) for number, text in enumerate(shown)])

    outcomes = [outcome(book, test) for test in book.log_tests]

    assert len(outcomes) > 15
    assert [str(each) for each in outcomes if not each.passed] == []
    assert warnings(book.ruleset) == ()


def test_what_the_reference_shows_of_logs_loads_and_passes() -> None:
    shown = BLOCK.findall((ROOT / "docs/rules.md").read_text())
    shipped = [(path.name, path.read_text()) for path in sorted((ROOT / "rules").glob("*.yml"))]

    for number, text in enumerate(shown):
        book = read_rulebook([*shipped, (f"rules.md#{number}", text)])

        assert [str(one) for test in book.log_tests if not (one := outcome(book, test)).passed] == []
        assert [str(one) for one in run_tests(book.ruleset, book.tests) if not one.passed] == []
        assert warnings(book.ruleset) == ()
