"""A compliance report as SARIF 2.1.0 (OASIS): checks are rules, findings are results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO
from urllib.parse import quote

import msgspec

from ospatrol.model.place import Place
from ospatrol.model.policy import Check, Finding, Severity, Status, Waiver
from ospatrol.report.compliance import (
    ComplianceFormat,
    ComplianceReport,
    Turn,
    before_of,
    checks_of,
    finding_id,
    findings_of,
    turn_of,
)
from ospatrol.report.compliance_text import readable, web_address
from ospatrol.report.view import iso_time

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# SARIF 2.1.0 §3.27.9: "open" is what there was not enough information to decide
_KINDS = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.NOT_APPLICABLE: "notApplicable",
    Status.NOT_ASSESSED: "open",
}
_LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub reads `security-severity` as a CVSS-like number: over 9 critical, 7 to 8.9 high, 4 to 6.9 medium
_SCORES = {
    Severity.INFO: "0.0",
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}

_Object = dict[str, object]


def write_sarif(report: ComplianceReport, out: TextIO) -> None:
    """One run; a host that was not reached is an error of the run, which then was not successful."""
    report = readable(report)
    rules = _rules(report)
    order = {key: index for index, key in enumerate(rules)}
    run: _Object = {
        "tool": {"driver": {"name": "OSPatrol", "version": report.version, "rules": list(rules.values())}},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
    }
    text = msgspec.json.encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}).decode()
    out.write(text[: -len("}]}")] + ',"results":[')
    before = before_of(report)
    checks = checks_of(report)
    waivers = {each.id: each for each in report.used}
    separator = "\n"
    for finding in findings_of(report.verdicts):
        result = _result(finding, order, checks.get((finding.policy, finding.check)), waivers)
        if before:
            result["baselineState"] = _state(turn_of(finding, before))
        out.write(separator + msgspec.json.encode(result).decode())
        separator = ",\n"
    out.write("]}]}\n")


def _rules(report: ComplianceReport) -> dict[tuple[str, str], _Object]:
    """Every check, and what findings say of checks that no policy here has."""
    rules = {key: _rule(key[0], check) for key, check in checks_of(report).items()}
    for finding in findings_of(report.verdicts):
        key = finding.policy, finding.check
        if key not in rules:
            rules[key] = {"id": "/".join(key), "shortDescription": {"text": finding.title or finding.check}}
    return rules


def _rule(policy: str, check: Check) -> _Object:
    rule: _Object = {
        "id": f"{policy}/{check.id}",
        "shortDescription": {"text": check.title or check.id},
        "fullDescription": {"text": check.description or check.title or check.id},
        "help": {"text": _help(check)},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {
            "security-severity": _SCORES[check.severity],
            "tags": list(dict.fromkeys(["security", "compliance", *_numbers(check.compliance)])),
        },
    }
    address = next(filter(None, map(web_address, check.references)), "")
    return {**rule, "helpUri": address} if address else rule


def _help(check: Check) -> str:
    parts = {"Rationale": check.rationale, "Remediation": check.remediation, "Impact": check.impact}
    shown = [f"{name}: {text}" for name, text in parts.items() if text]
    return "\n\n".join([*shown, check.snippet, *check.references]).strip() or check.title or check.id


def _numbers(compliance: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{standard}:{number}" for standard, numbers in compliance.items() for number in numbers]


def _invocation(report: ComplianceReport) -> _Object:
    notes = [
        {
            "level": "error",
            "message": {"text": f"host {each.host} not reached: {each.reason}"},
            "descriptor": {"id": "host-not-reached"},
            "properties": {"host": each.host, "step": each.step},
        }
        for each in report.unreachable
    ]
    return {
        "executionSuccessful": not notes,
        "endTimeUtc": iso_time(report.at),
        "toolExecutionNotifications": notes,
    }


def _result(
    finding: Finding,
    order: Mapping[tuple[str, str], int],
    check: Check | None,
    waivers: Mapping[str, Waiver],
) -> _Object:
    name = finding_id(finding)
    fails = finding.status is Status.FAIL
    result: _Object = {
        "ruleId": f"{finding.policy}/{finding.check}",
        "ruleIndex": order[finding.policy, finding.check],
        "kind": _KINDS[finding.status],
        "level": _LEVELS[finding.severity] if fails else "none",  # §3.27.10: none unless it fails
        "message": {"text": _message(finding)},
        "locations": [_location(finding.host, check.place if check else Place(""))],
        "fingerprints": {"ospatrolFinding/v1": name},
        # GitHub tells alerts of one rule at one place apart by this alone, and every host shares the place
        "partialFingerprints": {"primaryLocationLineHash": f"{name}:1"},
        "properties": {
            "host": finding.host,
            "status": finding.status,
            "severity": finding.severity,
            "reason": finding.reason,
        },
    }
    if finding.waiver:
        result["suppressions"] = [_suppression(finding.waiver, waivers.get(finding.waiver))]
    return result


def _message(finding: Finding) -> str:
    reason = f": {finding.reason}" if finding.reason else ""
    lines = [f"{finding.host}: {finding.status}{reason}. {finding.title}"]
    lines += [f"{each.outcome}: {each.rule}{f' | {each.shown}' if each.shown else ''}" for each in finding.evidence]
    return "\n".join(lines)


def _location(host: str, place: Place) -> _Object:
    found: _Object = {"logicalLocations": [{"name": host, "fullyQualifiedName": host, "kind": "host"}]}
    if place.path:
        uri = quote(place.path, safe="/")
        physical: _Object = {"artifactLocation": {"uri": f"file://{uri}" if uri.startswith("/") else uri}}
        if place.line:
            physical["region"] = {"startLine": place.line}
        found["physicalLocation"] = physical
    return found


def _suppression(name: str, waiver: Waiver | None) -> _Object:
    found: _Object = {"kind": "external", "status": "accepted", "justification": f"waiver {name}"}
    if waiver:
        found["justification"] = waiver.reason
        found["properties"] = {
            "waiver": waiver.id,
            "owner": waiver.owner,
            "approver": waiver.approver,
            "expires": waiver.expires,
            "ticket": waiver.ticket,
        }
    return found


def _state(turn: Turn) -> str:
    match turn:
        case Turn.SAME:
            return "unchanged"
        case Turn.NEW:
            return "new"
        case _:
            return "updated"


FORMAT = ComplianceFormat(name="sarif", suffix=".sarif", write=write_sarif)
