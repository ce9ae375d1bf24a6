from __future__ import annotations

import pytest

from ospatrol.dialect.native import read_native
from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.rule import Correlation, Option, Rule, Source


def native(keys: str) -> tuple[tuple[Rule, ...], tuple[ConfigError, ...]]:
    found = read_native([("r.yml", f"rules:\n  - {{id: 9, level: 3, description: '$(srcUser|B) $(a b)', {keys}}}")])
    return found.rules, found.problems


def read(keys: str) -> Rule:
    rules, problems = native(keys)
    assert problems == ()
    return rules[0]


def test_what_a_rule_says_of_its_alert_is_read() -> None:
    rule = read(
        "parent: 1, ignore: 1m30s, first_time: true, changed: true, silent: true, rank: 7, remember: srcip,"
        "unless_remembered: [srcip, name], options: [no_log, alert_by_email], info: https://x.example"
    )

    assert (rule.ignore_s, rule.first_time, rule.changed, rule.silent, rule.rank) == (90, True, True, True, 7)
    assert (rule.remember, rule.unless_remembered) == (("srcip",), ("srcip", "name"))
    assert (rule.options, rule.info) == ((Option.NO_LOG, Option.MAIL), ("https://x.example",))
    assert read("parent: 1, info: [a, b]").info == ("a", "b")
    assert read("match: {a: b}, independent: true").independent


def test_references_in_a_description_are_in_lower_case() -> None:
    assert read("parent: 1").description == "$(srcuser|b) $(a b)"


def test_a_rule_fires_on_the_nth_event() -> None:
    rule = read(
        "of: 5716, frequency: 8, within: 2m, same: [srcip, DstUser], different: url, distinct: location, "
        "across_hosts: true"
    )

    assert rule.parents == (5716,)
    assert rule.correlation == Correlation(
        source=Source.RULE,
        rules=(5716,),
        earlier=7,
        timeframe_s=120,
        same=("srcip", "dstuser"),
        different_set=("url",),
        distinct="location",
        across_agents=True,
    )


def test_what_is_counted_is_a_rule_or_several_or_a_group_or_a_pattern() -> None:
    def asked(of: str, more: str = "frequency: 2") -> Rule:
        return read(f"of: {of}, {more}, within: 1d2h3m4s")

    several, group = asked("[1, 2]"), asked("{group: a.b}")
    pattern = asked("{log: {pattern: x, syntax: osmatch}}", "frequency: 2, parent: 4")
    every = asked("[1, 2, 3]", "every: true")

    assert (several.parents, several.correlation and several.correlation.rules) == ((1, 2), (1, 2))
    assert (group.parents, group.correlation) == (
        (),
        Correlation(
            source=Source.GROUP,
            expression=Expression(text=r"(?:^|,)a\.b,"),
            earlier=1,
            timeframe_s=93784,
            across_agents=False,
        ),
    )
    assert pattern.correlation is not None
    assert pattern.correlation.expression == Expression(text="x", syntax=Syntax.OSMATCH)
    assert (pattern.correlation.source, pattern.parents) == (Source.REGEX, (4,))
    assert every.correlation is not None
    assert (every.correlation.every, every.correlation.earlier) == (True, 2)


def test_a_parent_of_its_own_wins_over_what_is_counted() -> None:
    assert read("of: 1, frequency: 2, within: 1m, parent: [3, 4]").parents == (3, 4)
    assert read("of: 1, frequency: 2, within: 1m, independent: true, match: {a: b}").parents == ()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("parnt: 1", "unknown key 'parnt'; did you mean 'parent'?"),
        ("parent: []", "needs 'match' or 'parent'"),
        ("parent: 1, syntax: re", "syntax: unknown word 're'"),
        ("parent: 1, syntax: 7", "syntax: expected text"),
        ("parent: 1, rank: 100", "the rank 100 is not between 0 and 99"),
        (
            "parent: 1, ignore: 60",
            "ignore: expected a duration of a second to a year, such as 90s, 2m or 1h30m; did you mean",
        ),
        ("parent: 1, ignore: soon", "ignore: expected a duration"),
        ("parent: 1, ignore: ''", "ignore: expected a duration"),
        ("parent: 1, ignore: 0s", "ignore: expected a duration"),
        ("parent: 1, ignore: 9999d", "ignore: expected a duration"),
        ("parent: 1, independent: true", "an independent rule is judged beside the tree"),
        ("parent: 1, options: [no_logg]", "options: unknown word 'no_logg'; did you mean 'no_log'?"),
        ("parent: 1, remember: src", "remember: unknown word 'src'; did you mean 'srcip'?"),
        ("parent: 1, within: 2m", "within counts earlier events, so the rule needs 'frequency' too"),
        ("parent: 1, same: [a]", "same counts earlier events"),
        ("of: 1, frequency: 2", "the key 'within' is missing"),
        ("of: 1, frequency: 1, within: 2m", "fires on the N-th event: from 2 to 9999"),
        ("of: 1, frequency: 2, within: 2x", "within: expected a duration"),
        ("of: 1, frequency: 2, within: 2m, same: [a b]", "'a b' is no name of a field"),
        ("frequency: 2, within: 2m, parent: 1", "expected the key 'of'"),
        ("of: {}, frequency: 2, within: 2m", "of: expected either {group: NAME} or {log: PATTERN}"),
        ("of: {grup: a}, frequency: 2, within: 2m", "unknown key 'grup'; did you mean 'group'?"),
        ("of: {group: 'a b'}, frequency: 2, within: 2m", "of: 'a b' is no name of a group"),
        ("of: {log: [a]}, frequency: 2, within: 2m, parent: 1", "log: expected a pattern"),
        (
            "of: {log: {patern: a}}, frequency: 2, within: 2m, parent: 1",
            "unknown key 'patern'; did you mean 'pattern'?",
        ),
        ("of: {log: a}, frequency: 2, within: 2m", "needs 'match' or 'parent'"),
        ("of: [1, 2], every: true, frequency: 2, within: 2m", "'every' needs 'of' with several rules"),
        ("of: [1, 1], every: true, within: 2m", "'every' needs 'of' with several rules"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(keys: str, said: str) -> None:
    rules, problems = native(keys)

    assert rules == ()
    assert any(said in error.problem for error in problems), problems
    assert {str(error.place) for error in problems} == {"r.yml:2"}
