"""What goes into the store and what comes out of it, beyond the nouns of the model."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.command import Script, Sent
from ospatrol.model.coverage import Failure
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.packages import Packages
from ospatrol.model.run import HostResult


class ScanState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one integrity task stands on one host. Digests are SHA-256 in hexadecimal and name stored blobs.

    Attributes:
        host: The inventory name.
        task: The task's name.
        scope: What the task watched at the last scan.
        snapshot: Digest of what the host looked like when it was last seen.
        proposed: Digest of what it looked like when it was first seen; None once somebody vouched.
        approved: Digest of what somebody vouched for; None until then.
        packages: Digest of the packages at the last scan; None where the host told none.
        baseline_packages: Digest of the packages that belong to the baseline; None likewise.
        texts: Path to the digest of the kept text, for files whose content is kept.
        pending: Digest of a text that says how the host differs from its baseline; None where it does not. Written
            and read by whoever compares.
        failures: What the last scan could not assess.
        skewed: Whether the host's clock was off at the last scan.
        hashed_at: When every file's content was last read again: seconds since the epoch, UTC.
        scanned_at: When the last scan was.
        probe: What the collector found out about the host's tools and wants to know next time.
    """

    host: str
    task: str
    scope: FileScope
    snapshot: str
    proposed: str | None = None
    approved: str | None = None
    packages: str | None = None
    baseline_packages: str | None = None
    texts: Mapping[bytes, str] = msgspec.field(default_factory=dict)
    pending: str | None = None
    failures: tuple[Failure, ...] = ()
    skewed: bool = False
    hashed_at: float = 0.0
    scanned_at: float = 0.0
    probe: Mapping[str, str] = msgspec.field(default_factory=dict)


class PastScan(msgspec.Struct, frozen=True, kw_only=True):
    """What a host looked like at an earlier moment.

    Attributes:
        at: When it was seen so first: seconds since the epoch, UTC.
        run: The id of the run that saw it; it may be gone.
        snapshot: Digest.
        packages: Digest; None where the host told none.
        texts: As in ScanState.
    """

    at: float
    run: str
    snapshot: str
    packages: str | None = None
    texts: Mapping[bytes, str] = msgspec.field(default_factory=dict)


class HostRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run learnt of one host; stored whole or not at all.

    Attributes:
        result: With its failures. Its number of alerts and the worst of them are set by the store, which knows which
            are new.
        alerts: What the engine said; those whose id is known already are not stored again.
        scans: Where the host's integrity tasks stand now. What they refer to is stored already or is in this record.
        snapshots: Trees that `scans` refer to.
        packages: Package lists that `scans` refer to.
        texts: Contents that `scans` refer to.
        sent: What left the process for this host and is not in the transcript yet.
        scripts: The scripts that `sent` names.
        events: How many events the host gave.
    """

    result: HostResult
    alerts: tuple[Alert, ...] = ()
    scans: tuple[ScanState, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    packages: tuple[Packages, ...] = ()
    texts: tuple[bytes, ...] = ()
    sent: tuple[Sent, ...] = ()
    scripts: tuple[Script, ...] = ()
    events: int = 0


class AlertQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts to look at; what is left at its default excludes nothing.

    Attributes:
        since: Seconds since the epoch, UTC; that moment included.
        until: Likewise; that moment excluded.
        host: Shell pattern of the inventory name (`*`, `?`, `[a-c]`, `[^x]`), case matters.
        min_level: The lowest level.
        rules: Rule ids, of which one must be the alert's.
        groups: Of which the alert must have one.
        run: The id of the run that raised it.
        limit: At most so many; None for all.
        oldest_first: Newest first otherwise.
    """

    since: float | None = None
    until: float | None = None
    host: str = "*"
    min_level: int = 0
    rules: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    run: str | None = None
    limit: int | None = None
    oldest_first: bool = False


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run without its hosts' details.

    Attributes:
        id: Sorts by time.
        play: The playbook's path or `scan`.
        args: The command line.
        owner: Who ran it.
        started: Seconds since the epoch, UTC.
        finished: Likewise; 0 where the run never came to its end.
        state: INTERRUPTED also where the process vanished without a word.
        assessed: How many hosts were.
        partly: How many were assessed in part.
        failed: How many were not assessed.
        planned: How many hosts it was to assess.
        alerts: How many new alerts it raised.
        worst: The highest level among them; -1 without any.
        events: How many events the engine judged.
    """

    id: str
    play: str
    args: tuple[str, ...]
    owner: str
    started: float
    finished: float
    state: RunState
    assessed: int = 0
    partly: int = 0
    failed: int = 0
    planned: int = 0
    alerts: int = 0
    worst: int = -1
    events: int = 0
