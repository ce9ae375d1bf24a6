from __future__ import annotations

from ospatrol.engine.judge import judge_next
from ospatrol.engine.memory import Memory
from ospatrol.engine.rulebook import read_rulebook
from ospatrol.engine.selftest import line_outcome, run_tests, untested
from ospatrol.model.event import Event

TEXT = """\
rules:
  - id: 1
    level: 0
    description: trunk
    match: {kind: [integrity, clock]}
    tests:
      fires: [{path: /b}]
      silent: [{path: /a}]
  - id: 2
    level: 5
    description: child
    parent: 1
    match: {path: /a}
    tests:
      fires: [{path: /a}, {path: /b}, {kind: other}]
  - id: 3
    level: 5
    description: any kind
    match: {z: z}
    tests:
      silent: [{path: /a}, {z: z}]
"""


def test_each_test_says_whether_its_rule_had_the_last_word() -> None:
    book = read_rulebook([("r.yml", TEXT)])

    outcomes = run_tests(book.ruleset, book.tests)

    assert [outcome.passed for outcome in outcomes] == [True, True, True, False, False, True, False]
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == [
        "r.yml:15: rule 2 should fire, and rule 1 judges the event",
        "r.yml:15: rule 2 should fire, and no rule matches",
        "r.yml:21: rule 3 should be silent, and rule 3 judges the event",
    ]


def test_rules_without_tests_of_both_sorts_are_named() -> None:
    book = read_rulebook([("r.yml", TEXT)])

    assert untested(book.ruleset, book.tests) == (2, 3)


def test_a_test_of_a_rule_that_is_gone_fails() -> None:
    book = read_rulebook([("r.yml", TEXT)])
    other = read_rulebook([("s.yml", "rules: [{id: 9, level: 1, description: d, match: {a: b}}]")])

    assert not run_tests(other.ruleset, book.tests[:1])[0].passed


COUNTING = """\
rules:
  - {id: 1, level: 3, description: d, match: {kind: log, decoder: shopd}}
  - id: 2
    level: 9
    description: many
    of: 1
    frequency: 3
    within: 1m
    same: user
    tests:
      fires:
        - events: [{decoder: shopd, user: u}, {decoder: shopd, user: u}, {decoder: shopd, user: u}]
      silent:
        - events: [{decoder: shopd, user: u}, {decoder: shopd, user: v}, {decoder: shopd, user: u}]
        - {decoder: su, user: u}
  - id: 3
    level: 9
    description: beside
    independent: true
    match: {kind: log, user: u}
    tests:
      fires: [{decoder: shopd, user: u}]
      silent: [{user: v, program_name: x, hostname: y, category: z}]
"""


def test_the_last_of_several_events_is_judged_after_those_before_it() -> None:
    book = read_rulebook([("r.yml", COUNTING)])

    assert [str(outcome) for outcome in run_tests(book.ruleset, book.tests) if not outcome.passed] == []


LINES = """\
rules:
  - id: 1
    level: 3
    description: d
    match: {kind: log, decoder: shopd}
    tests:
      fires:
        - {log: x, decoder: shopd, fields: {user: u}}
        - {log: x}
      silent:
        - {log: x, decoder: su}
  - {id: 2, level: 3, description: d, match: {kind: log, decoder: su}}
"""


DECODER = "the decoder should be '{}', but it is '{}'"
USER = "the field user should be 'u', but it is"


def outcomes(**attributes: object) -> list[str]:
    """What tests of lines say of an event."""
    book = read_rulebook([("r.yml", LINES)])
    event = Event(at=0.0, host="web1", kind="log", location="test", **attributes)
    verdicts = judge_next(book.ruleset, event, Memory(book.ruleset))
    return [str(line_outcome(test, event, verdicts)) for test in book.log_tests]


def test_a_test_of_lines_says_what_is_not_as_demanded() -> None:
    assert outcomes(decoder="shopd", fields={"user": "u"}) == [
        "r.yml:8: passed",
        "r.yml:9: passed",
        "r.yml:11: rule 1 should be silent, but rule 1 judges the line, and " + DECODER.format("su", "shopd"),
    ]
    assert outcomes(decoder="su", fields={"user": "v"}) == [
        f"r.yml:8: rule 1 should fire, but rule 2 judges the line, and {DECODER.format('shopd', 'su')}, and {USER} 'v'",
        "r.yml:9: rule 1 should fire, but rule 2 judges the line",
        "r.yml:11: passed",
    ]
    assert outcomes()[0] == (
        "r.yml:8: rule 1 should fire, but no rule matches, and the decoder should be 'shopd', but none knows the line, "
        f"and {USER} absent"
    )


def test_lines_test_a_rule_as_events_do() -> None:
    book = read_rulebook([("r.yml", LINES)])

    assert untested(book.ruleset, book.tests, book.log_tests) == (2,)
