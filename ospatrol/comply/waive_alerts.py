"""Waivers are laid over alerts: what is waived was raised and is stored, and says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from ospatrol.comply.waive import has_expired
from ospatrol.model.alert import Alert
from ospatrol.model.policy import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ospatrol.model.event import Event

_POLICY = "policy"
_LOG = "log"


class WaivedAlerts(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts with waivers, and what became of these.

    Attributes:
        alerts: As given, but each that is covered names its waiver.
        used: Waivers that cover an alert.
        unused: Waivers about alerts that have not ended and cover none.
        expired: Waivers of any sort that have ended; they cover nothing.
    """

    alerts: tuple[Alert, ...]
    used: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expired: tuple[Waiver, ...] = ()


def waive_alerts(
    alerts: Iterable[Alert],
    waivers: Sequence[Waiver],
    today: date,
    matches_host: Callable[[str, str], bool],
) -> WaivedAlerts:
    """Alerts with waivers laid over them.

    Args:
        alerts: Of any hosts and rules.
        waivers: The first of several that cover an alert is named in it; all of them are used.
        today: In UTC; a waiver still covers on the day on which it expires.
        matches_host: Whether a host pattern, the first argument, means a host.
    """
    current = [waiver for waiver in waivers if not has_expired(waiver, today)]
    used: set[str] = set()
    laid: list[Alert] = []
    for alert in alerts:
        covering = [waiver.id for waiver in current if covers(waiver, alert, matches_host)]
        used.update(covering)
        laid.append(msgspec.structs.replace(alert, waiver=covering[0]) if covering else alert)
    return WaivedAlerts(
        alerts=tuple(laid),
        used=tuple(waiver for waiver in current if waiver.id in used),
        unused=tuple(waiver for waiver in current if _is_about_alerts(waiver) and waiver.id not in used),
        expired=tuple(waiver for waiver in waivers if has_expired(waiver, today)),
    )


def idle(
    unused: Iterable[Waiver],
    hosts: Sequence[str],
    earlier: Iterable[Alert],
    matches_host: Callable[[str, str], bool],
) -> tuple[Waiver, ...]:
    """Which of some waivers are about one of some hosts, and cover nothing that was raised earlier either.

    A change is told once: what covers one that still stands is of use though the last run raised no alert of it.

    Args:
        unused: Waivers about alerts.
        hosts: Those of a run; a waiver about none of them could not be used.
        earlier: Alerts of earlier runs, read no further than needed.
        matches_host: Whether a host pattern, the first argument, means a host.
    """
    left = [waiver for waiver in unused if any(matches_host(waiver.hosts, host) for host in hosts)]
    for alert in earlier if left else ():
        left = [waiver for waiver in left if not covers(waiver, alert, matches_host)]
        if not left:
            break
    return tuple(left)


def covers(waiver: Waiver, alert: Alert, matches_host: Callable[[str, str], bool]) -> bool:
    """Whether a waiver is about an alert, whatever its day."""
    fields = alert.event.fields
    about = False
    if _is_about_alerts(waiver):
        about = (not waiver.rules or alert.rule in waiver.rules) and _meets_paths(waiver, alert.event)
    if (waiver.policies or waiver.checks) and not about and alert.event.kind == _POLICY and "check" in fields:
        about = _any(waiver.policies, fields.get("policy", "")) and _any(waiver.checks, fields["check"])
    return about and matches_host(waiver.hosts, alert.event.host)


def _meets_paths(waiver: Waiver, event: Event) -> bool:
    """Whether an event is about a file that a waiver means; what a line of a log calls a path, anybody can write."""
    path = "" if event.kind == _LOG else event.fields.get("path", "")
    return not waiver.paths or any(fnmatchcase(path, glob) for glob in waiver.paths)


def _is_about_alerts(waiver: Waiver) -> bool:
    return bool(waiver.rules or waiver.paths)


def _any(globs: Sequence[str], name: str) -> bool:
    """Whether one of some globs means a name; none mean all."""
    return not globs or any(fnmatchcase(name, glob) for glob in globs)
