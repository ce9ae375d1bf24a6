from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.dialect.sigma import read_sigma
from ospatrol.dialect.sigma_rules import FIRST_ID, SigmaRules, id_of
from ospatrol.model.errors import UsageError
from ospatrol.model.place import Place
from ospatrol.model.rule import Operator

if not os.environ.get("CI"):
    pytest.importorskip("sigma", reason="pySigma is not installed")

RULE = """\
title: Whoami, and $(user) too
id: 502b42de-4306-40b4-9596-6f590c81f073
status: test
description: Tells who one is.
references:
    - https://example.org/whoami
author: A. Person
date: 2026-11-22
tags:
    - attack.discovery
    - attack.t1033
    - attack.t1059.001
    - cve.2021-44228
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\whoami.exe'
    condition: selection
level: high
"""


def read(*texts: str) -> SigmaRules:
    return read_sigma([(f"{'abc'[index]}.yml", dedent(text)) for index, text in enumerate(texts)])


def told(*texts: str) -> list[str]:
    return [str(problem) for problem in read(*texts).problems]


def changed(old: str, new: str) -> str:
    assert old in RULE
    return RULE.replace(old, new)


def test_a_rule_keeps_what_its_author_says_of_it() -> None:
    found = read(RULE)

    (rule,) = found.rules
    assert found.problems == found.skipped == ()
    assert rule.description == "Whoami, and $ (user) too"
    assert rule.level == 10
    assert rule.mitre == ("T1033", "T1059.001")
    assert rule.groups == ("sigma", "sigma.windows/process_creation", "attack.discovery", "cve.2021-44228")
    assert rule.info == ("sigma 502b42de-4306-40b4-9596-6f590c81f073", "https://example.org/whoami")
    assert rule.place == Place("a.yml", 1)
    assert rule.conditions[-1].place == Place("a.yml", 19)
    assert rule.independent
    assert not rule.parents


def test_an_id_is_made_of_the_uuid_and_stays() -> None:
    (rule,) = read(RULE).rules

    assert rule.id == id_of("502b42de-4306-40b4-9596-6f590c81f073") == 1_419_996_573_191
    assert FIRST_ID <= rule.id < FIRST_ID + 2**40 < 2**53


def test_a_rule_without_a_uuid_is_known_by_its_title() -> None:
    (rule,) = read(changed("id: 502b42de-4306-40b4-9596-6f590c81f073\n", "")).rules

    assert rule.id == id_of("Whoami, and $(user) too")


@pytest.mark.parametrize(
    ("word", "level"), [("informational", 2), ("low", 4), ("medium", 7), ("high", 10), ("critical", 13)]
)
def test_levels(word: str, level: int) -> None:
    (rule,) = read(changed("level: high", f"level: {word}")).rules

    assert rule.level == level


def test_a_rule_without_a_level_is_medium() -> None:
    (rule,) = read(changed("level: high\n", "")).rules

    assert rule.level == 7


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("level: high", "level: loud", 21),
        ("status: test", "status: wild", 3),
        ("date: 2026-11-22", "date: yesterday", 8),
        ("id: 502b42de-4306-40b4-9596-6f590c81f073", "id: 7", 2),
        ("    - cve.2021-44228", "    - nodot", 9),
        ("logsource:\n    category: process_creation\n    product: windows", "logsource: {}", 14),
        ("Image|endswith", "Image|endwith", 19),
        ("Image|endswith: '\\whoami.exe'", "Image|re: '('", 19),
        ("Image|endswith: '\\whoami.exe'", "Image|cidr: here", 19),
        ("Image|endswith: '\\whoami.exe'", "Image|gt: much", 19),
        ("condition: selection", "condition: selektion", 20),
        ("condition: selection", "condition: selection and", 20),
        ("condition: selection", "condition: selection | count() > 3", 20),
        ("    condition: selection\n", "", 17),
        ("    selection:\n        Image|endswith: '\\whoami.exe'\n", "", 17),
        ("        Image|endswith: '\\whoami.exe'", "        Image: x\n        Image: y", 20),
        ("title: Whoami, and $(user) too", "title: [", 3),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int) -> None:
    found = read(changed(old, new))

    assert [problem.place for problem in found.problems] == [Place("a.yml", line)]
    assert found.problems[0].problem
    assert found.rules == ()


