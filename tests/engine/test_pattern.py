from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.engine.pattern import SUBJECT_LIMIT, PatternRefused, compile_glob, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^/home/[^/]+/\.(?:bash|zsh)rc$", "/home/ann/.zshrc", "/home/a/b/.zshrc"),
        (r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$", "10.0.0.1", "10.0.0"),
        (r"(?i)sudo", "SUDO", "su"),
        (r"(?s)a.b", "a\nb", "ab"),
        (r"(?P<x>a)(?:b)?c", "ac", "bc"),
        (r"a{2}b{1,}?", "aab", "ab"),
        (r"a{,2}b", "b", "c"),
        (r"[]x]+", "]", "y"),
        (r"[^\]]\d\w\.", "a1b.", "]1b."),
        (r"\A(^a|^b)", "b", "cb"),
        (r"x{", "x{", "x"),
        (r"x{}", "x{}", "x"),
        (r"", "", None),
        (r"a|b|", "", None),
        (r"(?i:A)b", "ab", "aB"),
        (r"\d", "5", "\u0665"),
    ],
)
def test_patterns_that_are_safe_are_taken(pattern: str, yes: str, no: str | None) -> None:
    test = compile_pattern(pattern)

    assert test(yes)
    assert no is None or not test(no)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a+)+b", "must not itself repeat"),
        ("(a|b)*", "must not itself repeat or have alternatives"),
        ("(a?){40}", "must not itself repeat"),
        ("((a{0,30}){0,30}){0,30}", "can take too long"),
        ("a*b*c", "can take too long"),
        ("^.*.*.*x", "can take too long"),
        (r"(a)\1", "back-references"),
        ("(?P<x>a)(?P=x)", "look-around"),
        ("(?=a)", "look-around"),
        ("(?!a)", "look-around"),
        ("(?<=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        ("(a)?(?(1)b|c)", "conditions"),
        ("(?>a)", "atomic"),
        ("(?x) a # b", "flags other than"),
        ("a++", "possessive"),
        ("a?" * 40, "can take too long"),
        ("(", "not a regular expression"),
        ("[[a]", "not a regular expression"),
        ("a" * 9000, "longer than"),
        ("(a{1,20}){1,20}", "can take too long"),
    ],
)
def test_patterns_that_could_take_long_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(PatternRefused, match=re.escape(said)):
        compile_pattern(pattern)


@given(st.text(alphabet="ab()[]{}|*+?^$.\\,1:=!<>Pi-", max_size=14), st.text(alphabet="ab", max_size=30))
def test_whatever_is_taken_means_what_the_library_says_and_nothing_else_is_raised(pattern: str, subject: str) -> None:
    try:
        test = compile_pattern(pattern)
    except PatternRefused:
        return

    assert test(subject) == (re.search(pattern, subject, re.ASCII) is not None)


@pytest.mark.parametrize("pattern", ["a*b", "^a*a*b", "[^b]+b", "^.*a.*b", "(?:a{1,3}){1,4}$b"])
def test_what_is_taken_stays_quick_on_a_hostile_subject(pattern: str) -> None:
    assert not compile_pattern(pattern)("a" * SUBJECT_LIMIT)


def test_only_the_first_8192_characters_are_looked_at() -> None:
    assert not compile_pattern("b$")("a" * SUBJECT_LIMIT + "b")
    assert compile_pattern("b")("a" * (SUBJECT_LIMIT - 1) + "b")
    assert compile_glob("*a")("a" * SUBJECT_LIMIT + "b")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [("/etc/*.conf", "/etc/a/b.conf", "/etc/a.cfg"), ("a?[!x]", "aby", "abx"), ("[", "[", "a"), ("A", "A", "a")],
)
def test_globs_match_the_whole_and_cross_slashes(pattern: str, yes: str, no: str) -> None:
    assert compile_glob(pattern)(yes)
    assert not compile_glob(pattern)(no)


def test_a_glob_full_of_stars_stays_quick() -> None:
    assert not compile_glob("*a*a*a*a*a*a*a*b")("a" * SUBJECT_LIMIT)
