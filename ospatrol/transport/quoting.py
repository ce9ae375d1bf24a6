"""The one place where text is quoted for a shell."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def quote(word: str) -> str:
    """The word as every Bourne shell reads it back, whatever it holds except NUL; also csh and fish for one line."""
    if _PLAIN.fullmatch(word):
        return word
    return "'" + word.replace("'", "'\\''") + "'"
