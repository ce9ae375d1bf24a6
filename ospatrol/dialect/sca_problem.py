"""What is wrong with a policy file, and what comes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.model.policy import Policy


class Effect(StrEnum):
    """What comes of a mistake."""

    POLICY_SKIPPED = "the policy is skipped"
    CHECK_SKIPPED = "the check is skipped"
    RULE_DEAD = "the rule cannot work as written"
    NEVER_APPLIES = "it applies to no host"
    IGNORED = "it is ignored"


class PolicyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake in a policy file.

    Attributes:
        place: Where it stands.
        problem: What is wrong.
        effect: What comes of it.
    """

    place: Place
    problem: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.effect.value}"

    def error(self) -> ConfigError:
        """The same as an error."""
        return ConfigError(self.place, f"{self.problem}; {self.effect.value}")


def doubled_ids(policies: Iterable[Policy]) -> tuple[PolicyProblem, ...]:
    """Ids of policies and of Wazuh's checks that an earlier one of several policies has already.

    Wazuh wants the ids of checks to be unique among all policies that are in use, and skips the later policy; OSPatrol
    needs only the ids of policies to be unique, and tells.
    """
    problems: list[PolicyProblem] = []
    named: dict[str, Place] = {}
    used: dict[str, tuple[str, Place]] = {}
    for policy in policies:
        earlier = named.setdefault(policy.id, policy.place)
        if earlier is not policy.place:
            problem = f"the policy id {policy.id!r} stands already at {earlier}"
            problems.append(PolicyProblem(place=policy.place, problem=problem, effect=Effect.POLICY_SKIPPED))
            continue
        for check in policy.checks if policy.manner == "sca" else ():
            owner, place = used.setdefault(check.id, (policy.id, check.place))
            if owner != policy.id:
                problem = f"the check id {check.id} stands already at {place}, and Wazuh would skip this policy"
                problems.append(PolicyProblem(place=check.place, problem=problem, effect=Effect.IGNORED))
                break
    return tuple(problems)
