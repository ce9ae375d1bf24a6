"""What is to be said of a host besides changes of its files, as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.integrity.digest import PackageStep
from ospatrol.model.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ospatrol.integrity.digest import PackageChange, PackageDigest

FIELDS: Mapping[str, tuple[str, ...]] = {
    "host_key": ("seen", "known", "problem"),
    "packages": ("upgraded", "installed", "removed", "packages", "files"),
    "coverage": ("status", "step", "reason", "what", "missed"),
    "baseline": ("state", "task", "entries"),
    "clock": ("skew_s", "direction"),
}
"""Kind of event to every field that an event of it may have."""

_NAMED = 10


def host_key_changed(*, host: str, at: float, seen: str, known: Iterable[str], problem: str = "") -> Event:
    """The host showed another key than the one on record; kind `host_key`.

    Args:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        seen: Fingerprint of the key shown.
        known: Fingerprints on record.
        problem: The error's sentence, escaped.
    """
    fields = {"seen": seen, "known": " ".join(known), "problem": problem}
    text = f"host key changed: {host} shows {seen}; on record {fields['known'] or 'none'}"
    return Event(at=at, host=host, kind="host_key", location="ssh", text=text, fields=_filled(fields))


def packages_changed(digest: PackageDigest, *, host: str, at: float, location: str) -> Event:
    """All explained changes of a scan in one line; kind `packages`."""
    counts = {step.value: digest.counted(step) for step in PackageStep}
    said = ", ".join(f"{count} {step}" for step, count in counts.items() if count) or "none changed"
    named = ", ".join(_said(package) for package in digest.packages[:_NAMED])
    more = f" and {len(digest.packages) - _NAMED} more" if len(digest.packages) > _NAMED else ""
    fields = {step: str(count) for step, count in counts.items()}
    fields |= {"packages": f"{named}{more}", "files": str(digest.files)}
    text = f"packages: {said}; they explain {digest.files} changed files: {named}{more}"
    return Event(at=at, host=host, kind="packages", location=location, text=text, fields=_filled(fields))


def host_not_assessed(*, host: str, at: float, step: str, reason: str) -> Event:
    """Nothing was learnt of a host; kind `coverage`, status `not assessed`.

    Args:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        step: Where it failed, as `ospatrol doctor` names steps.
        reason: A sentence, escaped.
    """
    fields = {"status": "not assessed", "step": step, "reason": reason}
    text = f"not assessed: {step}: {reason}"
    return Event(at=at, host=host, kind="coverage", location=step, text=text, fields=_filled(fields))


def host_partly_assessed(*, host: str, at: float, location: str, what: Iterable[str], missed: int) -> Event:
    """Something of a task was not learnt; kind `coverage`, status `partly assessed`.

    Args:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        location: The collector and its task.
        what: The first few things that were missed, escaped.
        missed: How many there are in all.
    """
    fields = {"status": "partly assessed", "what": ", ".join(what), "missed": str(missed)}
    text = f"partly assessed: {missed} missed: {fields['what']}"
    return Event(at=at, host=host, kind="coverage", location=location, text=text, fields=_filled(fields))


def baseline_proposed(*, host: str, at: float, location: str, task: str, entries: int) -> Event:
    """A first scan was kept as a baseline that nobody has approved; kind `baseline`."""
    fields = {"state": "proposed", "task": task, "entries": str(entries)}
    text = f"baseline of {task} proposed with {entries} entries; nobody has approved it"
    return Event(at=at, host=host, kind="baseline", location=location, text=text, fields=_filled(fields))


def baseline_withdrawn(*, host: str, at: float, location: str, task: str) -> Event:
    """A baseline that was approved at the last scan is not any more; kind `baseline`."""
    fields = {"state": "withdrawn", "task": task}
    text = f"the approval of the baseline of {task} is gone; the first scan's is compared with again"
    return Event(at=at, host=host, kind="baseline", location=location, text=text, fields=fields)


def clock_skewed(*, host: str, at: float, skew_s: float) -> Event:
    """The host's clock differs from ours; kind `clock`.

    Args:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        skew_s: Host minus controller, in seconds.
    """
    direction = "ahead" if skew_s > 0 else "behind"
    fields = {"skew_s": f"{abs(skew_s):.0f}", "direction": direction}
    text = f"clock is {fields['skew_s']} s {direction}"
    return Event(at=at, host=host, kind="clock", location="clock", text=text, fields=fields)


def _said(package: PackageChange) -> str:
    if not package.was:
        return f"{package.name} {package.version}"
    return f"{package.name} {package.was} {f'-> {package.version}' if package.version else 'removed'}"


def _filled(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
