"""What a run looked at and what it did not, counted once for every format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.run import HostStatus, RunResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.model.run import HostResult, TaskResult


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of a run.

    Attributes:
        hosts: How many the run was to assess.
        assessed: How many were assessed whole.
        partly: How many were assessed with something missing.
        failed: How many could not be assessed.
        left_out: How many an interruption left out.
        entries: Files, directories and so on that were looked at.
        hashed: Files whose content was read.
        reused: Files whose digest was carried over because nothing about them moved.
        missing: Reason to how many things were not assessed for it.
        not_collectable: Attribute of files to how many hosts have no tool to tell it.
        unapproved: Hosts and tasks whose baseline nobody approved, in order.
        alerts: New alerts.
        worst: The highest level among them; -1 without any.
    """

    hosts: int
    assessed: int
    partly: int
    failed: int
    left_out: int
    entries: int
    hashed: int
    reused: int
    missing: dict[str, int]
    not_collectable: dict[str, int]
    unapproved: tuple[tuple[str, str], ...]
    alerts: int
    worst: int

    @property
    def incomplete(self) -> bool:
        """Whether anything that was to be assessed was not."""
        return bool(self.partly or self.failed or self.left_out)


def coverage_of(result: RunResult) -> Coverage:
    """A run's counts."""
    statuses = Counter(host.status for host in result.hosts)
    tasks = [task for _, task in _tasks(result)]
    missing = Counter(failure.reason.value for task in tasks for failure in task.failures if failure.is_gap)
    missing.update(host.step or "error" for host in result.hosts if host.status is HostStatus.FAILED)
    untold = {
        (host.host, failure.what) for host, task in _tasks(result) for failure in task.failures if not failure.is_gap
    }
    return Coverage(
        hosts=result.planned,
        assessed=statuses[HostStatus.ASSESSED],
        partly=statuses[HostStatus.PARTLY],
        failed=statuses[HostStatus.FAILED],
        left_out=result.planned - len(result.hosts),
        entries=sum(task.entries for task in tasks),
        hashed=sum(task.hashed for task in tasks),
        reused=sum(task.reused for task in tasks),
        missing=dict(sorted(missing.items())),
        not_collectable=dict(sorted(Counter(what for _, what in untold).items())),
        unapproved=tuple((host.host, task.task) for host, task in _tasks(result) if task.baseline == "proposed"),
        alerts=sum(host.alerts for host in result.hosts),
        worst=max((host.worst for host in result.hosts), default=-1),
    )


def coverage_line(coverage: Coverage) -> str:
    """One line that says what was assessed and what was not; incomplete never reads as clean."""
    parts = [f"{coverage.assessed} of {coverage.hosts} host{_s(coverage.hosts)} assessed"]
    if coverage.partly:
        parts.append(f"{coverage.partly} partly")
    if coverage.failed:
        parts.append(f"{coverage.failed} not")
    if coverage.left_out:
        parts.append(f"{coverage.left_out} left out (interrupted)")
    if coverage.entries:
        parts.append(_looked_at(coverage))
    if coverage.missing:
        named = ", ".join(f"{count:,} {reason}" for reason, count in coverage.missing.items())
        parts.append(f"NOT ASSESSED: {named}")
    elif not coverage.incomplete:
        parts.append("nothing left out")
    if coverage.not_collectable:
        named = ", ".join(f"{what} on {hosts:,}" for what, hosts in coverage.not_collectable.items())
        parts.append(f"not collectable: {named} host{_s(max(coverage.not_collectable.values()))}")
    return f"coverage: {'; '.join(parts)}"


def _looked_at(coverage: Coverage) -> str:
    entries = f"{coverage.entries:,} entr{'y' if coverage.entries == 1 else 'ies'}"
    if not coverage.hashed and not coverage.reused:  # of what are no files, none is
        return entries
    return f"{entries}, {coverage.hashed:,} hashed, {coverage.reused:,} unchanged"


def _tasks(result: RunResult) -> Iterator[tuple[HostResult, TaskResult]]:
    return ((host, task) for host in result.hosts for task in host.tasks)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
