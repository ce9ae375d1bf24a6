"""Wazuh's regular expressions: what its automaton finds, where it ends, and that the short ways to it agree with it."""

from __future__ import annotations

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern import automaton, osregex_run
from ospatrol.pattern.automaton import Automaton, TooLong
from ospatrol.pattern.compiled import Pattern, PatternRefused, compile_expression
from ospatrol.pattern.osregex import read_alternative, split_alternatives


def osregex(text: str) -> Pattern:
    return compile_expression(Expression(text=text, syntax=Syntax.OSREGEX))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("abc", ["xABCx"], ["ab"]),
        ("^abc", ["ABCd"], ["xabc"]),
        ("abc$", ["xABC"], ["abcd"]),
        ("^abc$|x", ["ABC", "wXy"], ["abcd"]),
        ("a.c?", ["a.c?"], ["abc"]),
        ("a+b*[c]{2}", ["A+B*[C]{2}"], ["aab"]),
        (r"\(a\)\\\$\|\<", ["(A)\\$|<"], ["a"]),
        ("a^b$c", ["a^b$c"], ["abc"]),
        (r"a\$", ["a$x"], ["a"]),
        (r"a\\$", ["a\\"], ["a\\x"]),
        (r"\d\D", ["1a"], ["11"]),
        (r"^\w+$", ["a@b_c-D9"], ["a b", "a.b"]),
        (r"a\Wb", ["a b"], ["a@b"]),
        (r"a\sb", ["a b"], ["a\tb", "a\nb"]),
        (r"a\Sb", ["a\tb", "a\nb"], ["a b"]),
        (r"^\p+$", ["()*+,-.:;<=>?[]!\"'#%&$|{}"], ["/", "@", "_"]),
        (r"a\tb", ["a\tb"], ["a b"]),
        (r"a\.b", ["a\nb", "a.b"], ["ab"]),
        (r"a\(+b", ["a(((b"], ["ab"]),
        (r"\.+\s\d", ["abc x", "ab 1"], ["abc"]),
        ("", ["", "a"], []),
        ("^$", [""], ["a"]),
        ("$", [""], ["a"]),
        (r"a\d+$", ["a1a"], ["b"]),
        (r"^(\S+):(\d+)", ["a:1", "a:b:1"], ["a::1", "a:"]),
        ("\xc9\\d", ["\xc91"], ["\xe91"]),
        ("\xc9t\xe9", ["\xc9T\xe9"], ["\xe9t\xe9"]),
    ],
)
def test_what_it_finds(pattern: str, yes: list[str], no: list[str]) -> None:
    compiled = osregex(pattern)

    assert [text for text in yes if not compiled.test(text)] == []
    assert [text for text in no if compiled.test(text)] == []
    if compiled.test_lower is not None:
        assert [text for text in yes if not compiled.test_lower(text.lower())] == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\q", "not known"),
        ("a\\", "ends with"),
        ("(a", "not closed"),
        ("a)", "in pairs"),
        ("((a))", "nested"),
        ("(a|b)", "not closed"),
        (r"a|b\e", "not known"),
    ],
)
def test_what_it_refuses_says_why(pattern: str, why: str) -> None:
    with pytest.raises(PatternRefused, match=why):
        osregex(pattern)


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        (r"^\d+", "123 abc", (4, ())),
        (r"^\d+", "123", (1, ())),
        (r"(\d+)", "123 abc", (1, ("123",))),
        (r"^(\S+) (\S+)", "ab cde f", (4, ("ab", "cde"))),
        (r"^(\S+) (\S+)$", "ab cde", (4, ("ab", "cde"))),
        ("abc", "xABCx", (4, ())),
        (r"a\d", "xa1 ", (3, ())),
        (r"a\S*", "xab c", (4, ())),
        (r"a\S*", "xa c", (2, ())),
        (r"a\S*", "xabc", (2, ())),
        (r"a(\S*) ", "xab c", (4, ("b",))),
        (r"a(\S*)", "xab c", (3, ("b",))),
        (r"a(\S*)", "xab", (2, ("b",))),
        (r"\.+b(\d+)", "a b1", (4, ("1",))),
        (r"x (\S+)|y (\S+)", "y 1 x 2", (7, ("2",))),
        (r"x=(\d+)|y=(\d+)", "y=3", (3, ("3",))),
        (r" (\S*)$", "a b", (2, ("b",))),
        (r" (\S*)$", "  ", None),
        (r"a(b)(c)", "abc", None),
        (r"^(\d+)-", "12x", None),
    ],
)
def test_where_it_ends_and_what_it_captures(
    pattern: str, subject: str, expected: tuple[int, tuple[str, ...]] | None
) -> None:
    compiled = osregex(pattern)

    assert compiled.find(subject, 0) == expected
    assert compiled.capture(subject, 0) == (expected and expected[1])


