"""The verdict of a policy on what a host said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.comply.evidence import shown
from ospatrol.comply.network import config_result
from ospatrol.comply.network_facts import Captured, is_for_devices, means, suits
from ospatrol.comply.outcome import Outcome, Result, concluded, stops
from ospatrol.comply.rcl import rcl_result
from ospatrol.comply.rules import Host, sca_result
from ospatrol.model.facts import State
from ospatrol.model.policy import Check, Evidence, Finding, Manner, Policy, Status, Target, Verdict

if TYPE_CHECKING:
    from ospatrol.model.facts import Facts

_OUTCOMES = {Outcome.FOUND: "found", Outcome.NOT_FOUND: "not found"}
_WINDOWS = "it asks for a registry, which only Windows has"
_DEVICES = "it is for network devices"
_HOSTS = "it asks for files and processes, which a network device does not show"


def judge(policy: Policy, facts: Facts) -> Verdict:
    """One finding a check, in the order of the policy.

    Found and not found are what the original engine says. Where that says "invalid", it is *not applicable* if the host
    said so (the file whose lines are asked for is missing or is no file, a number is none), and *not assessed* if the
    host could not say: no permission, a time limit, a missing tool (status 127), a command that is not allowed, an
    answer that was cut or never asked for. A rule that is not assessed never makes a pass or a failure; one that
    decides without it does.

    A policy whose requirement is not met does not apply, and neither does one that asks for a registry: no host that
    can answer has one. A requirement that a missing program should meet is not met. Where else it is not known
    whether a requirement is met, no finding is assessed.
    """
    host, captured = Host(facts), Captured(facts)
    if is_for_devices(policy) or captured.platform is not None:
        elsewhere = _elsewhere(policy, captured.platform)
        if elsewhere:
            return _none_applies(policy, facts.host, elsewhere)
    checks = [*policy.checks, *([policy.requirement] if policy.requirement else [])]
    if any(rule.target is Target.REGISTRY for check in checks for rule in check.rules):
        return _none_applies(policy, facts.host, _WINDOWS)
    if policy.requirement is not None:
        results, evidence = _results(policy.requirement, policy.manner, host, captured)
        met = concluded(policy.requirement.condition, results)
        title = policy.requirement.title
        if met.outcome is Outcome.UNKNOWN and _lacks_programs(results, policy.requirement):
            return _none_applies(policy, facts.host, f"the requirement is not met: {title}", evidence)
        if met.outcome is Outcome.UNKNOWN:
            found = tuple(
                _finding(policy, check, facts.host, Status.NOT_ASSESSED, met.reason, evidence)
                for check in policy.checks
            )
            return Verdict(host=facts.host, policy=policy.id, findings=found)
        if met.outcome is not Outcome.FOUND:
            return _none_applies(policy, facts.host, f"the requirement is not met: {title}", evidence)
    return Verdict(host=facts.host, policy=policy.id, findings=_findings(policy, facts.host, host, captured))


def _lacks_programs(results: list[Result], requirement: Check) -> bool:
    """Whether all that is not known of a requirement is what programs would say that the host does not have."""
    unknown = (result.reason for result in results if result.outcome is Outcome.UNKNOWN)
    return set(unknown) == {State.NOT_FOUND.value} and not any(rule.negate for rule in requirement.rules)


def _findings(policy: Policy, name: str, host: Host, captured: Captured) -> tuple[Finding, ...]:
    found: list[Finding] = []
    ended: tuple[Status, str] | None = None
    for check in policy.checks:
        if ended is not None:
            found.append(_finding(policy, check, name, *ended, ()))
            continue
        if captured.platform is not None and not means(check.platforms, captured.platform):
            reason = f"it is for {', '.join(check.platforms)}"
            found.append(_finding(policy, check, name, Status.NOT_APPLICABLE, reason, ()))
            continue
        results, evidence = _results(check, policy.manner, host, captured)
        result = concluded(check.condition, results)
        status = _status(check, result.outcome)
        reason = "" if status in {Status.PASS, Status.FAIL} else shown(result.reason)
        if check.ends_file and result.outcome is Outcome.NOT_FOUND:
            reason = f"the requirement is not met: {check.title}"
            status, ended = Status.NOT_APPLICABLE, (Status.NOT_APPLICABLE, reason)
        elif check.ends_file and status is Status.NOT_ASSESSED:
            ended = (Status.NOT_ASSESSED, reason)
        found.append(_finding(policy, check, name, status, reason, evidence))
    return tuple(found)


def _elsewhere(policy: Policy, platform: str | None) -> str:
    """Why a policy is not for a device of a platform, or for a host without one; empty if it is."""
    if platform is None:
        return _DEVICES
    if not is_for_devices(policy):
        return _HOSTS
    return "" if suits(policy, platform) else f"it is for {', '.join(policy.platforms)}, and this is {platform}"


def _results(check: Check, manner: Manner, host: Host, captured: Captured) -> tuple[list[Result], tuple[Evidence, ...]]:
    """What the rules come to, up to the first that decides."""
    evaluate = rcl_result if manner is Manner.RCL else sca_result
    results: list[Result] = []
    evidence: list[Evidence] = []
    for rule in check.rules:
        asserted = rule.target is Target.CONFIG
        result = config_result(rule, captured) if asserted else evaluate(rule, check.syntax, host)
        results.append(result)
        outcome = _OUTCOMES.get(result.outcome, "undecided")
        evidence.append(Evidence(rule=rule.text, outcome=outcome, shown=shown(result.shown, private=result.private)))
        if stops(check.condition, result.outcome):
            break
    return results or [Result(Outcome.INVALID, reason="it has no rules")], tuple(evidence)


def _status(check: Check, outcome: Outcome) -> Status:
    match outcome:
        case Outcome.FOUND:
            return Status.FAIL if check.found_is_bad else Status.PASS
        case Outcome.NOT_FOUND:
            return Status.PASS if check.found_is_bad else Status.FAIL
        case Outcome.INVALID:
            return Status.NOT_APPLICABLE
        case Outcome.UNKNOWN:
            return Status.NOT_ASSESSED


def _none_applies(policy: Policy, host: str, reason: str, evidence: tuple[Evidence, ...] = ()) -> Verdict:
    found = tuple(_finding(policy, check, host, Status.NOT_APPLICABLE, reason, evidence) for check in policy.checks)
    return Verdict(host=host, policy=policy.id, findings=found, applies=False)


def _finding(
    policy: Policy, check: Check, host: str, status: Status, reason: str, evidence: tuple[Evidence, ...]
) -> Finding:
    return Finding(
        host=host,
        policy=policy.id,
        check=check.id,
        title=check.title,
        status=status,
        reason=reason,
        severity=check.severity,
        evidence=evidence,
        compliance=check.compliance,
    )
