"""Secrets that devices only encode: the same secret looks different each time it is set, and anyone can read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.model.device_profile import Encoding

if TYPE_CHECKING:
    from collections.abc import Collection

# The key of type 7 is part of every IOS; it has been public since 1995.
_CISCO_KEY = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
_CISCO = re.compile(r"([0-9]{2})((?:[0-9A-Fa-f]{2}){1,128})")
# JunOS spreads each character over steps along an alphabet of four families.
_JUNIPER_FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_JUNIPER_ALPHABET = "".join(_JUNIPER_FAMILIES)
_JUNIPER_PLACE = {char: place for place, char in enumerate(_JUNIPER_ALPHABET)}
_JUNIPER_EXTRA = {char: 3 - family for family, chars in enumerate(_JUNIPER_FAMILIES) for char in chars}
_JUNIPER_STEPS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))
_JUNIPER = "$9$"
_JUNIPER_LIMIT = 1024


def plain_of(value: str, words_before: str, encodings: Collection[Encoding]) -> str | None:
    """The secret itself; None if the value is not encoded in a known way.

    Args:
        value: As the configuration has it, without quotes.
        words_before: The line up to it: the type of a secret is the word in front of it.
        encodings: Those of the platform.
    """
    if Encoding.CISCO_7 in encodings and words_before.rstrip().endswith((" 7", " encrypted", " password")):
        plain = from_cisco_7(value)
        if plain is not None:
            return plain
    return from_juniper_9(value) if Encoding.JUNIPER_9 in encodings else None


def from_cisco_7(value: str) -> str | None:
    """The secret behind a type 7 password; None if it is none."""
    found = _CISCO.fullmatch(value)
    if found is None or int(found[1]) > 52:
        return None
    start, coded = int(found[1]), bytes.fromhex(found[2])
    plain = bytes(byte ^ _CISCO_KEY[(start + at) % len(_CISCO_KEY)] for at, byte in enumerate(coded))
    return plain.decode("ascii") if all(0x20 <= byte < 0x7F for byte in plain) else None


def from_juniper_9(value: str) -> str | None:
    """The secret behind a `$9$` string of JunOS; None if it is none."""
    chars = value.removeprefix(_JUNIPER)
    if chars == value or not chars or len(chars) > _JUNIPER_LIMIT or any(char not in _JUNIPER_PLACE for char in chars):
        return None
    previous, chars = chars[0], chars[1 + _JUNIPER_EXTRA[chars[0]] :]
    plain: list[str] = []
    while chars:
        steps = _JUNIPER_STEPS[len(plain) % len(_JUNIPER_STEPS)]
        if len(chars) < len(steps):
            return None
        code = 0
        for step, char in zip(steps, chars, strict=False):
            code += step * ((_JUNIPER_PLACE[char] - _JUNIPER_PLACE[previous]) % len(_JUNIPER_ALPHABET) - 1)
            previous = char
        chars = chars[len(steps) :]
        plain.append(chr(code % 256))
    text = "".join(plain)
    return text if text.isprintable() and text else None
