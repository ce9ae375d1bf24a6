"""Text that an attacker may have written, made fit to show."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\\]")


def escape_controls(text: str, limit: int = 4096) -> str:
    r"""The text with control, bidirectional and surrogate characters as `\x1b`, a backslash doubled, and cut.

    Args:
        text: Anything.
        limit: How many characters to keep; what is cut is counted at the end (`...(+12)`).
    """
    cut = len(text) - limit
    shown = _CONTROL.sub(_escape, text[:limit] if cut > 0 else text)
    return f"{shown}...(+{cut})" if cut > 0 else shown


def show_bytes(raw: bytes, limit: int = 4096) -> str:
    r"""Bytes from a host as one printable line: UTF-8 where it is valid, `\xff` where it is not.

    Reversible as long as nothing is cut: different bytes never show alike.
    """
    return escape_controls(raw.decode("utf-8", "surrogateescape"), limit)


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\\":
        return "\\\\"
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"
