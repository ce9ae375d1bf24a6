"""What is reported when a rule matches."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ospatrol.engine.check import REFERENCE
from ospatrol.engine.condition import in_bytes
from ospatrol.engine.field import LOG_KIND, reader
from ospatrol.model.alert import Alert
from ospatrol.model.decoder import Semantics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.model.event import Event
    from ospatrol.model.rule import Rule

_VALUE_LIMIT = 400
_WAZUH_LIMIT = 1024
_OF_HEADER = frozenset({"hostname", "program_name"})  # what descriptions of OSSEC and Wazuh may name beside fields


def alert_of(rule: Rule, event: Event) -> Alert | None:
    """The alert that a rule raises; None for one of level 0.

    The description has each `$(field)` replaced by the event's value, cut at 400 characters, or by `-` where the event
    has none. The same event judged by the same rule always has the same id.
    """
    if not rule.level:
        return None
    return Alert(
        id=_fingerprint(rule.id, event),
        rule=rule.id,
        level=rule.level,
        description=described(rule, event),
        event=event,
        groups=rule.groups,
        mitre=rule.mitre,
        compliance=rule.compliance,
    )


def described(rule: Rule, event: Event) -> str:
    """A rule's description with each `$(field)` replaced as `alert_of` says.

    Rules of OSSEC and Wazuh have nothing in place of a field that is missing, and Wazuh's stay as written where the
    text would reach 1,024 characters.
    """
    native = rule.semantics is Semantics.NATIVE
    written = in_bytes(rule.description) if native and event.kind == LOG_KIND else rule.description  # as its values are
    if "$(" not in written:
        return written
    text = REFERENCE.sub(lambda found: _shown(event, found[1], native=native), written)
    return written if rule.semantics is Semantics.WAZUH and len(text) >= _WAZUH_LIMIT else text


def _shown(event: Event, name: str, *, native: bool) -> str:
    if event.kind == LOG_KIND:
        name = name.lower()
    value = reader(name, captured=not native and name not in _OF_HEADER)(event) or ("-" if native else "")
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
