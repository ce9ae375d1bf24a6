"""What the page about network policies shows comes to what it says."""

from __future__ import annotations

import re

import pytest

from ospatrol.comply.judge import judge
from ospatrol.comply.network_facts import facts_of
from ospatrol.dialect.sca import read_sca
from ospatrol.dialect.sca_config import _KEYS
from ospatrol.model.policy import Policy, Status
from tests.checks.content import CHECKS, NAMES, policy_of

PAGE = (CHECKS.parent / "docs" / "network-policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CONFIG = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0]
RULES = [tuple(line.rsplit("  # ", 1)) for block in BLOCKS if block.startswith("- ") for line in block.splitlines()]


def shown() -> str:
    return next(block for block in BLOCKS if block.startswith("policy:"))


def policy_in(text: str) -> Policy:
    found = read_sca(text, "edges.yml")
    assert found.policy is not None, [str(each) for each in found.problems]
    return found.policy


@pytest.mark.parametrize(("rule", "status"), RULES)
def test_a_rule_comes_to_what_stands_behind_it(rule: str, status: str):
    head = shown().partition("checks:\n")[0]
    text = f"{head}checks:\n  - id: 1\n    title: T\n    condition: all\n    rules:\n      {rule}\n"
    facts = facts_of("edge-1", 0.0, {"show running-config": CONFIG}, platform="cisco_ios")

    assert judge(policy_in(text), facts).findings[0].status is Status(status)


def test_the_policy_of_the_page_is_one():
    facts = facts_of("edge-1", 0.0, {"more system:running-config": CONFIG}, platform="cisco_xe")

    assert [finding.status for finding in judge(policy_in(shown()), facts).findings] == [Status.FAIL, Status.FAIL]


def test_the_page_names_every_key_of_a_rule_and_every_policy_that_ships():
    assert [key for key in _KEYS if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE] == []
    network = [name for name in NAMES if name.startswith(("cisco", "juniper", "checkpoint"))]
    assert len(network) == 6
    assert [name for name in network if f"`{name}`" not in PAGE or not policy_of(name)] == []
    assert len(RULES) > 20
