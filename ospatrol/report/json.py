"""A run as one JSON document, written alert by alert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

import msgspec

from ospatrol.report.compliance import before_of, findings_of
from ospatrol.report.compliance_json import finding_view, verdict_view, waiver_view
from ospatrol.report.compliance_text import readable
from ospatrol.report.coverage import coverage_of
from ospatrol.report.report import Report, RunReport
from ospatrol.report.view import alert_view, run_view

_VERSION = 1


def write_json(report: RunReport, out: TextIO) -> None:
    """`{"version", "run", "coverage", "hosts", "waivers", "policies", "alerts"}`; times are UTC in ISO 8601."""
    result = report.result
    head = {
        "version": _VERSION,
        "run": run_view(result),
        "coverage": coverage_of(result),
        "hosts": result.hosts,
        "waivers": {
            "used": [waiver_view(each) for each in report.used],
            "unused": [waiver_view(each) for each in report.unused],
            "expired": [waiver_view(each) for each in report.expired],
        },
        "policies": _policies(report),
    }
    text = msgspec.json.encode(head).decode()
    out.write(text[:-1] + ',"alerts":[')
    separator = "\n"
    for alert in report.alerts:
        out.write(separator + msgspec.json.encode(alert_view(alert)).decode())
        separator = ",\n"
    out.write("]}\n")


def _policies(report: RunReport) -> Mapping[str, object] | None:
    """What policy tasks came to; None without any."""
    if report.policies is None:
        return None
    policies = readable(report.policies)
    before = before_of(policies)
    return {
        "verdicts": [verdict_view(verdict) for verdict in policies.verdicts],
        "findings": [finding_view(finding, before) for finding in findings_of(policies.verdicts)],
    }


REPORT = Report(name="json", write=write_json)
