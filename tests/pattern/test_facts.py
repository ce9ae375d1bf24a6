"""What is known of a pattern before it runs, and patterns that are but texts."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.compiled import Pattern, PatternRefused, compile_expression
from ospatrol.pattern.facts import PatternFacts, pattern_facts


def compiled(text: str, syntax: Syntax) -> Pattern:
    return compile_expression(Expression(text=text, syntax=syntax))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("abc", ["xABCx"], ["ab"]),
        ("^abc", ["ABCd"], ["xabc"]),
        ("abc$", ["xABC"], ["abcd"]),
        ("^abc$", ["ABC"], ["abcd"]),
        ("^abc$|^d$", ["ABC", "d"], ["abcd"]),
        ("a|b", ["xB"], ["c"]),
        ("a1|b1|c1", ["xC1"], ["c"]),
        ("^a|b$|cd|^ef$", ["a.", ".B", ".cd.", "EF"], ["b.", ".ef"]),
        ("a\\.b", ["a\\.B"], ["a.b"]),
        ("a^b$c", ["a^b$c"], ["abc"]),
        ("", ["", "a"], []),
        ("a|", ["", "b"], []),
        ("^", ["", "b"], []),
        ("$", ["", "b"], []),
        ("^$", [""], ["b"]),
        ("!ab|cd", ["", "x"], ["xab", "CD"]),
        ("!^ab", ["xab"], ["abx"]),
        ("!!ab", ["x"], ["!ab"]),
        ("a!b", ["a!b"], ["ab"]),
        ("\xc9t\xe9", ["\xc9T\xe9"], ["\xe9t\xe9", "\xc9t\xc9"]),
    ],
)
def test_what_osmatch_finds(pattern: str, yes: list[str], no: list[str]) -> None:
    match = compiled(pattern, Syntax.OSMATCH)

    assert [text for text in yes if not match.test(text)] == []
    assert [text for text in no if match.test(text)] == []
    assert [text for text in yes if match.find(text, 0) is None] == []
    assert [text for text in no if match.find(text, 0) is not None] == []
    assert [text for text in yes if match.capture(text, 0) is None] == []
    if match.test_lower is not None:
        assert [text for text in yes if not match.test_lower(text.lower())] == []
        assert [text for text in no if match.test_lower(text.lower())] == []


def test_letters_beyond_ascii_have_one_case_only() -> None:
    match = compiled("\xc9", Syntax.OSMATCH)

    assert match.test_lower is None
    assert match.atoms is None
    assert not match.literal


@pytest.mark.parametrize(
    ("pattern", "end"),
    [("bc", 3), ("^ab", 2), ("cd$", 4), ("^abcd$", 4), ("x|bc", 3), ("^b|^abc", 3), ("c$|^b$|d", 4), ("!x", 0)],
)
def test_where_an_osmatch_ends(pattern: str, end: int) -> None:
    assert compiled(pattern, Syntax.OSMATCH).find("ABCD", 0) == (end, ())


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", ["", "a"], []),
        ("abc", ["xABCx"], ["ab"]),
        ("^abc", ["ABCx"], ["xabc"]),
        ("abc$", ["xABC"], ["abc\n", "abcx"]),
        ("^abc$", ["ABC"], ["abc\n"]),
        ("^a|b$", ["ax", "xb", "xb\n"], ["xa", "bx"]),
        ("!a", ["!a"], ["b"]),
        ("a.b+c(d)[e]{f}?*\\", ["A.B+C(D)[E]{F}?*\\"], ["axb"]),
        ("a^b|c$d|x", ["x"], ["a^b", "c$d"]),
    ],
)
def test_what_ossec_match_finds(pattern: str, yes: list[str], no: list[str]) -> None:
    match = compiled(pattern, Syntax.OSSEC_MATCH)

    assert [text for text in yes if not match.test(text)] == []
    assert [text for text in no if match.test(text)] == []


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("^abc$", "ABC", (3, ())),
        (r"^(\S+)\s(\d+)$", "ab 12", (5, ("ab", "12"))),
        (r"(\d+)", "x 123 y", (5, ("123",))),
        (r"(\d+)x*", "x 123x* y", (7, ("123",))),
        (r"<(\.+)>", "<a\nb><c>", (5, ("a\nb",))),
        (r"<(\S*)", "<ab c", (3, ("ab",))),
        (r"\d+ ", "12 ", (3, ())),
        (r"a(b(c))|(d)", "xD", (2, ("D",))),
        (r"a\(\)\[\]\{\}\$\|\<\\", "a()[]{}$|<\\", (11, ())),
        (r"\\a+", "\\aaa", (4, ())),
        (r"a.b?", "a.b?", (4, ())),
        (r"a.b?", "axb", None),
        (r"\d$", "1\n", None),
        (r"x|^a\w", "ba x", (4, ())),
        (r"\s\S", "\t ", None),
        ("()", "a", (0, ("",))),
    ],
)
def test_what_ossec_regex_finds(pattern: str, subject: str, expected: tuple[int, tuple[str, ...]] | None) -> None:
    regex = compiled(pattern, Syntax.OSSEC_REGEX)

    assert regex.find(subject, 0) == expected
    assert regex.test(subject) is (expected is not None)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [("(\\d", "not closed"), ("\\d)", "no `"), ("\\q", "not known"), ("\\", "ends with"), ("(" * 70, "too deep")],
)
def test_what_ossec_regex_refuses_says_why(pattern: str, why: str) -> None:
    with pytest.raises(PatternRefused, match=why):
        compiled(pattern, Syntax.OSSEC_REGEX)


@pytest.mark.parametrize(
    ("pattern", "syntax", "atoms", "literal"),
    [
        ("Abc|dE", Syntax.OSMATCH, {"abc", "de"}, True),
        ("abc|xabcx", Syntax.OSMATCH, {"abc"}, True),
        ("abc|d", Syntax.OSMATCH, None, False),
        ("^abc", Syntax.OSMATCH, {"abc"}, False),
        ("!abc", Syntax.OSMATCH, None, False),
        ("", Syntax.OSMATCH, None, False),
        ("Abc|de", Syntax.OSREGEX, {"abc", "de"}, True),
        (r"abc \d+ defg", Syntax.OSREGEX, {" defg"}, False),
        (r"^(Abc) \S+", Syntax.OSREGEX, {"abc "}, False),
        (r"\d+", Syntax.OSREGEX, None, False),
        (r"ab(c)(d)ef", Syntax.OSREGEX, {"abc"}, False),
        ("(?i)(?:ab|cd)e", Syntax.PCRE2, {"abe", "cde"}, True),
        ("abc", Syntax.PCRE2, {"abc"}, False),
        ("123", Syntax.PCRE2, {"123"}, True),
        ("(?i)abc$", Syntax.PCRE2, {"abc"}, False),
        ("(?:abc|def)+x.*", Syntax.PCRE2, {"abc", "def"}, False),
        ("(?:abc){2}", Syntax.PCRE2, {"abcabc"}, False),
        ("(?:abc|d*)x", Syntax.PCRE2, None, False),
        ("https?:", Syntax.PCRE2, {"http:", "https:"}, False),
        ("[0-9]{3}abc[xy]", Syntax.PCRE2, {"abcx", "abcy"}, False),
        ("(?=abc)def", Syntax.PCRE2, {"def"}, False),
        ("(?:\xe9|abc)d", Syntax.PCRE2, None, False),
        ("(?i)a?+ab", Syntax.PCRE2, {"ab"}, False),
        ("(?:abc){0}de", Syntax.PCRE2, {"de"}, False),
        ("(?:abc|(?:x|\\d)def)", Syntax.PCRE2, {"abc", "def"}, False),
        ("(?i)(?>abc)", Syntax.PCRE2, {"abc"}, False),
        ("abc", Syntax.OSSEC_PCRE2, {"abc"}, True),
        ("abc[de]", Syntax.OSSEC_PCRE2, {"abcd", "abce"}, True),
        ("abc|^de", Syntax.OSSEC_MATCH, {"abc", "de"}, False),
    ],
)
def test_atoms(pattern: str, syntax: Syntax, atoms: set[str] | None, literal: bool) -> None:
    facts = pattern_facts(Expression(text=pattern, syntax=syntax))

    assert facts.atoms == atoms
    assert facts.literal is literal


def test_prefixes_and_whole_texts() -> None:
    assert pattern_facts(Expression(text="^Abc|^de", syntax=Syntax.OSMATCH)).prefixes == {"abc", "de"}
    assert pattern_facts(Expression(text="^5$|^6$", syntax=Syntax.OSREGEX)).equals == {"5", "6"}
    assert pattern_facts(Expression(text="^Abc", syntax=Syntax.OSSEC_PCRE2)).prefixes == {"abc"}
    assert pattern_facts(Expression(text="^5|^6$", syntax=Syntax.OSMATCH)).equals is None
    assert pattern_facts(Expression(text="!^5$", syntax=Syntax.OSMATCH)).equals is None
    assert pattern_facts(Expression(text="^abc$", syntax=Syntax.PCRE2)).equals is None


@pytest.mark.parametrize("syntax", list(Syntax))
def test_a_pattern_is_made_again_from_what_is_known_of_it(syntax: Syntax) -> None:
    expression = Expression(text="^(ab) cd" if "match" not in syntax else "^ab cd", syntax=syntax)
    facts = msgspec.msgpack.decode(msgspec.msgpack.encode(pattern_facts(expression)), type=PatternFacts)

    pattern = pickle.loads(pickle.dumps(Pattern(expression, facts)))

    assert facts == pattern_facts(expression)
    assert pattern.facts == facts
    assert pattern.test("ab cd")
    assert not pattern.test("ab ce")
    assert pattern.test("ab cd")
    assert pattern.capture("ab cd", 0) == (("ab",) if facts.groups else ())
    assert pattern.capture("ab c", 0) is None


def test_the_first_call_may_be_any() -> None:
    expression = Expression(text=r"a(\d)", syntax=Syntax.OSREGEX)

    lower = compile_expression(expression).test_lower

    assert lower is not None
    assert lower("a1")
    assert lower("xa1")
    assert compile_expression(expression).find("a1", 0) == (2, ("1",))
    assert compile_expression(expression).capture("a", 0) is None


def test_negation_is_for_the_caller() -> None:
    assert compile_expression(Expression(text="a", syntax=Syntax.OSMATCH, negate=True)).test("a")


@given(st.lists(st.text("aAb$^!|\\", max_size=4), max_size=4), st.text("aAb$^!\\", max_size=6))
@seed(3)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_osmatch_is_what_its_description_says(parts: list[str], subject: str) -> None:
    text = "|".join(parts)
    match = compiled(text, Syntax.OSMATCH)

    def one(part: str) -> bool:
        begins = part.startswith("^")
        ends = part[begins:].endswith("$")
        bare = part[begins : len(part) - ends].lower()
        lower = subject.lower()
        if begins and ends:
            return lower == bare
        return lower.startswith(bare) if begins else lower.endswith(bare) if ends else bare in lower

    expected = any(one(part) for part in text.removeprefix("!").split("|")) is not text.startswith("!")

    assert match.test(subject) is expected
    assert (match.find(subject, 0) is not None) is expected
    if match.atoms is not None and expected:
        assert any(atom in subject.lower() for atom in match.atoms)
    if match.literal and match.atoms is not None:
        assert any(atom in subject.lower() for atom in match.atoms) is expected
