"""Policy tasks on hosts: ask once, judge, and say what changed since the last time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import cast

import msgspec

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_below import collect_facts_below
from ospatrol.collect.facts_dialogue import FactLimits
from ospatrol.collect.policy import COLLECTOR, PolicyScope
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import UsageError
from ospatrol.model.facts import Facts, Question
from ospatrol.model.host import TransportKind
from ospatrol.model.policy import Finding, Policy, Status, Verdict
from ospatrol.model.run import TaskResult
from ospatrol.model.text import escape_controls
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.policy_device import DeviceAsker, judged_together, own_context
from ospatrol.patrol.policy_events import policy_events
from ospatrol.patrol.policy_judge import Assessment, Judged, Waivers, together
from ospatrol.patrol.policy_library import PolicyLibrary
from ospatrol.patrol.session import Session
from ospatrol.patrol.work import Outcome
from ospatrol.store.facts import FactsStore
from ospatrol.store.facts_verdicts import PastVerdict, VerdictStore
from ospatrol.transport.connection import Connection
from ospatrol.transport.device import DeviceConnection

_PROBLEM_LIMIT = 500
_JUDGED_AT_ONCE = 2
_COLLECTING = 0.9  # of the host's time; the rest is for the login, and for judging what came
_COUNTED = (
    *(status.value for status in (Status.PASS, Status.FAIL)),
    "waived",
    Status.NOT_APPLICABLE.value,
    Status.NOT_ASSESSED.value,
)
_REASONS = {
    "no permission": Reason.DENIED,
    "tool missing": Reason.NO_TOOL,
    "timeout": Reason.BUDGET,
    "not asked": Reason.BUDGET,
    "cut": Reason.CUT,
}


def read_assessments(
    plans: Iterable[HostPlan], library: PolicyLibrary, waivers: Waivers
) -> Mapping[PolicyScope, Assessment]:
    """How the policy tasks of a run are judged, by their arguments.

    Raises:
        ConfigErrors: a policy cannot be used, or two have the same id.
        UsageError: there is no such policy, or it is to judge two trees of a host.
    """
    plans = tuple(plans)
    found = {
        scope: Assessment(policies=chosen.policies, auto=chosen.auto, waivers=waivers)
        for scope in _scopes(plans)
        for chosen in [library.choose((), scope.policies)]
    }
    for plan in plans:
        _one_tree_each(plan, found)
    return found


def _one_tree_each(plan: HostPlan, assessments: Mapping[PolicyScope, Assessment]) -> None:
    """Verdicts are kept and waived by host and policy."""
    roots: dict[str, str] = {}
    for scope in _scopes([plan]):
        for policy in assessments[scope].policies:
            if roots.setdefault(policy.id, scope.root) != scope.root:
                host = escape_controls(plan.target.host, _PROBLEM_LIMIT)
                raise UsageError(f"the policy {policy.id} is to judge two trees of {host}; give one another id")


def policies_of(plans: Iterable[HostPlan]) -> Mapping[PolicyScope, tuple[Policy, ...]]:
    """The policies of a run's tasks, by their arguments; it raises what `read_assessments` does."""
    library = PolicyLibrary()
    return {scope: library.choose((), scope.policies).policies for scope in _scopes(plans)}


def _scopes(plans: Iterable[HostPlan]) -> Iterable[PolicyScope]:
    return dict.fromkeys(
        task.arguments for plan in plans for task in plan.tasks if isinstance(task.arguments, PolicyScope)
    )


