from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.engine.explain import trace, trace_lines
from ospatrol.engine.match import match


def via(ruleset, event) -> tuple[int, ...]:
    found = match(ruleset, event)
    return found.via if found else ()


def test_the_deepest_matching_rule_has_the_last_word(ruleset, rule, event) -> None:
    rules = ruleset(rule(1, 0, kind="integrity"), rule(2, 3, 1, a="1"), rule(3, 1, 2, b="1"), rule(4, 9, 3, c="1"))

    assert via(rules, event(a="1", b="1")) == (1, 2, 3)
    assert via(rules, event(b="1")) == (1,)
    assert via(rules, event("clock", a="1")) == ()


def test_children_of_level_0_are_tried_first_then_by_falling_level_then_by_id(ruleset, rule, event) -> None:
    rules = ruleset(
        rule(1, 0, kind="integrity"),
        rule(5, 7, 1, a="1"),
        rule(4, 7, 1, a="1"),
        rule(3, 9, 1, b="1"),
        rule(9, 0, 1, c="1"),
    )

    assert via(rules, event(a="1", b="1", c="1")) == (1, 9)
    assert via(rules, event(a="1", b="1")) == (1, 3)
    assert via(rules, event(a="1")) == (1, 4)


def test_roots_are_tried_by_falling_level_so_that_a_trunk_comes_last(ruleset, rule, event) -> None:
    rules = ruleset(rule(1, 0, kind="integrity"), rule(2, 5, a="1"), rule(3, 5, kind="integrity", a="1"))

    assert via(rules, event(a="1")) == (2,)
    assert via(rules, event(b="1")) == (1,)
    assert via(rules, event("clock", a="1")) == (2,)


def test_a_rule_hangs_below_each_of_its_parents(ruleset, rule, event) -> None:
    rules = ruleset(rule(1, 0, kind="a"), rule(2, 0, kind="b"), rule(3, 5, 1, 2, 2, x="1"))

    assert via(rules, event("a", x="1")) == (1, 3)
    assert via(rules, event("b", x="1")) == (2, 3)


def test_only_roots_that_can_judge_a_kind_are_tried(ruleset, rule, event) -> None:
    rules = ruleset(*(rule(number, 5, kind=f"k{number}") for number in range(1, 2000)), rule(5000, 1, x="1"))

    assert [step.rule.id for step in trace(rules, event("k7")).steps] == [7]
    assert [step.rule.id for step in trace(rules, event("unheard")).steps] == [5000]


def test_the_trace_shows_the_first_failing_condition_of_each_rule_tried(ruleset, event) -> None:
    rules = ruleset(
        """
rules:
  - {id: 1, level: 0, description: d, match: {kind: integrity}}
  - {id: 2, level: 9, description: d, parent: 1, match: {path: {prefix: [/a, /b, /c, /d, /e, /f]}, x: y}}
  - {id: 3, level: 7, description: d, parent: 1, match: {path: {not: /x}, gone: {exists: true}}}
  - {id: 4, level: 5, description: d, parent: 1, match: {path: {not_suffix: z}}}
  - {id: 5, level: 3, description: d, parent: 1, match: {path: never tried}}
"""
    )

    told = trace(rules, event(path="/xy"))

    assert told.match is not None
    assert told.match.via == (1, 4)
    assert trace_lines(told, event(path="/xy")) == (
        "1 level 0: matches",
        "  2 level 9: fails: path prefix '/a' or '/b' or '/c' or '/d' or '/e', ..., but it is '/xy'",
        "  3 level 7: fails: gone exists, but it is absent",
        "  4 level 5: matches",
    )
    assert (
        trace_lines(trace(rules, event(path="/x")), event(path="/x"))[2]
        == "  3 level 7: fails: path not equals '/x', but it is '/x'"
    )


@given(st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=3), st.data())
def test_explaining_goes_the_way_that_judging_goes(ruleset, rule, event, fields, data) -> None:
    rules = [rule(1, 0, kind="integrity")]
    for identity in range(2, 12):
        parents = data.draw(st.lists(st.integers(1, identity - 1), max_size=2))
        wants = data.draw(st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), min_size=1, max_size=2))
        rules.append(rule(identity, data.draw(st.integers(0, 15)), *parents, **wants))
    compiled = ruleset(*rules)

    told = trace(compiled, event(**fields))

    assert told.match == match(compiled, event(**fields))
    assert sum(step.failed is None and not step.depth for step in told.steps) == (told.match is not None)


@pytest.mark.parametrize("depth", [64])
def test_a_lattice_of_parents_costs_no_more_than_its_rules(ruleset, rule, event, depth: int) -> None:
    rules = [rule(1, 1, kind="integrity"), rule(2, 1, kind="integrity")]
    for layer in range(1, depth):
        above = (2 * layer - 1, 2 * layer)
        rules += [rule(2 * layer + 1, 1, *above), rule(2 * layer + 2, 1, *above)]

    assert len(via(ruleset(*rules), event())) == depth
