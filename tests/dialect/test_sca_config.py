"""Rules about configurations are read, and every mistake in one is told at its line."""

from __future__ import annotations

import pytest

from ospatrol.dialect.sca import ScaFile, read_sca
from ospatrol.model.assertion import Assertion, Bound, Meaning, Operator, VersionCase
from ospatrol.model.pattern import Syntax
from ospatrol.model.policy import PolicyRule, Target

HEAD = """policy:
  id: p
  file: p.yml
  name: P
  description: D
  platforms: [cisco_ios]
  regex_type: pcre2
{more}checks:
  - id: 1
    title: T
    condition: all
    rules:
"""
CONFIG = "  config: show running-config\n"
VERSION = CONFIG + "  version: '^version (\\S+)'\n"


def read(rule: str, more: str = VERSION) -> ScaFile:
    indented = "".join(f"        {line}\n" for line in rule.strip().splitlines())
    return read_sca(HEAD.format(more=more) + "      - " + indented[8:], "p.yml")


def rule_of(rule: str, more: str = VERSION) -> PolicyRule:
    found = read(rule, more)
    assert found.policy is not None, [str(each) for each in found.problems]
    return found.policy.checks[0].rules[0]


def assertion_of(rule: str, more: str = VERSION) -> Assertion:
    said = rule_of(rule, more).assertion
    assert said is not None
    return said


def test_a_rule_says_what_it_says():
    rule = rule_of("each: ['^router bgp ', '**', '^neighbor (\\S+) ']\nunless: x\nbeside: '^neighbor %1 password'")

    assert rule.target is Target.CONFIG
    assert rule.locations == ("show running-config",)
    assert rule.text == "each: ^router bgp  > ** > ^neighbor (\\S+) ; unless: x; beside: ^neighbor %1 password"
    assert rule.place.line == 15
    assert rule.assertion == Assertion(
        source="show running-config",
        syntax=Syntax.PCRE2,
        version=r"^version (\S+)",
        each=("^router bgp ", "**", r"^neighbor (\S+) "),
        unless="x",
        beside="^neighbor %1 password",
    )


def test_a_rule_may_name_its_own_source():
    assert assertion_of("source: show version\nhas: x", "").source == "show version"


def test_a_long_rule_is_shown_cut():
    assert len(rule_of(f"has: '{'x' * 1000}'").text) == 400


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("'<= 10'", [(Operator.LESS_OR_EQUAL, 10)]),
        ("'>=14'", [(Operator.GREATER_OR_EQUAL, 14)]),
        ("'!= 0'", [(Operator.NOT_EQUAL, 0)]),
        ("'1..10'", [(Operator.GREATER_OR_EQUAL, 1), (Operator.LESS_OR_EQUAL, 10)]),
        ("5", [(Operator.EQUAL, 5)]),
    ],
)
def test_a_number_is_compared(written: str, bounds: list[tuple[Operator, int]]):
    said = assertion_of(f"has: '^a (\\d+)'\nnumber: {written}\nabsent: 7")

    assert said.number == tuple(Bound(operator=operator, number=(number,)) for operator, number in bounds)
    assert said.absent == 7


def test_what_absence_means_may_depend_on_the_version():
    said = assertion_of("has: x\nabsent:\n  '< 15.2': fail\n  '>= 16': not applicable")

    assert said.absent_by_version == (
        VersionCase(bound=Bound(operator=Operator.LESS, number=(15, 2)), meaning=Meaning.FAIL),
        VersionCase(bound=Bound(operator=Operator.GREATER_OR_EQUAL, number=(16,)), meaning=Meaning.NOT_APPLICABLE),
    )
    assert rule_of("has: x\nabsent:\n  '< 15.2': fail").text == "has: x; absent: < 15.2: fail"


