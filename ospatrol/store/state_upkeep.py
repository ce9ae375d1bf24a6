"""The files of states: how much they take, and whether they are sound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ospatrol.model.errors import StoreError
from ospatrol.model.text import escape_controls
from ospatrol.store.facts import folder_name
from ospatrol.store.faults import explained
from ospatrol.store.state import StateRecord, StateStore, record_paths
from ospatrol.store.upkeep import FileClass, Problem, ProblemKind


def sizes(state: Path) -> FileClass:
    """How many files of states there are, with where tasks stand, and what they take.

    Raises:
        StoreError: they cannot be read.
    """
    with explained(state):
        paths = [path for each in record_paths(state) for path in each.parent.iterdir()]
        return FileClass(kind="states", count=len(paths), stored_bytes=sum(path.stat().st_size for path in paths))


def problems(state: Path) -> Iterator[Problem]:
    """What is wrong with states: damaged, missing, not what their names say, or open to others than the owner."""
    try:
        paths = record_paths(state)
    except StoreError as error:
        yield Problem(kind=ProblemKind.FILE, what=escape_controls(str(state)), detail=str(error))
        return
    store = StateStore(state)
    for path in paths:
        yield from _problems(store, path)
    for top, _, names in os.walk(state / "states"):
        for each in (Path(top), *(Path(top, name) for name in sorted(names))):
            mode = stat.S_IMODE(each.lstat().st_mode)
            if mode & 0o077:
                detail = f"others than its owner can get at it (mode {mode:04o}); chmod go-rwx it"
                yield Problem(kind=ProblemKind.PERMISSIONS, what=escape_controls(str(each)), detail=detail)


def _problems(store: StateStore, path: Path) -> Iterator[Problem]:
    what = escape_controls(str(path))
    try:
        record = store.read(path)
    except StoreError as error:
        yield Problem(kind=ProblemKind.FILE, what=what, detail=str(error))
        return
    if (folder_name(record.host), folder_name(record.task)) != (path.parent.parent.name, path.parent.name):
        detail = f"tells of another host or task: {record.host}, {record.task}"
        yield Problem(kind=ProblemKind.FILE, what=what, detail=detail)
        return
    for digest in _named(store, record):
        try:
            store.state(record.host, record.task, digest)
        except StoreError as error:
            yield Problem(kind=ProblemKind.FILE, what=what, detail=str(error))


def _named(store: StateStore, record: StateRecord) -> tuple[str, ...]:
    """Every state of a task that there is, or should be."""
    kept = (past.digest for past in store.past(record.host, record.task))
    approved = (record.approved,) if record.approved else ()
    return tuple(dict.fromkeys((*kept, record.seen, record.proposed, *approved)))
