"""Searching for many patterns at once finds what searching for each finds."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as some

from ospatrol.model.pattern import Expression
from ospatrol.pattern.facts import read_tree
from ospatrol.pattern.linear import compile_set
from ospatrol.pattern.search import Search
from ospatrol.pattern.several import SeveralSearch
from ospatrol.pattern.tree import PatternBeyondLimits

NODES = [
    read_tree(Expression(text=text))
    for text in (
        r"^enable (?:secret|password) (?:\d )?(\S+)",
        r"(?i)\bsecret\b|^!$|pass(word)?\s*[^x]*$",
        r"^$",
        r"secret",
        r"(?i)key",
        r"key(?=7)",
        r"(?<!no )secret",
        r"(?:(a|b)+c){1,2}$",
        r"a.{0,3}b\s+c",
    )
]
WORDS = [
    "enable",
    "secret",
    "Password",
    "key",
    "KEY",
    "7",
    " ",
    "\t",
    "x",
    "a",
    "b",
    "c",
    "!",
    "",
    "no ",
    "\u212aey",
    "é",
]
LINES = some.lists(some.sampled_from(WORDS), max_size=7).map("".join)


def has(place: int, line: str) -> bool:
    search = Search(NODES[place])
    return search.found(line.lower() if search.lowered else line)


@pytest.mark.no_cover
@given(LINES)
def test_the_same_are_found_together_as_alone(line: str) -> None:
    several = SeveralSearch(NODES)

    assert several.found(line) == several.found_one_by_one(line) == [at for at in range(len(NODES)) if has(at, line)]


def test_they_are_told_in_their_order() -> None:
    assert SeveralSearch(NODES).found("enable secret 5 key7") == [0, 1, 3, 4, 5, 6]


def test_without_a_search_for_many_each_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(re2, "Set")

    assert SeveralSearch(NODES).found("enable secret 5 key7") == [0, 1, 3, 4, 5, 6]


def test_what_re2_cannot_read_is_told() -> None:
    with pytest.raises(PatternBeyondLimits, match="RE2 cannot read them together"):
        compile_set(["a(?=b)"])