def test_every_mistake_of_a_rule_is_told() -> None:
    text = changed("level: high", "level: loud").replace("selection:\n", "selection:\n        A|b: 1\n        C|d: 1\n")

    assert [problem.place.line for problem in read(text).problems] == [19, 20, 23]


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        ("\n        - A|b: 1\n        - C: 1\n          D|e: 1", [19, 21]),
        ("\n        - - A|b: 1", [19]),
        (" {}", [18]),
        (" [[]]", [19]),
        (" [{}, {A: x}]", [18]),
    ],
)
def test_a_mistake_deep_in_a_search_is_told_with_its_line(search: str, lines: list[int]) -> None:
    text = changed("selection:\n        Image|endswith: '\\whoami.exe'", f"selection:{search}")

    assert [problem.place.line for problem in read(text).problems] == lines


def test_parts_of_a_search_know_their_lines() -> None:
    text = changed("Image|endswith: '\\whoami.exe'", "- A: 1\n        - B|contains: 2x\n          C: 3").replace(
        "selection:", "selection:  # parts"
    )

    (rule,) = read(text).rules

    first, second = rule.conditions[-1].parts
    assert [each.place.line for each in (first, *second.parts)] == [19, 20, 21]


def test_a_mistake_ends_nothing_but_its_rule() -> None:
    found = read(changed("level: high", "level: loud"), RULE)

    assert [rule.place.path for rule in found.rules] == ["b.yml"]
    assert told(changed("level: high", "level: loud"), RULE) == ["a.yml:21: 'loud' is not a valid Sigma rule level"]


@pytest.mark.parametrize("text", ["- a list\n", "just text\n", "---\n- 1\n"])
def test_what_is_no_mapping_is_no_rule(text: str) -> None:
    (problem,) = told(text)

    assert problem.endswith("expected a Sigma rule, which is a mapping")


def test_an_empty_file_says_nothing() -> None:
    assert read("", "# nothing\n", "---\n") == SigmaRules()


def test_the_same_rule_twice_is_a_mistake() -> None:
    identity = "502b42de-4306-40b4-9596-6f590c81f073"

    assert told(RULE, RULE) == [f"b.yml:1: the rule {identity} stands already at a.yml:1"]


def test_two_rules_of_one_number_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ospatrol.dialect.sigma_read.id_of", lambda _: FIRST_ID)

    (problem,) = told(RULE, changed("502b", "602b"))

    one, other = "602b42de-4306-40b4-9596-6f590c81f073", "502b42de-4306-40b4-9596-6f590c81f073"
    assert problem == f"b.yml:1: the rule {one} gets the number of {other} at a.yml:1: give it another UUID"


def test_a_file_may_have_several_documents() -> None:
    found = read(RULE + "---\n" + changed("502b", "602b") + "---\n" + changed("level: high", "level: loud"))

    assert [rule.place.line for rule in found.rules] == [1, 23]
    assert [problem.place.line for problem in found.problems] == [65]


def test_global_documents_are_merged_into_those_behind_them() -> None:
    common, rest = RULE.split("logsource:")
    first = "logsource:" + rest
    found = read(
        f"action: global\n{common.replace('id: 502b42de-4306-40b4-9596-6f590c81f073', '')}"
        f"---\nid: 502b42de-4306-40b4-9596-6f590c81f073\n{first}"
        f"---\naction: repeat\nid: 602b42de-4306-40b4-9596-6f590c81f073\nlevel: low\n"
        f"---\naction: reset\n---\naction: again\n"
    )

    assert [(rule.level, rule.description) for rule in found.rules] == [
        (10, "Whoami, and $ (user) too"),
        (4, "Whoami, and $ (user) too"),
    ]
    assert [problem.problem for problem in found.problems] == [
        "unknown action 'again', or nothing that it could repeat"
    ]


