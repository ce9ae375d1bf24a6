"""Reads PCRE2 patterns, as OSSEC and Wazuh write them: bytes, no multi-line mode unless asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.pattern.pcre_class import CLASSES, code_of_escape, read_class
from ospatrol.pattern.tree import (
    ALL,
    ANY_BUT_NEWLINE,
    EMPTY,
    Atomic,
    Behind,
    Group,
    Look,
    Mode,
    Node,
    PatternBeyondLimits,
    PatternRefused,
    Place,
    Repeat,
    Where,
    chars,
    choice,
    either_case,
    literal,
    sequence,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_QUANTIFIER = re.compile(r"([*+?]|\{(\d{1,5})(,?)(\d{0,5})\})([?+]?)")
_FLAGS = re.compile(r"\(\?(\^?[imsxUJn]*)(?:-([imsxUJn]*))?([:)])")
_NAME = re.compile(r"\(\?(?:P?<|')([A-Za-z_]\w{0,31})[>']")
_VERB = re.compile(r"\(\*(UTF8?|UCP|LIMIT_\w+=\d+|CRLF|LF|CR|ANY|ANYCRLF|NO_\w+)\)")
_BLANK = re.compile(r"(?:\s|#[^\n]*)+")
_PLAIN = re.compile(r"[^\\\[\](){}.*+?|^$#\s]+")
_DEEPEST = 60
_PLACES = {
    "A": Where.START,
    "z": Where.END,
    "Z": Where.LAST_LINE_END,
    "b": Where.WORD_EDGE,
    "B": Where.NO_WORD_EDGE,
}
_LOOKS: dict[str, Callable[[Node], Node]] = {
    "(?=": lambda part: Look(part, negate=False),
    "(?!": lambda part: Look(part, negate=True),
    "(?<=": lambda part: Behind(part, negate=False),
    "(?<!": lambda part: Behind(part, negate=True),
    "(?>": Atomic,
}


class _Flags(msgspec.Struct, frozen=True, gc=False):
    caseless: bool = False
    multiline: bool = False
    dotall: bool = False
    blanks: bool = False
    swap: bool = False
    no_groups: bool = False


_NAMES = {"i": "caseless", "m": "multiline", "s": "dotall", "x": "blanks", "U": "swap", "n": "no_groups"}


def read_pcre(text: str, *, caseless: bool) -> Node:
    """A PCRE2 pattern as a tree.

    Raises:
        PatternRefused: if it is not valid, or has what cannot be matched in bounded time.
    """
    reader = _Reader(text, _Flags(caseless=caseless))
    node = reader.branches(0)
    if reader.at < len(text):
        raise PatternRefused("a `)` has no `(`")
    return node


class _Reader:
    def __init__(self, text: str, flags: _Flags) -> None:
        self.text = text
        self.at = 0
        self.flags = flags
        self.utf = False
        while found := _VERB.match(text, self.at):
            self.utf = self.utf or found[1].startswith("UTF")
            self.at = found.end()

    def branches(self, depth: int) -> Node:
        """All up to the closing bracket or the end; flags set inside end there."""
        if depth > _DEEPEST:
            raise PatternBeyondLimits("its brackets are nested too deep")
        outside = self.flags
        found = [self._sequence(depth)]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self._sequence(depth))
        self.flags = outside
        return choice(found)

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while True:
            if self.flags.blanks and (blank := _BLANK.match(self.text, self.at)):
                self.at = blank.end()
            elif plain := _PLAIN.match(self.text, self.at):
                self._plain(plain, parts)
            else:
                char = self.text[self.at : self.at + 1]
                if char in {"", "|", ")"}:
                    return sequence(parts)
                part = self._part(char, depth)
                if part is not None:
                    parts.append(self._quantified(part))

    def _plain(self, found: re.Match[str], parts: list[Node]) -> None:
        caseless = self.flags.caseless
        parts.extend(literal(char, caseless=caseless) for char in found[0])
        self.at = found.end()
        parts.append(self._quantified(parts.pop()))

    def _part(self, char: str, depth: int) -> Node | None:  # noqa: PLR0911 - one kind of part after the other
        if char == "(":
            return self._bracket(depth)
        if char == "[":
            mask, self.at = read_class(self.text, self.at, caseless=self.flags.caseless)
            return chars(mask)
        if char == "\\":
            return self._escape()
        if char in "*+?" or _QUANTIFIER.match(self.text, self.at):
            raise PatternRefused(f"there is nothing to repeat in front of `{char}`")
        self.at += 1
        match char:
            case ".":
                return chars(ALL if self.flags.dotall else ANY_BUT_NEWLINE)
            case "^":
                return Place(Where.LINE_START if self.flags.multiline else Where.START)
            case "$":
                return Place(Where.LINE_END if self.flags.multiline else Where.LAST_LINE_END)
            case _:
                return literal(char, caseless=self.flags.caseless)

    def _escape(self) -> Node | None:  # noqa: PLR0911 - one kind of escape after the other
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _PLACES:
            self.at += 2
            return Place(_PLACES[letter])
        if letter in CLASSES:
            self.at += 2
            return chars(CLASSES[letter])
        if self.text.startswith(r"\N{U+", self.at):
            return self._code_point()
        if letter == "N":
            self.at += 2
            return chars(ANY_BUT_NEWLINE)
        if letter in {"Q", "E"}:
            return self._quoted(letter)
        if letter == "R":
            self.at += 2
            newline = sequence([chars(1 << 13), chars(1 << 10)])
            return Atomic(choice([newline, chars(CLASSES["v"])]))
        code, self.at = code_of_escape(self.text, self.at)
        return chars(either_case(1 << code) if self.flags.caseless else 1 << code)

    def _code_point(self) -> Node:
        r"""`\N{U+XXXX}`, as the bytes of its UTF-8 form."""
        found = re.compile(r"\\N\{U\+([0-9A-Fa-f]{1,6})\}").match(self.text, self.at)
        if found is None or not self.utf or int(found[1], 16) > 0x10FFFF:
            raise PatternRefused(r"`\N{U+…}` needs a code point, and `(*UTF)` in front of the pattern")
        self.at = found.end()
        coded = chr(int(found[1], 16)).encode("utf-8", "surrogatepass")
        return sequence([chars(1 << byte) for byte in coded])

    def _quoted(self, letter: str) -> Node | None:
        self.at += 2
        if letter == "E":
            return None
        end = self.text.find(r"\E", self.at)
        quoted = self.text[self.at :] if end < 0 else self.text[self.at : end]
        self.at = len(self.text) if end < 0 else end + 2
        parts: list[Node] = [literal(char, caseless=self.flags.caseless) for char in quoted]
        if parts:
            parts.append(self._quantified(parts.pop()))
            return sequence(parts)
        return None

    def _bracket(self, depth: int) -> Node | None:
        text = self.text
        if text.startswith("(?#", self.at):
            end = text.find(")", self.at)
            if end < 0:
                raise PatternRefused("a comment is not closed")
            self.at = end + 1
            return None
        if found := _FLAGS.match(text, self.at):
            return self._flagged(found, depth)
        for opening, kind in _LOOKS.items():
            if text.startswith(opening, self.at):
                self.at += len(opening)
                return kind(self._inside(depth))
        if found := _NAME.match(text, self.at):
            self.at = found.end()
            return Group(self._inside(depth))
        if text[self.at + 1 : self.at + 2] in {"?", "*"}:
            raise PatternBeyondLimits(f"`{text[self.at : self.at + 4]}` is not supported")
        self.at += 1
        inside = self._inside(depth)
        return inside if self.flags.no_groups else Group(inside)

    def _flagged(self, found: re.Match[str], depth: int) -> Node | None:
        outside = self.flags
        on, off = found[1], found[2] or ""
        flags = _Flags() if on.startswith("^") else self.flags
        changes = {_NAMES[flag]: True for flag in on if flag in _NAMES}
        changes |= {_NAMES[flag]: False for flag in off if flag in _NAMES}
        self.flags = msgspec.structs.replace(flags, **changes)
        self.at = found.end()
        if found[3] == ")":
            return None
        inside = self._inside(depth)
        self.flags = outside
        return inside

    def _inside(self, depth: int) -> Node:
        inside = self.branches(depth + 1)
        if self.text[self.at : self.at + 1] != ")":
            raise PatternRefused("a `(` is not closed")
        self.at += 1
        return inside

    def _quantified(self, part: Node) -> Node:
        while True:
            if self.flags.blanks and (blank := _BLANK.match(self.text, self.at)):
                self.at = blank.end()
            found = _QUANTIFIER.match(self.text, self.at)
            if found is None:
                return part
            self.at = found.end()
            low, high = _bounds(found)
            mode = Mode(found[5])
            if self.flags.swap and mode is not Mode.POSSESSIVE:
                mode = Mode.LAZY if mode is Mode.GREEDY else Mode.GREEDY
            part = (part if low else EMPTY) if isinstance(part, Place) else Repeat(part, low, high, mode)


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    match found[1]:
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
        case _:
            low = int(found[2])
            if not found[3]:
                high: int | None = low
            else:
                high = int(found[4]) if found[4] else None
    if low > 65535 or (high is not None and not low <= high <= 65535):
        raise PatternRefused(f"`{found[0]}` has bounds out of order or beyond 65535")
    return low, high
