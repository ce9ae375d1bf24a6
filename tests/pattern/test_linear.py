"""The door to RE2, whichever distribution stands behind it, and that nothing runs long."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern import linear
from ospatrol.pattern.compiled import Pattern, PatternRefused, compile_expression
from ospatrol.pattern.linear import compile_linear
from ospatrol.pattern.pcre import read_pcre
from ospatrol.pattern.shape import backtracking_limit, needs_backtracking


class _LikePyre2(SimpleNamespace):
    """What is used of pyre2, over `re`."""

    error = re.error
    FALLBACK_EXCEPTION = 2

    def set_fallback_notification(self, kind: int) -> None:
        assert kind == self.FALLBACK_EXCEPTION

    def compile(self, text: bytes) -> re.Pattern[bytes]:
        return re.compile(text)


@pytest.fixture(params=["installed", "public", "pyre2"])
def _library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pyre2":
        monkeypatch.setattr(linear, "re2", _LikePyre2())
    if request.param == "public" and hasattr(linear.re2, "Options"):
        real = linear.re2.compile

        def public(text: bytes, options: Any) -> object:
            compiled = real(text, options)
            return SimpleNamespace(groups=compiled.groups, search=compiled.search)

        monkeypatch.setattr(linear.re2, "compile", public)


@pytest.mark.usefixtures("_library")
def test_where_it_is_and_where_its_groups_are() -> None:
    search = compile_linear(r"a(b)?(\xe9.)")

    assert search("xxa\xe9\n") == [(2, 5), (-1, -1), (3, 5)]
    assert search("ab\xe9") is None
    assert search("a\u20ac.") is None


@pytest.mark.usefixtures("_library")
def test_what_it_cannot_read_is_refused() -> None:
    with pytest.raises(PatternRefused, match="RE2"):
        compile_linear("(a")


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("abc", 10**5, 10**9),
        (r"^\d+ \w", 10**5, 10**9),
        (r"^(\S+) (\S+)", 10**5, 10**9),
        (r"^.*a", 10**5, 10**9),
        (r"\d+ a", 500, 1000),
        (r"a.*b", 500, 1000),
        (r"^.*a.*b", 500, 1000),
        (r"^(?:\d{1,3}\.){3}", 10**4, 10**9),
        (r"^(?:ab|cd)*e", 10**5, 10**9),
        (r".*a.*b", 50, 100),
        (r"(?:a+)+b", 0, 10),
        (r"(?:a|a)*b", 0, 10),
        (r"(?:a?)*b", 0, 10),
        (r"(?:a?){40}a{40}", 0, 10),
        (r"(?:\d+\.?){3}x", 0, 50),
        (r"^(?:a|\b)+c", 0, 10),
    ],
)
def test_how_long_a_subject_may_be_for_backtracking(pattern: str, least: int, most: int) -> None:
    assert least <= backtracking_limit(read_pcre(pattern, caseless=False)) <= most


def test_what_only_backtracking_knows() -> None:
    for pattern in ("(?=a)b", "(?<!a)b", "(?>a)", "a++", "(?:a{40}){40}", "((?=a)|b)", "(?:(?=a)b)+"):
        assert needs_backtracking(read_pcre(pattern, caseless=False))
    assert not needs_backtracking(read_pcre("(a|b){10,}.*?$", caseless=False))


def test_what_only_backtracking_knows_sees_no_more_of_a_subject_than_it_gets_through() -> None:
    pattern = compile_expression(Expression(text="(?=b).*c", syntax=Syntax.PCRE2))

    assert pattern.test("abc")
    assert pattern.find("abc", 0) == (3, ())
    assert not pattern.test("a" * 100_000 + "bc")


_NASTY = (
    "a" * 200_000,
    "a" * 100_000 + "!",
    " " * 100_000,
    "1" * 100_000 + "x",
    "a " * 60_000,
    "1.1." * 30_000,
    '<a="' * 30_000,
    ("ab: " * 30_000) + "\n",
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?i)(?:a+)+q",
        r"(?:a|a)*q",
        r"\s*\S+\s*:\s*\S+\s*x",
        r"(.*)(.*)(.*)(.*)(.*)q",
        r"(?:\d+\.)+x",
        r"[^\n]+stop",
        r"^(?!^$).*q",
        r"(?i)a.*a.*a.*q",
    ],
)
def test_no_common_expression_takes_long(pattern: str) -> None:
    compiled = compile_expression(Expression(text=pattern, syntax=Syntax.PCRE2))

    assert [subject for subject in _NASTY if compiled.test(subject)] == []
    assert [subject for subject in _NASTY if compiled.find(subject, 0)] == []


@pytest.mark.parametrize(
    "pattern",
    [r"a\D+5x", r"\S+ \S+ \S+x", r"\w*\w*\w*\w*z", r"(\S*)a(\S*)a(\S*)a(\S*)z", r"\.+a\.+a\.+a\.+z", r"(\w+)\s+:\s+q"],
)
def test_no_expression_of_wazuh_takes_long(pattern: str) -> None:
    compiled: Pattern = compile_expression(Expression(text=pattern, syntax=Syntax.OSREGEX))

    for subject in (*_NASTY, "a" * 100_000 + "5y"):
        compiled.test(subject)
        compiled.find(subject, 0)


def test_long_and_short_subjects_give_one_answer() -> None:
    compiled = compile_expression(Expression(text=r"(?i)id=(\d+) (\w+)?;$", syntax=Syntax.PCRE2))
    far = "x" * 10_000

    assert compiled.find("ID=12 ;", 0) == (7, ("12",))
    assert compiled.find(far + "ID=12 ab;", 0) == (10_009, ("12", "ab"))
    assert compiled.test(far + "ID=12 ;")
    assert not compiled.test(far + "ID= ;")
    assert compiled.find(far, 0) is None
