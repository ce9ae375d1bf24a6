"""A compliance report as JUnit XML: a suite a host and policy, a test case a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from ospatrol.model.policy import Finding, Status, Verdict
from ospatrol.report.compliance import ComplianceFormat, ComplianceReport, Unreachable, count, findings_of, unheard
from ospatrol.report.compliance_text import readable


def write_junit(report: ComplianceReport, out: TextIO) -> None:
    """What fails is a failure, what was not assessed an error: CI never takes it for a pass.

    Not applicable and waived checks are skipped. A host that was not reached is a suite with one error.
    """
    report = readable(report)
    when = datetime.fromtimestamp(report.at, UTC).strftime("%Y-%m-%dT%H:%M:%S")  # Ant's schema wants no time zone
    waivers = {each.id: f"{each.reason} (until {each.expires})" for each in report.used}
    lost = unheard(report)
    every = count(findings_of(report.verdicts))
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(
        f'<testsuites name="ospatrol compliance" tests="{every.total + len(lost)}" '
        f'failures="{every.failed - every.waived}" errors="{every.not_assessed + len(lost)}" '
        f'skipped="{every.not_applicable + every.waived}">\n'
    )
    for verdict in report.verdicts:
        out.writelines(_suite(verdict, when, waivers))
    for host in lost:
        out.writelines(_unreached(host, when))
    out.write("</testsuites>\n")


def _suite(verdict: Verdict, when: str, waivers: dict[str, str]) -> Iterator[str]:
    found = count(verdict.findings)
    yield (
        f"  <testsuite name={quoteattr(f'{verdict.host}: {verdict.policy}')} hostname={quoteattr(verdict.host)} "
        f'tests="{found.total}" failures="{found.failed - found.waived}" errors="{found.not_assessed}" '
        f'skipped="{found.not_applicable + found.waived}" time="0" timestamp="{when}">\n'
    )
    for finding in verdict.findings:
        yield from _case(finding, waivers)
    yield "  </testsuite>\n"


def _case(finding: Finding, waivers: dict[str, str]) -> Iterator[str]:
    name = quoteattr(f"{finding.check} {finding.title}")
    head = f'    <testcase classname={quoteattr(f"{finding.host}.{finding.policy}")} name={name} time="0"'
    inside = _outcome(finding, waivers)
    yield f"{head}>\n      {inside}\n    </testcase>\n" if inside else f"{head}/>\n"


def _outcome(finding: Finding, waivers: dict[str, str]) -> str:
    match finding.status:
        case Status.PASS:
            return ""
        case Status.FAIL if finding.waiver:
            why = f"waived by {finding.waiver}: {waivers.get(finding.waiver, 'no longer listed')}"
            return f"<skipped message={quoteattr(why)}/>"
        case Status.FAIL:
            said = f'<failure type="{finding.severity}" message={quoteattr(finding.title)}>'
            return f"{said}{escape(_evidence(finding))}</failure>"
        case Status.NOT_ASSESSED:
            said = f'<error type="not assessed" message={quoteattr(f"not assessed: {finding.reason}")}>'
            return f"{said}{escape(_evidence(finding))}</error>"
        case Status.NOT_APPLICABLE:
            return f"<skipped message={quoteattr(f'not applicable: {finding.reason}')}/>"


def _evidence(finding: Finding) -> str:
    return "\n".join(
        f"{each.outcome}: {each.rule}{f' | {each.shown}' if each.shown else ''}" for each in finding.evidence
    )


def _unreached(host: Unreachable, when: str) -> Iterator[str]:
    name = quoteattr(host.host)
    why = quoteattr(f"host not reached{f' ({host.step})' if host.step else ''}: {host.reason}")
    yield (
        f'  <testsuite name={name} hostname={name} tests="1" failures="0" errors="1" skipped="0" time="0" '
        f'timestamp="{when}">\n    <testcase classname={name} name="host is reached" time="0">\n'
        f'      <error type="not assessed" message={why}/>\n    </testcase>\n  </testsuite>\n'
    )


FORMAT = ComplianceFormat(name="junit", suffix=".xml", write=write_junit)
