"""A clean-up from beginning to end, and a full verification, in steps that let others in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.model.errors import StoreError
from ospatrol.store import facts_upkeep, retention, state_upkeep, stats, verify
from ospatrol.store.upkeep import GcReport, Problem, ProblemKind, Retention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from sqlite3 import Connection

    from ospatrol.store.database import Database

_GIVE_BACK_PAGES = 2000


def collect(database: Database, policy: Retention, now: float, keep: frozenset[str], *, dry_run: bool) -> GcReport:
    """Remove what is past its time and what nothing refers to, in one transaction; then shrink the file.

    Facts and verdicts of hosts, which stand beside the database, go behind that.

    Raises:
        StoreError: nothing was removed, or not all facts.
    """
    with database.writing(rehearsal=dry_run) as connection:
        before = stats.database_bytes(connection)
        alerts = retention.remove_alerts(connection, policy, now)
        runs, sent = retention.remove_runs(connection, policy, now)
        snapshots = retention.remove_past_scans(connection, policy)
        blobs, blob_bytes = retention.remove_blobs(connection, keep)
    facts, verdicts, file_bytes = facts_upkeep.remove(database.path.parent, policy, now, dry_run=dry_run)
    if not dry_run:
        _give_back(database)
    with database.reading() as connection:
        after = stats.database_bytes(connection)
    return GcReport(
        dry_run=dry_run,
        alerts=alerts,
        runs=runs,
        sent=sent,
        snapshots=snapshots,
        blobs=blobs,
        blob_bytes=blob_bytes,
        before_bytes=before,
        after_bytes=after,
        over_budget=0 < policy.budget_bytes < after,
        facts=facts,
        verdicts=verdicts,
        file_bytes=file_bytes,
    )


def examine(database: Database, folder: Path) -> Iterator[Problem]:
    """Everything that is wrong: with pages, contents, references, records, facts, verdicts and permissions."""
    yield from _stage(database, verify.structure)
    yield from _contents(database)
    yield from _stage(database, verify.references)
    yield from _stage(database, verify.records)
    yield from verify.permissions(folder)
    yield from facts_upkeep.problems(folder)
    yield from state_upkeep.problems(folder)


def _contents(database: Database) -> Iterator[Problem]:
    try:
        with database.reading() as connection:
            addresses = verify.addresses(connection)
    except StoreError as error:
        yield Problem(kind=ProblemKind.DATABASE, what="blob", detail=str(error))
        return
    for kind, digest in addresses:
        with database.reading() as connection:
            found = tuple(verify.content(connection, kind, digest))
        yield from found


def _stage(database: Database, check: Callable[[Connection], Iterable[Problem]]) -> Iterator[Problem]:
    """One check; where damage stops it, that is what it found."""
    try:
        with database.reading() as connection:
            found = tuple(check(connection))
    except StoreError as error:
        found = (Problem(kind=ProblemKind.DATABASE, what=check.__name__, detail=str(error)),)
    yield from found


def _give_back(database: Database) -> None:
    """Shrink the file by its free pages, a few MiB at a time."""
    left = -1
    while True:
        with database.writing() as connection:
            free = stats.free_pages(connection)
            if not free or free == left:
                break
            left = free
            connection.execute(f"PRAGMA incremental_vacuum({_GIVE_BACK_PAGES})").fetchall()
    database.seal()
