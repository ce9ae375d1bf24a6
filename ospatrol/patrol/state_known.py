"""What is known of what a host is made of before it is looked at again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ospatrol.load.approvals import read_approvals
from ospatrol.model.approval import STATE, Approval
from ospatrol.model.errors import ConfigError, StoreError
from ospatrol.model.state import HostState
from ospatrol.store.state import StateRecord, StateStore


class KnownState(msgspec.Struct, frozen=True, kw_only=True):
    """The past of one task on one host.

    Attributes:
        record: Where the task stands; None before its first scan.
        last: What is known of the host since it was last seen.
        approval: The approval in force; None where nobody vouched yet.
        baseline: What scans are compared with: the approved state, or the first one, which is only proposed.
        vouched: Digests of all states that approvals name; they stay, so that an approval can be taken back.
    """

    record: StateRecord | None = None
    last: HostState | None = None
    approval: Approval | None = None
    baseline: HostState | None = None
    vouched: frozenset[str] = frozenset()


def known_state(store: StateStore, baselines: Path, host: str, task: str) -> KnownState:
    """Reads the store and the approvals; blocking.

    Raises:
        ConfigError, ConfigErrors: the approvals are broken, or what they approve is not in the store.
        StoreError: the store cannot be read.
    """
    chain = read_approvals(baselines, host).chain(task, STATE)
    record = store.get(host, task)
    approval = chain[-1] if chain else None
    if record is None:
        return KnownState(approval=approval, baseline=_approved(store, host, approval) if approval else None)
    last = store.state(host, task, record.seen)
    digest = approval.result if approval else record.proposed
    if digest == record.seen:
        baseline = last
    else:
        baseline = _approved(store, host, approval) if approval else store.state(host, task, digest)
    vouched = frozenset(digest for each in chain for digest in (each.previous, each.result) if digest)
    return KnownState(record=record, last=last, approval=approval, baseline=baseline, vouched=vouched)


def _approved(store: StateStore, host: str, approval: Approval) -> HostState:
    try:
        return store.state(host, approval.task, approval.result)
    except StoreError as error:
        raise ConfigError(
            approval.place,
            f"the approved baseline {approval.result[:12]} of {approval.task!r} is not in this workspace's store; "
            "bring it with `ospatrol baseline import`, or approve what is there now",
        ) from error
