"""Fields that a line leaves out, filled in from earlier lines of the same conversation."""

from __future__ import annotations

import msgspec

from ospatrol.decode.decode import Decoded

_EXPIRY_S = 120
_KEYS = 16_384
_VALUE_LIMIT = 80
_LONG = 1024  # characters of host and id; what is longer would fill the memory, and is no conversation's
_FILLED = ("dstuser", "srcuser", "dstip", "srcip", "dstport", "srcport", "data")


class _Known(msgspec.Struct):
    at: float
    fields: dict[str, str]


class Accumulator:
    """What was said of conversations, by host, decoder and id; bounded, and forgotten after two minutes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], _Known] = {}

    def fill(self, decoded: Decoded, hostname: str, at: float) -> None:
        """Give a line what earlier lines of its id said, and remember what it says itself.

        Args:
            decoded: Of a decoder that accumulates.
            hostname: Whose line it is.
            at: Its time: seconds since the epoch.
        """
        identity, key = decoded.identity, decoded.fields.get("id")
        if identity is None or not key or len(key) + len(hostname) > _LONG:
            return
        whose = (hostname, identity.name, key)
        known = self._known.pop(whose, None)
        if known is None or at - known.at > _EXPIRY_S:
            known = _Known(at, {})
        said = {name: value for name in _FILLED if (value := decoded.fields.get(name)) and len(value) < _VALUE_LIMIT}
        for name, value in known.fields.items():
            if not decoded.fields.get(name):
                decoded.fields[name] = value
                decoded.made = True
        known.fields = {**said, **known.fields}
        known.at = at
        if len(self._known) >= _KEYS:
            del self._known[next(iter(self._known))]
        self._known[whose] = known
