"""What is reported when a rule matches."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ospatrol.engine.check import REFERENCE
from ospatrol.engine.condition import value_of
from ospatrol.model.alert import Alert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.engine.match import Match
    from ospatrol.model.event import Event

_VALUE_LIMIT = 400


def alert_of(match: Match, event: Event) -> Alert | None:
    """The alert that a match raises; None for a rule of level 0.

    The description has each `$(field)` replaced by the event's value, cut at 400 characters, or by `-` where the event
    has none. The same event judged by the same rule always has the same id.
    """
    rule = match.rule
    if not rule.level:
        return None
    return Alert(
        id=_fingerprint(rule.id, event),
        rule=rule.id,
        level=rule.level,
        description=REFERENCE.sub(lambda found: _shown(event, found[1]), rule.description),
        event=event,
        groups=rule.groups,
        mitre=rule.mitre,
        compliance=rule.compliance,
    )


def _shown(event: Event, name: str) -> str:
    value = value_of(event, name) or "-"
    cut = len(value) - _VALUE_LIMIT
    return f"{value[:_VALUE_LIMIT]}...(+{cut})" if cut > 0 else value


def _fingerprint(rule: int, event: Event) -> str:
    whole = sha256()
    for part in _parts(rule, event):
        raw = part.encode("utf-8", "surrogateescape")
        whole.update(b"%d:" % len(raw) + raw)
    return whole.hexdigest()[:16]


def _parts(rule: int, event: Event) -> Iterator[str]:
    yield from (str(rule), event.host, event.kind, event.location, repr(event.at))
    for name, value in sorted(event.fields.items()):
        yield from (name, value)
