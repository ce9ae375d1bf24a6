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
        fields: What rules match and descriptions show; control characters escaped. Those of a log line are named in
            lower case and hold the line's own characters: they are escaped where they are shown.
        log: A log line's text behind its header.
        hostname: As the header of a log line claims it.
        program: The program that wrote a log line, by its header.
        decoder: The name of the decoder that had the last word on a log line.
        category: The decoder's type, such as `syslog` or `firewall`; rules of logs hang below one.
        novelty: What rules that ask for a first time remember: the decoder's name and the values that it chose.
        names: Fields of a log line whose name was written with capitals, to this spelling.
    """

    at: float
    host: str
    kind: str
    location: str
    text: str = ""
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    log: str = ""
    hostname: str | None = None
    program: str | None = None
    decoder: str | None = None
    category: str = ""
    novelty: str = ""
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
