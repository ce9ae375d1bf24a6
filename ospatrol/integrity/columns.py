"""Secrets in files whose lines have fixed columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.integrity.credentials import Span

# shadow(5), gshadow(5), passwd(5), group(5), master.passwd(5): marks that are no hash
_NO_HASH = frozenset({"", "x", "*", "!", "!!", "!*", "*LK*", "NP", "!locked", "*LOCKED*"})
_ACCOUNTS = re.compile(r"[^:]*+:(?P<s>[^:]*+)")

# The secret is the group `s`, and goes to the end of the line.
_FILES = tuple(
    (re.compile(name), re.compile(pattern, re.DOTALL))
    for name, pattern in (
        (rb"\.pgpass|pgpass\.conf", r"(?!#)(?:(?:[^:\\]|\\.)*+:){4}(?P<s>.+)"),
        (rb"(?:chap|pap|l2tp|eap)-secrets", r"\s*+(?!#)(?:\"[^\"]*+\"|\S++)\s++(?:\"[^\"]*+\"|\S++)\s++(?P<s>.+)"),
        (rb"sasl_passwd|smtp_auth|relay_passwd|.*[_-]sasl", r"\s*+(?!#)[^\s:]*+[\s:](?P<s>.+)"),
        (rb"passwd\.client|.*htpasswd.*|.*htdigest.*|.*\.secrets?|.*\.users", r"\s*+(?!#)[^:]*+:(?P<s>.+)"),
        (rb"rndc\.key|.*\.passwd|.*\.password|.*\.psk|\.vault_pass.*", r"(?P<s>.+)"),
    )
)
_ACCOUNT_FILES = re.compile(rb"(?:g?shadow|passwd|group|master\.passwd|opasswd|spwd)[-~]?(?:\.bak|\.old|\.orig)?")


def column_spans(line: str, path: bytes) -> Iterator[Span]:
    """Where secrets stand in a line of a file that is known by its name; none in other files.

    Args:
        line: A whole line.
        path: Its last part says what the file is.
    """
    name = path.rpartition(b"/")[2]
    if _ACCOUNT_FILES.fullmatch(name):
        account = _ACCOUNTS.match(line)
        if account and account["s"] not in _NO_HASH:
            yield account.span("s")
        return
    for known, pattern in _FILES:
        found = pattern.match(line) if known.fullmatch(name) else None
        if found:
            yield found.span("s")
