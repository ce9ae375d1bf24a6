"""Vouching for what a host is made of: from pending differences to an approval in git."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ospatrol.integrity.state_diff import accepted
from ospatrol.integrity.state_events import shown_fields
from ospatrol.model.approval import STATE, Approval, ApprovedChange
from ospatrol.model.errors import UsageError
from ospatrol.model.state import ItemChange
from ospatrol.patrol.approve import Approved, Signature, Wanted, append, is_anything_left, listing
from ospatrol.patrol.state_known import known_state
from ospatrol.store.state import StateRecord, StateStore


def approve_state(
    store: StateStore, baselines: Path, record: StateRecord, wanted: Wanted, signature: Signature
) -> Approved | None:
    """Vouch for a task on a host as it was last seen; None if nothing was left to vouch for.

    The state is kept first, then the approval is written, then where the task stands: cut short anywhere, the old
    approval or the new one is in force, whole.

    Raises:
        ConfigError, ConfigErrors, StoreError: the past cannot be read, or the approval not be written.
        UsageError: the approvals changed since the last scan, or a part is wanted of what nobody approved yet.
    """
    known = known_state(store, baselines, record.host, record.task)
    if known.last is None or known.baseline is None:
        raise UsageError(f"{record.host}: {record.task!r} was never scanned whole; run it first")
    if record.approved != (known.approval.result if known.approval else None):
        raise UsageError(
            f"{record.host}: the approvals of {record.task!r} changed since its last scan; run it again first"
        )
    taken = tuple(change for change in record.pending if wanted.takes_item(change))
    if not is_anything_left(record.host, record.task, wanted, approval=known.approval, accepted=len(taken)):
        return None
    left = tuple(change for change in record.pending if not wanted.takes_item(change))
    result = known.last if wanted.all else accepted(known.baseline, known.last, taken)
    digest = store.put(result, record.task)
    approval = Approval(
        task=record.task,
        of=STATE,
        by=signature.by,
        at=signature.moment,
        why=signature.why,
        scope=str(wanted),
        previous=known.approval.result if known.approval else "",
        result=digest,
        entries=len(result.items),
    )
    path = append(baselines, record.host, listing(approval, [_listed(change) for change in taken]))
    store.set(msgspec.structs.replace(record, approved=digest, pending=left), {*known.vouched, digest})
    return Approved(
        host=record.host,
        task=record.task,
        accepted=len(taken),
        left=len(left),
        entries=len(result.items),
        path=path,
    )


def _listed(change: ItemChange) -> ApprovedChange:
    return ApprovedChange(
        item=f"{change.kind} {change.key}",
        change=change.change.value,
        aspects=",".join(change.fields),
        was=shown_fields(change.was),
        now=shown_fields(change.now),
    )
