"""One host's compliance as a checklist of STIG Viewer 3 (CKLB, version 1.0 of the format)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from ospatrol.model.errors import UsageError
from ospatrol.model.policy import Check, Finding, Policy, Severity, Status, Verdict, Waiver
from ospatrol.report.compliance import ComplianceFormat, ComplianceReport, checks_of, finding_id
from ospatrol.report.compliance_text import readable
from ospatrol.report.view import iso_time

_SPACE = uuid5(NAMESPACE_URL, "https://ospatrol/cklb")
_STATUSES = {
    Status.PASS: "not_a_finding",
    Status.FAIL: "open",
    Status.NOT_APPLICABLE: "not_applicable",
    Status.NOT_ASSESSED: "not_reviewed",
}
# a STIG knows three categories: CAT I high, CAT II medium, CAT III low
_SEVERITIES = {
    Severity.INFO: "low",
    Severity.LOW: "low",
    Severity.MEDIUM: "medium",
    Severity.HIGH: "high",
    Severity.CRITICAL: "high",
}
_GROUP = re.compile(r"V-\d+")
_RULE = re.compile(r"SV-\d+(?:r\d+)?(?:_rule)?")
_CCI = re.compile(r"CCI-\d{6}")
_SRG = re.compile(r"SRG-[A-Z0-9-]+")

_Object = dict[str, object]


def write_cklb(report: ComplianceReport, out: TextIO) -> None:
    """A checklist holds one host: every policy that was judged on it is a STIG.

    Raises:
        UsageError: the report has verdicts on no host, or on several; `for_host` gives the part about one.
    """
    report = readable(report)
    hosts = sorted({verdict.host for verdict in report.verdicts})
    if len(hosts) != 1:
        raise UsageError(f"a CKLB checklist holds one host, not {len(hosts)}: write one a host")
    checks = checks_of(report)
    policies = {policy.id: policy for policy in report.policies}
    waivers = {waiver.id: waiver for waiver in report.used}
    stigs = [_stig(verdict, policies.get(verdict.policy), checks, waivers) for verdict in report.verdicts]
    checklist: _Object = {
        "title": f"{hosts[0]} {iso_time(report.at)}",
        "id": _uuid(hosts[0], iso_time(report.at)),
        "stigs": stigs,
        "active": True,
        "mode": 2,
        "has_path": False,
        "target_data": _target(hosts[0], report),
        "cklb_version": "1.0",
    }
    out.write(msgspec.json.format(msgspec.json.encode(checklist), indent=1).decode() + "\n")


def _target(host: str, report: ComplianceReport) -> _Object:
    return {
        "target_type": "Computing",
        "host_name": host,
        "ip_address": "",
        "mac_address": "",
        "fqdn": "",
        "comments": f"Assessed by OSPatrol {report.version} at {iso_time(report.at)}",
        "role": "None",
        "is_web_database": False,
        "technology_area": "",
        "web_db_site": "",
        "web_db_instance": "",
        "classification": None,
    }


def _stig(
    verdict: Verdict,
    policy: Policy | None,
    checks: Mapping[tuple[str, str], Check],
    waivers: Mapping[str, Waiver],
) -> _Object:
    uuid = _uuid(verdict.policy)
    name = policy.name if policy and policy.name else verdict.policy
    return {
        "stig_name": name,
        "display_name": name,
        "stig_id": verdict.policy,
        "release_info": policy.file if policy else "",
        "version": "1",
        "uuid": uuid,
        "reference_identifier": verdict.policy,
        "size": len(verdict.findings),
        "rules": [
            _rule(finding, checks.get((finding.policy, finding.check)), uuid, waivers.get(finding.waiver))
            for finding in verdict.findings
        ],
    }


def _rule(finding: Finding, check: Check | None, stig: str, waiver: Waiver | None) -> _Object:
    named = [finding.check, *(each for numbers in finding.compliance.values() for each in numbers)]
    group = next(_whole(_GROUP, named), finding.check)
    rule = next(_whole(_RULE, named), finding.check)
    srg = next(_whole(_SRG, named), "")
    return {
        "group_id_src": group,
        "group_tree": [{"id": group, "title": srg or finding.title, "description": ""}],
        "group_id": group,
        "severity": _SEVERITIES[finding.severity],
        "group_title": finding.title,
        "rule_id_src": rule,
        "rule_id": rule.removesuffix("_rule"),
        "rule_version": finding.check,
        "rule_title": finding.title,
        "fix_text": "\n\n".join(filter(None, [check.remediation, check.snippet])) if check else "",
        "weight": "10.0",
        "check_content": "\n".join(each.text for each in check.rules) if check else "",
        "check_content_ref": {"href": str(check.place) if check else "", "name": "M"},
        "classification": "Unclassified",
        "discussion": "\n\n".join(filter(None, [check.description, check.rationale])) if check else "",
        "potential_impacts": check.impact if check else "",
        **dict.fromkeys(_EMPTY, ""),
        "documentable": "false",
        "legacy_ids": [],
        "ccis": list(dict.fromkeys(_whole(_CCI, named))),
        "reference_identifier": finding.policy,
        "uuid": str(UUID(finding_id(finding))),
        "stig_uuid": stig,
        "status": _STATUSES[finding.status],
        "overrides": {},
        "comments": _comments(finding, waiver),
        "finding_details": _details(finding),
        "srg_id": srg,
    }


_EMPTY = (
    "false_positives",
    "false_negatives",
    "security_override_guidance",
    "third_party_tools",
    "ia_controls",
    "responsibility",
    "mitigations",
    "mitigation_control",
)


def _details(finding: Finding) -> str:
    lines = [f"{finding.status}: {finding.reason}" if finding.reason else finding.status.value]
    lines += [f"{each.outcome}: {each.rule}{f' | {each.shown}' if each.shown else ''}" for each in finding.evidence]
    return "\n".join(lines)


def _comments(finding: Finding, waiver: Waiver | None) -> str:
    if waiver is None:
        return f"waiver {finding.waiver}" if finding.waiver else ""
    return (
        f"waiver {waiver.id}: {waiver.reason}; owner {waiver.owner}, approved by {waiver.approver}, "
        f"expires {waiver.expires}{f', {waiver.ticket}' if waiver.ticket else ''}"
    )


def _whole(pattern: re.Pattern[str], texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if pattern.fullmatch(text))


def _uuid(*parts: str) -> str:
    return str(uuid5(_SPACE, "\0".join(parts)))


FORMAT = ComplianceFormat(name="cklb", suffix=".cklb", write=write_cklb, per_host=True)
