"""A policy run: the lock, the stores, the connections and the sweep, opened and closed in the right order."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import msgspec

from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.engine.compile import Ruleset
from ospatrol.model.host import Target, TransportKind
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.patrol.policy_host import PolicyPatrol
from ospatrol.patrol.policy_judge import Assessment, Judged
from ospatrol.patrol.run import RunOrder, Watcher
from ospatrol.patrol.sweep import Interruption, sweep
from ospatrol.patrol.transcript import Transcript
from ospatrol.store.facts import FactsStore
from ospatrol.store.facts_verdicts import VerdictStore
from ospatrol.store.lock import RunLock
from ospatrol.store.registry import HostSeen, Registry
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

PLAY = "policy"
"""What runs of policies are called in the store."""

_GC_THRESHOLD = 100_000


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


class _Opened(msgspec.Struct, frozen=True, kw_only=True):
    store: Store
    registry: Registry
    pinned: tuple[PinnedKey, ...]
    failing: Mapping[str, str]
    run_id: str


def run_policies(order: PolicyOrder, ruleset: Ruleset, watcher: Watcher) -> PolicyResult:
    """Ask, judge and store; everything in the result survives a power cut when this returns.

    SIGINT and SIGTERM end it early: what is done is kept, hosts under way are given up.

    Raises:
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    # answers are many small objects that live for a moment: looking for cycles among them finds none
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    run = order.run
    with RunLock(run.state, " ".join(run.command_line)) as lock, Store.open(run.state) as store:
        registry = Registry.open(run.state)
        started = time.time()
        run_id = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(started))}-{secrets.token_hex(2)}"
        result = RunResult(id=run_id, play=run.play, started=started, planned=len(run.plans))
        store.begin_run(result, args=run.command_line, owner=_owner())
        dead = lock.taken_over_from
        watcher.begun(run_id, f"took over from {dead}" if dead else "")
        opened = _Opened(
            store=store,
            registry=registry,
            pinned=tuple(as_pinned_key(pin) for pin in registry.pins()),
            failing={seen.host: seen.problem.partition(":")[0] for seen in registry.hosts() if seen.problem},
            run_id=run_id,
        )
        hosts, judged, interrupted = asyncio.run(_patrol(order, ruleset, opened, watcher))
        result = msgspec.structs.replace(result, finished=time.time(), interrupted=interrupted, hosts=hosts)
        _close(opened, result)
        return PolicyResult(run=result, judged=judged)


async def _patrol(
    order: PolicyOrder, ruleset: Ruleset, opened: _Opened, watcher: Watcher
) -> tuple[tuple[HostResult, ...], tuple[Judged, ...], bool]:
    run, transcript = order.run, Transcript()
    rules = Rules(limits=run.connecting, policies=(CommandPolicy.of([FACTS_SCRIPT]),), record=transcript.add)
    ssh = SshTransport(rules, HostKeys(pinned=opened.pinned, accept_new=run.accept_new))
    patrol_host = PolicyPatrol(
        connect=_connector(ssh, LocalTransport(rules)),
        assessment=order.assessment,
        ruleset=ruleset,
        store=opened.store,
        facts=FactsStore(run.state, keep=order.keep_facts),
        verdicts=VerdictStore(run.state),
        run_id=opened.run_id,
        sent_to=transcript.take,
        keep_pins=_pin_keeper(ssh, opened.registry, opened.run_id),
        limits=run.limits,
        failing=opened.failing,
        now=time.time,
    )
    interruption = Interruption()
    try:
        with interruption.on_signals():
            hosts = await sweep(
                run.plans,
                patrol_host,
                forks=run.limits.forks,
                interruption=interruption,
                on_result=watcher.host_done,
            )
    finally:
        await ssh.close()
    named = [host.host for host in hosts if host.host in patrol_host.judged]
    return hosts, tuple(patrol_host.judged[host] for host in named), interruption.asked


def _connector(ssh: SshTransport, local: LocalTransport) -> Callable[[Target], AbstractAsyncContextManager[Connection]]:
    def connect(target: Target) -> AbstractAsyncContextManager[Connection]:
        match target.transport:
            case TransportKind.SSH:
                return ssh.open(target)
            case TransportKind.LOCAL:
                return local.open(target)

    return connect


def _pin_keeper(ssh: SshTransport, registry: Registry, run_id: str) -> Callable[[], None]:
    """Writes down the keys of new hosts, before anything that was learnt over them is."""
    kept = 0

    def keep() -> None:
        nonlocal kept
        accepted = ssh.accepted
        if len(accepted) > kept:
            registry.pin([as_pin(key, run_id) for key in accepted])
            kept = len(accepted)

    return keep


def _close(opened: _Opened, result: RunResult) -> None:
    opened.registry.saw(_seen(result.hosts, result.finished))
    failed = any(host.status is not HostStatus.ASSESSED for host in result.hosts)
    status = "interrupted" if result.interrupted else ("incomplete" if failed else "complete")
    opened.registry.ran(result.play, result.id, result.finished, status)
    opened.store.finish_run(result)


def _seen(hosts: Sequence[HostResult], at: float) -> list[HostSeen]:
    return [
        HostSeen(
            host=host.host,
            at=datetime.fromtimestamp(at, UTC),
            status=host.status,
            notes=host.notes,
            problem=f"{host.step}: {host.problem}" if host.step else "",
        )
        for host in hosts
    ]


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.getuid())
