"""The files of facts and verdicts: how much they take, what of them is past its time, whether they are sound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ospatrol.model.errors import StoreError
from ospatrol.model.text import escape_controls
from ospatrol.store.facts import FactsStore, fact_folders, folder_name, leftovers, read_facts
from ospatrol.store.facts_verdicts import read_verdicts, verdict_files
from ospatrol.store.faults import explained
from ospatrol.store.upkeep import FileClass, Problem, ProblemKind

if TYPE_CHECKING:
    from ospatrol.store.upkeep import Retention

_DAY_S = 86400


def sizes(state: Path) -> tuple[FileClass, ...]:
    """How many files of facts and of verdicts there are, and what they take.

    Raises:
        StoreError: they cannot be read.
    """
    facts = [each.path for folder in fact_folders(state) for each in FactsStore(state).within(folder)]
    return (_class("facts", facts), _class("verdicts", list(verdict_files(state))))


def remove(state: Path, policy: Retention, now: float, *, dry_run: bool) -> tuple[int, int, int]:
    """Remove facts that are too many or too old, and verdicts that are too old.

    They are too old when alerts would be. What a write that was cut off left behind goes too.

    Args:
        state: The state folder; nothing writes to it meanwhile.
        policy: How long things are kept.
        now: Seconds since the epoch, UTC.
        dry_run: Only say what would be removed.

    Returns:
        How many facts, how many hosts' verdicts, and what they took.

    Raises:
        StoreError: they cannot be read or removed.
    """
    before, store = now - policy.alerts_days * _DAY_S, FactsStore(state)
    facts: list[Path] = []
    for folder in fact_folders(state):
        kept = store.within(folder)
        facts += [each.path for place, each in enumerate(kept) if place > policy.snapshots or each.at < before]
    old = [path for path in verdict_files(state) if _is_old(path, before)]
    gone = [*facts, *old]
    with explained(state):
        size = sum(path.stat().st_size for path in gone)
        for path in () if dry_run else (*gone, *leftovers(state)):
            path.unlink(missing_ok=True)
        for folder in () if dry_run else fact_folders(state):
            if not any(folder.iterdir()):
                folder.rmdir()
    return len(facts), len(old), size


def problems(state: Path) -> Iterator[Problem]:
    """What is wrong with facts and verdicts: damaged, not what their names say, or open to others than the owner."""
    try:
        facts = [each.path for folder in fact_folders(state) for each in FactsStore(state).within(folder)]
        verdicts = verdict_files(state)
    except StoreError as error:
        yield Problem(kind=ProblemKind.FILE, what=str(state), detail=str(error))
        return
    for path in facts:
        yield from _facts(path)
    for path in verdicts:
        yield from _verdicts(path)
    for top in ("facts", "verdicts"):
        for folder, _, names in os.walk(state / top):
            inside = [Path(folder, name) for name in sorted(names)]
            yield from _permissions([*([] if folder == str(state / top) else [Path(folder)]), *inside])


def _facts(path: Path) -> Iterator[Problem]:
    try:
        host = read_facts(path).host
    except StoreError as error:
        yield Problem(kind=ProblemKind.FILE, what=_shown(path), detail=str(error))
        return
    if folder_name(host) != path.parent.name:
        yield Problem(kind=ProblemKind.FILE, what=_shown(path), detail=f"holds facts of another host: {host}")


def _verdicts(path: Path) -> Iterator[Problem]:
    try:
        hosts = {each.verdict.host for each in read_verdicts(path)}
    except StoreError as error:
        yield Problem(kind=ProblemKind.FILE, what=_shown(path), detail=str(error))
        return
    for host in sorted(hosts):
        if folder_name(host) != path.stem:
            yield Problem(kind=ProblemKind.FILE, what=_shown(path), detail=f"holds verdicts of another host: {host}")


def _permissions(paths: list[Path]) -> Iterator[Problem]:
    for path in paths:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077:
            detail = f"others than its owner can get at it (mode {mode:04o}); chmod go-rwx it"
            yield Problem(kind=ProblemKind.PERMISSIONS, what=_shown(path), detail=detail)


def _is_old(path: Path, before: float) -> bool:
    """Whether all verdicts of a file are; damaged ones are not, so that `verify` tells of them."""
    try:
        kept = read_verdicts(path)
    except StoreError:
        return False
    return bool(kept) and all(each.at < before for each in kept)


def _class(kind: str, paths: list[Path]) -> FileClass:
    with explained(Path(kind)):
        return FileClass(kind=kind, count=len(paths), stored_bytes=sum(path.stat().st_size for path in paths))


def _shown(path: Path) -> str:
    return escape_controls(str(path))
