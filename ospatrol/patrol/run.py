"""A run: the lock, the store, the connections and the sweep, opened and closed in the right order."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from ospatrol.engine.compile import Ruleset
from ospatrol.model.host import Target, TransportKind
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.patrol.collectors import declared_scripts
from ospatrol.patrol.files import FilesTask
from ospatrol.patrol.host import HostPatrol
from ospatrol.patrol.judging import EventJudge
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.sweep import Interruption, sweep
from ospatrol.patrol.transcript import Transcript
from ospatrol.store.lock import RunLock
from ospatrol.store.registry import HostSeen, Registry
from ospatrol.store.store import Store
from ospatrol.transport.connection import Connection
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.limits import Limits
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

_GC_THRESHOLD = 100_000


class RunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a person ordered.

    Attributes:
        play: The playbooks' paths, or `scan`.
        plans: Which hosts, and what of them.
        state: Folder of the store.
        baselines: Folder of the approvals.
        limits: How long and how wide.
        connecting: How to wait for connections.
        full: Whether every file's content is read again.
        accept_new: Whether the keys of unknown hosts are pinned.
        command_line: For the record; holds no secret.
    """

    play: str
    plans: tuple[HostPlan, ...]
    state: Path
    baselines: Path
    limits: RunLimits = RunLimits()
    connecting: Limits = Limits()
    full: bool = False
    accept_new: bool = False
    command_line: tuple[str, ...] = ()


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of a run while it goes on.

    Attributes:
        begun: Once, with the run's id and a sentence if a dead run's lock was taken over, else empty.
        host_done: Of every host, as it ends.
    """

    begun: Callable[[str, str], None]
    host_done: Callable[[HostResult], None]


class _Workspace(NamedTuple):
    lock: RunLock
    store: Store
    registry: Registry
    key: bytes
    pinned: tuple[PinnedKey, ...]
    failing: Mapping[str, str]


class _Swept(NamedTuple):
    hosts: tuple[HostResult, ...]
    interrupted: bool


def run(order: RunOrder, ruleset: Ruleset, watcher: Watcher) -> RunResult:
    """Do what was ordered; everything in the result is stored, and survives a power cut, when this returns.

    SIGINT and SIGTERM end it early: what is done is kept, hosts under way are given up.

    Raises:
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    # a host's entries are many small objects that live for a moment: looking for cycles among them finds none
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    with _workspace(order) as workspace:
        started = time.time()
        result = RunResult(id=_run_id(started), play=order.play, started=started, planned=len(order.plans))
        workspace.store.begin_run(result, args=order.command_line, owner=_owner())
        dead = workspace.lock.taken_over_from
        watcher.begun(result.id, f"took over from {dead}" if dead else "")
        judge = EventJudge(ruleset, order.state)
        swept = asyncio.run(_patrol(order, judge, workspace, result.id, watcher))
        judge.keep()
        result = msgspec.structs.replace(result, finished=time.time(), interrupted=swept.interrupted, hosts=swept.hosts)
        _close(workspace, result)
        return result


class _Pins:
    """Keys of new hosts, written down before anything that was learnt over them is."""

    def __init__(self, ssh: SshTransport, registry: Registry, run_id: str) -> None:
        self._ssh = ssh
        self._registry = registry
        self._run_id = run_id
        self._kept = 0

    def keep(self) -> None:
        accepted = self._ssh.accepted
        if len(accepted) > self._kept:
            self._registry.pin([as_pin(key, self._run_id) for key in accepted])
            self._kept = len(accepted)


async def _patrol(order: RunOrder, judge: EventJudge, workspace: _Workspace, run_id: str, watcher: Watcher) -> _Swept:
    transcript, scripts = Transcript(), declared_scripts()
    rules = Rules(limits=order.connecting, policies=(CommandPolicy.of(scripts),), record=transcript.add)
    ssh = SshTransport(rules, HostKeys(pinned=workspace.pinned, accept_new=order.accept_new))
    patrol_host = HostPatrol(
        connect=_connector(ssh, LocalTransport(rules)),
        files=_files_task(order, workspace),
        judge=judge.alerts,
        store=workspace.store,
        run_id=run_id,
        scripts=scripts,
        sent_to=transcript.take,
        keep_pins=_Pins(ssh, workspace.registry, run_id).keep,
        limits=order.limits,
        failing=workspace.failing,
        now=time.time,
    )
    interruption = Interruption()
    try:
        with interruption.on_signals():
            hosts = await sweep(
                order.plans,
                patrol_host,
                forks=order.limits.forks,
                interruption=interruption,
                on_result=watcher.host_done,
            )
    finally:
        await ssh.close()
    return _Swept(hosts=hosts, interrupted=interruption.asked)


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.getuid())


def _files_task(order: RunOrder, workspace: _Workspace) -> FilesTask:
    return FilesTask(
        workspace.store,
        baselines=order.baselines,
        scrub_key=workspace.key,
        limits=order.limits,
        full=order.full,
        now=time.time,
    )


@contextmanager
def _workspace(order: RunOrder) -> Iterator[_Workspace]:
    with RunLock(order.state, " ".join(order.command_line)) as lock, Store.open(order.state) as store:
        registry = Registry.open(order.state)
        pinned = tuple(as_pinned_key(pin) for pin in registry.pins())
        yield _Workspace(lock, store, registry, scrub_key(order.state), pinned, _failing(registry))


def _connector(ssh: SshTransport, local: LocalTransport) -> Callable[[Target], AbstractAsyncContextManager[Connection]]:
    def connect(target: Target) -> AbstractAsyncContextManager[Connection]:
        match target.transport:
            case TransportKind.SSH:
                return ssh.open(target)
            case TransportKind.LOCAL:
                return local.open(target)

    return connect


def _failing(registry: Registry) -> dict[str, str]:
    """Hosts that could not be assessed the last time, with the step at which they failed."""
    return {seen.host: seen.problem.partition(":")[0] for seen in registry.hosts() if seen.problem}


def _close(workspace: _Workspace, result: RunResult) -> None:
    at = datetime.fromtimestamp(result.finished, UTC)
    workspace.registry.saw(
        HostSeen(
            host=host.host,
            at=at,
            status=host.status,
            notes=host.notes,
            problem=f"{host.step}: {host.problem}" if host.step else "",
        )
        for host in result.hosts
    )
    failed = sum(host.status is not HostStatus.ASSESSED for host in result.hosts)
    status = "interrupted" if result.interrupted else ("incomplete" if failed else "complete")
    workspace.registry.ran(result.play, result.id, result.finished, status)
    workspace.store.finish_run(result)


def _run_id(at: float) -> str:
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at))}-{secrets.token_hex(2)}"
