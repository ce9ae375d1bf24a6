"""Rules tested by the events that their authors wrote beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.engine.check import kinds_of
from ospatrol.engine.match import Match, match
from ospatrol.model.rule import RuleTest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.engine.compile import Ruleset


class TestOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a test gave.

    Attributes:
        test: Which.
        found: The match of its event; None if no rule matched.
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


def run_tests(ruleset: Ruleset, tests: Iterable[RuleTest]) -> tuple[TestOutcome, ...]:
    """The outcome of each test, in order."""
    return tuple(TestOutcome(test=test, found=_found(ruleset, test)) for test in tests)


def untested(ruleset: Ruleset, tests: Iterable[RuleTest]) -> tuple[int, ...]:
    """Ids of the rules that lack an event that fires them, or one that does not; in order."""
    told = {(test.rule, test.fires) for test in tests}
    return tuple(sorted(rule for rule in ruleset.rules if not {(rule, True), (rule, False)} <= told))


def _found(ruleset: Ruleset, test: RuleTest) -> Match | None:
    event = test.event
    rule = ruleset.rules.get(test.rule)
    kinds = sorted(kinds_of(rule, ruleset.rules)) if rule else []
    if not event.kind and kinds:
        event = msgspec.structs.replace(event, kind=kinds[0])
    return match(ruleset, event)
