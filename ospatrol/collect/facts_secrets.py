"""Password hashes and private keys in answers, masked before anybody keeps or judges them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.facts import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

# crypt(5): the method and its cost stay, as checks are about these; salt and hash go
_HASH = re.compile(
    r"(\$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|scrypt|argon2[a-z]{0,2})\$"
    r"(?:(?:rounds=\d{1,10}|j[./\w]{1,8}|\d{1,10}|v=\d{1,4}\$[mtp=,\d]{1,40})\$)?)([./\w$+=-]{8,1024})"
)
# shadow(5), passwd(5) of the BSDs: thirteen characters of DES, also where `!` locks them
_DES = re.compile(r"^([^:\n]{1,256}:!{0,2})([./A-Za-z0-9]{13})(?=:[0-9]*:)", re.MULTILINE)
_GRUB = re.compile(r"(grub\.pbkdf2\.sha\d{1,3}\.\d{1,10}\.)([0-9A-Fa-f.]{16,4096})")
_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(.{1,65536}?)(?=-----|\Z)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9]")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]")
_HEADER = re.compile(r"^[A-Za-z][\w-]{0,40}: .*$", re.MULTILINE)


def without_secrets(answer: Answer) -> Answer:
    """The answer with each character of a hash or key as an `x`: lengths, methods and lines stay what they were.

    The same again gives the same.
    """
    text = answer.content
    masked = text
    if "$" in masked:
        masked = _HASH.sub(_all("x"), masked)
    if ":" in masked:
        masked = _DES.sub(_all("x"), masked)
    if "grub.pbkdf2" in masked:
        masked = _GRUB.sub(_all("0"), masked)
    if "PRIVATE KEY-----" in masked:
        masked = _KEY.sub(_key, masked)
    return answer if masked == text else msgspec.structs.replace(answer, content=masked)


def _all(mask: str) -> Callable[[re.Match[str]], str]:
    def masked(found: re.Match[str]) -> str:
        # what is no letter or digit stays, as `\w` in a check means it or does not; without the salt it tells nothing
        return found[1] + _WORD.sub(mask, found[2])

    return masked


def _key(found: re.Match[str]) -> str:
    """A key without its body; headers, such as the one that says that it is encrypted, stay."""
    headers = [each.span() for each in _HEADER.finditer(found[2])]
    parts, at = [found[1]], 0
    for start, end in headers:
        parts += [_BASE64.sub("x", found[2][at:start]), found[2][start:end]]
        at = end
    return "".join([*parts, _BASE64.sub("x", found[2][at:])])
