"""What the store says of itself: sizes, what a clean-up did, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are kept.

    Attributes:
        alerts_days: Days for alerts, and for the facts and verdicts of hosts that nobody asks any more.
        runs_days: Days for runs, their results and transcripts.
        snapshots: How many snapshots of each host and task are kept besides the current and the baseline's, and facts
            of each host besides the newest.
        budget_bytes: What the database may take on disk before statistics and clean-ups say so; 0 for no limit.
    """

    alerts_days: float = 400
    runs_days: float = 90
    snapshots: int = 30
    budget_bytes: int = 10 << 30


class BlobClass(msgspec.Struct, frozen=True, kw_only=True):
    """How much the contents of one kind take.

    Attributes:
        kind: `snapshot`, `text`, `packages`, `texts` or `script`.
        count: How many different ones.
        stored_bytes: On disk.
        plain_bytes: As they came.
    """

    kind: str
    count: int
    stored_bytes: int
    plain_bytes: int


class FileClass(msgspec.Struct, frozen=True, kw_only=True):
    """How much the files of one kind take that stand beside the database.

    Attributes:
        kind: `facts` or `verdicts`.
        count: How many; of verdicts, a file a host.
        stored_bytes: On disk.
    """

    kind: str
    count: int
    stored_bytes: int


class StoreStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds. Times are seconds since the epoch, UTC; None where there is nothing.

    Attributes:
        database_bytes: The database file.
        log_bytes: Its write-ahead log.
        free_bytes: Inside the database file, for reuse; `gc` gives them back.
        budget_bytes: What was allowed; 0 for no limit.
        over_budget: Whether it takes more.
        rows: Table to how many rows it has.
        blobs: By kind.
        hosts: How many hosts have been scanned.
        oldest_alert: Its time.
        newest_alert: Its time.
        oldest_run: Its start.
        newest_run: Its start.
        files: Beside the database, by kind.
    """

    database_bytes: int
    log_bytes: int
    free_bytes: int
    budget_bytes: int
    over_budget: bool
    rows: Mapping[str, int]
    blobs: tuple[BlobClass, ...]
    hosts: int
    oldest_alert: float | None = None
    newest_alert: float | None = None
    oldest_run: float | None = None
    newest_run: float | None = None
    files: tuple[FileClass, ...] = ()


class GcReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a clean-up removed, or would remove.

    Attributes:
        dry_run: Whether nothing was really removed.
        alerts: How many alerts.
        runs: How many runs, with their results.
        sent: How many lines of transcripts.
        snapshots: How many entries of hosts' histories.
        blobs: How many contents that nothing refers to any more.
        blob_bytes: What they took, compressed.
        before_bytes: The database file before.
        after_bytes: The database file after.
        over_budget: Whether it still takes more than allowed.
        facts: How many facts of hosts.
        verdicts: Of how many hosts the verdicts.
        file_bytes: What facts and verdicts took.
    """

    dry_run: bool
    alerts: int
    runs: int
    sent: int
    snapshots: int
    blobs: int
    blob_bytes: int
    before_bytes: int
    after_bytes: int
    over_budget: bool
    facts: int = 0
    verdicts: int = 0
    file_bytes: int = 0


class ProblemKind(StrEnum):
    """What sort of thing is wrong."""

    DATABASE = "database"
    BLOB = "blob"
    DANGLING = "dangling reference"
    RECORD = "record"
    FILE = "file"
    REGISTRY = "registry"
    PERMISSIONS = "permissions"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with the store.

    Attributes:
        kind: What sort.
        what: Where: a table, a digest, a host and task, a path.
        detail: A sentence.
    """

    kind: ProblemKind
    what: str
    detail: str
