"""A policy run: hosts asked for facts, judged by policies, and what became of it since the last run."""

from __future__ import annotations

import time

import msgspec

from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.engine.compile import Ruleset
from ospatrol.model.run import RunResult
from ospatrol.patrol.order import RunOrder, Watcher
from ospatrol.patrol.policy_host import PolicyPatrol
from ospatrol.patrol.policy_judge import Assessment, Judged
from ospatrol.patrol.session import Links, Session, run_session
from ospatrol.store.facts import FactsStore
from ospatrol.store.facts_verdicts import VerdictStore

PLAY = "policy"
"""What runs of policies are called in the store."""


class PolicyOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a person ordered.

    Attributes:
        run: Which hosts, and how; its plans have no tasks.
        assessment: How they are judged.
        keep_facts: How many older facts of each host stay.
    """

    run: RunOrder
    assessment: Assessment
    keep_facts: int = 30


class PolicyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy run came to.

    Attributes:
        run: As it is stored.
        judged: Hosts that were asked, in the order of the plans.
    """

    run: RunResult
    judged: tuple[Judged, ...]


def run_policies(order: PolicyOrder, ruleset: Ruleset, watcher: Watcher) -> PolicyResult:
    """Ask, judge and store; see `run_session`.

    Raises:
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    judged: dict[str, Judged] = {}

    def worker(session: Session, links: Links) -> PolicyPatrol:
        return PolicyPatrol(
            connect=links.connect,
            assessment=order.assessment,
            judge=session.judge.alerts,
            store=session.store,
            facts=FactsStore(order.run.state, keep=order.keep_facts),
            verdicts=VerdictStore(order.run.state),
            run_id=session.run_id,
            sent_to=links.sent_to,
            keep_pins=links.keep_pins,
            limits=order.run.limits,
            failing=session.failing,
            now=time.time,
            judged=judged,
        )

    result = run_session(order.run, ruleset, watcher, scripts=[FACTS_SCRIPT], worker=worker)
    return PolicyResult(run=result, judged=tuple(judged[host.host] for host in result.hosts if host.host in judged))
