"""Everything that OSPatrol learns, in the one form that rules judge."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was learnt of a host, by asking it or by being told.

    Attributes:
        at: When it was learnt: seconds since the epoch, UTC.
        host: The inventory name.
        kind: What sort of event, such as `integrity`; rules choose by it first.
        location: Where it comes from: a collector and its task, a log file, a socket.
        text: One line for a person; control characters escaped.
        fields: What rules match and descriptions show; control characters escaped.
    """

    at: float
    host: str
    kind: str
    location: str
    text: str = ""
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
