"""Secrets in a line that their form gives away, whatever they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]
"""Where in a line a secret begins and ends."""

# The secret is the group `s`. Every repetition is bounded or possessive: a line costs time in proportion to its length.
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"://[^\s:/@\"'<>]{0,256}:(?P<s>[^\s\"'<>]{0,512})@",
        r"(?i:\b(?:bearer|basic|digest|negotiate|token)\s{1,8})(?P<s>[\w.~+/=:-]{6,8192})",
        r"(?P<s>\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|md5|apr1|P|H|scrypt|argon2\w{0,3}|pbkdf2[\w-]{0,20})\$[^\s:\"',;]{8,1024})",
        r"(?P<s>\{(?i:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,20}|ARGON2\w{0,3})\}[^\s\"',;]{8,1024})",
        r"(?P<s>\*[0-9A-F]{40})\b",
        r"\b(?P<s>(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16})\b",
        r"\b(?P<s>gh[pousr]_[0-9A-Za-z]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255})",
        r"\b(?P<s>xox[abeoprs]-[\w-]{8,255}|[rs]k_(?:live|test)_\w{8,255}|AIza[\w-]{30,64}|SG\.[\w-]{8,64}\.[\w-]{8,128})",
        r"\b(?P<s>eyJ[\w-]{8,4096}\.[\w-]{2,8192}\.?[\w-]{0,4096})",
        r"hooks\.slack\.com/services/(?P<s>[\w/]{8,255})",
        r"(?<!\S)(?:-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{1,64}:(?P<s>[^\"'\s]{1,512})",
        r"\bmysql[\w-]{0,12}\s[^|;&]{0,256}?(?<=\s)-p(?P<s>[^\s]{1,512})",
        r"\bldap(?:search|add|modify|delete|whoami|passwd)\s[^|;&]{0,256}?(?<=\s)-w\s{1,8}(?P<s>[^\s]{1,512})",
        r"\b(?:docker|podman)\s{1,8}login\s[^|;&]{0,256}?(?<=\s)-p\s{1,8}(?P<s>[^\s]{1,512})",
        r"\bredis-cli\s[^|;&]{0,256}?(?<=\s)-a\s{1,8}(?P<s>[^\s]{1,512})",
        r"\b(?:ipmitool|zip)\s[^|;&]{0,256}?(?<=\s)-P\s{1,8}(?P<s>[^\s]{1,512})",
        r"\b(?:smbclient|rpcclient|net)\s[^|;&]{0,256}?(?<=\s)-U\s{0,8}[^\s%]{1,64}%(?P<s>[^\s]{1,512})",
        r"\bSSHPASS=(?P<s>[^\s]{1,512})",
        r"\bsshpass\s{1,8}-p\s{0,8}(?P<s>\"[^\"]{0,512}\"|'[^']{0,512}'|\S{1,512})",
    )
)

_KEYWORD = (
    r"(?i:password|passwd|passphrase|passcode|secret|token|api[_-]?key|requirepass|masterauth|bindpw|rootpw|auth_pass"
    r"|psk|wpa-psk|wep-key\d?|wireless-key|pre-shared-key|community|r[ow]community6?|trapcommunity|auth(?:_|-)?token"
    r"|identified\s{1,8}by|olcrootpw|secretkey|privatekey|tacacs-server\s{1,8}key|radius-server\s{1,8}key)"
)
# `enable secret 5 ...`, `username x password 7 ...`, `set password ...`: nothing but the secret follows
_LINE = re.compile(
    rf"\s*+[#;!]?\s*+(?i:(?:enable|set|snmp-server|neighbor\s{{1,8}}\S{{1,64}}|username\s{{1,8}}\S{{1,64}})\s{{1,8}})?"
    rf"{_KEYWORD}\s{{1,40}}(?P<s>[^\s=:].*)",
    re.DOTALL,
)
_WORD = re.compile(
    rf"(?<![\w.])(?:--?)?{_KEYWORD}\s{{1,40}}(?:\d{{1,2}}\s{{1,8}})?(?P<s>\"[^\"]{{1,512}}\"|'[^']{{1,512}}'|[^\s=:]\S{{0,512}})"
)
# com2sec NAME SOURCE COMMUNITY; createUser NAME [-e ID] AUTH PHRASE [PRIV PHRASE]; trapsink HOST COMMUNITY
_SNMP = re.compile(
    r"\s*+(?:com2sec6?\s{1,8}(?:-Cn\s{1,8}\S{1,64}\s{1,8})?\S{1,64}\s{1,8}\S{1,256}|createUser\s{1,8}\S{1,64}"
    r"|(?:trap|trap2|inform)sink\s{1,8}\S{1,256}|usmUser)\s{1,8}(?P<s>\S.*)",
    re.DOTALL,
)
_PAM = re.compile(rb"/pam\.d/[^/]+|/pam\.conf")


def credential_spans(line: str, path: bytes = b"") -> Iterator[Span]:
    """Where secrets stand that a URL, a header, a hash, a token's form or a keyword before them gives away.

    Args:
        line: At most a few thousand characters.
        path: In PAM's files `password` is no keyword.
    """
    for form in _FORMS:
        yield from (found.span("s") for found in form.finditer(line))
    whole = _SNMP.match(line)
    if not _PAM.search(path):
        whole = _LINE.match(line) or whole
        yield from (found.span("s") for found in _WORD.finditer(line))
    if whole:
        yield whole.span("s")
