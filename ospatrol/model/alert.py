"""What a rule said about an event."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ospatrol.model.event import Event


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's judgement of an event; stored before anyone is told.

    Attributes:
        id: Stable fingerprint of rule, host and what the event is about, and of the event's time: 16 hexadecimal
            digits.
        rule: The rule's id.
        level: 0 to 15.
        description: The rule's, with the event's values filled in.
        event: What was judged.
        groups: The rule's.
        mitre: The rule's.
        compliance: The rule's.
        waiver: The id of the waiver that covers it; empty for none, and always in the store: waivers are laid over
            alerts when these are shown. It stays visible and never causes exit status 3.
    """

    id: str
    rule: int
    level: int
    description: str
    event: Event
    groups: tuple[str, ...] = ()
    mitre: tuple[str, ...] = ()
    compliance: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    waiver: str = ""
