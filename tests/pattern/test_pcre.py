"""PCRE2 as Wazuh and OSSEC use it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.compiled import Pattern, PatternBeyondLimits, PatternRefused, compile_expression

_TO_PYTHON = settings(max_examples=400, deadline=None, derandomize=True)


def wazuh(text: str) -> Pattern:
    return compile_expression(Expression(text=text, syntax=Syntax.PCRE2))


def ossec(text: str) -> Pattern:
    return compile_expression(Expression(text=text, syntax=Syntax.OSSEC_PCRE2))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("abc", ["xabcx"], ["ABC", "ab"]),
        ("(?i)abc", ["ABC"], ["ab"]),
        ("(?i)caf\xe9", ["CAF\xe9"], ["CAF\xc9"]),
        ("a(?i)b|c", ["aB", "ab", "C"], ["Ab"]),
        ("(?:a(?i)b)c", ["aBc"], ["aBC"]),
        ("(?i:a)b", ["Ab"], ["AB"]),
        ("(?i)a(?-i)b", ["Ab"], ["AB"]),
        ("(?^)a", ["a"], ["A"]),
        ("a.c", ["abc"], ["a\nc"]),
        ("(?s)a.c", ["a\nc"], ["ac"]),
        ("^a", ["ab"], ["ba", "b\na"]),
        ("(?m)^a$", ["b\na\nc"], ["ba"]),
        ("a$", ["a", "a\n"], ["ab", "a\n\n"]),
        (r"a\z", ["a"], ["a\n"]),
        (r"\Aa\Z", ["a", "a\n"], ["ba"]),
        (r"\bcat\b", ["a cat."], ["cats"]),
        (r"\Bat", ["cat"], ["at"]),
        (r"\d\D\w\W\s\S", ["1a_- x"], ["1a_-x"]),
        (r"a\hb\vc", ["a\tb\nc"], ["a\nb\nc"]),
        (r"a\Nb", ["axb"], ["a\nb"]),
        (r"a\Rb", ["a\r\nb", "a\nb"], ["ab"]),
        (r"\x41\x{42}\o{103}\0\cA\e\t\r\f\a", ["ABC\0\x01\x1b\t\r\f\a"], ["ABC"]),
        (r"\Qa.b*\E+c", ["a.b**c"], ["a.bc.", "axb*c"]),
        (r"\Q\Ea", ["a"], ["b"]),
        (r"a\Eb", ["ab"], ["b"]),
        (r"\Qa.b", ["a.b"], ["axb"]),
        ("[a-c]x[^a-c]", ["bxd"], ["dxd"]),
        ("[]a]+z", ["]az"], ["z"]),
        (r"[\d\-x]z", ["-z", "1z"], ["az"]),
        ("[[:digit:][:^alpha:]-]q", ["1q", " q"], ["aq"]),
        (r"[a\]\b\101\x42-]!", ["]!", "\b!", "A!", "B!", "-!"], ["c!"]),
        (r"[\w-z]!", ["-!", "a!"], ["+!"]),
        (r"[+-\d]!", ["-!", "+!", "7!"], [".!"]),
        (r"[\E\Qa]!", ["a!"], ["Q!"]),
        ("(?i)[a-c]z", ["BZ"], ["dz"]),
        ("a{2}b{1,2}c{2,}", ["aabbcc"], ["abcc", "aabc"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("a{x", ["a{x"], ["a"]),
        ("^a?+a$", ["aa"], ["a"]),
        ("^a*+b", ["aab"], ["aac"]),
        ("^(?>a|ab)c", ["ac"], ["abc"]),
        ("^(?=.*x)(?!.*y)", ["ax"], ["axy", "a"]),
        ("(?<=a)b(?<!c)", ["ab"], ["cb"]),
        ("(?x) a b # words\n c", ["abc"], ["a b c"]),
        ("(?x)a {2}", ["aa"], ["a"]),
        ("(?#words)a(?#more)b", ["ab"], ["b"]),
        ("(?<name>a)(?P<other>b)(?'third'c)", ["abc"], ["ab"]),
        ("(?n)(a)b", ["ab"], ["a"]),
        ("^*a", ["a", "ba"], ["b"]),
        ("^+a", ["a"], ["ba"]),
        ("", ["", "a"], []),
        ("a|", ["", "b"], []),
        ("(a|b){0}c", ["c"], ["a"]),
        ("(?:a{20}){2}", ["a" * 40], ["a" * 39]),
        ("(?:a{50}){30}", ["a" * 1500], ["a" * 1499]),
        ("(*UTF)x\\N{U+202E}", ["x\xe2\x80\xae"], ["x\u00ae"]),
        ("(?:a|b(?:c|d))e", ["ae", "bde"], ["be"]),
    ],
)
def test_what_it_finds(pattern: str, yes: list[str], no: list[str]) -> None:
    compiled = wazuh(pattern)

    assert [text for text in yes if not compiled.test(text)] == []
    assert [text for text in no if compiled.test(text)] == []
    assert [text for text in yes if compiled.find(text, 0) is None] == []
    assert [text for text in no if compiled.find(text, 0) is not None] == []
    if compiled.test_lower is not None:
        assert [text for text in yes if not compiled.test_lower(text.lower())] == []
        assert [text for text in no if compiled.test_lower(text.lower())] == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "not closed"),
        ("a)", "no `(`"),
        ("[a", "`[` is not closed"),
        ("*a", "nothing to repeat"),
        ("a|+", "nothing to repeat"),
        ("{2}", "nothing to repeat"),
        ("a{3,2}", "out of order"),
        ("a{70000}", "beyond 65535"),
        ("[c-a]", "out of order"),
        ("[[:what:]]", "not a known class"),
        (r"(a)\1", "back-references"),
        (r"\k<a>", "back-references"),
        (r"\y", "not supported"),
        ("a\\", "ends with a `\\`"),
        (r"\x{100}", "more than a byte"),
        (r"\N{U+202E}", "(*UTF)"),
        (r"(*UTF)\N{U+110000}", "code point"),
        ("(?#a", "comment"),
        ("(?R)", "not supported"),
        ("(*ACCEPT)a", "not supported"),
        ("(" * 70 + ")" * 70, "too deep"),
        ("(?<=a+)b", "cannot be compiled"),
        ("((?:.*a){2}.*)*(?=b)c", "backtracking"),
        ("(?:(?:a{200}){200}){200}", "too many"),
        ("\u0142", "single bytes"),
        ("a" * 40000, "longer than"),
    ],
)
def test_what_it_refuses_says_why(pattern: str, why: str) -> None:
    with pytest.raises(PatternRefused, match=re.escape(why)):
        wazuh(pattern)


@pytest.mark.parametrize(
    ("pattern", "subject", "end"),
    [
        ("foo|bar", "bar foo", 3),
        ("b|^a", "a b", 1),
        ("^a?", "a", 1),
        ("^(?:a|ab)", "ab", 1),
        ("^(?:ab|a)", "ab", 2),
        ("^ab|^a|^c", "abc", 2),
        ("^a|^b", "B", 1),
    ],
)
def test_of_several_texts_the_leftmost_says_where_it_ends_and_there_the_first(
    pattern: str, subject: str, end: int
) -> None:
    assert ossec(pattern).find(subject, 0) == (end, ())
    assert ossec(pattern).end(f"xx{subject}", 2) == end + 2
    assert ossec(pattern).end("-", 0) == (0 if pattern == "^a?" else None)


def test_groups_without_a_part_are_empty_in_the_middle_and_absent_at_the_end_in_wazuh() -> None:
    pattern = wazuh("(a)(b)?(c)(d)?")

    assert pattern.groups == 4
    assert pattern.find("xac", 0) == (3, ("a", "", "c"))
    assert pattern.capture("xac", 0) == ("a", "", "c")
    assert wazuh("(a)?x").find("x", 0) == (1, ())


def test_groups_without_a_part_are_left_out_in_ossec() -> None:
    pattern = ossec("(a)(b)?(c)(d)?")

    assert pattern.find("XAC", 0) == (3, ("A", "C"))


def test_a_pattern_without_groups_captures_nothing() -> None:
    assert wazuh("a+").find("xaay", 0) == (3, ())


def test_what_lies_before_the_start_is_not_seen() -> None:
    pattern = wazuh(r"^(\w+)")

    assert pattern.find("ab cd", 3) == (5, ("cd",))
    assert pattern.find("ab cd", 2) is None
    assert pattern.capture("ab cd", 3) == ("cd",)
    assert pattern.capture("ab cd", 2) is None
    assert wazuh(r"\bcd").find("abcd", 2) == (4, ())


def test_swapped_greed_is_swapped_back() -> None:
    assert wazuh("(?U)<(.+)>").find("<a><b>", 0) == (3, ("a",))
    assert wazuh("(?U)<(.+?)>").find("<a><b>", 0) == (6, ("a><b",))
    assert wazuh("(?mUs)^a(.*)\n").find("x\nab\nc\n", 0) == (5, ("b",))


def test_ossec_has_no_case_and_wazuh_has() -> None:
    assert ossec("failed (?:password|key)").test("Failed PASSWORD")
    assert not wazuh("failed (?:password|key)").test("Failed PASSWORD")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^abc$", "ABC", "abc\n"),
        ("^abc", "ABCd", "xabc"),
        ("abc$", "xABC", "abc\n"),
        ("abc", "xABCx", "ab"),
        ("^a|b$", "b\n", "b\n\n"),
        (r"^a\z", "A", "a\n"),
    ],
)
def test_a_mere_text_is_compared_as_a_text_in_ossec(pattern: str, yes: str, no: str) -> None:
    assert ossec(pattern).test(yes)
    assert not ossec(pattern).test(no)


_PIECES = st.sampled_from(
    [
        "a",
        "b",
        "1",
        " ",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\S",
        "[ab]",
        "[^a]",
        "a+",
        "b*",
        "\\d+?",
        ".*",
        ".*?",
        "(?:ab)+",
        "(a|b)",
        "(\\d+)",
        "(?:a|ab)",
        "a?",
        "b{1,2}",
        "\\b",
        "(a)?",
        "(?:a|)",
        "\n",
    ]
)


@given(st.lists(_PIECES, min_size=1, max_size=6), st.booleans(), st.text("abAB1 \n", max_size=12))
@seed(1)
@_TO_PYTHON
def test_it_agrees_with_a_common_expression(pieces: list[str], begins: bool, subject: str) -> None:
    text = "^" * begins + "".join(pieces)
    compiled = wazuh(text)
    expected = re.compile(text, re.ASCII).search(subject)

    found = compiled.find(subject, 0)

    assert compiled.test(subject) is (expected is not None)
    assert (found and found[0]) == (expected and expected.end())
    if compiled.atoms is not None and expected is not None:
        assert any(atom in subject.lower() for atom in compiled.atoms)
    if compiled.literal and compiled.atoms is not None:
        assert compiled.test(subject) is any(atom in subject.lower() for atom in compiled.atoms)


def test_native_patterns_are_read_alike_and_keep_their_case() -> None:
    native = compile_expression(Expression(text=r"(\d+) a"))

    assert native.find("x 12 a", 0) == (6, ("12",))
    assert not native.test("12 A")


@pytest.mark.parametrize(
    ("pattern", "beyond"),
    [
        ("(a", False),
        ("a)", False),
        ("[a", False),
        ("*a", False),
        ("a{9,3}", False),
        ("[b-a]", False),
        (r"(a)\1", True),
        ("a" * 40_000, True),
        ("\u20ac", True),
        ("(" * 400 + ")" * 400, True),
        ("((a{1,500}){1,500}){1,500}", True),
        (r"\X", True),
    ],
)
def test_what_is_wrong_is_told_apart_from_what_is_beyond_our_limits(pattern: str, beyond: bool) -> None:
    with pytest.raises(PatternRefused) as caught:
        wazuh(pattern)

    assert isinstance(caught.value, PatternBeyondLimits) is beyond
