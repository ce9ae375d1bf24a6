"""Event in, alert out: the one way to an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.engine.alert import alert_of
from ospatrol.engine.match import match

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset
    from ospatrol.model.alert import Alert
    from ospatrol.model.event import Event


def judge(ruleset: Ruleset, event: Event) -> Alert | None:
    """The alert that an event raises; None if no rule matches, or one of level 0 has the last word.

    Judging has two steps. `match` is stateless and may run in any process. Between it and `alert_of`, correlation
    (frequency, same and different fields, first time seen) will take a match and keyed state to a match: rules have no
    such conditions yet, so there is nothing between the two.
    """
    found = match(ruleset, event)
    return alert_of(found, event) if found else None
