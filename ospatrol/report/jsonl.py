"""A run as JSON lines: each alert a line, then each finding of a policy, then each host, then the coverage."""

from __future__ import annotations

from typing import TextIO

import msgspec

from ospatrol.report.compliance import before_of, findings_of
from ospatrol.report.compliance_json import finding_view
from ospatrol.report.compliance_text import readable
from ospatrol.report.coverage import coverage_of
from ospatrol.report.report import Report, RunReport
from ospatrol.report.view import alert_view, run_view


def write_jsonl(report: RunReport, out: TextIO) -> None:
    """Every line is an object whose `record` says what it is: `alert`, `finding`, `host` or `run`."""

    def line(record: str, value: object) -> None:
        out.write(msgspec.json.encode({"record": record, **msgspec.to_builtins(value)}).decode() + "\n")

    for alert in report.alerts:
        line("alert", alert_view(alert))
    if report.policies is not None:
        policies = readable(report.policies)
        before = before_of(policies)
        for finding in findings_of(policies.verdicts):
            line("finding", finding_view(finding, before))
    for host in report.result.hosts:
        line("host", host)
    line("run", {**run_view(report.result), "coverage": coverage_of(report.result)})


REPORT = Report(name="jsonl", write=write_jsonl)
