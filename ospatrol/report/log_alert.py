"""An alert on a log line, as one JSON line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from ospatrol.model.decoder import STATIC_FIELDS, Semantics
from ospatrol.model.event import Event
from ospatrol.model.rule import Option, Rule
from ospatrol.model.text import escape_controls

ECS: Mapping[str, str] = {
    "srcip": "source.ip",
    "srcport": "source.port",
    "srcuser": "source.user.name",
    "dstip": "destination.ip",
    "dstport": "destination.port",
    "dstuser": "user.name",
    "protocol": "network.transport",
    "action": "event.action",
    "id": "event.code",
    "status": "event.outcome",
    "url": "url.original",
    "system_name": "host.name",
}
"""OSSEC's names of fields to those of the Elastic Common Schema."""

_OSSEC_NAMES: Mapping[str, str] = {"data": "extra_data", "protocol": "proto"}
_TEXT_LIMIT = 65_536


class LogAlert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule said of a log line.

    Attributes:
        at: The event's time, ISO 8601 in UTC.
        rule: The rule's id.
        level: 0 to 16.
        description: With the event's values.
        decoder: That found the fields; None if none knew the line.
        location: The file or socket that the line came from.
        host: Who sent it.
        hostname: Who the line claims to come from.
        program: What it claims to have written it.
        fields: What the decoders found, by OSSEC's names.
        ecs: The same by the names of the Elastic Common Schema, as far as it has one.
        groups: The rule's.
        mitre: The rule's ATT&CK techniques.
        compliance: The rule's standards and requirements.
        log: The line; left out where the rule says `no_full_log`.
    """

    at: str
    rule: int
    level: int
    description: str
    decoder: str | None
    location: str
    host: str
    fields: dict[str, str]
    hostname: str | None = None
    program: str | None = None
    ecs: dict[str, str] = msgspec.field(default_factory=dict)
    groups: tuple[str, ...] = ()
    mitre: tuple[str, ...] = ()
    compliance: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    log: str = ""


_ENCODER = msgspec.json.Encoder()


def log_alert(rule: Rule, description: str, event: Event) -> LogAlert:
    """The alert that a rule raises on a log line; nothing in it can steer a terminal.

    Args:
        rule: Which.
        description: With the event's values filled in.
        event: The line; its characters are bytes.
    """
    fields = shown_fields(event, rule.semantics)
    return LogAlert(
        at=_iso(int(event.at)),
        rule=rule.id,
        level=rule.level,
        description=readable(description),
        decoder=_named(event.decoder) if event.decoder else event.decoder,
        location=readable(event.location),
        host=readable(event.host),
        hostname=readable(event.hostname) if event.hostname else None,
        program=readable(event.program) if event.program else None,
        fields=fields,
        ecs={ECS[name]: readable(value) for name, value in event.fields.items() if name in ECS and value},
        groups=_plain_groups(rule.groups, tuple(rule.compliance)),
        mitre=rule.mitre,
        compliance=rule.compliance,
        log="" if Option.NO_FULL_LOG in rule.options else readable(event.text),
    )


def shown_fields(event: Event, semantics: Semantics) -> dict[str, str]:
    """What decoders found, under the names as written, or as OSSEC prints them; only fixed fields may be empty."""
    names = _OSSEC_NAMES if semantics is Semantics.OSSEC else event.names
    return {
        readable(names.get(name, name)): readable(value)
        for name, value in event.fields.items()
        if value or name in STATIC_FIELDS
    }


def alert_line(alert: LogAlert) -> bytes:
    """The alert as a JSON object and a line break."""
    return _ENCODER.encode(alert) + b"\n"


def alert_text(alert: LogAlert) -> str:
    """The alert as one line for a person; nothing in it can steer a terminal."""
    told = f"{alert.at} level {alert.level:>2} rule {alert.rule} {alert.hostname or alert.host} {alert.location}"
    shown = f" | {alert.log}" if alert.log else ""
    return f"{told}: {alert.description}{shown}"


def readable(text: str) -> str:
    r"""A log's text, whose characters are bytes, as Unicode; what is no UTF-8 or no printable text as `\xff`."""
    if text.isascii() and text.isprintable() and "\\" not in text and len(text) <= _TEXT_LIMIT:
        return text
    if not text.isascii():
        text = text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    if text.isprintable() and len(text) <= _TEXT_LIMIT:
        return text
    return escape_controls(text, _TEXT_LIMIT)


@lru_cache(maxsize=16_384)
def _plain_groups(groups: tuple[str, ...], standards: tuple[str, ...]) -> tuple[str, ...]:
    """The groups without those that name a requirement, which stand under `compliance`."""
    standing = tuple(f"{standard}_" for standard in standards)
    return tuple(_named(each) for each in groups if not each.startswith(standing))


def _named(name: str) -> str:
    """What the author of a rule called something, which is no bytes unless it looks so."""
    return name if name.isprintable() else readable(name)


@lru_cache(maxsize=4096)
def _iso(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC).isoformat().replace("+00:00", "Z")
