"""Compliance reports to write: a small one with everything in it, and a fleet."""

from __future__ import annotations

import random

import pytest

from ospatrol.model.place import Place
from ospatrol.model.policy import (
    Check,
    Condition,
    Evidence,
    Finding,
    Manner,
    Policy,
    PolicyRule,
    Severity,
    Status,
    Target,
    Verdict,
    Waiver,
)
from ospatrol.report.compliance import ComplianceReport, Unreachable

AT = 1_763_769_420.0  # 2025-11-21T23:57:00Z
SUBJECTS = (
    ("SSH root login is off", "/etc/ssh/sshd_config", "PermitRootLogin no", Severity.HIGH),
    ("/tmp is a file system of its own", "/proc/self/mountinfo", "/tmp", Severity.MEDIUM),
    ("Reverse path filtering is on", "/proc/sys/net/ipv4/conf/all/rp_filter", "1", Severity.LOW),
    ("The audit daemon is enabled", "/etc/audit/auditd.conf", "log_file = /var/log/audit/audit.log", Severity.MEDIUM),
    ("/etc/shadow is for root only", "/etc/shadow", "mode 0640", Severity.CRITICAL),
    ("Cron is for root only", "/etc/cron.allow", "root", Severity.INFO),
)
REASONS = ("no permission", "timeout", "tool missing")


def a_check(number: int, policy: str = "cis_debian12") -> Check:
    title, path, line, severity = SUBJECTS[number % len(SUBJECTS)]
    rule = PolicyRule(text=f"f:{path} -> r:^{line}", target=Target.FILE, locations=(path,))
    return Check(
        id=f"{policy[:3]}-{1000 + number}",
        title=f"{title} ({1 + number // 20}.{1 + number % 20})",
        condition=Condition.ALL,
        rules=(rule,),
        place=Place(f"checks/{policy}.yml", 10 + 12 * number),
        description=f"{title}. This is what the check is about, in two sentences. It looks at {path}.",
        rationale="An attacker who gets this far finds the next step easier than it has to be.",
        remediation=f"Set the following in {path}, then restart the service that reads it.",
        impact="People who relied on it must use another way." if number % 3 == 0 else "",
        snippet=f"echo '{line}' >> {path}\nsystemctl restart ssh.service",
        references=("https://www.cisecurity.org/benchmark/debian_linux", "sshd_config(5)"),
        compliance={
            "cis": (f"{1 + number // 20}.{1 + number % 20}",),
            "pci_dss_v4": ("2.2.6",),
            "nist_800_53": ("CM-6", "AC-6"),
        },
        severity=severity,
    )


def a_policy(policy: str, name: str, checks: int) -> Policy:
    return Policy(
        id=policy,
        name=name,
        file=f"{policy}.yml",
        description="What a server should be like.",
        manner=Manner.NATIVE,
        checks=tuple(a_check(number, policy) for number in range(checks)),
        place=Place(f"checks/{policy}.yml", 1),
    )


def a_finding(host: str, policy: Policy, check: Check, status: Status, **more: object) -> Finding:
    rule = check.rules[0].text
    undecided = status in {Status.NOT_ASSESSED, Status.NOT_APPLICABLE}
    outcome = "undecided" if undecided else "found" if status is Status.PASS else "not found"
    fields: dict[str, object] = {
        "host": host,
        "policy": policy.id,
        "check": check.id,
        "title": check.title,
        "status": status,
        "severity": check.severity,
        "evidence": (Evidence(rule=rule, outcome=outcome, shown=f"PermitRootLogin yes # {host}"),),
        "compliance": check.compliance,
    }
    if status is Status.NOT_ASSESSED:
        fields["reason"] = "no permission"
    return Finding(**(fields | more))


def a_waiver(name: str, expires: str = "2026-12-31", **more: object) -> Waiver:
    fields: dict[str, object] = {
        "id": name,
        "place": Place("waivers.yml", 3),
        "hosts": "web*",
        "reason": "The vendor supports no other way until release 9.",
        "owner": "web team",
        "approver": "j.doe",
        "expires": expires,
        "ticket": "SEC-1234",
        "policies": ("cis_debian12",),
        "checks": ("cis-1001",),
    }
    return Waiver(**(fields | more))


