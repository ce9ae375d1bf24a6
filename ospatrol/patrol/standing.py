"""Where a task on a host stands between its baseline and its last scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ospatrol.integrity.events import event_of
from ospatrol.load.approvals import read_approvals
from ospatrol.model.approval import Approval
from ospatrol.model.change import Change
from ospatrol.patrol.known import decode_pending
from ospatrol.store.records import ScanState
from ospatrol.store.store import Store


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A task on a host, for people who review it.

    Attributes:
        state: As of the last scan.
        approval: In force; None where nobody vouched.
        entries: How many entries the last scan saw.
        pending: What differs from the baseline, explained.
    """

    state: ScanState
    approval: Approval | None
    entries: int
    pending: tuple[Change, ...]

    def view(self, *, changes: bool = False) -> Mapping[str, object]:
        """As JSON says it, with every difference if asked for."""
        state = self.state
        view: dict[str, object] = {
            "host": state.host,
            "task": state.task,
            "baseline": "approved" if self.approval else "proposed",
            "approval": self.approval,
            "entries": self.entries,
            "pending": len(self.pending),
            "scanned_at": state.scanned_at,
        }
        if changes:
            events = (event_of(change, host=state.host, at=state.scanned_at, location="") for change in self.pending)
            view["changes"] = [event.fields for event in events]
        return view


def standing_of(store: Store, baselines: Path, state: ScanState) -> Standing:
    """Where a task stands; blocking.

    Raises:
        ConfigErrors, StoreError: the approvals or the store cannot be read.
    """
    return Standing(
        state=state,
        approval=read_approvals(baselines, state.host).latest(state.task),
        entries=store.snapshot(state.snapshot).count,
        pending=decode_pending(store.text(state.pending)) if state.pending else (),
    )
