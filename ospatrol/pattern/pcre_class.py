"""Reads what stands for one byte in a PCRE2 pattern: escapes and bracketed sets."""

from __future__ import annotations

import re

from ospatrol.pattern.tree import ALL, PatternBeyondLimits, PatternRefused, either_case, of, span

_DIGIT = span(48, 57)
_UPPER = span(65, 90)
_LOWER = span(97, 122)
_WORD = _DIGIT | _UPPER | _LOWER | of("_")
_SPACE = of(" \t\n\r\f\v")
_HORIZONTAL = of("\t \xa0")
_VERTICAL = of("\n\v\f\r\x85")
_POSITIVE = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "h": _HORIZONTAL, "v": _VERTICAL}

CLASSES = _POSITIVE | {name.upper(): ALL & ~mask for name, mask in _POSITIVE.items()}
r"""`\d`, `\D` and so on, as sets."""

_GRAPH = span(33, 126)
_POSIX = {
    "alpha": _UPPER | _LOWER,
    "digit": _DIGIT,
    "alnum": _DIGIT | _UPPER | _LOWER,
    "upper": _UPPER,
    "lower": _LOWER,
    "space": _SPACE,
    "blank": of(" \t"),
    "cntrl": span(0, 31) | 1 << 127,
    "graph": _GRAPH,
    "print": _GRAPH | of(" "),
    "punct": _GRAPH & ~(_DIGIT | _UPPER | _LOWER),
    "xdigit": _DIGIT | of("abcdefABCDEF"),
    "word": _WORD,
    "ascii": span(0, 127),
}
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")
_CODE = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{0,2})|o\{([0-7]+)\}|(0[0-7]{0,2})|c([ -~]))")
_OCTAL = re.compile(r"\\([0-7]{1,3})")
_SIMPLE = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9}


def code_of_escape(text: str, at: int, *, in_class: bool = False) -> tuple[int, int]:
    """The byte that the escape at a place stands for, and where it ends.

    Raises:
        PatternRefused: if it stands for something else.
    """
    letter = text[at + 1 : at + 2]
    if letter in _SIMPLE:
        return _SIMPLE[letter], at + 2
    if in_class and letter == "b":
        return 8, at + 2
    found = _CODE.match(text, at)
    if found is None and in_class:
        found_octal = _OCTAL.match(text, at)
        if found_octal:
            return int(found_octal[1], 8) & 255, found_octal.end()
    if found is not None:
        return _coded(found), found.end()
    if letter.isdigit() or letter in {"g", "k"}:
        raise PatternBeyondLimits("back-references cannot be matched in bounded time")
    if not letter:
        raise PatternRefused(r"it ends with a `\`")
    if letter.isascii() and letter.isalpha():
        raise PatternBeyondLimits(rf"`\{letter}` is not supported")
    return ord(letter), at + 2


def _coded(found: re.Match[str]) -> int:
    braced, short, octal, zero, control = found.groups()
    if control:
        return ord(control.upper()) ^ 64
    code = int(octal or zero, 8) if octal or zero else int(braced or short or "0", 16)
    if code > 255:
        raise PatternBeyondLimits(f"`{found[0]}` is more than a byte")
    return code


def read_class(text: str, at: int, *, caseless: bool) -> tuple[int, int]:
    """The set in square brackets at a place, and where it ends.

    Raises:
        PatternRefused: if it is not valid.
    """
    at += 1
    negate = text.startswith("^", at)
    at += negate
    mask = 0
    first = True
    while first or not text.startswith("]", at):
        if at >= len(text):
            raise PatternRefused("a `[` is not closed")
        first = False
        members, code, at = _member(text, at)
        if code is not None and text.startswith("-", at) and text[at + 1 : at + 2] not in {"]", ""}:
            last_members, last, after = _member(text, at + 1)
            if last is None:
                members |= of("-") | last_members
            elif last < code:
                raise PatternRefused(f"the range `{text[at - 1 : after]}` is out of order")
            else:
                members = span(code, last)
            at = after
        mask |= members
    mask = either_case(mask) if caseless else mask
    return (ALL & ~mask if negate else mask), at + 1


def _member(text: str, at: int) -> tuple[int, int | None, int]:
    """A set, its byte if it is but one and may begin a range, and where it ends."""
    char = text[at]
    if char == "[" and (found := _POSIX_CLASS.match(text, at)):
        if found[2] not in _POSIX:
            raise PatternRefused(f"`{found[0]}` is not a known class")
        mask = _POSIX[found[2]]
        return (ALL & ~mask if found[1] else mask), None, found.end()
    if char != "\\":
        return 1 << ord(char), ord(char), at + 1
    letter = text[at + 1 : at + 2]
    if letter in CLASSES:
        return CLASSES[letter], None, at + 2
    if letter in {"E", "Q"}:
        return 0, None, at + 2
    code, at = code_of_escape(text, at, in_class=True)
    return 1 << code, code, at
