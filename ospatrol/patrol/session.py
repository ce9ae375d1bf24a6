"""What every run shares, whatever it does on the hosts: lock, store, connections, sweep; opened and closed in order."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

import msgspec

from ospatrol.engine.compile import Ruleset
from ospatrol.model.command import Script, Sent
from ospatrol.model.host import Target, TransportKind
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.patrol.judging import EventJudge
from ospatrol.patrol.once import asked_once
from ospatrol.patrol.order import RunOrder, Watcher
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.sweep import Interruption, sweep
from ospatrol.patrol.transcript import Transcript
from ospatrol.store.lock import RunLock
from ospatrol.store.registry import HostSeen, Pin, Registry
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.network import NetworkTransport
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

Worker: TypeAlias = Callable[[HostPlan], Awaitable[HostResult]]
"""What is done on a host; gives its result as stored."""

_GC_THRESHOLD = 100_000


class Session(NamedTuple):
    """An open run.

    Attributes:
        order: What was ordered.
        store: Of the workspace.
        registry: Likewise.
        failing: Hosts that could not be assessed the last time, with the step at which they failed.
        judge: The rules, and what they remember.
        run_id: For ever.
    """

    order: RunOrder
    store: Store
    registry: Registry
    failing: Mapping[str, str]
    judge: EventJudge
    run_id: str


class Links(NamedTuple):
    """A run's ways to its hosts.

    Attributes:
        connect: Opens a connection to a target.
        sent_to: Gives and forgets what was sent to a host.
        keep_pins: Writes down the keys of new hosts, before anything that was learnt over them is; blocking.
    """

    connect: Callable[[Target], AbstractAsyncContextManager[Connection]]
    sent_to: Callable[[str], tuple[Sent, ...]]
    keep_pins: Callable[[], None]


def run_session(
    order: RunOrder,
    ruleset: Ruleset,
    watcher: Watcher,
    *,
    scripts: Sequence[Script],
    devices: Sequence[DevicePolicy] = (),
    worker: Callable[[Session, Links], Worker],
) -> RunResult:
    """Sweep over the hosts; everything in the result is stored, and survives a power cut, when this returns.

    SIGINT and SIGTERM end it early: what is done is kept, hosts under way are given up.

    Args:
        order: What was ordered.
        ruleset: Judges what is learnt.
        watcher: Is told.
        scripts: All that may be sent to hosts.
        devices: All that network devices may be asked.
        worker: Gives what is done on each host.

    Raises:
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    # what hosts say is many small objects that live for a moment: looking for cycles among them finds none
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    with RunLock(order.state, " ".join(order.command_line)) as lock, Store.open(order.state) as store:
        registry = Registry.open(order.state)
        started = time.time()
        result = RunResult(id=_run_id(started), play=order.play, started=started, planned=len(order.plans))
        store.begin_run(result, args=order.command_line, owner=_owner())
        dead = lock.taken_over_from
        watcher.begun(result.id, f"took over from {dead}" if dead else "")
        judge = EventJudge(ruleset, order.state)
        session = Session(order, store, registry, _failing(registry), judge, result.id)
        hosts, interrupted = _swept(session, watcher, _Ways(order, registry.pins(), scripts, devices), worker)
        judge.keep()
        result = msgspec.structs.replace(result, finished=time.time(), interrupted=interrupted, hosts=hosts)
        _close(session, result)
        return result


def _swept(
    session: Session,
    watcher: Watcher,
    ways: _Ways,
    worker: Callable[[Session, Links], Worker],
) -> tuple[tuple[HostResult, ...], bool]:
    order = session.order
    links = Links(connect=ways.open, sent_to=ways.transcript.take, keep_pins=_pin_keeper(ways, session))
    work = worker(session, links)  # here, as it may read files

    async def swept() -> tuple[tuple[HostResult, ...], bool]:
        interruption = Interruption()
        try:
            with interruption.on_signals():
                hosts = await sweep(
                    order.plans,
                    work,
                    forks=order.limits.forks,
                    interruption=interruption,
                    on_result=watcher.host_done,
                )
        finally:
            await ways.close()
        return hosts, interruption.asked

    return asyncio.run(swept())


class _Ways:
    """The ways to hosts of every kind.

    Attributes:
        transcript: What was sent.
    """

    def __init__(
        self, order: RunOrder, pins: Sequence[Pin], scripts: Sequence[Script], devices: Sequence[DevicePolicy]
    ) -> None:
        self.transcript = Transcript()
        rules = Rules(limits=order.connecting, policies=(CommandPolicy.of(scripts),), record=self.transcript.add)
        keys = HostKeys(pinned=tuple(map(as_pinned_key, pins)), accept_new=order.accept_new)
        self._ssh = SshTransport(rules, keys)
        self._local = LocalTransport(rules)
        self._network = NetworkTransport(rules, keys, devices)

    def open(self, target: Target) -> AbstractAsyncContextManager[Connection]:
        """A connection to a target."""
        match target.transport:
            case TransportKind.SSH:
                return self._ssh.open(target)
            case TransportKind.LOCAL:
                return self._local.open(target)
            case TransportKind.NETWORK:
                return asked_once(self._network.open(target))

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Host keys that were pinned in this run."""
        return self._ssh.accepted + self._network.accepted

    async def close(self) -> None:
        """Log out of jump hosts and let go of agents."""
        await self._ssh.close()
        await self._network.close()


def _pin_keeper(ways: _Ways, session: Session) -> Callable[[], None]:
    kept = 0

    def keep() -> None:
        nonlocal kept
        accepted = ways.accepted
        if len(accepted) > kept:
            session.registry.pin([as_pin(key, session.run_id) for key in accepted])
            kept = len(accepted)

    return keep


def _failing(registry: Registry) -> dict[str, str]:
    return {seen.host: seen.problem.partition(":")[0] for seen in registry.hosts() if seen.problem}


def _close(session: Session, result: RunResult) -> None:
    at = datetime.fromtimestamp(result.finished, UTC)
    session.registry.saw(
        HostSeen(
            host=host.host,
            at=at,
            status=host.status,
            notes=host.notes,
            problem=f"{host.step}: {host.problem}" if host.step else "",
        )
        for host in result.hosts
    )
    failed = any(host.status is not HostStatus.ASSESSED for host in result.hosts)
    status = "interrupted" if result.interrupted else ("incomplete" if failed else "complete")
    session.registry.ran(result.play, result.id, result.finished, status)
    session.store.finish_run(result)


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.getuid())


def _run_id(at: float) -> str:
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at))}-{secrets.token_hex(2)}"
