"""Every shipped check passes on the facts of a host that is as it should be, and fails on those of one that is not."""

from __future__ import annotations

from typing import Any

import pytest

from ospatrol.comply.judge import judge
from ospatrol.model.policy import Check, Finding, Status
from tests.checks.content import NAMES, alone, dark_facts, facts_of, golden_of, policy_of

WANTED = {"pass": Status.PASS, "fail": Status.FAIL}


@pytest.mark.parametrize("case", WANTED)
@pytest.mark.parametrize("name", NAMES)
def test_a_check_judges_its_golden_facts(name: str, case: str):
    wrong = []
    for check in policy_of(name).checks:
        (finding,) = _findings(name, check, golden_of(name)[check.id][case])
        if finding.status is not WANTED[case]:
            wrong.append((check.id, finding.status, finding.evidence))

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_a_host_that_lets_nothing_be_read_passes_nothing_and_fails_nothing(name: str):
    decided = []
    for check in policy_of(name).checks:
        policy = alone(policy_of(name), check)
        (finding,) = judge(policy, dark_facts(policy)).findings
        if finding.status is not Status.NOT_ASSESSED:
            decided.append((check.id, finding.status, finding.evidence))

    assert decided == []


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_host_has_what_each_rule_looks_at(name: str):
    idle = [
        (check.id, case, evidence.rule)
        for check in policy_of(name).checks
        for case in WANTED
        for finding in _findings(name, check, golden_of(name)[check.id][case])
        for evidence in finding.evidence
        if evidence.outcome == "undecided"
    ]

    assert idle == []


@pytest.mark.parametrize("case", WANTED)
@pytest.mark.parametrize("name", NAMES)
def test_a_policy_is_for_the_hosts_that_it_names(name: str, case: str):
    policy = policy_of(name)

    verdict = judge(policy, facts_of(policy, golden_of(name)["requirements"][case]))

    assert verdict.applies is (case == "pass")


@pytest.mark.parametrize("name", NAMES)
def test_golden_facts_belong_to_a_check(name: str):
    assert set(golden_of(name)) == {"requirements", *(check.id for check in policy_of(name).checks)}


def _findings(name: str, check: Check, said: dict[str, Any]) -> tuple[Finding, ...]:
    policy = alone(policy_of(name), check)
    return judge(policy, facts_of(policy, said)).findings
