"""Values that are given to a name that tells they are secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.integrity.credentials import Span

_ASSIGNMENT = re.compile(
    r"(?<![\w.$-])(?P<name>[\w.$-]++)(?:[\"'\])]{0,3}\s{0,40}(?:=>|:=|\+=|=|:)|[\"']\s{0,40},)\s{0,40}"
)
_ELEMENT = re.compile(r"<(?P<name>[\w:.-]++)(?:\s[^<>]{0,512})?>(?P<value>[^<]*+)(?P<end></)?")
_SECRET = re.compile(
    r"(?i:passw|passphrase|passcode|passwd|pwd|secret|token|credential|communit|psk|authorization|cookie|rootpw|bindpw"
    r"|private_?key|key[_-]?(?:data|material|pem)|access_?key)"
    r"|(?i:(?:^|[_.-])(?:pass|pw|auth|keys?\d?)$)|[a-z](?:Pass|Auth|Keys?)$|(?i:key)\d?$"
)
_NO_SECRET = re.compile(r"(?i:(?:file|path|dir|directory)s?$)")
_PLAIN_VALUES = frozenset({"", "yes", "no", "true", "false", "on", "off", "none", "null", "nil", "0", "1", "~"})
_BLOCK = re.compile(r"(?:!\S{1,64}\s{1,8})?[|>][-+\d]{0,2}\s*(?:#.*)?")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'", re.DOTALL)
_BRACKETS = {"[": "]", "{": "}", "(": ")"}
# Files in which such names mean something else: what users may do, and where accounts are looked up
_OTHER_MEANING = re.compile(rb"/nsswitch\.conf|/sudoers(?:\.d/[^/]+)?|/(?:passwd|group|shadow|gshadow)-?")


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """A secret value in a line.

    Attributes:
        span: Where it stands; empty where it is all on later lines.
        opens: Whether it goes on in the lines that are indented deeper.
        until: What ends it on a later line; empty if it ends on this one.
        continues: Whether it goes on in the next line.
    """

    span: Span
    opens: bool = False
    until: str = ""
    continues: bool = False


def names_secret(name: str) -> bool:
    """Whether a value under this name is taken for a secret; rather too often than too seldom."""
    return bool(_SECRET.search(name)) and not _NO_SECRET.search(name)


def assignments(line: str, path: bytes = b"") -> Iterator[Assigned]:
    """The secret values in a line of INI, shell, YAML, JSON, XML or program text, in order.

    A quoted value ends with its quote, any other with the line. `yes`, `no`, `0` and the like are no secrets.

    Args:
        line: At most a few thousand characters.
        path: sudoers(5), nsswitch.conf(5) and the account files use such names for something else.
    """
    if _OTHER_MEANING.search(path):
        return
    for element in _ELEMENT.finditer(line):
        if element["name"] == "key" and path.endswith(b".plist"):
            continue  # a property list's `<key>` holds a name
        if names_secret(element["name"]) and (element["value"].strip() or not element["end"]):
            yield Assigned(span=element.span("value"), until="" if element["end"] else "</")
    for found in _ASSIGNMENT.finditer(line):
        if names_secret(found["name"]):
            value = _value(line, found.end())
            if value:
                yield value


def _value(line: str, start: int) -> Assigned | None:
    rest = line[start:].rstrip()
    if not rest or _BLOCK.fullmatch(rest):
        return Assigned(span=(start, start), opens=True)
    if rest[0] in _BRACKETS:
        opens = rest.count(rest[0]) > rest.count(_BRACKETS[rest[0]])
        return Assigned(span=(start + 1, start + len(rest)), opens=opens)
    if rest[0] in "\"'":
        return _quoted(line, start, rest)
    if rest.rstrip(",;").lower() in _PLAIN_VALUES:
        return None
    return Assigned(span=(start, len(line)), continues=rest.endswith("\\"))


def _quoted(line: str, start: int, rest: str) -> Assigned | None:
    quote = rest[:3] if rest[:3] in {'"""', "'''"} else rest[0]
    found = _QUOTED.match(rest)
    if len(quote) == 3 or found is None:
        ends = quote in rest[len(quote) :]
        return Assigned(span=(start + len(quote), len(line)), until="" if ends else quote)
    after = rest[found.end() : found.end() + 1]
    if after and after not in " \t,;)}]>&/#":
        return Assigned(span=(start, len(line)))
    if found[0][1:-1].lower() in _PLAIN_VALUES:
        return None
    return Assigned(span=(start + 1, start + found.end() - 1))
