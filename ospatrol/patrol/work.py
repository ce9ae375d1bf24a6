"""What a task on a host comes to, whatever its kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.model.event import Event
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages
from ospatrol.model.run import TaskResult
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.store.records import ScanState
from ospatrol.transport.connection import Connection

if TYPE_CHECKING:
    from ospatrol.patrol.session import Session


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one task found on one host, ready to be stored and judged.

    Attributes:
        result: For the report.
        events: What is new since the last scan.
        notes: For the report, of the host as a whole.
        keep: Keeps what the stores of runs do not know of. It is called in a thread, when the alerts are stored: if
            the process ends in between, these are raised again rather than never.
        state: Where an integrity task now stands; None if nothing at all was seen, at the first scan.
        snapshots: What `state` refers to; likewise `packages` and `texts`.
    """

    result: TaskResult
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    keep: Callable[[], None] | None = None
    state: ScanState | None = None
    snapshots: tuple[Snapshot, ...] = ()
    packages: tuple[Packages, ...] = ()
    texts: tuple[bytes, ...] = ()


Work: TypeAlias = Callable[[Connection, HostPlan, TaskPlan], Awaitable[Outcome]]
"""Does tasks of one kind on any host.

It raises a HostError where the host cannot be asked, a ConfigError where what a person wrote cannot be used, and a
StoreError where the past cannot be read.
"""

Opener: TypeAlias = "Callable[[Session], Work]"
"""Opens the work of a kind for one run; it may read files."""
