r"""Reads Wazuh's own regular expressions: `\d`, `\S+`, groups of one level, alternatives tried one after the other."""

from __future__ import annotations

import re

import msgspec

from ospatrol.pattern.tree import ALL, PatternRefused, of, span

_DIGIT = span(48, 57)
_WORD = _DIGIT | span(65, 90) | span(97, 122) | of("@_-")
_SPACE = of(" ")
_PUNCTUATION = of("()*+,-.:;<=>?[]!\"'#%&$|{}")

SETS = {
    "d": _DIGIT,
    "D": ALL & ~_DIGIT,
    "w": _WORD,
    "W": ALL & ~_WORD,
    "s": _SPACE,
    "S": ALL & ~_SPACE,
    "p": _PUNCTUATION,
    "t": of("\t"),
    ".": ALL,
}
"""What the letter behind a backslash stands for."""

SIMPLE = frozenset("()\\$|<")
"""What a backslash makes a plain character."""

_TOKEN = re.compile(r"\\(.)([+*]?)|[^\\()|]+|[()|]|\\", re.DOTALL)
_PLAIN = re.compile(r"(?:[^\\()]|\\[()\\$|<](?![+*]))*+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OR = re.compile(r"((?:[^\\|]|\\.)*)(\||\Z)", re.DOTALL)


class Token(msgspec.Struct, frozen=True, gc=False):
    """One element.

    Attributes:
        mask: The bytes it takes, in both cases of a letter; 0 is a mark, the one thing that opens and closes groups.
        is_set: Whether it was written as a class, not as a character.
        many: `+`, `*` or nothing.
    """

    mask: int
    is_set: bool = False
    many: str = ""


MARK = Token(0)


class Alternative(msgspec.Struct, frozen=True):
    """One alternative.

    Attributes:
        tokens: Its elements.
        begins: Whether it must begin where the subject does.
        ends: Whether it must end where the subject does.
    """

    tokens: tuple[Token, ...]
    begins: bool
    ends: bool

    @property
    def groups(self) -> int:
        """How many texts it captures."""
        return sum(token is MARK for token in self.tokens) // 2


def split_alternatives(text: str) -> list[str]:
    """The texts between the `|` that are not escaped."""
    if "|" not in text:
        return [text]
    if "\\" not in text:
        return text.split("|")
    before = text[:-1]
    open_ended = text.endswith("|") and (len(before) - len(before.rstrip("\\"))) % 2 == 0
    return [found[1] for found in _OR.finditer(text)][: None if open_ended else -1] or [""]


def plain_text(alternative: str) -> tuple[str, bool, bool] | None:
    """An alternative without classes and groups, with whether it is tied to the subject's start and end."""
    if _PLAIN.fullmatch(alternative) is None:
        return None
    alternative, begins, ends = _untied(alternative)
    if not alternative and ends and not begins:
        return None
    return (_ESCAPED.sub(r"\1", alternative) if "\\" in alternative else alternative), begins, ends


def _untied(text: str) -> tuple[str, bool, bool]:
    begins = text.startswith("^")
    text = text[begins:]
    ends = text.endswith("$") and (len(text) - len(text[:-1].rstrip("\\"))) % 2 == 1
    return text[: len(text) - ends], begins, ends


def read_alternative(text: str) -> Alternative:
    """One alternative as elements.

    Raises:
        PatternRefused: if it is not valid.
    """
    text, begins, ends = _untied(text)
    tokens: list[Token] = []
    is_open = False
    for found in _TOKEN.finditer(text):
        part = found[0]
        if found[1] is not None:
            tokens.append(_escaped(found[1], found[2]))
        elif part == "\\":
            raise PatternRefused("it ends with a `\\`")
        elif part in {"(", ")"}:
            if is_open is (part == "("):
                raise PatternRefused("its groups are nested or not in pairs")
            is_open = not is_open
            tokens.append(MARK)
        else:
            tokens.extend(_plain(char) for char in part)
    if is_open:
        raise PatternRefused("a `(` is not closed")
    return Alternative(tuple(tokens), begins, ends)


def _escaped(char: str, many: str) -> Token:
    if char in SETS:
        return _set(char, many)
    if char in SIMPLE:
        return Token(of(char), bool(many), many) if many else _plain(char)
    raise PatternRefused(f"`\\{char}` is not known")


_SETS: dict[tuple[str, str], Token] = {
    (char, many): Token(mask, is_set=True, many=many) for char, mask in SETS.items() for many in ("", "+", "*")
}
_PLAINS: tuple[Token, ...] = tuple(
    Token(of(chr(code).lower() + chr(code).upper()) if chr(code).isascii() else 1 << code) for code in range(256)
)


def _set(char: str, many: str) -> Token:
    return _SETS[char, many]


def _plain(char: str) -> Token:
    return _PLAINS[ord(char)]
