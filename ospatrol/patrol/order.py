"""What a person ordered, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ospatrol.model.run import HostResult
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import HostPlan
from ospatrol.transport.limits import Limits


class RunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a person ordered.

    Attributes:
        play: The playbooks' paths, or `scan`, or `policy`.
        plans: Which hosts, and what of them.
        state: Folder of the store.
        baselines: Folder of the approvals.
        limits: How long and how wide.
        connecting: How to wait for connections.
        full: Whether every file's content is read again.
        accept_new: Whether the keys of unknown hosts are pinned.
        keep_facts: How many older facts of each host stay.
        allowed_commands: What the workspace allows beside commands that are known to only read, exact or as globs.
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
    keep_facts: int = 30
    allowed_commands: tuple[str, ...] = ()
    command_line: tuple[str, ...] = ()


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of a run while it goes on.

    Attributes:
        begun: Once, with the run's id and a sentence if a dead run's lock was taken over, else empty.
        host_done: Of every host, as it ends.
    """

    begun: Callable[[str, str], None]
    host_done: Callable[[HostResult], None]