@pytest.mark.parametrize(
    ("rule", "line", "problem"),
    [
        ("hass: x", 15, "unknown key 'hass'; did you mean 'has'?"),
        ("when: x", 15, "a rule about a configuration says one of has, lacks"),
        ("has: '('", 15, "the pattern `(`"),
        ("has: [a]", 15, "has: expected a text"),
        ("has: ''", 15, "has: expected a text"),
        ("has: x\neach: a\nwithin: b", 17, "within: not beside `each`"),
        ("has: x\nis: y", 16, "is: only beside `each`"),
        ("has: x\nunless: y", 16, "unless: only beside `each`"),
        ("has: x\nnone: pass", 16, "none: only beside `each` or `within`"),
        ("lacks: x\nat_least: 2", 16, "at_least: only beside `has`"),
        ("lacks: x\nabsent: pass", 16, "absent: only beside `has`"),
        ("has: x\nat_least: 0", 16, "at_least: expected a number from 1"),
        ("has: x\nat_least: true", 16, "at_least: expected a number from 1"),
        ("has: x\nanywhere: 1", 16, "anywhere: expected true or false"),
        ("has: x\nnumber: '<= 3'", 16, "number: needs `has` or `is` with a group"),
        ("has: '(x'\nnumber: '<= 3'", 15, "the pattern `(x`"),
        ("has: '(x)'\nnumber: few", 16, "number: expected such as"),
        ("has: '(x)'\nnumber: true", 16, "number: expected such as"),
        ("has: x\nabsent: 3", 16, "absent: a number needs `number`"),
        ("has: x\nabsent: perhaps", 16, "absent: unknown word 'perhaps'"),
        ("has: x\nabsent: true", 16, "absent: "),
        ("has: x\nabsent:\n  new: pass", 17, "absent: expected a comparison of versions such as '>= 15.2', not 'new'"),
        ("has: x\nabsent:\n  '> 1': maybe", 17, "> 1: unknown word 'maybe'"),
        ("each: a\nnone: 3\nhas: x", 16, "none: unknown word '3'"),
        ("each: []\nhas: x", 15, "each: expected a pattern, or a list"),
        ("each: {a: b}\nhas: x", 15, "each: expected a pattern, or a list"),
        ("each: [a, '**']\nhas: x", 15, "each: `**` stands once, and not at the end"),
        ("each: '('\nhas: '%1'", 15, "the pattern `(`"),
        ("each: '(a)'\nhas: '%2'", 16, "has: `%2`, but the last pattern of `each` has 1 groups"),
    ],
)
def test_a_mistake_is_told_at_its_line(rule: str, line: int, problem: str):
    found = read(rule)

    assert found.policy is None
    assert found.problems[0].place.line == line
    assert problem in found.problems[0].problem


def test_a_source_must_be_said_somewhere():
    assert "say `source:`" in read("has: x", "").problems[0].problem


def test_cases_by_version_need_a_pattern_that_finds_it():
    assert "versions need `version:`" in read("has: x\nabsent:\n  '< 15': fail", CONFIG).problems[0].problem


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("  config: [a]\n", "config: expected a text"),
        ("  config: ''\n", "config: expected a text"),
        (CONFIG + "  version: '('\n", "the pattern `(`"),
        (CONFIG + "  version: '^version'\n", "version: needs a group"),
        (CONFIG + "  version: 3\n", "version: expected a text"),
    ],
)
def test_what_the_policy_says_of_configurations_is_looked_at(more: str, problem: str):
    found = read("has: x", more)

    assert problem in " ".join(each.problem for each in found.problems)


def test_a_policy_is_for_devices_or_for_hosts():
    mixed = read_sca(HEAD.format(more=CONFIG) + "      - {has: x}\n      - 'f:/etc/passwd'\n", "p.yml")

    assert mixed.policy is None
    assert "has no other rules" in mixed.problems[0].problem
    assert mixed.problems[0].place.line == 15


def test_wazuh_has_no_such_rules():
    text = HEAD.format(more="").replace("  platforms: [cisco_ios]\n", "") + "      - {has: x}\n"

    assert "a rule is one text" in read_sca(text, "p.yml").problems[0].problem
