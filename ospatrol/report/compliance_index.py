"""The findings of a compliance report as compact JSON, which the page of the HTML report draws its rows from."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ospatrol.model.policy import Check, Finding, Severity, Status, Waiver
from ospatrol.report.compliance import (
    ComplianceReport,
    Turn,
    before_of,
    checks_of,
    findings_of,
    hosts_of,
    turn_of,
)
from ospatrol.report.compliance_text import web_address

STATUSES = (Status.FAIL, Status.NOT_ASSESSED, Status.PASS, Status.NOT_APPLICABLE)
"""In the order of their numbers on the page; behind them stands that it failed and is waived."""
WAIVED = len(STATUSES)
SEVERITIES = tuple(reversed(Severity))
"""In the order of their numbers on the page: the worst first."""

_TURNS = tuple(Turn)


class _Texts:
    """Each text once, by number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": 0}

    def __call__(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def index_json(report: ComplianceReport) -> str:
    """The report's JSON, fit to stand in a `script` element: it holds no `<`, `>` or `&`.

    Args:
        report: Its texts are plain.
    """
    texts = _Texts()
    policies = {policy.id: policy.name or policy.id for policy in report.policies}
    checks = _checks(report)
    hosts = {host: number for number, host in enumerate(hosts_of(report))}
    before = before_of(report)
    numbers = {key: number for number, key in enumerate(checks)}
    rows = [
        [
            hosts[finding.host],
            numbers[finding.policy, finding.check],
            _status(finding),
            _TURNS.index(turn_of(finding, before)) if before else 0,
            texts(finding.reason),
            texts(finding.waiver),
            *_evidence(finding, texts),
        ]
        for finding in findings_of(report.verdicts)
    ]
    content = {
        "policies": [[key, name] for key, name in policies.items()],
        "checks": [_check(key[0], check) for key, check in checks.items()],
        "hosts": list(hosts),
        "unreachable": {each.host: f"{each.step}: {each.reason}".removeprefix(": ") for each in report.unreachable},
        "waivers": {each.id: _waiver(each) for each in report.used},
        "turns": _TURNS,
        "texts": list(texts.numbers),
        "findings": rows,
    }
    text = msgspec.json.encode(content).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _checks(report: ComplianceReport) -> dict[tuple[str, str], Check | Finding]:
    """Every check; of those that no policy here has, what a finding says of them."""
    found: dict[tuple[str, str], Check | Finding] = dict(checks_of(report))
    for finding in findings_of(report.verdicts):
        found.setdefault((finding.policy, finding.check), finding)
    return found


def _status(finding: Finding) -> int:
    if finding.status is Status.FAIL and finding.waiver:
        return WAIVED
    return STATUSES.index(finding.status)


def _evidence(finding: Finding, texts: _Texts) -> Iterator[int]:
    """Three numbers a rule: as written, outcome, what was shown."""
    for each in finding.evidence:
        yield from (texts(each.rule), texts(each.outcome), texts(each.shown))


def _check(policy: str, check: Check | Finding) -> dict[str, object]:
    found: dict[str, object] = {
        "policy": policy,
        "id": check.check if isinstance(check, Finding) else check.id,
        "title": check.title,
        "severity": SEVERITIES.index(check.severity),
        "compliance": check.compliance,
    }
    if isinstance(check, Check):
        parts = {
            "description": check.description,
            "rationale": check.rationale,
            "remediation": check.remediation,
            "snippet": check.snippet,
            "impact": check.impact,
        }
        found |= {name: text for name, text in parts.items() if text}
        found["references"] = [[text, web_address(text)] for text in check.references]
    return found


def _waiver(waiver: Waiver) -> list[str]:
    return [waiver.reason, waiver.owner, waiver.approver, waiver.expires, waiver.ticket]
