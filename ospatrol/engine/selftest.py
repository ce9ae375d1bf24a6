"""Rules tested by the events and log lines that their authors wrote beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.native_tests import EventTest, LineTest
from ospatrol.engine.check import kinds_of
from ospatrol.engine.field import LOG_KIND
from ospatrol.engine.judge import judge_next
from ospatrol.engine.match import Match, match
from ospatrol.engine.memory import Memory
from ospatrol.model.event import Event
from ospatrol.model.rule import RuleTest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.engine.compile import Ruleset
    from ospatrol.engine.judge import Verdict

_OF_LINES = {"hostname": "hostname", "program_name": "program", "decoder": "decoder", "category": "category"}


class TestOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a test gave.

    Attributes:
        test: Which.
        found: The match of its event, in the tree or beside it; None if no rule matched.
    """

    __test__ = False  # pytest takes classes of such names for its own

    test: RuleTest
    found: Match | None

    @property
    def passed(self) -> bool:
        """Whether the rule has, or has not, the last word, as the test demands."""
        return (self.found is not None and self.found.rule.id == self.test.rule) is self.test.fires

    def __str__(self) -> str:
        wanted = f"rule {self.test.rule} should {'fire' if self.test.fires else 'be silent'}"
        got = f"rule {self.found.rule.id} judges the event" if self.found else "no rule matches"
        return f"{self.test.place}: {wanted}, and {got}"


class LineOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a test of log lines gave.

    Attributes:
        test: Which.
        found: The match of its last line, in the tree or beside it; None if no rule matched.
        decoder: The decoder's name; None if none knows the line.
        fields: What decoders found, of what the test asks for.
    """

    test: LineTest
    found: Match | None
    decoder: str | None
    fields: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether rule, decoder and fields are as the test demands."""
        return not self._wrong()

    def __str__(self) -> str:
        return f"{self.test.place}: {', and '.join(self._wrong()) or 'passed'}"

    def _wrong(self) -> list[str]:
        test, wrong = self.test, []
        if (self.found is not None and str(self.found.rule.id) == test.rule) is not test.passes:
            got = f"rule {self.found.rule.id} judges the line" if self.found else "no rule matches"
            wrong.append(f"rule {test.rule} should {'fire' if test.passes else 'be silent'}, but {got}")
        if test.decoder not in {"", self.decoder}:
            got = f"it is {self.decoder!r}" if self.decoder else "none knows the line"
            wrong.append(f"the decoder should be {test.decoder!r}, but {got}")
        for name, value in test.fields.items():
            if self.fields.get(name) != value:
                got = repr(self.fields[name]) if name in self.fields else "absent"
                wrong.append(f"the field {name} should be {value!r}, but it is {got}")
        return wrong


def run_tests(ruleset: Ruleset, tests: Iterable[RuleTest]) -> tuple[TestOutcome, ...]:
    """The outcome of each test of events, in order."""
    return tuple(TestOutcome(test=test, found=_found(ruleset, test)) for test in tests)


def line_outcome(test: LineTest, event: Event, verdicts: Sequence[Verdict]) -> LineOutcome:
    """The outcome of a test of log lines.

    Args:
        test: Which.
        event: The last of its lines, decoded.
        verdicts: What became of it after those before, as `judge_next` gives them.
    """
    fields = {name: event.fields[name] for name in test.fields if name in event.fields}
    return LineOutcome(test=test, found=_match(verdicts, test.rule), decoder=event.decoder, fields=fields)


def untested(ruleset: Ruleset, tests: Iterable[RuleTest], log_tests: Iterable[LineTest] = ()) -> tuple[int, ...]:
    """Ids of the rules that lack an event or line that fires them, or one that does not; in order."""
    told = {(str(test.rule), test.fires) for test in tests} | {(test.rule, test.passes) for test in log_tests}
    return tuple(sorted(rule for rule in ruleset.rules if not {(str(rule), True), (str(rule), False)} <= told))


def _found(ruleset: Ruleset, test: RuleTest) -> Match | None:
    rule = ruleset.rules.get(test.rule)
    kinds = sorted(kinds_of(rule, ruleset.rules)) if rule else []
    kind = kinds[0] if kinds else ""
    event = _of_kind(test.event, kind)
    before = test.before if isinstance(test, EventTest) else ()
    if not before and not (rule is not None and rule.independent):
        return match(ruleset, event)
    memory = Memory(ruleset)
    for each in before:
        judge_next(ruleset, _of_kind(each, kind), memory)
    return _match(judge_next(ruleset, event, memory), str(test.rule))


def _match(verdicts: Sequence[Verdict], rule: str) -> Match | None:
    """The match of a rule, be it in the tree or beside it; the tree's word if the rule has none."""
    wanted = (verdict.match for verdict in verdicts if verdict.match and str(verdict.match.rule.id) == rule)
    return next(wanted, verdicts[0].match if verdicts else None)


def _of_kind(event: Event, kind: str) -> Event:
    """An event of a test, of this kind if it does not say; what lines have by themselves is no field of theirs."""
    if not event.kind:
        event = msgspec.structs.replace(event, kind=kind)
    own = {attribute: event.fields[name] for name, attribute in _OF_LINES.items() if name in event.fields}
    if event.kind != LOG_KIND or not own:
        return event
    fields = {name: value for name, value in event.fields.items() if name not in _OF_LINES}
    return msgspec.structs.replace(event, fields=fields, **own)
