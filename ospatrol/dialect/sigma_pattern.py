r"""Texts and patterns of Sigma as patterns of ours.

Fields of log lines hold bytes, a character for each, so that is what patterns are made of. Windows events come with
their values as JSON and XML escape them (`C:\\Windows`, `&amp;`) or without, depending on who sent them: patterns for
such fields accept both.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.model.pattern import Syntax
from ospatrol.model.rule import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator


class Wild(Enum):
    """A wildcard."""

    MANY = "*"
    ONE = "?"


Piece: TypeAlias = str | Wild

_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JSON = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ONE_CHARACTER = r"[^\x80-\xbf][\x80-\xbf]*"
_WORD = re.compile(r"\(\?P?<\w+>|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|.", re.DOTALL)
_IN_CLASS = re.compile(r"\[:\^?\w+:\]|\\x\{[0-9A-Fa-f]+\}|\\x[0-9A-Fa-f]{2}|\\.|.", re.DOTALL)


class Comparison(msgspec.Struct, frozen=True):
    """How to compare a field, whichever it is.

    Attributes:
        operator: As in a condition.
        operands: Likewise.
        syntax: Likewise.
    """

    operator: Operator
    operands: tuple[str, ...] = ()
    syntax: Syntax = Syntax.RE2


def coded(text: str) -> str:
    """A text as its UTF-8 bytes, a character for each."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def compare_text(pieces: tuple[Piece, ...], *, cased: bool, escaped: bool) -> Comparison:
    """How to compare with a text.

    Args:
        pieces: Of the text; not two texts in a row.
        cased: Whether case matters.
        escaped: Whether the field may hold its value as JSON and XML escape it.
    """
    begins, ends = not pieces or pieces[0] is not Wild.MANY, not pieces or pieces[-1] is not Wild.MANY
    inner = list(pieces)
    while inner and inner[0] is Wild.MANY:
        inner.pop(0)
    while inner and inner[-1] is Wild.MANY:
        inner.pop()
    if not inner:
        return Comparison(Operator.EQUALS, ("",)) if begins else Comparison(Operator.EXISTS)
    only = inner[0]
    if len(inner) == 1 and isinstance(only, str):
        return _literal(only, (begins, ends), cased=cased, escaped=escaped)
    return _regex(inner, (begins, ends), cased=cased, escaped=escaped)


def _literal(text: str, tied: tuple[bool, bool], *, cased: bool, escaped: bool) -> Comparison:
    forms = _forms(text, tied, escaped=escaped)
    if tied == (True, True) and (cased or text.upper() == text.lower()):
        return Comparison(Operator.EQUALS, forms)
    if not cased and text.isascii():
        parts = [_osmatch(form, tied) for form in forms]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            return Comparison(Operator.REGEX, tuple(known), Syntax.OSMATCH)
    return _regex([text], tied, cased=cased, escaped=escaped)


def _forms(text: str, tied: tuple[bool, bool], *, escaped: bool) -> tuple[str, ...]:
    """The text, and as it is when escaped, unless whatever holds that one holds the text too."""
    plain = coded(text)
    if not escaped:
        return (plain,)
    other = coded("".join(_JSON.get(char, char) for part in text for char in _XML.get(part, part)))
    begins, ends = tied
    if begins and ends:
        implied = other == plain
    elif ends:
        implied = other.endswith(plain)
    elif begins:
        implied = other.startswith(plain)
    else:
        implied = plain in other
    return (plain,) if implied else (plain, other)


def _osmatch(text: str, tied: tuple[bool, bool]) -> str | None:
    """The text in the language of literals; None if that has no word for it."""
    begins, ends = tied
    if not text.isprintable() or "|" in text:
        return None
    if (not begins and text[0] in "^!") or (not ends and text[-1] == "$"):
        return None
    return f"{'^' if begins else ''}{text}{'$' if ends else ''}"


def _regex(inner: list[Piece], tied: tuple[bool, bool], *, cased: bool, escaped: bool) -> Comparison:
    flags = "(?s)" if cased else "(?is)"
    body = "".join(_piece(piece, cased=cased, escaped=escaped) for piece in inner)
    begin, end = (r"\A" if tied[0] else ""), (r"\z" if tied[1] else "")
    return Comparison(Operator.REGEX, (f"{flags}{begin}{body}{end}",))


def _piece(piece: Piece, *, cased: bool, escaped: bool) -> str:
    if piece is Wild.MANY:
        return ".*"
    if isinstance(piece, Wild):
        return _ONE_CHARACTER
    return "".join(_character(char, cased=cased, escaped=escaped) for char in piece)


def _character(char: str, *, cased: bool, escaped: bool) -> str:
    if escaped and (char in _JSON or char in _XML):
        return _either(char)
    if not char.isascii():
        forms = (char,) if cased else tuple(dict.fromkeys((char, char.lower(), char.upper())))
        return f"(?-i:{'|'.join(map(_bytes, forms))})"
    return re.escape(char) if char.isprintable() else _bytes(char)


def _either(char: str) -> str:
    """A character that may have been escaped."""
    if char == "\\":
        return r"\\{1,2}"
    if char == '"':
        return r'\\?"'
    other = _XML.get(char) or _JSON[char]
    return f"(?:{_bytes(char)}|{re.escape(other)})"


def _bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "replace"))


def translate(pattern: str, *, escaped: bool) -> str | None:
    """A regular expression over characters as one over bytes; None if a class has what cannot be told byte by byte.

    Args:
        pattern: In the syntax of RE2.
        escaped: Whether the field may hold its value as JSON and XML escape it.
    """
    parts: list[str] = []
    for found in _WORD.finditer(pattern):
        word = found[0]
        if word == r"\\" and escaped:
            parts.append(r"(?:\\{1,2})")
        elif word in {'"', r"\""} and escaped:
            parts.append(r'(?:\\?")')
        elif word in _XML and escaped:
            parts.append(_either(word))
        elif escaped and word.startswith("["):
            rewritten = _class(word)
            if rewritten is None:
                return None
            parts.append(_class_of_escaped(word, rewritten))
        elif word.isascii():
            parts.append(word)
        elif word.startswith("["):
            rewritten = _class(word)
            if rewritten is None:
                return None
            parts.append(rewritten)
        else:
            parts.append(f"(?:{_bytes(word[-1])})")
    return "".join(parts)


def _class_of_escaped(word: str, rewritten: str) -> str:
    """A class whose characters may have been escaped."""
    if word.startswith("[^"):
        return rewritten
    members = set(_members(word[1:-1]))
    front = r"\\?" if members & {'"', r"\"", r"\\"} else ""
    entities = [f"|{_XML[char]}" for char in sorted(_XML) if char in members]
    return f"(?:{front}{rewritten}{''.join(entities)})" if front or entities else rewritten


def _class(word: str) -> str | None:
    """A class with characters of several bytes, as alternatives; None for one that is negated or has ranges of them."""
    if word.isascii():
        return word
    if word.startswith("[^"):
        return None
    members = list(_members(word[1:-1]))
    if any(not member.isascii() and len(member) > 1 for member in members):
        return None
    single = "".join(member for member in members if member.isascii())
    others = [_bytes(member) for member in members if not member.isascii()]
    return f"(?:{'|'.join([f'[{single}]', *others] if single else others)})"


def _members(inside: str) -> Iterator[str]:
    """What a class lists: characters, escapes and ranges."""
    words = _IN_CLASS.findall(inside)
    at = 0
    while at < len(words):
        if at + 2 < len(words) and words[at + 1] == "-":
            yield "".join(words[at : at + 3])
            at += 3
        else:
            yield words[at]
            at += 1
