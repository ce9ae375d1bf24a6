"""A compliance report as CSV (RFC 4180): a row a finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import TextIO

from ospatrol.model.policy import Check, Finding, Status
from ospatrol.report.compliance import (
    ComplianceFormat,
    ComplianceReport,
    Key,
    Unreachable,
    before_of,
    checks_of,
    finding_id,
    findings_of,
    key_of,
    unheard,
)
from ospatrol.report.compliance_text import in_a_line, plain, readable
from ospatrol.report.view import iso_time

COLUMNS = (
    "id",
    "at",
    "host",
    "policy",
    "check",
    "title",
    "status",
    "before",
    "severity",
    "reason",
    "waiver",
    "compliance",
    "evidence",
    "remediation",
)

# what a spreadsheet takes for the beginning of a formula, in full width too; OWASP, "CSV Injection"
_FORMULA = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")  # noqa: RUF001


def write_csv(report: ComplianceReport, out: TextIO) -> None:
    """A row of names, then a row a finding, then one a host that was not reached; lines end with CR LF."""
    report = readable(report)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    at = iso_time(report.at)
    before = before_of(report)
    checks = checks_of(report)
    for finding in findings_of(report.verdicts):
        check = checks.get((finding.policy, finding.check))
        writer.writerow([_cell(text) for text in _row(finding, at, check, before)])
    for host in unheard(report):
        writer.writerow([_cell(text) for text in _unreached(host, at)])


def _row(finding: Finding, at: str, check: Check | None, before: Mapping[Key, Status]) -> Iterator[str]:
    yield from (finding_id(finding), at, finding.host, finding.policy, finding.check, finding.title, finding.status)
    yield before.get(key_of(finding), "")
    yield from (finding.severity, finding.reason, finding.waiver)
    yield "; ".join(f"{standard} {number}" for standard, numbers in finding.compliance.items() for number in numbers)
    yield "; ".join(
        f"{each.rule}: {each.outcome}{f' ({each.shown})' if each.shown else ''}" for each in finding.evidence
    )
    yield check.remediation if check else ""


def _unreached(host: Unreachable, at: str) -> Iterator[str]:
    shown = {
        "at": at,
        "host": host.host,
        "title": "host not reached",
        "status": Status.NOT_ASSESSED.value,
        "reason": f"{host.step}: {host.reason}" if host.step else host.reason,
    }
    return (shown.get(column, "") for column in COLUMNS)


def _cell(text: str) -> str:
    """A text on one line that no spreadsheet takes for a formula: those get an apostrophe in front."""
    shown = in_a_line(plain(text))
    return f"'{shown}" if shown.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith(("\t", "\n")) else shown


FORMAT = ComplianceFormat(name="csv", suffix=".csv", write=write_csv)
