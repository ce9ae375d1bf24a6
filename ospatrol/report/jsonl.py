"""A run as JSON lines: each alert a line, then each host, then the coverage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.run import RunResult
from ospatrol.report.coverage import coverage_of
from ospatrol.report.report import Report
from ospatrol.report.view import alert_view, run_view


def write_jsonl(result: RunResult, alerts: Iterable[Alert], out: TextIO) -> None:
    """Every line is an object whose `record` says what it is: `alert`, `host` or `run`."""

    def line(record: str, value: object) -> None:
        out.write(msgspec.json.encode({"record": record, **msgspec.to_builtins(value)}).decode() + "\n")

    for alert in alerts:
        line("alert", alert_view(alert))
    for host in result.hosts:
        line("host", host)
    line("run", {**run_view(result), "coverage": coverage_of(result)})


REPORT = Report(name="jsonl", write=write_jsonl)
