"""A compliance report as OCSF events: Compliance Finding, class 2003 of version 1.5.0, one a line."""

from __future__ import annotations

from typing import TextIO

import msgspec

from ospatrol.model.policy import Check, Finding, Policy, Severity, Status, Waiver
from ospatrol.report.compliance import (
    ComplianceFormat,
    ComplianceReport,
    Unreachable,
    before_of,
    checks_of,
    finding_id,
    findings_of,
    key_of,
    unheard,
)
from ospatrol.report.compliance_text import readable, web_address

VERSION = "1.5.0"

_CLASS = 2003
_CATEGORY = 2
_SEVERITIES = {
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
# OCSF 1.5.0, objects/compliance, status_id: a warning "did not yield a result due to missing information"
_STATUSES = {
    Status.PASS: (1, "Pass"),
    Status.NOT_ASSESSED: (2, "Warning"),
    Status.FAIL: (3, "Fail"),
    Status.NOT_APPLICABLE: (99, "Not Applicable"),
}
_NEW, _SUPPRESSED, _RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")

_Object = dict[str, object]


def write_ocsf(report: ComplianceReport, out: TextIO) -> None:
    """JSON lines: an event a finding, then one a host that was not reached; times are milliseconds since the epoch."""
    report = readable(report)
    checks = checks_of(report)
    policies = {policy.id: policy for policy in report.policies}
    waivers = {waiver.id: waiver for waiver in report.used}
    before = before_of(report)
    for finding in findings_of(report.verdicts):
        event = _head(report, _activity(finding.status, before.get(key_of(finding))), finding.severity)
        event |= _finding(finding, checks.get((finding.policy, finding.check)), policies.get(finding.policy))
        event |= _standing(finding, waivers.get(finding.waiver))
        out.write(msgspec.json.encode(event).decode() + "\n")
    for host in unheard(report):
        event = _head(report, _CREATE, Severity.MEDIUM) | _unreached(host)
        out.write(msgspec.json.encode(event).decode() + "\n")


def _head(report: ComplianceReport, activity: tuple[int, str], severity: Severity) -> _Object:
    product = {"name": "OSPatrol", "vendor_name": "OSPatrol", "version": report.version}
    return {
        "activity_id": activity[0],
        "activity_name": activity[1],
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": 100 * _CLASS + activity[0],
        "type_name": f"Compliance Finding: {activity[1]}",
        "time": round(report.at * 1000),
        "severity_id": _SEVERITIES[severity][0],
        "severity": _SEVERITIES[severity][1],
        "metadata": {"version": VERSION, "product": product},
    }


def _activity(now: Status, was: Status | None) -> tuple[int, str]:
    """A finding that fails no more is closed; one that was there is updated."""
    if was is Status.FAIL and now in {Status.PASS, Status.NOT_APPLICABLE}:
        return _CLOSE
    return _CREATE if was is None else _UPDATE


def _finding(finding: Finding, check: Check | None, policy: Policy | None) -> _Object:
    told: _Object = {"uid": finding_id(finding), "title": finding.title, "types": ["Configuration Compliance"]}
    if check and check.description:
        told["desc"] = check.description
    found: _Object = {
        "message": f"{finding.host}: {finding.status}: {finding.title}",
        "finding_info": told,
        "compliance": _compliance(finding, policy),
        "resources": [_resource(finding.host)],
    }
    if finding.evidence:
        found["evidences"] = [
            {"name": each.rule, "data": {"rule": each.rule, "outcome": each.outcome, "shown": each.shown}}
            for each in finding.evidence
        ]
    if check and check.remediation:
        addresses = [address for each in check.references if (address := web_address(each))]
        found["remediation"] = {"desc": check.remediation, **({"references": addresses} if addresses else {})}
    return found


def _compliance(finding: Finding, policy: Policy | None) -> _Object:
    number, name = _STATUSES[finding.status]
    standards = [policy.name if policy and policy.name else finding.policy, *finding.compliance]
    found: _Object = {
        "control": finding.check,
        "standards": list(dict.fromkeys(standards)),
        "requirements": [f"{key} {each}" for key, numbers in finding.compliance.items() for each in numbers],
        "status_id": number,
        "status": name,
        "status_code": finding.status.value,
        "checks": [{"uid": f"{finding.policy}/{finding.check}", "name": finding.title, "status_id": number}],
    }
    if finding.reason:
        found["status_details"] = [finding.reason]
    return found


def _standing(finding: Finding, waiver: Waiver | None) -> _Object:
    if finding.waiver and finding.status is Status.FAIL:
        number, name = _SUPPRESSED
    elif finding.status in {Status.PASS, Status.NOT_APPLICABLE}:
        number, name = _RESOLVED
    else:
        number, name = _NEW
    found: _Object = {"status_id": number, "status": name}
    if finding.waiver:
        found["comment"] = f"waiver {finding.waiver}{f': {waiver.reason}' if waiver else ''}"
    if waiver:
        found["unmapped"] = {"waiver": {**msgspec.to_builtins(waiver), "place": str(waiver.place)}}
    return found


def _resource(host: str) -> _Object:
    return {"uid": host, "name": host, "type": "Host"}


def _unreached(host: Unreachable) -> _Object:
    """That nothing is known of a host: a warning about it, of no check."""
    number, name = _STATUSES[Status.NOT_ASSESSED]
    reason = f"{host.step}: {host.reason}" if host.step else host.reason
    return {
        "message": f"{host.host}: not assessed: host not reached",
        "finding_info": {"uid": f"unreachable:{host.host}", "title": "host not reached"},
        "compliance": {
            "standards": ["OSPatrol coverage"],
            "status_id": number,
            "status": name,
            "status_code": Status.NOT_ASSESSED.value,
            "status_details": [reason],
        },
        "resources": [_resource(host.host)],
        "status_id": _NEW[0],
        "status": _NEW[1],
    }


FORMAT = ComplianceFormat(name="ocsf", suffix=".jsonl", write=write_ocsf)
