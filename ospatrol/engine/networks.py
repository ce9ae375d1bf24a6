"""Addresses compared with networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

_Span: TypeAlias = tuple[int, int, int]
"""Version of the protocol, first and last address."""

_EVERYTHING = "any"
_LONGEST = 128  # characters; an address of version 6 has 39, and perhaps a zone behind it


def span(written: str) -> tuple[_Span, ...]:
    """The addresses that a network covers; `any` covers all of both versions.

    Raises:
        ValueError: it is no address, `address/length` or `address/mask`.
    """
    if written.lower() == _EVERYTHING:
        return ((4, 0, 2**32 - 1), (6, 0, 2**128 - 1))
    network = ip_network(written, strict=False)
    return ((network.version, int(network.network_address), int(network.broadcast_address)),)


def within(operands: tuple[str, ...]) -> Callable[[str], bool]:
    """A test whether an address lies in the first network of some that covers it.

    Args:
        operands: Networks, each perhaps behind a `!` for one that must not cover the address. Where none covers it, the
            answer is yes only if the last has a `!` (OSSEC).
    """
    spans = [(one, not each.startswith("!")) for each in operands for one in span(each.removeprefix("!"))]
    rest = operands[-1].startswith("!")

    def covers(value: str) -> bool:
        number = _number(value) if len(value) <= _LONGEST else None
        if number is None:
            return False
        version, address = number
        for (other, first, last), said in spans:
            if version == other and first <= address <= last:
                return said
        return rest

    return covers


@lru_cache(maxsize=4096)
def _number(value: str) -> tuple[int, int] | None:
    try:
        address: IPv4Address | IPv6Address = ip_address(value)
    except ValueError:
        return None
    return address.version, int(address)