@pytest.fixture
def report() -> ComplianceReport:
    """Two hosts, one policy, every status, a waiver of each sort, an earlier run and a host out of reach."""
    policy = a_policy("cis_debian12", "CIS Debian Linux 12", 5)
    one, two, three, four, five = policy.checks
    then = Verdict(
        host="web1",
        policy=policy.id,
        findings=(
            a_finding("web1", policy, one, Status.PASS),
            a_finding("web1", policy, two, Status.FAIL),
            a_finding("web1", policy, three, Status.FAIL),
            a_finding("web1", policy, four, Status.PASS),
        ),
    )
    now = Verdict(
        host="web1",
        policy=policy.id,
        findings=(
            a_finding("web1", policy, one, Status.FAIL),
            a_finding("web1", policy, two, Status.FAIL, waiver="W-1"),
            a_finding("web1", policy, three, Status.PASS),
            a_finding("web1", policy, four, Status.NOT_ASSESSED),
            a_finding("web1", policy, five, Status.NOT_APPLICABLE, reason="there is no cron"),
        ),
    )
    other = Verdict(
        host="web2",
        policy=policy.id,
        findings=tuple(a_finding("web2", policy, each, Status.PASS) for each in policy.checks),
    )
    return ComplianceReport(
        at=AT,
        policies=(policy,),
        verdicts=(now, other),
        version="0.1.0",
        before=(then,),
        before_at=AT - 86_400,
        used=(a_waiver("W-1"),),
        unused=(a_waiver("W-2"),),
        expired=(a_waiver("W-3", expires="2025-01-31"),),
        unreachable=(Unreachable(host="db9", reason="connection refused", step="connect"),),
    )


def a_fleet(hosts: int, checks: int) -> ComplianceReport:
    """Hosts with differing verdicts, the same each time."""
    chance = random.Random(7)
    policies = (
        a_policy("cis_debian12", "CIS Debian Linux 12 Benchmark v1.1.0", checks - checks // 4),
        a_policy("sshd_hardening", "OpenSSH server hardening", checks // 4),
    )
    weights = {Status.PASS: 78, Status.FAIL: 13, Status.NOT_APPLICABLE: 6, Status.NOT_ASSESSED: 3}

    def judged(host: str, policy: Policy, weak: float) -> Verdict:
        found = []
        for check in policy.checks:
            odds = [weight * (weak if status is Status.FAIL else 1) for status, weight in weights.items()]
            status = chance.choices(list(weights), odds)[0]
            more: dict[str, object] = {}
            if status is Status.NOT_ASSESSED:
                more["reason"] = chance.choice(REASONS)
            if status is Status.NOT_APPLICABLE:
                more["reason"] = "the service is not installed"
            if status is Status.FAIL and check.id == "cis-1001":
                more["waiver"] = "W-7"
            found.append(a_finding(host, policy, check, status, **more))
        return Verdict(host=host, policy=policy.id, findings=tuple(found))

    names = [f"{('web', 'db', 'app', 'mail')[number % 4]}{number:03}.example.net" for number in range(hosts)]
    verdicts = tuple(judged(name, policy, chance.choice((0.2, 1, 1, 3))) for name in names for policy in policies)
    turned = {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}
    before = tuple(
        Verdict(
            host=verdict.host,
            policy=verdict.policy,
            findings=tuple(
                Finding(
                    host=each.host,
                    policy=each.policy,
                    check=each.check,
                    title=each.title,
                    status=turned.get(each.status, Status.PASS) if chance.random() < 0.02 else each.status,
                )
                for each in verdict.findings
            ),
        )
        for verdict in verdicts
    )
    return ComplianceReport(
        at=AT,
        policies=policies,
        verdicts=verdicts,
        version="0.1.0",
        before=before,
        before_at=AT - 86_400,
        used=(a_waiver("W-7"),),
        unused=(a_waiver("W-9", reason="Old appliance, to be replaced."),),
        expired=(a_waiver("W-3", expires="2025-10-31"),),
        unreachable=(
            Unreachable(host="db900.example.net", reason="connection refused", step="connect"),
            Unreachable(host="app901.example.net", reason="the host key changed", step="host key"),
        ),
    )


@pytest.fixture(scope="session")
def fleet() -> ComplianceReport:
    """100 hosts and 207 checks."""
    return a_fleet(100, 207)
