"""Waivers are laid over verdicts: what is waived still fails, or is still not assessed, and says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.policy import Finding, Status, Verdict, Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts with waivers, and what became of these.

    Attributes:
        verdicts: As given, but each finding that fails or is not assessed, and is covered, names its waiver.
        used: Waivers that cover a finding.
        unused: Waivers about policies or checks that have not ended and cover none.
        expired: Waivers of any sort that have ended; they cover nothing.
    """

    verdicts: tuple[Verdict, ...]
    used: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expired: tuple[Waiver, ...] = ()


_WAIVABLE = frozenset({Status.FAIL, Status.NOT_ASSESSED})


def waive(
    verdicts: Iterable[Verdict],
    waivers: Sequence[Waiver],
    today: date,
    matches_host: Callable[[str, str], bool],
) -> Waived:
    """Verdicts with waivers laid over them.

    Args:
        verdicts: Of any hosts and policies.
        waivers: The first of several that cover a finding is named in it; all of them are used.
        today: In UTC; a waiver still covers on the day on which it expires.
        matches_host: Whether a host pattern, the first argument, means a host.
    """
    current = [waiver for waiver in waivers if not has_expired(waiver, today)]
    about = [waiver for waiver in current if waiver.policies or waiver.checks]
    used: set[str] = set()
    laid: list[Verdict] = []
    for verdict in verdicts:
        here = [
            waiver
            for waiver in about
            if _any(waiver.policies, verdict.policy) and matches_host(waiver.hosts, verdict.host)
        ]
        findings = tuple(_covered(finding, here, used) for finding in verdict.findings)
        laid.append(msgspec.structs.replace(verdict, findings=findings))
    return Waived(
        verdicts=tuple(laid),
        used=tuple(waiver for waiver in about if waiver.id in used),
        unused=tuple(waiver for waiver in about if waiver.id not in used),
        expired=tuple(waiver for waiver in waivers if has_expired(waiver, today)),
    )


def has_expired(waiver: Waiver, today: date) -> bool:
    """Whether the end of a waiver's last day, UTC, lies behind; one whose day is none has."""
    try:
        return date.fromisoformat(waiver.expires) < today
    except ValueError:
        return True


def _covered(finding: Finding, waivers: Sequence[Waiver], used: set[str]) -> Finding:
    if finding.status not in _WAIVABLE:
        return finding
    # what was not assessed may be anything: only who names the check lives with that
    named = finding.status is Status.NOT_ASSESSED
    covering = [
        waiver.id
        for waiver in waivers
        if (finding.check in waiver.checks if named else _any(waiver.checks, finding.check))
    ]
    used.update(covering)
    return msgspec.structs.replace(finding, waiver=covering[0]) if covering else finding


def _any(globs: Sequence[str], name: str) -> bool:
    """Whether one of some globs means a name; none mean all."""
    return not globs or any(fnmatchcase(name, glob) for glob in globs)
