"""What is known of one task on one host before it is looked at again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ospatrol.load.approvals import read_approvals
from ospatrol.model.approval import Approval
from ospatrol.model.change import Change
from ospatrol.model.errors import ConfigError, StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages
from ospatrol.store.records import ScanState
from ospatrol.store.store import Store

_PENDING = msgspec.msgpack.Decoder(tuple[Change, ...])


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The past of one task on one host.

    Attributes:
        state: Where the task stands; None before its first scan.
        last: What the host looked like when it was last seen.
        approval: The approval in force; None where nobody vouched yet.
        baseline: What scans are compared with: the approved snapshot, or the first one, which is only proposed.
        pending: The differences from the baseline at the last scan, with their explanations.
    """

    state: ScanState | None = None
    last: Snapshot | None = None
    approval: Approval | None = None
    baseline: Snapshot | None = None
    pending: tuple[Change, ...] = ()


def known_of(store: Store, baselines: Path, host: str, task: str) -> Known:
    """Reads the store and the approvals; blocking.

    Raises:
        ConfigError, ConfigErrors: the approvals are broken, or what they approve is not in the store.
        StoreError: the store cannot be read.
    """
    state = store.scan_state(host, task)
    approval = read_approvals(baselines, host).latest(task)
    if state is None and approval is None:
        return Known()
    last = store.snapshot(state.snapshot) if state else None
    return Known(
        state=state,
        last=last,
        approval=approval,
        baseline=_baseline(store, state, approval, last),
        pending=decode_pending(store.text(state.pending)) if state and state.pending else (),
    )


def packages_of(store: Store, digest: str | None) -> Packages | None:
    """A list of packages that a scan state names; read only where changes are to be explained, as it is long.

    Raises:
        StoreError: it cannot be read.
    """
    return store.packages(digest) if digest else None


def encode_pending(pending: tuple[Change, ...]) -> bytes:
    """Differences as they are kept in the store."""
    return msgspec.msgpack.encode(pending)


def decode_pending(kept: bytes) -> tuple[Change, ...]:
    """Differences as they were kept in the store.

    Raises:
        StoreError: the bytes are of another version of OSPatrol.
    """
    try:
        return _PENDING.decode(kept)
    except msgspec.ValidationError as error:
        raise StoreError(f"the differences that await approval cannot be read: {error}; scan again") from error


def _baseline(
    store: Store, state: ScanState | None, approval: Approval | None, last: Snapshot | None
) -> Snapshot | None:
    digest = approval.result if approval else (state.proposed if state else None)
    if digest is None or (state and digest == state.snapshot):
        return last
    try:
        return store.snapshot(digest)
    except StoreError as error:
        if approval is None:
            raise
        raise ConfigError(
            approval.place,
            f"the approved baseline {digest[:12]} of {approval.task!r} is not in this workspace's store; "
            "bring it with `ospatrol baseline import`, or approve what is there now",
        ) from error
