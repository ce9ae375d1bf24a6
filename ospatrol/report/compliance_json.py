"""A compliance report as one JSON document, written finding by finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

import msgspec

from ospatrol.model.policy import Check, Finding, Policy, Status, Verdict, Waiver
from ospatrol.report.compliance import (
    ComplianceFormat,
    ComplianceReport,
    Counts,
    Key,
    before_of,
    count,
    finding_id,
    findings_of,
    hosts_of,
    key_of,
    trend_of,
    turn_of,
)
from ospatrol.report.compliance_text import readable
from ospatrol.report.view import iso_time

_VERSION = 1


def write_json(report: ComplianceReport, out: TextIO) -> None:
    """`{"version", "kind", "at", ..., "findings"}`; each finding a line; times are UTC in ISO 8601."""
    report = readable(report)
    out.write(msgspec.json.encode(_head(report)).decode()[:-1] + ',"findings":[')
    before = before_of(report)
    separator = "\n"
    for finding in findings_of(report.verdicts):
        out.write(separator + msgspec.json.encode(finding_view(finding, before)).decode())
        separator = ",\n"
    out.write("]}\n")


def counts_view(counts: Counts) -> dict[str, int | None]:
    """Counts with their score."""
    return {
        "score": counts.score,
        "total": counts.total,
        "pass": counts.passed,
        "fail": counts.failed,
        "not_applicable": counts.not_applicable,
        "not_assessed": counts.not_assessed,
        "waived": counts.waived,
    }


def _head(report: ComplianceReport) -> Mapping[str, object]:
    return {
        "version": _VERSION,
        "kind": "compliance",
        "at": iso_time(report.at),
        "ospatrol": report.version,
        "summary": {"hosts": len(hosts_of(report)), **counts_view(count(findings_of(report.verdicts)))},
        "trend": _trend(report),
        "unreachable": report.unreachable,
        "verdicts": [verdict_view(verdict) for verdict in report.verdicts],
        "waivers": {
            "used": [waiver_view(each) for each in report.used],
            "unused": [waiver_view(each) for each in report.unused],
            "expired": [waiver_view(each) for each in report.expired],
        },
        "policies": [_policy(policy) for policy in report.policies],
    }


def _trend(report: ComplianceReport) -> Mapping[str, object] | None:
    trend = trend_of(report)
    if trend is None:
        return None
    return {
        "before_at": None if report.before_at is None else iso_time(report.before_at),
        "before": counts_view(trend.before),
        "score": trend.score,
        "newly_failing": [finding_id(each) for each in trend.failing],
        "newly_passing": [finding_id(each) for each in trend.passing],
        "no_longer_assessed": [finding_id(each) for each in trend.lost],
        "new": len(trend.new),
        "gone": trend.gone,
    }


def verdict_view(verdict: Verdict) -> Mapping[str, object]:
    """A verdict in counts."""
    return {
        "host": verdict.host,
        "policy": verdict.policy,
        "applies": verdict.applies,
        **counts_view(count(verdict.findings)),
    }


def waiver_view(waiver: Waiver) -> Mapping[str, object]:
    """A waiver, its place in one text."""
    return {**msgspec.to_builtins(waiver), "place": str(waiver.place)}


def _policy(policy: Policy) -> Mapping[str, object]:
    return {
        "id": policy.id,
        "name": policy.name,
        "file": policy.file,
        "description": policy.description,
        "references": policy.references,
        "checks": [_check(check) for check in policy.checks],
    }


def _check(check: Check) -> Mapping[str, object]:
    return {
        "id": check.id,
        "title": check.title,
        "severity": check.severity,
        "place": str(check.place),
        "description": check.description,
        "rationale": check.rationale,
        "remediation": check.remediation,
        "impact": check.impact,
        "snippet": check.snippet,
        "references": check.references,
        "compliance": check.compliance,
    }


def finding_view(finding: Finding, before: Mapping[Key, Status]) -> Mapping[str, object]:
    """A finding, and what it was in the last run."""
    return {
        "id": finding_id(finding),
        "host": finding.host,
        "policy": finding.policy,
        "check": finding.check,
        "title": finding.title,
        "status": finding.status,
        "reason": finding.reason,
        "severity": finding.severity,
        "waiver": finding.waiver,
        "before": before.get(key_of(finding)),
        "change": turn_of(finding, before) if before else None,
        "compliance": finding.compliance,
        "evidence": finding.evidence,
    }


FORMAT = ComplianceFormat(name="json", suffix=".json", write=write_json)