class PolicyWork:
    """Does the policy tasks of a run.

    Args:
        session: Of the run.
        assessments: How each task is judged, by its arguments.
        judged: Gets what became of each host, by its name.
    """

    def __init__(
        self, session: Session, assessments: Mapping[PolicyScope, Assessment], judged: dict[str, Judged]
    ) -> None:
        order = session.order
        self._order = order
        self._run_id = session.run_id
        self._assessments = assessments
        self._facts = FactsStore(order.state, keep=order.keep_facts)
        self._verdicts = VerdictStore(order.state)
        self._known: dict[tuple[str, str], Facts] = {}
        self._slots = asyncio.Semaphore(_JUDGED_AT_ONCE)  # to judge takes the processor, and memory
        self._judged = judged
        devices = any(plan.target.transport is TransportKind.NETWORK for plan in order.plans)
        self._devices = DeviceAsker(scrub_key(order.state)) if devices else None

    async def __call__(self, connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        """Ask what is not known yet, and judge by the policies that no earlier task of the host judged; see `Work`."""
        host = plan.target.host
        scope = cast("PolicyScope", task.arguments)
        assessment = self._assessments[scope].without(self._done(host))
        if self._devices is not None and isinstance(connection, DeviceConnection):
            return await self._device(self._devices, connection, plan, assessment, task.name)
        known = self._known.get((host, scope.root))
        facts = self._known[host, scope.root] = await self._ask(connection, assessment, known, scope.root)
        if task is [each for each in plan.tasks if each.collector == COLLECTOR.name][-1]:
            self._known = {(other, root): told for (other, root), told in self._known.items() if other != host}
        async with self._slots:
            return await asyncio.to_thread(self._judge, facts, assessment, task.name)

    async def _device(
        self, asker: DeviceAsker, device: DeviceConnection, plan: HostPlan, assessment: Assessment, task: str
    ) -> Outcome:
        assessment = assessment.for_devices(asker.platform(device))
        before = await asyncio.to_thread(own_context, self._order.state, plan.target.host)
        asked = await asker.ask_each(device, plan, assessment.policies, limits=self._order.limits, before=before)
        async with self._slots:
            outcomes = [
                await asyncio.to_thread(self._judge, each.facts, assessment, task, each.failures) for each in asked.each
            ]
        return judged_together(outcomes, asked)

    async def _ask(self, connection: Connection, assessment: Assessment, known: Facts | None, root: str) -> Facts:
        before = {} if known is None else known.answers
        limits = self._order.limits
        ask = partial(collect_facts_below, root) if root else partial(collect_facts, extra=self._order.allowed_commands)
        facts = await ask(
            connection,
            [each for each in assessment.questions() if each not in before],
            follow_up=lambda facts: _unanswered(assessment, _joined(known, facts)),
            limits=FactLimits(total_s=min(limits.command_s, limits.host_s * _COLLECTING)),
        )
        return _joined(known, facts)

    def _judge(self, facts: Facts, assessment: Assessment, task: str, failures: tuple[Failure, ...] = ()) -> Outcome:
        host, digest = facts.host, self._facts.put(facts)
        judged = assessment.judged(facts, self._verdicts.get(host), digest=digest)
        self._judged[host] = together(self._judged.get(host), judged)
        past = {each.verdict.policy: each.verdict for each in judged.before}
        kept = [PastVerdict(at=facts.at, run=self._run_id, facts=digest, verdict=each) for each in judged.verdicts]
        return Outcome(
            result=TaskResult(
                task=task,
                digest=tuple(_digest(verdict) for verdict in judged.verdicts),
                failures=(*failures, *(failure for verdict in judged.verdicts for failure in _failures(verdict))),
            ),
            events=tuple(
                event
                for verdict in judged.verdicts
                for event in policy_events(verdict, past.get(verdict.policy), at=facts.at)
            ),
            keep=lambda: self._verdicts.put(host, kept),
        )

    def _done(self, host: str) -> frozenset[str]:
        judged = self._judged.get(host)
        return frozenset(verdict.policy for verdict in judged.verdicts) if judged else frozenset()


def _joined(known: Facts | None, facts: Facts) -> Facts:
    return facts if known is None else msgspec.structs.replace(facts, answers={**known.answers, **facts.answers})


def _unanswered(assessment: Assessment, facts: Facts) -> Iterator[Question]:
    return (each for each in assessment.then(facts) if each not in facts.answers)


def _digest(verdict: Verdict) -> str:
    """`debian_12: score 91: 150 pass, 12 fail, 2 waived, 3 not assessed`."""
    if not verdict.applies:
        return f"{verdict.policy}: not applicable"
    counts = Counter("waived" if each.waiver else each.status.value for each in verdict.findings)
    said = ", ".join(f"{counts[name]} {name}" for name in _COUNTED if counts[name])
    score = "" if verdict.score is None else f"score {verdict.score}: "
    return escape_controls(f"{verdict.policy}: {score}{said}", _PROBLEM_LIMIT)


def _failures(verdict: Verdict) -> tuple[Failure, ...]:
    """What was not assessed of a policy, a value for each reason."""
    reasons: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        if finding.status is Status.NOT_ASSESSED and not finding.waiver:
            reasons.setdefault(finding.reason, []).append(finding)
    return tuple(
        Failure(
            what=escape_controls(verdict.policy, _PROBLEM_LIMIT),
            reason=_REASONS.get(reason, Reason.UNDECIDED),
            detail=escape_controls(_of_checks(findings, reason), _PROBLEM_LIMIT),
        )
        for reason, findings in reasons.items()
    )


def _of_checks(findings: list[Finding], reason: str) -> str:
    """Which checks, and what the host did not say to the first, such as `tool missing: modprobe -n -v cramfs`."""
    first = findings[0]
    said = next((each.shown for each in first.evidence if each.shown.startswith(reason)), reason)
    which = f"check {first.check}" if len(findings) == 1 else f"{len(findings)} checks, such as {first.check}"
    return f"{which}: {said}"
