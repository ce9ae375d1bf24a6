"""What `ospatrol store` says to people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from ospatrol.store.upkeep import GcReport, Problem, StoreStats


def said_of_stats(stats: StoreStats) -> str:
    """The figures, a line each."""
    free, log = _size(stats.free_bytes), _size(stats.log_bytes)
    lines = [
        f"database  {_size(stats.database_bytes)}, {free} of it free, log {log}{_budget(stats)}",
        f"hosts     {stats.hosts}",
        f"alerts    {stats.rows['alert']}{_span(stats.oldest_alert, stats.newest_alert)}",
        f"runs      {stats.rows['run']}{_span(stats.oldest_run, stats.newest_run)}",
        f"sent      {stats.rows['sent']} commands, {stats.rows['command']} different",
    ]
    lines += [
        f"{blob.kind:<9} {blob.count}, {_size(blob.stored_bytes)} for {_size(blob.plain_bytes)}" for blob in stats.blobs
    ]
    lines += [f"{each.kind:<9} {each.count}, {_size(each.stored_bytes)}" for each in stats.files]
    return "\n".join(lines)


def said_of_gc(report: GcReport) -> str:
    """What was removed, in three lines."""
    verb = "would remove" if report.dry_run else "removed"
    room = "" if report.dry_run else f"; database {_size(report.before_bytes)} -> {_size(report.after_bytes)}"
    over = "; more than its budget" if report.over_budget else ""
    return (
        f"{verb} {report.alerts} alerts, {report.runs} runs, {report.sent} lines of transcripts, "
        f"{report.snapshots} entries of histories\n"
        f"{verb} {report.facts} facts of hosts and the verdicts on {report.verdicts}, {_size(report.file_bytes)}\n"
        f"{verb} {report.blobs} contents, {_size(report.blob_bytes)}{room}{over}"
    )


def said_of_problems(problems: tuple[Problem, ...]) -> str:
    """Each problem on a line, and how many there are."""
    lines = [escape_controls(f"{each.kind}: {each.what}: {each.detail}", 1000) for each in problems]
    return "\n".join([*lines, f"{len(problems)} problems" if problems else "sound"])


def _budget(stats: StoreStats) -> str:
    if not stats.budget_bytes:
        return ""
    return f", {'MORE THAN' if stats.over_budget else 'of'} {_size(stats.budget_bytes)} allowed"


def _span(oldest: float | None, newest: float | None) -> str:
    if oldest is None or newest is None:
        return ""
    return f", {_day(oldest)} to {_day(newest)}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
