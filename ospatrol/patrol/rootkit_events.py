"""What is new of a host's rootkit findings, as events for rules to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from ospatrol.comply.rootkit import Kind, RootkitFinding
from ospatrol.comply.rootkit_facts import Look
from ospatrol.model.event import Event

KIND = "rootkit"
FIELDS: Mapping[str, tuple[str, ...]] = {
    KIND: (
        "change",
        "finding",
        "what",
        "because",
        "signature",
        "reference",
        "standing",
        "package",
        "place",
        "count",
    )
}
"""Kind of event to every field that an event of it may have."""

_LIMIT = 600
_MANY = 20
_NAMED = 10
_USUAL = frozenset({Kind.WRITABLE_FILE, Kind.WRITABLE_DIRECTORY, Kind.UNOWNED})
"""What any host may have by the thousand; that is said in sum."""


class Change(StrEnum):
    """What became of a finding since the last look."""

    FOUND = "found"
    CHANGED = "changed"
    GONE = "gone"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What one look adds to what was known.

    Attributes:
        standing: What stands now: what was found, and what could not be looked at again.
        news: What changed, in order.
    """

    standing: tuple[RootkitFinding, ...]
    news: tuple[tuple[Change, RootkitFinding], ...]


def compare_findings(
    before: Sequence[RootkitFinding], now: Sequence[RootkitFinding], complete: frozenset[Look]
) -> Compared:
    """What became of findings.

    Args:
        before: What stood.
        now: What was found.
        complete: Looks that saw all: only there is what was not found gone.
    """
    past = {(each.kind, each.what): each for each in before}
    found = {(each.kind, each.what): each for each in now}
    news = [
        (Change.CHANGED if key in past else Change.FOUND, each) for key, each in found.items() if past.get(key) != each
    ]
    missing = [each for key, each in past.items() if key not in found]
    news += [(Change.GONE, each) for each in missing if each.kind.look in complete]
    unseen = [each for each in missing if each.kind.look not in complete]
    return Compared(standing=(*found.values(), *unseen), news=tuple(news))


def rootkit_events(
    news: Sequence[tuple[Change, RootkitFinding]], *, host: str, at: float, location: str
) -> Iterator[Event]:
    """One event a finding; of what is usual, one for more than twenty of a kind at once.

    Args:
        news: What changed.
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        location: The collector and its task.
    """
    heaps: dict[tuple[Change, Kind, bool], list[RootkitFinding]] = {}
    for change, finding in news:
        heaps.setdefault((change, finding.kind, bool(finding.place)), []).append(finding)
    for (change, kind, _), heap in heaps.items():
        if kind in _USUAL and len(heap) > _MANY:
            yield _event(_in_sum(change, heap), host, at, location)
            continue
        for finding in heap:
            yield _event(_alone(change, finding), host, at, location)


def _alone(change: Change, finding: RootkitFinding) -> dict[str, str]:
    return {
        "change": change.value,
        "finding": finding.kind.value,
        "what": finding.what,
        "because": finding.because,
        "signature": finding.signature,
        "reference": finding.reference,
        "standing": finding.standing.value if finding.standing else "",
        "package": finding.package,
        "place": finding.place,
    }


def _in_sum(change: Change, heap: Sequence[RootkitFinding]) -> dict[str, str]:
    named = ", ".join(finding.what for finding in heap[:_NAMED])
    return {
        "change": change.value,
        "finding": heap[0].kind.value,
        "what": f"{named} and {len(heap) - _NAMED} more",
        "because": heap[0].because,
        "place": heap[0].place,
        "count": str(len(heap)),
    }


def _event(fields: Mapping[str, str], host: str, at: float, location: str) -> Event:
    kept = {name: _cut(value) for name, value in fields.items() if value}
    text = f"{kept['finding']} {kept['what']}: {kept['change']}: {kept['because']}"
    return Event(at=at, host=host, kind=KIND, location=location, text=_cut(text), fields=kept)


def _cut(text: str) -> str:
    """At most so long; it is escaped already."""
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}...(+{len(text) - _LIMIT})"
