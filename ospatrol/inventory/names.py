"""Host names in sources: ranges such as `web[01:50:2]`, and `name:port`."""

from __future__ import annotations

import ipaddress
import re
import string
from functools import lru_cache

HOSTS_LIMIT = 1_000_000  # hosts that one range may mean

_RANGE = r"\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]"
_LABEL = rf"(?:\w|{_RANGE})(?:[\w-]|{_RANGE})*(?<![_-])"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_HEX_RANGE = re.compile(r"\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]", re.IGNORECASE)
_BRACKETED_PORT = re.compile(r"\[(.+)\]:([0-9]+)")
_PLAIN_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)")


def is_address(text: str) -> bool:
    """Whether a text, ranges included, is a host name or an IP address, with or without a port."""
    return _named(_without_port(text)[0])


def split_port(text: str) -> tuple[str, int | None]:
    """A host (ranges left in it) and its port; text that is no host with a port comes back whole.

    `[::1]:22` and `web:22` have a port; `::1` has none.
    """
    if ":" not in text:
        return text, None
    name, port = _without_port(text)
    return (name, port) if _named(name) else (text, None)


def expand(pattern: str) -> list[str]:
    """All names that a pattern with ranges means, in order; ranges nest from left to right.

    Raises:
        ValueError: a range is malformed or means too many names; says which.
    """
    names = [""]
    rest = pattern
    while "[" in rest:
        head, _, more = rest.partition("[")
        inside, closed, rest = more.partition("]")
        if not closed:
            raise ValueError(f"the range in {pattern!r} has no closing bracket")
        steps = _sequence(inside)
        if len(names) * len(steps) > HOSTS_LIMIT:
            raise ValueError(f"{pattern!r} means more than {HOSTS_LIMIT} hosts")
        names = [name + head + step for name in names for step in steps]
    return [name + rest for name in names]


def _without_port(text: str) -> tuple[str, int | None]:
    port = None
    for pattern in (_BRACKETED_PORT, _PLAIN_PORT):
        found = pattern.fullmatch(text)
        if found:
            text, port = found[1], int(found[2])
    return text, port


@lru_cache(maxsize=1024)
def _named(text: str) -> bool:
    if _HOST_NAME.fullmatch(text):
        return True
    try:
        ipaddress.IPv6Address(_HEX_RANGE.sub("0", text))
    except ValueError:
        return False
    return "%" not in text


def _sequence(inside: str) -> list[str]:
    """The steps of one range: `01:50:2` or `a:f`."""
    bounds = inside.split(":")
    if len(bounds) not in {2, 3}:
        raise ValueError(f"the range [{inside}] must be [begin:end] or [begin:end:step]")
    first, last = bounds[0] or "0", bounds[1]
    if not last:
        raise ValueError(f"the range [{inside}] has no end")
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and width != len(last):
        raise ValueError(f"the two ends of the range [{inside}] must be equally long, as the first starts with 0")
    if first in string.ascii_letters and last in string.ascii_letters:
        return _letters(inside, first, last, _step(inside, bounds))
    if not (first.isdecimal() and last.isdecimal()):
        raise ValueError(f"the range [{inside}] must be of numbers or of single letters")
    numbers = range(int(first), int(last) + 1, _step(inside, bounds))
    if len(numbers) > HOSTS_LIMIT:
        raise ValueError(f"the range [{inside}] means more than {HOSTS_LIMIT} hosts")
    return [str(number).zfill(width) for number in numbers]


def _letters(inside: str, first: str, last: str, step: int) -> list[str]:
    begin, end = string.ascii_letters.index(first), string.ascii_letters.index(last)
    if begin > end:
        raise ValueError(f"the range [{inside}] must begin before it ends")
    return list(string.ascii_letters[begin : end + 1 : step])


def _step(inside: str, bounds: list[str]) -> int:
    text = bounds[2] if len(bounds) > 2 else "1"
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"the step of the range [{inside}] must be a number from 1")
    return int(text)
