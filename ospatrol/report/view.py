"""Alerts and runs as machines read them: flat names, times in ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ospatrol.model.alert import Alert
from ospatrol.model.run import RunResult


def iso_time(at: float) -> str:
    """A moment as UTC in ISO 8601 with milliseconds: `2026-11-21T23:57:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alert_view(alert: Alert) -> Mapping[str, object]:
    """An alert as it stands in every machine-readable output."""
    return {
        "id": alert.id,
        "at": iso_time(alert.event.at),
        "host": alert.event.host,
        "level": alert.level,
        "rule": alert.rule,
        "description": alert.description,
        "kind": alert.event.kind,
        "location": alert.event.location,
        "text": alert.event.text,
        "groups": alert.groups,
        "mitre": alert.mitre,
        "compliance": alert.compliance,
        "waiver": alert.waiver,
        "fields": alert.event.fields,
    }


def run_view(result: RunResult) -> Mapping[str, object]:
    """What a run was, without its hosts."""
    return {
        "id": result.id,
        "play": result.play,
        "started": iso_time(result.started),
        "finished": iso_time(result.finished),
        "interrupted": result.interrupted,
        "planned": result.planned,
    }
