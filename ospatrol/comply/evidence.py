"""What is shown of a host's lines: short, harmless, and without secrets."""

from __future__ import annotations

import re

from ospatrol.model.text import escape_controls

_LONGEST = 200
_LOOKED_AT = 2048
_HIDDEN = "***"
_WORD = r"(?:passwords?|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|psk)"
_MASKS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), shown)
    for pattern, shown in (
        (r"\$(\w{1,10}|argon2\w{1,2})\$[^\s:\"',;]{8,}", rf"$\1${_HIDDEN}"),
        (r"((?:^|\s)[^:\s]{1,64}:)(?![!*x]?:)[^:\s]{8,256}(:[0-9]*:[0-9]*:)", rf"\1{_HIDDEN}\2"),
        (r"(://[^\s/:@]{1,128}:)[^\s/@]{1,256}@", rf"\1{_HIDDEN}@"),
        (r"(\b(?:authorization|bearer)\b\s*[:=]?\s*(?:basic|bearer)?\s+)[^\s\"']+", rf"\1{_HIDDEN}"),
        (
            rf"({_WORD}[\"']?\s{{0,8}}=\s{{0,8}}[\"']?)[^\s\"',;]+",
            rf"\1{_HIDDEN}",
        ),
        (
            r"([\"']?\b(?:password|passphrase|secret|token|api[_-]?key)[\"']?\s{0,8}:\s{0,8}[\"']?)[^\s\"',;]+",
            rf"\1{_HIDDEN}",
        ),
        (r"(\b(?:password|secret|key) [0-9] )\S+", rf"\1{_HIDDEN}"),
        (r"(\bcommunity )(?:\S+)", rf"\1{_HIDDEN}"),
    )
)


def shown(line: str, *, private: bool = False) -> str:
    """A line fit to be shown: secrets masked, control characters escaped, at most 200 characters.

    Args:
        line: Each character is one byte; what is UTF-8 is shown as such.
        private: Whether nothing of it may be shown.
    """
    if private:
        return "(not shown: it holds a private key)"
    cut = line[:_LOOKED_AT]
    for pattern, instead in _MASKS:
        cut = pattern.sub(instead, cut)
    text = escape_controls(_as_text(cut), _LOOKED_AT * 4)
    return text if len(text) <= _LONGEST and len(line) <= _LOOKED_AT else f"{text[: _LONGEST - 3]}..."


def _as_text(line: str) -> str:
    if line.isascii():
        return line
    try:
        return line.encode("latin-1").decode()
    except UnicodeError:
        return line
