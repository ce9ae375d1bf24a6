"""What the policy tasks of a run came to, for `ospatrol run` and `ospatrol policy run`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ospatrol.cli.arguments import RunFlags
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.collect.policy import PolicyScope
    from ospatrol.patrol.plan import HostPlan
    from ospatrol.patrol.policy_judge import Assessment, Waivers
    from ospatrol.patrol.run import Ran
    from ospatrol.report.compliance import Unreachable


class PolicyPart(NamedTuple):
    """The policy tasks of a run of plays.

    Attributes:
        plans: Of hosts that have one.
        assessments: How they are judged, by the tasks' arguments.
        waivers: What is lived with, in alerts of all tasks too.
    """

    plans: tuple[HostPlan, ...]
    assessments: Mapping[PolicyScope, Assessment]
    waivers: Waivers

    @classmethod
    def read(cls, order: RunFlags, plans: Iterable[HostPlan]) -> PolicyPart:
        """The policies and waivers that a run needs.

        Raises:
            ConfigErrors: a policy or a waiver cannot be used.
            UsageError: there is no such policy.
        """
        from ospatrol.cli.policy_waivers import open_waivers
        from ospatrol.collect.policy import COLLECTOR, PolicyScope
        from ospatrol.patrol.policy_library import PolicyLibrary
        from ospatrol.patrol.policy_work import read_assessments

        judged = tuple(plan for plan in plans if any(task.collector == COLLECTOR.name for task in plan.tasks))
        library, tasks = PolicyLibrary(), (task.arguments for plan in judged for task in plan.tasks)
        named = dict.fromkeys(each.policies for each in tasks if isinstance(each, PolicyScope))
        policies = [policy for words in named for policy in library.choose((), words).policies]
        waivers = open_waivers(order, order.waivers, policies)
        return cls(plans=judged, assessments=read_assessments(judged, library, waivers), waivers=waivers)

    def came(self, ran: Ran) -> Came | None:
        """What they came to; None without any."""
        return what_came(ran, self.plans, self.assessments.values(), self.waivers) if self.plans else None


class Came(NamedTuple):
    """What policies came to.

    Attributes:
        summary: To show.
        failing: Whether a check fails that no waiver covers.
        incomplete: Whether a host or a check was not assessed.
    """

    summary: PolicySummary
    failing: bool
    incomplete: bool


def what_came(ran: Ran, plans: Sequence[HostPlan], assessments: Iterable[Assessment], waivers: Waivers) -> Came:
    """All policies and hosts of a run together.

    Args:
        ran: The run.
        plans: Of the hosts that were to be judged by policies.
        assessments: How they were judged.
        waivers: What is lived with.
    """
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.patrol.policy_judge import is_failing, is_incomplete, left_out_of, one_assessment, unjudged_of

    assessment = one_assessment(assessments, waivers)
    report = assessment.report(ran.judged, at=ran.run.started, unreachable=_unreachable(ran, plans))
    unjudged = unjudged_of(ran.judged)
    return Came(
        summary=PolicySummary(report=report, unjudged=unjudged, left_out=left_out_of(ran.judged)),
        failing=is_failing(report.verdicts),
        incomplete=is_incomplete(report.verdicts) or bool(report.unreachable or unjudged),
    )


def _unreachable(ran: Ran, plans: Sequence[HostPlan]) -> list[Unreachable]:
    """Hosts that were to be asked and were not; those that an interruption left out too."""
    from ospatrol.report.compliance import Unreachable

    judged = {host.host for host in ran.judged}
    ended = {host.host: host for host in ran.run.hosts}
    found = []
    for name in (plan.target.host for plan in plans):
        if name not in judged:
            host = ended.get(name)
            reason = host.problem if host else "the run was interrupted"
            found.append(Unreachable(host=name, reason=reason, step=host.step if host else "run"))
    return found