def test_captures_change_how_the_end_of_a_subject_counts() -> None:
    assert not osregex(r"abc\s*\d*").test("abc")
    assert not osregex(r"a(b)c\s*\d*").test("abc")
    assert osregex(r"a(b)c\s*\d*").find("abc", 0) == (3, ("b",))


def test_who_asks_for_no_captures_gets_the_end_of_a_pattern_without_them() -> None:
    pattern = osregex(r"a(b)c\s*\d*")

    assert (pattern.end("abc", 0), pattern.find("abc", 0)) == (None, (3, ("b",)))
    assert (pattern.end("x abc 1 ", 2), pattern.find("x abc 1 ", 2)) == (8, (8, ("b",)))
    # a group that would end before it begins is none
    assert osregex(r"(\d*)\S*(\w+)$").find("ba a", 0) is None
    assert osregex(r"(\d*)\S*(\w+)$").end("ba a", 0) == 4
    assert osregex(r"(\d*)\S*(\w+)$").test("ba a")


def test_the_text_from_the_start_on_is_the_subject() -> None:
    assert osregex(r"^(\S+) ").find("ab cd e", 3) == (6, ("cd",))
    assert osregex("^cd").find("ab cd e", 3) == (5, ())
    assert osregex("ab").find("ab", 1) is None


def test_alternatives_are_split_where_no_backslash_stands_before() -> None:
    assert split_alternatives(r"a\|b|c\\|d") == [r"a\|b", r"c\\", "d"]
    assert split_alternatives("a|b|") == ["a", "b", ""]
    assert split_alternatives("\\d|") == ["\\d", ""]
    assert split_alternatives("a\\") == ["a\\"]


def test_no_more_than_four_places_to_go_back_to_are_kept() -> None:
    four = Automaton(read_alternative(r"^\.+a\.+a\.+a\.+a-"))
    five = Automaton(read_alternative(r"^\.+a\.+a\.+a\.+a\.+a-"))

    assert four.run("xaxaxaxaxa-", capturing=False) == (10, [])
    assert five.run("xaxaxaxaxaxa-", capturing=False) == (12, [])
    assert five.run("xaxaxaxaxa", capturing=False) is None


def test_a_subject_that_takes_too_long_counts_as_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "STEPS", 50)
    pattern = osregex(r"\S*a\D+(\d)x")
    subject = "b" + "a" * 60 + "1x"

    with pytest.raises(TooLong):
        Automaton(read_alternative(r"\S*a\D+(\d)x")).run(subject, capturing=True)
    assert pattern.test(subject)
    assert pattern.find(subject, 0) == (len(subject), ())


_TOKENS = st.sampled_from(
    [
        "\\d",
        "\\d+",
        "\\d*",
        "\\w+",
        "\\s",
        "\\s+",
        "\\s*",
        "\\S+",
        "\\S*",
        "\\D+",
        "\\.+",
        "\\.",
        "\\.*",
        "\\p+",
        "\\W+",
        "a",
        "b",
        "1",
        " ",
        "-",
        "a",
        "b",
        "(",
        ")",
        "(",
        ")",
        "\\(*",
    ]
)


@st.composite
def _alternatives(draw: st.DrawFn) -> str:
    return "^" * draw(st.booleans()) + "".join(draw(st.lists(_TOKENS, max_size=8))) + "$" * draw(st.booleans())


@pytest.mark.no_cover
@given(_alternatives(), st.lists(st.text("abA1 -(", max_size=12), min_size=4, max_size=8))
@seed(2)
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_the_short_ways_agree_with_the_automaton(pattern: str, subjects: list[str]) -> None:
    try:
        alternative = osregex_run._Alternative(pattern)
    except PatternRefused:
        return
    slow = Automaton(read_alternative(pattern))
    atoms = osregex(pattern).atoms
    for subject in subjects:
        lower = subject.lower()
        quick, plain = alternative.run(subject, lower, capturing=False), slow.run(subject, capturing=False)
        assert (quick and quick[0]) == (plain and plain[0])
        if alternative.groups:
            assert alternative.run(subject, lower, capturing=True) == slow.run(subject, capturing=True)
        assert alternative.test(subject, lower) is (slow.run(subject, capturing=False) is not None)
        if atoms is not None and alternative.test(subject, lower):
            assert any(atom in lower for atom in atoms)
