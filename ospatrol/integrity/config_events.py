"""Changes of devices' configurations as events, under the field names that rules use."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ospatrol.model.event import Event
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ospatrol.integrity.config_diff import SectionChange
    from ospatrol.integrity.config_golden import GoldenDrift

KIND = "config"
FIELDS = (
    "change",
    "capture",
    "section",
    "topic",
    "added",
    "removed",
    "moved",
    "added_lines",
    "removed_lines",
    "sections",
    "shown",
    "secret",
    "by",
    "platform",
    "task",
    "context",
)
"""Every field that a `config` event may have; a field without a value is absent."""

MOST_EVENTS = 40
"""How many sections of one look are told one by one; the rest is told in one event."""
_LINES = 40
_LINE_LIMIT = 300
_SECTION_LIMIT = 400
_SHOWN_LINES = 3
_SHOWN = 80


class Told:
    """Whom and what events are about.

    Args:
        host: The inventory name.
        at: When it was learnt: seconds since the epoch, UTC.
        task: The task's name.
        platform: The profile's.
        context: The virtual system's name; empty where the device has none.
        called: What the platform calls virtual systems.
    """

    def __init__(
        self, *, host: str, at: float, task: str, platform: str, context: str = "", called: str = "context"
    ) -> None:
        self.host = host
        self.at = at
        self.location = f"config:{task}@{context}" if context else f"config:{task}"
        self._common = {"task": task, "platform": platform, "context": context}
        self._within = f"{called} {context}" if context else ""

    def changed(self, changes: Sequence[SectionChange], *, capture: str, by: str = "") -> Iterator[Event]:
        """One event a section that changed; `change` is `changed`, or `secret` where nothing but secrets did."""
        for change in changes[:MOST_EVENTS]:
            said = "secret" if change.only_secrets else "changed"
            yield self._event(said, f"{capture} configuration", {"capture": capture, "by": by, **_fields(change)})
        yield from self._rest("changed", len(changes) - MOST_EVENTS, capture)

    def unsaved(self, changes: Sequence[SectionChange]) -> Event:
        """What runs is not what the next start will use."""
        fields = _summed(changes)
        return self._event("unsaved", "running and startup configuration differ", fields)

    def saved(self) -> Event:
        """What runs is what the next start will use again."""
        return self._event("saved", "running and startup configuration are the same again", {})

    def golden(self, drifts: Sequence[GoldenDrift]) -> Iterator[Event]:
        """One event a block that is not as it must be: `removed` is what it lacks, `added` what it must not have."""
        for drift in drifts[:MOST_EVENTS]:
            fields = {
                "section": _section(drift.section),
                "removed": _folded(drift.missing),
                "added": _folded(drift.extra),
                "removed_lines": _count(drift.missing),
                "added_lines": _count(drift.extra),
                "shown": _golden(drift),
            }
            yield self._event("golden", "not as the golden configuration says", fields)
        yield from self._rest("golden", len(drifts) - MOST_EVENTS, "running")

    def golden_met(self) -> Event:
        """It is as the golden configuration says again."""
        return self._event("golden met", "as the golden configuration says again", {})

    def history_gone(self, digest: str) -> Event:
        """What was kept of the device is not there any more, so that what changed cannot be told."""
        text = f"the history of its configuration is gone; {digest[:12]} was kept"
        return self._event("history gone", text, {"capture": "running"})

    def _rest(self, change: str, left: int, capture: str) -> Iterator[Event]:
        if left > 0:
            fields = {"capture": capture, "sections": str(left), "topic": "other"}
            yield self._event(change, f"{left} more sections differ", fields)

    def _event(self, change: str, what: str, fields: dict[str, str]) -> Event:
        kept = {name: value for name, value in {"change": change, **self._common, **fields}.items() if value}
        where = f" [{kept['section']}]" if "section" in kept else ""
        if self._within:  # rules say what is shown, or else the section
            what = f"{what} of {self._within}"
            told = "shown" if "shown" in kept else "section"
            kept[told] = f"{self._within}: {kept[told]}" if told in kept else self._within
        counts = f" +{kept.get('added_lines', '0')} -{kept.get('removed_lines', '0')}"
        counted = counts if {"added_lines", "removed_lines"} & kept.keys() else ""
        by = f" by {kept['by']}" if "by" in kept else ""
        text = escape_controls(f"{what}: {change}{where}{counted}{by}", 2 * _SECTION_LIMIT)
        return Event(at=self.at, host=self.host, kind=KIND, location=self.location, text=text, fields=kept)


def digest_of_changes(changes: Sequence[SectionChange] | Sequence[GoldenDrift]) -> str:
    """What tells one set of differences from another; empty if there are none."""
    return sha256(repr(changes).encode("utf-8", "surrogatepass")).hexdigest() if changes else ""


def _fields(change: SectionChange) -> dict[str, str]:
    return {
        "section": _section(change.section),
        "topic": change.topic,
        "added": _folded(change.added),
        "removed": _folded(change.removed),
        "moved": _folded(change.moved),
        "added_lines": _count(change.added),
        "removed_lines": _count(change.removed),
        "shown": _shown(change),
        "secret": "yes" if change.touches_secret else "",
    }


def _shown(change: SectionChange) -> str:
    """The change in half a line, for whoever reads alerts: `interface Gi0/1: + shutdown, - no shutdown`."""
    lines = [*(f"+ {line.strip()}" for line in change.added), *(f"- {line.strip()}" for line in change.removed)]
    lines = lines or [f"moved {line.strip()}" for line in change.moved]
    more = f", and {len(lines) - _SHOWN_LINES} more lines" if len(lines) > _SHOWN_LINES else ""
    told = ", ".join(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..." for line in lines[:_SHOWN_LINES])
    where = _section(change.section)
    return f"{where[:_SHOWN]}: {told}{more}" if where else f"{told}{more}"


def _golden(drift: GoldenDrift) -> str:
    lacks = [f"lacks `{line.strip()[:_SHOWN]}`" for line in drift.missing[:_SHOWN_LINES]]
    extra = [f"must not have `{line.strip()[:_SHOWN]}`" for line in drift.extra[:_SHOWN_LINES]]
    more = len(drift.missing) + len(drift.extra) - len(lacks) - len(extra)
    told = ", ".join([*lacks, *extra, *([f"and {more} more lines"] if more else [])])
    where = _section(drift.section)
    return f"{where[:_SHOWN]}: {told}" if where else told


def _summed(changes: Sequence[SectionChange]) -> dict[str, str]:
    added = [line for change in changes for line in change.added]
    removed = [line for change in changes for line in change.removed]
    named = [change.section[0] if change.section else change.topic for change in changes[:10]]
    return {
        "section": _section((", ".join(dict.fromkeys(named)),)),
        "sections": str(len(changes)),
        "topic": changes[0].topic if changes else "",
        "added": _folded(added),
        "removed": _folded(removed),
        "added_lines": _count(added),
        "removed_lines": _count(removed),
    }


def _section(section: Sequence[str]) -> str:
    text = " / ".join(section)
    return text if len(text) <= _SECTION_LIMIT else f"{text[:_SECTION_LIMIT]}...(+{len(text) - _SECTION_LIMIT})"


def _folded(lines: Sequence[str]) -> str:
    r"""Lines in one, a `\n` between them; what is cut is counted."""
    shown = [line if len(line) <= _LINE_LIMIT else f"{line[:_LINE_LIMIT]}..." for line in lines[:_LINES]]
    if len(lines) > _LINES:
        shown.append(f"... {len(lines) - _LINES} more lines")
    return "\\n".join(shown)


def _count(lines: Sequence[str]) -> str:
    return str(len(lines)) if lines else ""
