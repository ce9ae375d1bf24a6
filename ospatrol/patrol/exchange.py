"""Baselines carried from one workspace to another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ospatrol.load.approvals import read_approvals, write_approvals
from ospatrol.model.approval import STATE, Approvals
from ospatrol.model.errors import UsageError
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages
from ospatrol.model.state import HostState
from ospatrol.store.records import ScanState
from ospatrol.store.state import StateRecord, StateStore
from ospatrol.store.store import Store

_FORMAT = "ospatrol baseline 1"
_SIZE_LIMIT = 4 << 30


class _Baseline(msgspec.Struct, frozen=True, kw_only=True):
    state: ScanState
    snapshot: Snapshot
    packages: Packages | None


class _StateBaseline(msgspec.Struct, frozen=True, kw_only=True):
    record: StateRecord
    state: HostState


class _Parcel(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    approvals: Approvals
    baselines: tuple[_Baseline, ...]
    states: tuple[_StateBaseline, ...] = ()


def export_baselines(store: Store, folder: Path, host: str, path: Path) -> int:
    """Write everything that a host's scans are compared with; how many tasks it has.

    Raises:
        UsageError: the host is unknown, or the file exists or cannot be written.
        ConfigErrors, StoreError: the approvals or the store cannot be read.
    """
    approvals = read_approvals(folder, host)
    baselines = []
    for state in store.scan_states():
        if state.host != host:
            continue
        approval = approvals.latest(state.task)
        digest = approval.result if approval else state.proposed or state.snapshot
        packages = store.packages(state.baseline_packages) if state.baseline_packages else None
        snapshot = store.snapshot(digest)
        fresh = ScanState(
            host=host,
            task=state.task,
            scope=state.scope,
            snapshot=digest,
            proposed=digest,
            approved=approval.result if approval else None,
        )
        baselines.append(_Baseline(state=fresh, snapshot=snapshot, packages=packages))
    states = tuple(_states_of(StateStore(store.folder), approvals))
    if not baselines and not states:
        raise UsageError(f"{host}: no such host was scanned yet")
    parcel = _Parcel(format=_FORMAT, approvals=approvals, baselines=tuple(baselines), states=states)
    try:
        with path.open("xb") as file:
            file.write(msgspec.msgpack.encode(parcel))
    except FileExistsError:
        raise UsageError(f"{path}: exists already; an export never overwrites") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    return len(baselines) + len(states)


def import_baselines(store: Store, folder: Path, path: Path) -> tuple[str, int]:
    """Take over what `export_baselines` wrote; the host and how many tasks it has.

    Contents are kept under the digest of what was read, so that a changed file cannot stand in for an approved one.

    Raises:
        UsageError: the file is no export, or the workspace has approvals of its own for the host.
        ConfigErrors, StoreError: the approvals or the store cannot be written.
    """
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise UsageError(f"{path}: too large for an export")
        parcel = msgspec.msgpack.decode(path.read_bytes(), type=_Parcel)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path}: is no export of baselines: {error}") from error
    host = parcel.approvals.host
    hosts = {*(each.state.host for each in parcel.baselines), *(each.record.host for each in parcel.states)}
    if parcel.format != _FORMAT or hosts - {host}:
        raise UsageError(f"{path}: is no export of baselines that this version reads")
    here = read_approvals(folder, host)
    if here.approvals and here.approvals != parcel.approvals.approvals[: len(here.approvals)]:
        raise UsageError(f"{host}: has other approvals here; move {folder}/ aside first if the import is to win")
    states = []
    for each in parcel.baselines:
        digest = store.put_snapshot(each.snapshot)
        if digest != each.state.snapshot:
            raise UsageError(f"{path}: the content of {each.state.task!r} is not what its digest says")
        packages = store.put_packages(each.packages) if each.packages else None
        if store.scan_state(host, each.state.task) is None:
            states.append(msgspec.structs.replace(each.state, packages=packages, baseline_packages=packages))
    _keep_states(StateStore(store.folder), parcel, path)
    store.put_scan_states(states)
    if parcel.approvals.approvals:
        write_approvals(folder, parcel.approvals)
    return host, len(parcel.baselines) + len(parcel.states)


def _states_of(store: StateStore, approvals: Approvals) -> Iterator[_StateBaseline]:
    """What a host's scans are compared with of what it is made of."""
    for record in store.records():
        if record.host == approvals.host:
            approval = approvals.latest(record.task, STATE)
            digest = approval.result if approval else record.proposed
            state = store.state(record.host, record.task, digest)
            fresh = StateRecord(
                host=record.host,
                task=record.task,
                seen=digest,
                proposed=digest,
                approved=approval.result if approval else None,
                entries=len(state.items),
            )
            yield _StateBaseline(record=fresh, state=state)


def _keep_states(store: StateStore, parcel: _Parcel, path: Path) -> None:
    for each in parcel.states:
        state = msgspec.structs.replace(each.state, host=each.record.host)
        if store.put(state, each.record.task) != each.record.seen:
            raise UsageError(f"{path}: the content of {each.record.task!r} is not what its digest says")
        if store.get(each.record.host, each.record.task) is None:
            store.set(each.record)
