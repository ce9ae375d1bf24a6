"""Searching many lines at once finds what searching each of them finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ospatrol.model.pattern import Expression
from ospatrol.pattern.facts import read_tree
from ospatrol.pattern.lines import LineSearch

PATTERNS = [
    r"^enable (?:secret|password) (?:\d )?(\S+)",
    r"(?i)\bsecret\b|^!$|pass(word)?\s*[^x]*$",
    r"^$",
    r"x*",
    r"\Aend\Z",
    r"a.{0,3}b\s+c",
    r"[^a]\nb",
    r"(?i)key",
    r"(?:(a|b)+c){1,2}$",
    r"key(?=7)",
    r"(?<!no )secret",
    r"\Becret",
]
WORDS = some.sampled_from(
    [
        "enable",
        "secret",
        "password",
        "key",
        "7",
        " ",
        "  ",
        "\t",
        "x",
        "a",
        "b",
        "c",
        "end",
        "!",
        "",
        "no ",
        "\u212aey",
        "é",
    ]
)
LINES = some.lists(some.lists(WORDS, max_size=6).map("".join), max_size=150)


def search_for(text: str) -> LineSearch:
    return LineSearch(read_tree(Expression(text=text)))


@pytest.mark.no_cover
@pytest.mark.parametrize("text", PATTERNS)
@given(lines=LINES)
def test_a_pattern_is_found_in_the_same_lines_together_as_alone(text: str, lines: list[str]) -> None:
    search = search_for(text)

    assert list(search.among(lines)) == [at for at, line in enumerate(lines) if search.found(line)]


def test_a_line_of_thousands_is_found_where_it_stands() -> None:
    lines = [" description to nobody"] * 5000
    lines[4711] = "enable secret 9 abc"

    assert list(search_for(PATTERNS[0]).among(lines)) == [4711]


def test_what_ends_on_one_line_does_not_begin_on_another() -> None:
    assert list(search_for(r"one\s+two").among(["one", "two", "one two"])) == [2]


def test_what_holds_a_line_end_is_one_line() -> None:
    assert list(search_for("^b|d$").among(["a\nb", "c\nd", "b"])) == [1, 2]


def test_a_letter_that_is_ascii_in_lower_case_counts_as_it_does_alone() -> None:
    assert list(search_for("(?i)key 7").among(["a", "\u212aEY 7"])) == [1]
