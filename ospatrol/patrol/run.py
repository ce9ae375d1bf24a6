"""A run: what a person ordered, done on each host, and what became of it since the last run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from ospatrol.collect.policy import COLLECTOR as POLICY
from ospatrol.collect.policy import PolicyScope
from ospatrol.engine.compile import Ruleset
from ospatrol.model.host import TransportKind
from ospatrol.model.run import RunResult
from ospatrol.patrol.collectors import declared_scripts
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.host import HostPatrol
from ospatrol.patrol.order import RunOrder, Watcher
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.policy_judge import Assessment, Judged
from ospatrol.patrol.policy_work import PolicyWork
from ospatrol.patrol.session import Links, Session, run_session
from ospatrol.patrol.works import WORKS
from ospatrol.transport.device_policy import DevicePolicy

_NONE: Mapping[PolicyScope, Assessment] = MappingProxyType({})


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to.

    Attributes:
        run: As it is stored.
        judged: Hosts that were judged by policies, in the order of the plans.
    """

    run: RunResult
    judged: tuple[Judged, ...] = ()


def run(
    order: RunOrder, ruleset: Ruleset, watcher: Watcher, assessments: Mapping[PolicyScope, Assessment] = _NONE
) -> Ran:
    """Do what was ordered; see `run_session`.

    Args:
        order: What was ordered.
        ruleset: Judges what is learnt.
        watcher: Is told.
        assessments: How the order's policy tasks are judged; see `read_assessments`.

    Raises:
        ConfigErrors: a device profile cannot be used.
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    scripts, devices = declared_scripts(), _device_policies(order.plans)
    wanted = {task.collector for plan in order.plans for task in plan.tasks}
    judged: dict[str, Judged] = {}

    def worker(session: Session, links: Links) -> HostPatrol:
        works = {name: opener(session) for name, opener in WORKS.items() if name in wanted}
        return HostPatrol(
            connect=links.connect,
            works={**works, POLICY.name: PolicyWork(session, assessments, judged)},
            judge=session.judge.alerts,
            store=session.store,
            run_id=session.run_id,
            scripts=scripts,
            sent_to=links.sent_to,
            keep_pins=links.keep_pins,
            limits=order.limits,
            failing=session.failing,
            now=time.time,
        )

    result = run_session(order, ruleset, watcher, scripts=scripts, devices=devices, worker=worker)
    hosts = [host.host for host in result.hosts]
    inside: dict[str, list[Judged]] = {}
    for name in judged.keys() - frozenset(hosts):  # a virtual system in a device is HOST@NAME
        inside.setdefault(name.rpartition("@")[0], []).append(judged[name])
    return Ran(run=result, judged=tuple(each for host in hosts for each in _judged_on(host, judged, inside)))


def _judged_on(host: str, judged: Mapping[str, Judged], inside: Mapping[str, Sequence[Judged]]) -> Iterator[Judged]:
    """What became of a host, and of the virtual systems in it."""
    if host in judged:
        yield judged[host]
    yield from sorted(inside.get(host, ()), key=lambda each: each.host)


def _device_policies(plans: Iterable[HostPlan]) -> tuple[DevicePolicy, ...]:
    """What profiles ask of network devices; none is read where there are no devices."""
    if all(plan.target.transport is not TransportKind.NETWORK for plan in plans):
        return ()
    return tuple(DevicePolicy.of(platform, commands) for platform, commands in ProfileLibrary().commands().items())
