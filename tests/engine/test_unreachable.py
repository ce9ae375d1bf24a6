from __future__ import annotations

from textwrap import dedent

import pytest

from ospatrol.engine.rulebook import read_rulebook
from ospatrol.engine.unreachable import warnings

CONTRADICTS = "contradicts another one, its own or of a rule above it"
BEFORE = "is tried before it, and holds whenever this one would"
UNCOUNTED = "and those of level 0 or of silent rules are not counted"


def told(text: str) -> list[str]:
    """What is said of rules; each stands on one line as `ID LEVEL [KEYS]`."""
    lines = [line.split(" ", 2) for line in dedent(text).strip().splitlines()]
    rules = [f"  - {{id: {one}, level: {level}, description: d, {rest}}}" for one, level, rest in lines]
    return [str(each) for each in warnings(read_rulebook([("r.yml", "\n".join(["rules:", *rules]))]).ruleset)]


def test_rules_that_can_fire_are_not_mentioned() -> None:
    assert (
        told("""
        1 0 match: {kind: log}
        2 3 parent: 1, match: {log: {regex: a}}
        3 5 parent: 1, match: {log: {regex: ab}}
        4 9 parent: [2, 3], match: {decoder: [x, y]}
        5 9 parent: 4, match: {decoder: y, srcip: {exists: true}}
        6 9 match: {kind: [clock, integrity], a: b}
        7 9 match: {kind: [clock, integrity]}
        8 0 match: {z: z}, independent: true
        """)
        == []
    )


def test_a_rule_that_contradicts_those_above_it_never_fires_nor_do_those_below_it() -> None:
    assert told("""
        1 0 match: {kind: log, decoder: [sshd, su]}
        2 3 parent: 1, match: {decoder: cron}
        3 3 parent: 2, match: {a: b}
        4 3 parent: 1, match: {decoder: {not: [sshd, su]}}
        5 3 parent: 1, match: {decoder: {regex: "^s", not_regex: "^s"}}
        6 3 parent: 1, match: {decoder: {exists: false}}
        7 3 parent: 1, match: {kind: clock}
        8 3 parent: 1, match: {user: {exists: false}}
        9 3 parent: 8, match: {user: root}
        """) == [
        f"r.yml:3: the rule 2 never fires: its condition on 'decoder' {CONTRADICTS}",
        "r.yml:4: the rule 3 never fires: the rule 2 above it never holds",
        *(
            f"r.yml:{number + 1}: the rule {number} never fires: its condition on '{field}' {CONTRADICTS}"
            for number, field in ((4, "decoder"), (5, "decoder"), (6, "decoder"), (7, "kind"), (9, "user"))
        ),
    ]


def test_what_one_parent_allows_is_reachable() -> None:
    assert (
        told("""
        1 0 match: {kind: log, decoder: sshd}
        2 0 match: {kind: log, decoder: su}
        3 3 parent: [1, 2], match: {decoder: su}
        4 3 parent: [1, 2], match: {decoder: sshd}
        """)
        == []
    )


def test_a_rule_behind_one_that_asks_less_never_fires() -> None:
    assert told("""
        1 0 match: {kind: log}
        2 9 parent: 1, match: {log: {regex: fail}}
        3 5 parent: 1, match: {log: {regex: fail}, srcuser: root}
        4 8 parent: 1, match: {srcuser: [root, toor], dstuser: [a, b]}
        5 7 parent: 1, match: {dstuser: b, srcuser: toor, x: y}
        6 6 parent: 1, match: {dstuser: [b, c], srcuser: toor}
        """) == [
        f"r.yml:4: the rule 3 never fires: the rule 2 {BEFORE}",
        f"r.yml:6: the rule 5 never fires: the rule 4 {BEFORE}",
    ]


def test_an_exception_without_conditions_hides_all_its_siblings() -> None:
    assert told("""
        1 5 match: {kind: log, decoder: sshd}
        2 0 parent: 1, match: {kind: log, decoder: [sshd, su]}
        3 9 parent: 1, match: {a: b}
        4 9 parent: 1, match: {a: c}
        """) == [f"r.yml:{number + 1}: the rule {number} never fires: the rule 2 {BEFORE}" for number in (3, 4)]


def test_roots_hide_each_other_only_where_they_do_so_for_every_kind() -> None:
    assert told("""
        1 9 match: {kind: clock}
        2 5 match: {kind: [clock, integrity]}
        3 4 match: {kind: clock, a: b}
        4 3 match: {a: b}
        """) == [f"r.yml:4: the rule 3 never fires: the rule 1 {BEFORE}"]


def test_rules_that_ask_for_earlier_events_or_are_silent_hide_nothing() -> None:
    assert (
        told("""
        1 3 match: {kind: log}
        2 9 of: 1, frequency: 3, within: 1m
        3 8 parent: 1, silent: true
        4 5 parent: 1, match: {a: b}
        """)
        == []
    )


@pytest.mark.parametrize("counted", ["0 match: {kind: log}", "5 match: {kind: log}, silent: true"])
def test_a_rule_that_counts_what_is_never_counted_never_fires(counted: str) -> None:
    assert told(f"""
        1 {counted}
        2 9 of: 1, frequency: 3, within: 1m
        """) == [f"r.yml:3: the rule 2 never fires: it counts events of rule 1, {UNCOUNTED}"]


def test_of_several_counted_rules_one_is_enough_unless_each_must_fire() -> None:
    text = """
        1 0 match: {{kind: log}}
        2 3 parent: 1, match: {{a: b}}
        3 9 of: [1, 2], within: 1m, {}
        """

    assert told(text.format("frequency: 3")) == []
    assert len(told(text.format("every: true"))) == 1


def test_long_lists_of_values_and_what_is_not_asked_of_a_field_are_passed_over() -> None:
    many = ", ".join(f"v{number}" for number in range(300))

    assert (
        told(f"""
        1 3 match: {{kind: log, a: [{many}]}}
        2 3 parent: 1, match: {{a: {{regex: x}}, size: 3, b|c: d, at: {{time: 01:00-02:00}}}}
        3 3 parent: 2, match: {{size: 4, b|c: e, at: {{time: 03:00-04:00}}, location: {{exists: false}}}}
        """)
        == []
    )