def test_a_filter_narrows_the_rules_that_it_names() -> None:
    found = read(
        RULE,
        """\
        title: Not by administrators
        id: 702b42de-4306-40b4-9596-6f590c81f073
        logsource:
            category: process_creation
            product: windows
        filter:
            rules:
                - 502b42de-4306-40b4-9596-6f590c81f073
            selection:
                User: admin
            condition: not selection
        """,
    )

    (rule,) = found.rules
    assert found.problems == ()
    assert [condition.negate for condition in rule.conditions] == [False, False, True]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Image|fieldref: ParentImage", "a comparison with another field (ParentImage)"),
        ("Image|expand: '%programs%'", "a placeholder without values (%programs%)"),
        ("Image|re|expand: 'a%programs%'", "a placeholder without values (%programs%)"),
        ("UtcTime|hour: 7", "a part of a timestamp (hour)"),
        ("Image|re: '[^ä]'", "a regular expression with a class of characters beyond ASCII"),
        ("Image|re: '[ä-ö]'", "a regular expression with a class of characters beyond ASCII"),
    ],
)
def test_what_cannot_be_expressed_is_listed_with_its_reason(line: str, reason: str) -> None:
    found = read(changed("Image|endswith: '\\whoami.exe'", line))

    (skipped,) = found.skipped
    assert (skipped.place, skipped.reason) == (Place("a.yml", 19), reason)
    assert skipped.title == "Whoami, and $(user) too"
    assert found.rules == found.problems == ()


def test_a_rule_that_says_only_what_is_not_asks_for_its_fields_where_its_source_is_not_known() -> None:
    text = changed("    category: process_creation\n    product: windows", "    product: zeek")

    (rule,) = read(text.replace("condition: selection", "condition: not selection")).rules

    assert [(each.field, each.operator, each.negate) for each in rule.conditions] == [
        ("image", Operator.EXISTS, False),
        ("image", Operator.REGEX, True),
    ]


@pytest.mark.parametrize(
    ("search", "condition"),
    [("selection: [whoami]", "not selection"), ("selection: {A: null}", "selection"), ("s: {A|exists: false}", "s")],
)
def test_a_rule_that_every_log_meets_is_listed(search: str, condition: str) -> None:
    text = changed("    category: process_creation\n    product: windows", "    product: zeek")
    text = text.replace("selection:\n        Image|endswith: '\\whoami.exe'", search)

    (skipped,) = read(text.replace("condition: selection", f"condition: {condition}")).skipped

    assert skipped.reason == "a condition that events of all sources meet, for a log source that is not known here"


def test_without_pysigma_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ospatrol.dialect.sigma_")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigma", None)
    monkeypatch.setitem(sys.modules, "sigma.collection", None)

    with pytest.raises(UsageError, match=r"pip install 'ospatrol\[sigma\]'"):
        read_sigma([])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("s"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
WHOLE = {
    "title": "T",
    "id": "502b42de-4306-40b4-9596-6f590c81f073",
    "name": "t",
    "related": [{"id": "602b42de-4306-40b4-9596-6f590c81f073", "type": "derived"}],
    "tags": ["attack.t1033"],
    "references": ["https://example.org"],
    "level": "low",
    "logsource": {"product": "windows", "category": "process_creation"},
    "detection": {"s": {"A|contains": ["x"], "B": None}, "t": ["k"], "condition": "s or t"},
}
COUNTING = {
    "title": "C",
    "correlation": {
        "type": "event_count",
        "rules": ["t"],
        "timespan": "1m",
        "condition": {"gte": 3},
        "group-by": ["A"],
    },
}


def replaced(whole: object, path: Sequence[int], junk: object) -> object:
    """The same with junk somewhere inside."""
    if not path or not isinstance(whole, dict | list) or not whole:
        return junk
    if isinstance(whole, list):
        at = path[0] % len(whole)
        return [*whole[:at], replaced(whole[at], path[1:], junk), *whole[at + 1 :]]
    key = list(whole)[path[0] % len(whole)]
    return {**whole, key: replaced(whole[key], path[1:], junk)}


@given(st.sampled_from([WHOLE, COUNTING]), st.lists(st.integers(0, 8), max_size=4), JUNK)
@settings(deadline=None, max_examples=400)
def test_whatever_stands_in_a_file_becomes_a_rule_a_mistake_or_a_reason(
    whole: object, path: list[int], junk: object
) -> None:
    documents = [replaced(whole, path, junk), *([WHOLE] if whole is COUNTING else [])]

    found = read_sigma([("j.yml", "---\n".join(json.dumps(each) + "\n" for each in documents))])

    assert len(found.rules) + len(found.skipped) + len(found.problems) >= len(documents) - (documents[0] is None)
    assert all(each.place.path == "j.yml" and each.place.line for each in (*found.problems, *found.skipped))
