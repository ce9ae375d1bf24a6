"""Text that an attacker may have written, made fit to show."""

from __future__ import annotations


def escape_controls(text: str, limit: int = 4096) -> str:
    r"""The text with all that is not seen, or not as what it is, as `\x1b`, `\u202e` or `\U000e0041`; and cut.

    That is whatever Unicode does not call printable: control, format, bidirectional and surrogate characters, spaces
    but the plain one, and what has no meaning yet. A backslash is doubled.

    Args:
        text: Anything.
        limit: How many characters to keep; what is cut is counted at the end (`...(+12)`).
    """
    cut = len(text) - limit
    kept = text[:limit] if cut > 0 else text
    kept = kept.replace("\\", "\\\\")
    shown = kept if kept.isprintable() else "".join([char if char.isprintable() else _escaped(char) for char in kept])
    return f"{shown}...(+{cut})" if cut > 0 else shown


def show_bytes(raw: bytes, limit: int = 4096) -> str:
    r"""Bytes from a host as one printable line: UTF-8 where it is valid, `\xff` where it is not.

    Reversible as long as nothing is cut: different bytes never show alike.
    """
    return escape_controls(raw.decode("utf-8", "surrogateescape"), limit)


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
