"""Policies, what hosts said, waivers and earlier verdicts, put together into one report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from ospatrol import __version__
from ospatrol.comply.judge import judge
from ospatrol.comply.network_facts import suits
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.comply.waive import waive
from ospatrol.model.facts import Facts, Question
from ospatrol.model.policy import Policy, Status, Target, Verdict, Waiver
from ospatrol.patrol.policies import rules_of
from ospatrol.report.compliance import ComplianceReport, Unreachable
from ospatrol.store.facts_verdicts import PastVerdict


class Waivers(msgspec.Struct, frozen=True, kw_only=True):
    """The waivers of a workspace.

    Attributes:
        waivers: In the order of the file.
        today: In UTC.
        matches_host: Whether a host pattern, the first argument, means a host.
    """

    waivers: tuple[Waiver, ...]
    today: date
    matches_host: Callable[[str, str], bool]

    def on(self, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
        """The verdicts with waivers laid over them."""
        return waive(verdicts, self.waivers, self.today, self.matches_host).verdicts


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one host.

    Attributes:
        host: The inventory name.
        at: When it was asked: seconds since the epoch, UTC.
        facts: Digest of what it said; empty where that is not kept.
        verdicts: Of the policies that count, waivers laid over them, in the order of the policies.
        before: The last verdicts of these policies.
        left_out: Policies that do not apply and that nobody named.
    """

    host: str
    at: float
    verdicts: tuple[Verdict, ...]
    facts: str = ""
    before: tuple[PastVerdict, ...] = ()
    left_out: tuple[str, ...] = ()


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """How policies are judged.

    Attributes:
        policies: Which.
        auto: Whether they chose themselves: those that do not apply to a host are then left out.
        waivers: What is lived with.
    """

    policies: tuple[Policy, ...]
    auto: bool
    waivers: Waivers

    def without(self, policies: Collection[str]) -> Assessment:
        """The same, but for some policies."""
        return msgspec.structs.replace(self, policies=tuple(each for each in self.policies if each.id not in policies))

    def for_devices(self, platform: str) -> Assessment:
        """The same for a network device: policies that chose themselves are those for its platform."""
        if not self.auto:
            return self
        return msgspec.structs.replace(self, policies=tuple(each for each in self.policies if suits(each, platform)))

    def questions(self) -> tuple[Question, ...]:
        """What to ask first: all that policies need which apply to every host, and the requirements of the others."""
        return questions_of(_first(policy) for policy in self.policies if not _needs_registry(policy))

    def then(self, facts: Facts) -> Iterator[Question]:
        """What to ask in view of the answers so far: what the policies need whose requirement is, or may be, met."""
        wanted = [policy for policy in self.policies if not _needs_registry(policy) and _may_apply(policy, facts)]
        yield from questions_of(wanted)
        yield from follow_up(wanted, facts)

    def judged(self, facts: Facts, before: Mapping[str, PastVerdict], *, digest: str = "") -> Judged:
        """The verdicts on one host."""
        verdicts: list[Verdict] = []
        left_out: list[str] = []
        for policy in self.policies:
            verdict = judge(policy, facts)
            past = before.get(policy.id)
            if self.auto and not verdict.applies and not (past and past.verdict.applies):
                left_out.append(policy.id)
            else:
                verdicts.append(verdict)
        return Judged(
            host=facts.host,
            at=facts.at,
            facts=digest,
            verdicts=self.waivers.on(verdicts),
            before=tuple(before[verdict.policy] for verdict in verdicts if verdict.policy in before),
            left_out=tuple(left_out),
        )

    def report(
        self, hosts: Sequence[Judged], *, at: float, unreachable: Iterable[Unreachable] = ()
    ) -> ComplianceReport:
        """All hosts together.

        Waivers that are about none of these hosts and policies are not called unused: this run could not use them.
        """
        verdicts = tuple(verdict for host in hosts for verdict in host.verdicts)
        past = [each for host in hosts for each in host.before]
        waived = waive(verdicts, self.waivers.waivers, self.waivers.today, self.waivers.matches_host)
        judged = {verdict.policy for verdict in verdicts}
        return ComplianceReport(
            at=at,
            policies=tuple(policy for policy in self.policies if policy.id in judged),
            verdicts=waived.verdicts,
            version=__version__,
            before=tuple(each.verdict for each in past),
            before_at=max((each.at for each in past), default=None),
            used=waived.used,
            unused=tuple(waiver for waiver in waived.unused if self._could_use(waiver, verdicts)),
            expired=waived.expired,
            unreachable=tuple(unreachable),
        )

    def _could_use(self, waiver: Waiver, verdicts: Sequence[Verdict]) -> bool:
        """Whether a waiver is about one of some verdicts, though it covers nothing of it."""
        anything = msgspec.structs.replace(waiver, checks=())
        return any(
            self.waivers.matches_host(waiver.hosts, verdict.host)
            and bool(waive([_failing(verdict)], [anything], self.waivers.today, lambda *_: True).used)
            for verdict in verdicts
            if verdict.findings and verdict.applies
        )


def together(earlier: Judged | None, later: Judged) -> Judged:
    """What became of a host by two tasks."""
    if earlier is None:
        return later
    verdicts = (*earlier.verdicts, *later.verdicts)
    used = {verdict.policy for verdict in verdicts}
    return msgspec.structs.replace(
        later,
        verdicts=verdicts,
        before=(*earlier.before, *later.before),
        left_out=tuple(each for each in dict.fromkeys((*earlier.left_out, *later.left_out)) if each not in used),
    )


def one_assessment(assessments: Iterable[Assessment], waivers: Waivers) -> Assessment:
    """The policies of several; to report about all of them."""
    policies = {policy.id: policy for each in assessments for policy in each.policies}
    return Assessment(policies=tuple(policies.values()), auto=False, waivers=waivers)


def is_failing(verdicts: Iterable[Verdict]) -> bool:
    """Whether a check fails that no waiver covers."""
    return any(
        finding.status is Status.FAIL and not finding.waiver for verdict in verdicts for finding in verdict.findings
    )


def is_incomplete(verdicts: Iterable[Verdict]) -> bool:
    """Whether a check was not assessed that no waiver covers."""
    return any(
        finding.status is Status.NOT_ASSESSED and not finding.waiver
        for verdict in verdicts
        for finding in verdict.findings
    )


def unjudged_of(hosts: Iterable[Judged]) -> tuple[str, ...]:
    """Hosts to which no policy applies: nothing was assessed there."""
    return tuple(host.host for host in hosts if not any(verdict.applies for verdict in host.verdicts))


def left_out_of(hosts: Sequence[Judged]) -> tuple[str, ...]:
    """Policies that chose themselves and apply to none of the hosts."""
    used = {verdict.policy for host in hosts for verdict in host.verdicts}
    return tuple(dict.fromkeys(policy for host in hosts for policy in host.left_out if policy not in used))


def _failing(verdict: Verdict) -> Verdict:
    first = msgspec.structs.replace(verdict.findings[0], status=Status.FAIL)
    return msgspec.structs.replace(verdict, findings=(first,))


def _first(policy: Policy) -> Policy:
    return policy if policy.requirement is None else msgspec.structs.replace(policy, checks=())


def _may_apply(policy: Policy, facts: Facts) -> bool:
    return judge(_first(policy), facts).applies


def _needs_registry(policy: Policy) -> bool:
    """Whether it asks for a registry, which no host that can answer has: see `comply.judge`."""
    return any(rule.target is Target.REGISTRY for _, rule in rules_of(policy))
