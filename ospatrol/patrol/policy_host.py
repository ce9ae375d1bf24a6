"""Everything that a policy run does on one host, from the login to the stored verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import msgspec

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT, FactLimits
from ospatrol.model.alert import Alert
from ospatrol.model.command import Sent
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import HostError
from ospatrol.model.event import Event
from ospatrol.model.facts import Facts
from ospatrol.model.host import Target
from ospatrol.model.policy import Status, Verdict
from ospatrol.model.run import HostResult, HostStatus, TaskResult
from ospatrol.model.text import escape_controls
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.policy_events import policy_events
from ospatrol.patrol.policy_judge import Assessment, Judged
from ospatrol.patrol.trouble import Trouble, trouble_of
from ospatrol.store.facts import FactsStore
from ospatrol.store.facts_verdicts import PastVerdict, VerdictStore
from ospatrol.store.records import HostRecord
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection

_PROBLEM_LIMIT = 500
_JUDGED_AT_ONCE = 2
_COLLECTING = 0.9  # of the host's time; the rest is for the login, and for judging what came
_REASONS = {
    "no permission": Reason.DENIED,
    "tool missing": Reason.NO_TOOL,
    "timeout": Reason.BUDGET,
    "not asked": Reason.BUDGET,
    "cut": Reason.CUT,
}


@dataclass(frozen=True, kw_only=True)
class PolicyPatrol:
    """Asks hosts, judges what they say, and stores it; each host on its own.

    Attributes:
        connect: Opens a connection to a target.
        assessment: How policies are judged.
        judge: Gives the alerts that events raise; called from several threads.
        store: Keeps alerts and results.
        facts: Keeps what hosts said.
        verdicts: Keeps what came of it.
        run_id: The run that it belongs to.
        sent_to: Gives and forgets what was sent to a host.
        keep_pins: Stores host keys that were pinned since it was last called; blocking.
        limits: Of the run.
        failing: Hosts that could not be assessed the last time, and at which step; that is said once, not every night.
        now: The clock: seconds since the epoch, UTC.
        judged: Gets what became of each host, by its name.
        slots: Taken by hosts that are being judged: it is work for the processor, and takes memory.
    """

    connect: Callable[[Target], AbstractAsyncContextManager[Connection]]
    assessment: Assessment
    judge: Callable[[Iterable[Event]], tuple[Alert, ...]]
    store: Store
    facts: FactsStore
    verdicts: VerdictStore
    run_id: str
    sent_to: Callable[[str], tuple[Sent, ...]]
    keep_pins: Callable[[], None]
    limits: RunLimits
    failing: Mapping[str, str]
    now: Callable[[], float]
    judged: dict[str, Judged] = field(default_factory=dict)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_JUDGED_AT_ONCE))

    async def __call__(self, plan: HostPlan) -> HostResult:
        """Ask one host, judge it, and store both; the result as stored.

        Raises:
            StoreError: nothing of this host could be stored.
        """
        host, started = plan.target.host, self.now()
        asked = await self._ask(plan.target)
        async with self.slots:
            if isinstance(asked, Trouble):
                result = HostResult(host=host, status=HostStatus.FAILED, step=asked.step, problem=asked.problem)
                events = [asked.event] if asked.is_news(self.failing.get(host)) else []
                return await asyncio.to_thread(self._record, result, events, started)
            return await asyncio.to_thread(self._judge, *asked, started)

    async def _ask(self, target: Target) -> tuple[Facts, tuple[str, ...]] | Trouble:
        limits = FactLimits(total_s=min(self.limits.command_s, self.limits.host_s * _COLLECTING))
        try:
            async with asyncio.timeout(self.limits.host_s), self.connect(target) as connection:
                facts = await collect_facts(
                    connection,
                    self.assessment.questions(),
                    follow_up=self.assessment.then,
                    limits=limits,
                    clock=self.now,
                )
                return facts, connection.notes
        except HostError as error:
            return trouble_of(error, target.host, self.now())
        except TimeoutError as error:
            said = f"the host's {self.limits.host_s:g} s are spent"
            return trouble_of(error, target.host, self.now(), said=said)

    def _judge(self, facts: Facts, notes: tuple[str, ...], started: float) -> HostResult:
        digest = self.facts.put(facts)
        before = self.verdicts.get(facts.host)
        judged = self.assessment.judged(facts, before, digest=digest)
        failures = tuple(failure for verdict in judged.verdicts for failure in _failures(verdict))
        result = HostResult(
            host=facts.host,
            status=HostStatus.PARTLY if failures else HostStatus.ASSESSED,
            notes=notes,
            tasks=(TaskResult(task="policy", entries=len(facts.answers), failures=failures),),
        )
        past = {each.verdict.policy: each.verdict for each in judged.before}
        events = [
            event
            for verdict in judged.verdicts
            for event in policy_events(verdict, past.get(verdict.policy), at=facts.at)
        ]
        stored = self._record(result, events, started)
        # behind the alerts: if it ends in between, they are raised again rather than never
        self.verdicts.put(
            facts.host,
            [PastVerdict(at=facts.at, run=self.run_id, facts=digest, verdict=each) for each in judged.verdicts],
        )
        self.judged[facts.host] = judged
        return stored

    def _record(self, result: HostResult, events: list[Event], started: float) -> HostResult:
        self.keep_pins()
        result = msgspec.structs.replace(result, seconds=round(self.now() - started, 3))
        sent = self.sent_to(result.host)
        record = HostRecord(
            result=result,
            alerts=self.judge(events),
            sent=sent,
            scripts=(FACTS_SCRIPT,) if sent else (),
            events=len(events),
        )
        new = self.store.record_host(self.run_id, record)
        worst = max((alert.level for alert in new), default=-1)
        return msgspec.structs.replace(result, alerts=len(new), worst=worst)


def _failures(verdict: Verdict) -> tuple[Failure, ...]:
    """What was not assessed of a policy, a value for each reason."""
    reasons: dict[str, list[str]] = {}
    for finding in verdict.findings:
        if finding.status is Status.NOT_ASSESSED:
            reasons.setdefault(finding.reason, []).append(finding.check)
    return tuple(
        Failure(
            what=escape_controls(verdict.policy, _PROBLEM_LIMIT),
            reason=_REASONS.get(reason, Reason.ERROR),
            detail=escape_controls(f"{len(checks)} checks not assessed, such as {checks[0]}: {reason}", _PROBLEM_LIMIT),
        )
        for reason, checks in reasons.items()
    )
