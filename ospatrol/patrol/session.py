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
from ospatrol.patrol.order import RunOrder, Watcher
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.sweep import Interruption, sweep
from ospatrol.patrol.transcript import Transcript
from ospatrol.store.lock import RunLock
from ospatrol.store.registry import HostSeen, Registry
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.local import LocalTransport
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
    worker: Callable[[Session, Links], Worker],
) -> RunResult:
    """Sweep over the hosts; everything in the result is stored, and survives a power cut, when this returns.

    SIGINT and SIGTERM end it early: what is done is kept, hosts under way are given up.

    Args:
        order: What was ordered.
        ruleset: Judges what is learnt.
        watcher: Is told.
        scripts: All that may be sent to hosts.
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
        hosts, interrupted = _swept(session, watcher, scripts, worker)
        judge.keep()
        result = msgspec.structs.replace(result, finished=time.time(), interrupted=interrupted, hosts=hosts)
        _close(session, result)
        return result


def _swept(
    session: Session, watcher: Watcher, scripts: Sequence[Script], worker: Callable[[Session, Links], Worker]
) -> tuple[tuple[HostResult, ...], bool]:
    order, transcript = session.order, Transcript()
    rules = Rules(limits=order.connecting, policies=(CommandPolicy.of(scripts),), record=transcript.add)
    pinned = tuple(as_pinned_key(pin) for pin in session.registry.pins())
    ssh = SshTransport(rules, HostKeys(pinned=pinned, accept_new=order.accept_new))
    connect = _connector(ssh, LocalTransport(rules))
    links = Links(connect=connect, sent_to=transcript.take, keep_pins=_pin_keeper(ssh, session))
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
            await ssh.close()
        return hosts, interruption.asked

    return asyncio.run(swept())


def _connector(ssh: SshTransport, local: LocalTransport) -> Callable[[Target], AbstractAsyncContextManager[Connection]]:
    def connect(target: Target) -> AbstractAsyncContextManager[Connection]:
        match target.transport:
            case TransportKind.SSH:
                return ssh.open(target)
            case TransportKind.LOCAL:
                return local.open(target)

    return connect


def _pin_keeper(ssh: SshTransport, session: Session) -> Callable[[], None]:
    kept = 0

    def keep() -> None:
        nonlocal kept
        accepted = ssh.accepted
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
