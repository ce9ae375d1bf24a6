"""Text in compliance reports: what hosts, policies and people wrote, made fit for every format at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from ospatrol.report.compliance import ComplianceReport

LIMIT = 16_384
"""How many characters of one text are kept; what is cut is counted at its end."""

# as `escape_controls`, but line breaks and tabs stay, backslashes are themselves, and what no XML 1.0 may hold goes
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    r"\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?")

T = TypeVar("T")


def plain(text: str) -> str:
    r"""The text with control, bidirectional and surrogate characters as `\x1b`; line breaks stay; cut.

    Backslashes are not doubled, for what hosts wrote was escaped where it came in.
    What is cut ends with `...(+84000, 1f2e3d4c)`: how much, and a digest that keeps different names different.
    """
    if len(text) <= LIMIT and text.isprintable():
        return text
    cut = len(text) - LIMIT
    shown = _HIDDEN.sub(_escape, text[:LIMIT].replace("\r\n", "\n").replace("\r", "\n"))
    return f"{shown}...(+{cut}, {_digest(text)})" if cut > 0 else shown


def readable(report: ComplianceReport) -> ComplianceReport:
    """The report with every text in it made plain; what every format starts with."""
    return _plain_values(report)


def in_a_line(text: str) -> str:
    r"""The text with line breaks as `\n` and tabs as blanks."""
    return text.replace("\n", "\\n").replace("\t", " ")


def web_address(text: str) -> str:
    """The text if it is a web address and nothing else; empty if not."""
    found = text.strip()
    if not _URL.fullmatch(found):
        return ""
    try:
        _ = urlsplit(found).port
    except ValueError:
        return ""
    return found


def _plain_values(value: T) -> T:
    """The value with every text in it made plain; a name and an enumeration's member stay."""
    found: object = value
    match value:
        case str():
            found = plain(value) if type(value) is str else value
        case tuple():
            found = tuple(map(_plain_values, value))
        case Mapping():
            found = {plain(str(name)): _plain_values(item) for name, item in value.items()}
        case msgspec.Struct():
            changed = {}
            for name in value.__struct_fields__:
                old = getattr(value, name)
                new = _plain_values(old)
                if new is not old and new != old:
                    changed[name] = new
            found = msgspec.structs.replace(value, **changed) if changed else value
        case _:
            pass
    return cast("T", found)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
