"""Reads OSSEC's patterns; what its two older languages say is said in PCRE2."""

from __future__ import annotations

import re

from ospatrol.pattern.osregex import SETS
from ospatrol.pattern.pcre import read_pcre
from ospatrol.pattern.tree import (
    Choice,
    Group,
    Mode,
    Node,
    PatternBeyondLimits,
    PatternRefused,
    Place,
    Repeat,
    Where,
    chars,
    choice,
    literal,
    sequence,
)

_TIED = re.compile(r"(\^?)([A-Za-z0-9 !\"#%&',/:;<=>@_`~-]*)(\$?)")
_TEXT = re.compile(r"(\^?)([^$^|]*)(\$?)")
_SIMPLE = frozenset("()\\$|<[]{}")
_GREEDY_TAIL = re.compile(r"\)*(?:[|$]|\Z)")


def read_ossec_match(text: str) -> Node:
    """`os_match`: `^`, `$` and `|` are those of a regular expression, all else is text."""
    if found := _TEXT.fullmatch(text):
        return _tied(found)
    return choice([sequence([_plain(char) for char in part]) for part in text.split("|")])


def _plain(char: str) -> Node:
    match char:
        case "^":
            return Place(Where.START)
        case "$":
            return Place(Where.LAST_LINE_END)
        case _:
            return literal(char, caseless=True)


def _tied(found: re.Match[str]) -> Node:
    """A text with an optional `^` and `$`, which then is the very end."""
    parts: list[Node] = [Place(Where.START)] if found[1] else []
    parts.extend(literal(char, caseless=True) for char in found[2])
    if found[3]:
        parts.append(Place(Where.END))
    return sequence(parts)


def read_ossec_pcre(text: str) -> Node:
    """`pcre2`: no case; a mere text with `^` or `$` is compared as a text.

    Raises:
        PatternRefused: if it is not valid, or has what cannot be matched in bounded time.
    """
    if found := _TIED.fullmatch(text):
        return _tied(found)
    return read_pcre(text, caseless=True)


def read_ossec_regex(text: str) -> Node:
    """`os_regex`, by the rules with which it becomes PCRE2.

    Raises:
        PatternRefused: if it is not valid.
    """
    if found := _TIED.fullmatch(text):
        return _tied(found)
    reader = _Reader(text)
    node = reader.branches()
    if reader.at < len(text):
        raise PatternRefused("a `)` has no `(`")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._depth = 0

    def branches(self) -> Node:
        branches = [self._sequence()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while (char := self.text[self.at : self.at + 1]) not in {"", "|", ")"}:
            if char in "+*" and parts and self.text[max(self.at - 2, 0) : self.at].startswith("\\"):
                parts.append(self._many(parts.pop(), char))
            else:
                parts.append(self._part(char))
        return sequence(parts)

    def _many(self, part: Node, sign: str) -> Node:
        self.at += 1
        greedy = _GREEDY_TAIL.match(self.text, self.at)
        return Repeat(part, int(sign == "+"), None, Mode.GREEDY if greedy else Mode.LAZY)

    def _part(self, char: str) -> Node:
        self.at += 1
        match char:
            case "\\":
                return self._escaped()
            case "(":
                return self._group()
            case "^":
                return Place(Where.START)
            case "$":
                return Place(Where.END)
            case _:
                return literal(char, caseless=True)

    def _escaped(self) -> Node:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char in SETS:
            return chars(SETS[char])
        if char in _SIMPLE:
            return literal(char, caseless=True)
        raise PatternRefused(f"`\\{char}` is not known" if char else "it ends with a `\\`")

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > 60:
            raise PatternBeyondLimits("its groups are nested too deep")
        inside = self.branches()
        if self.text[self.at : self.at + 1] != ")":
            raise PatternRefused("a `(` is not closed")
        self.at += 1
        self._depth -= 1
        return Group(inside)
