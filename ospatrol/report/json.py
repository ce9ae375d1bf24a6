"""A run as one JSON document, written alert by alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.run import RunResult
from ospatrol.report.coverage import coverage_of
from ospatrol.report.report import Report
from ospatrol.report.view import alert_view, run_view

_VERSION = 1


def write_json(result: RunResult, alerts: Iterable[Alert], out: TextIO) -> None:
    """`{"version", "run", "coverage", "hosts", "alerts"}`; times are UTC in ISO 8601."""
    head = {"version": _VERSION, "run": run_view(result), "coverage": coverage_of(result), "hosts": result.hosts}
    text = msgspec.json.encode(head).decode()
    out.write(text[:-1] + ',"alerts":[')
    separator = "\n"
    for alert in alerts:
        out.write(separator + msgspec.json.encode(alert_view(alert)).decode())
        separator = ",\n"
    out.write("]}\n")


REPORT = Report(name="json", write=write_json)
