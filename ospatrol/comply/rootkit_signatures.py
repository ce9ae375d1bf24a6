"""Signatures of rootkits, ready to be compared with what a host has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from ospatrol.dialect.rootkit import RootkitFile, Trojan
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.compiled import Pattern, PatternRefused, compile_expression

_TOKEN = re.compile(r"\[\^?\]?(?:\[[:.=][^\[\]]{0,20}[:.=]\]|[^\]])*\]|\\.|.", re.DOTALL)
_CLASS = re.compile(r"\[[:.=][^\[\]]{0,20}[:.=]\]|.", re.DOTALL)


class Signatures(msgspec.Struct, frozen=True, kw_only=True):
    """All that a task compares with.

    Attributes:
        files: What rootkits leave.
        trojans: What trojaned programs hold; each one's pattern was tried before.
    """

    files: tuple[RootkitFile, ...] = ()
    trojans: tuple[Trojan, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Absolute paths to look for."""
        return tuple(dict.fromkeys(each.path for each in self.files if not each.anywhere))

    @property
    def names(self) -> tuple[str, ...]:
        """Base names to look for everywhere."""
        return tuple(dict.fromkeys(each.path for each in self.files if each.anywhere))

    @property
    def programs(self) -> tuple[str, ...]:
        """Paths of files whose strings are looked at."""
        return tuple(dict.fromkeys(path for each in self.trojans for path in each.paths))


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that cannot be used.

    Attributes:
        trojan: The signature.
        because: Why not.
    """

    trojan: Trojan
    because: str


def sort_out(trojans: Iterable[Trojan]) -> tuple[tuple[Trojan, ...], tuple[Refused, ...]]:
    """Those whose pattern can be run in bounded time, and those whose cannot."""
    good, bad = [], []
    for each in trojans:
        try:
            pattern_of(each.regex)
        except PatternRefused as error:
            bad.append(Refused(trojan=each, because=str(error)))
        else:
            good.append(each)
    return tuple(good), tuple(bad)


def first_match(trojan: Trojan, strings: Sequence[str]) -> str | None:
    """The first of a program's strings that a signature means."""
    pattern = pattern_of(trojan.regex)
    return next((each for each in strings if pattern.test(each)), None)


@lru_cache(maxsize=4096)
def pattern_of(regex: str) -> Pattern:
    """A POSIX extended regular expression.

    Raises:
        PatternRefused: it is not valid, or could take too long.
    """
    return compile_expression(Expression(text=_as_pcre(regex), syntax=Syntax.PCRE2))


def _as_pcre(regex: str) -> str:
    r"""The same in PCRE2: a backslash in brackets is itself (POSIX XBD 9.3.5), and `\w` outside of them is `w`."""
    return "".join(_token(match[0]) for match in _TOKEN.finditer(regex))


def _token(token: str) -> str:
    if token.startswith("[") and len(token) > 1:
        head = re.match(r"\[\^?\]?", token)
        begin = head.end() if head else 1
        inner = (part[0] for part in _CLASS.finditer(token, begin, len(token) - 1))
        opening = token[:begin].replace("]", r"\]")
        return f"{opening}{''.join(part if len(part) > 1 else _inside(part) for part in inner)}]"
    if len(token) == 2 and token[1].isalnum():
        return token[1]
    return token


def _inside(char: str) -> str:
    return f"\\{char}" if char in "\\[" else char
