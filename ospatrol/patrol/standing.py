"""Where tasks on hosts stand between their baselines and their last scans."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ospatrol.integrity.events import event_of
from ospatrol.integrity.state_events import change_fields
from ospatrol.load.approvals import read_approvals
from ospatrol.model.approval import FILES, STATE, Approval
from ospatrol.model.change import Change
from ospatrol.model.state import ItemChange
from ospatrol.model.text import show_bytes
from ospatrol.patrol.known import decode_pending
from ospatrol.store.records import ScanState
from ospatrol.store.state import StateRecord
from ospatrol.store.store import Store


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """One difference that awaits approval, for a person.

    Attributes:
        change: What happened.
        what: The path, or the kind and name of an item; escaped.
        differs: What of it differs.
        says: What the package database says of a path.
        fields: All of it, under the names that rules use.
    """

    change: str
    what: str
    differs: str = ""
    says: str = ""
    fields: Mapping[str, str]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A task on a host, for people who review it.

    Attributes:
        host: The inventory name.
        task: The task's name.
        of: What its baseline is of: `files` or `state`.
        approval: In force; None where nobody vouched.
        entries: How many entries the last scan saw.
        scanned_at: When that was: seconds since the epoch, UTC; 0 for never.
        pending: What differs from the baseline.
    """

    host: str
    task: str
    of: str
    approval: Approval | None
    entries: int
    scanned_at: float
    pending: tuple[Pending, ...]

    def view(self, *, changes: bool = False) -> Mapping[str, object]:
        """As JSON says it, with every difference if asked for."""
        view: dict[str, object] = {
            "host": self.host,
            "task": self.task,
            "of": self.of,
            "baseline": "approved" if self.approval else "proposed",
            "approval": self.approval,
            "entries": self.entries,
            "pending": len(self.pending),
            "scanned_at": self.scanned_at,
        }
        if changes:
            view["changes"] = [each.fields for each in self.pending]
        return view


def standing_of(store: Store, baselines: Path, state: ScanState) -> Standing:
    """Where an integrity task stands; blocking.

    Raises:
        ConfigErrors, StoreError: the approvals or the store cannot be read.
    """
    pending = decode_pending(store.text(state.pending)) if state.pending else ()
    return Standing(
        host=state.host,
        task=state.task,
        of=FILES,
        approval=read_approvals(baselines, state.host).latest(state.task, FILES),
        entries=store.snapshot(state.snapshot).count,
        scanned_at=state.scanned_at,
        pending=tuple(_pending_file(change, state) for change in pending),
    )


def standing_of_state(baselines: Path, record: StateRecord) -> Standing:
    """Where a task stands that looks at what a host is made of; blocking.

    Raises:
        ConfigErrors: the approvals cannot be read.
    """
    return Standing(
        host=record.host,
        task=record.task,
        of=STATE,
        approval=read_approvals(baselines, record.host).latest(record.task, STATE),
        entries=record.entries,
        scanned_at=record.scanned_at,
        pending=tuple(_pending_item(change) for change in record.pending),
    )


def _pending_file(change: Change, state: ScanState) -> Pending:
    return Pending(
        change=change.kind.value,
        what=show_bytes(change.path),
        differs=", ".join(change.aspects),
        says=change.explanation.verdict.value,
        fields=event_of(change, host=state.host, at=state.scanned_at, location="").fields,
    )


def _pending_item(change: ItemChange) -> Pending:
    fields = change_fields(change)
    was, now = fields.get("was", ""), fields.get("now", "")
    return Pending(
        change=change.change.value,
        what=f"{change.kind} {change.key}",
        differs=f"{was} -> {now}" if was and now else was or now,
        fields=fields,
    )
