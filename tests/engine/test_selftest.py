from __future__ import annotations

from ospatrol.engine.rulebook import read_rulebook
from ospatrol.engine.selftest import run_tests, untested

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
