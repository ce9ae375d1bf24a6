"""What `ospatrol baseline` was told to look at: hosts, tasks and kinds that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from ospatrol.load.fields import did_you_mean
from ospatrol.model.errors import UsageError
from ospatrol.store.config_states import ConfigState
from ospatrol.store.records import ScanState
from ospatrol.store.state import StateRecord

if TYPE_CHECKING:
    from ospatrol.patrol.approve import Wanted
    from ospatrol.store.store import Store

Watched: TypeAlias = ScanState | StateRecord | ConfigState

_HOSTS = "HOST is an inventory name, a shell pattern, or `all`."
_KIND = re.compile(r"[a-z_]+", re.ASCII)


def chosen_of(states: Iterable[Watched], hosts: Sequence[str], tasks: Sequence[str]) -> list[Watched]:
    """Where the hosts of patterns stand, by host and task.

    Args:
        states: Of all hosts.
        hosts: Names, shell patterns, or `all`.
        tasks: Only these; all if there are none.

    Raises:
        UsageError: a pattern matches no host that was ever scanned, or no such task was done on any of these.
    """
    states = sorted(states, key=lambda state: (state.host, state.task))
    if not states:
        raise UsageError("nothing was scanned yet; run `ospatrol run` or `ospatrol scan` first")
    known = sorted({state.host for state in states})
    patterns = ["*" if host == "all" else host for host in hosts]
    for pattern in patterns:
        if not any(fnmatchcase(host, pattern) for host in known):
            near = get_close_matches(pattern, known, n=1)
            meant = f"did you mean {near[0]!r}?" if near else _HOSTS
            raise UsageError(f"{pattern}: no such host was scanned yet; {meant}")
    found = [state for state in states if any(fnmatchcase(state.host, pattern) for pattern in patterns)]
    done = {state.task for state in found}
    for task in tasks:
        if task not in done:
            raise UsageError(f"no task {task!r} was done on {', '.join(hosts)}{did_you_mean(task, done)}")
    return [state for state in found if not tasks or state.task in tasks]


def refuse_unknown_kinds(wanted: Wanted, chosen: Iterable[Watched]) -> None:
    """Return if every `--item KIND:GLOB` has a kind that there is, or means an item by its name alone.

    Raises:
        UsageError: one has not; says which kind may be meant.
    """
    names = [change.key for state in chosen if isinstance(state, StateRecord) for change in state.pending]
    for pattern in wanted.items:
        kind, colon, _ = pattern.partition(":")
        if colon and _KIND.fullmatch(kind) and not any(fnmatchcase(name, pattern) for name in names):
            refuse_unknown_kind(kind, f"--item {pattern}: ")


def refuse_unknown_kind(kind: str, where: str) -> None:
    """Return if there is a kind of items of this name, on Unix hosts or on ESXi.

    Raises:
        UsageError: there is none; says which may be meant.
    """
    from ospatrol.collect.esxi import KINDS
    from ospatrol.collect.state_reading import Kind

    known = {*map(str, Kind), *KINDS}
    if kind not in known:
        raise UsageError(f"{where}no kind of items has the name {kind!r}{did_you_mean(kind, known)}")


def refuse_parts_of_proposed(store: Store | None, chosen: Iterable[Watched], wanted: Wanted) -> None:
    """Return if no part of a baseline is wanted that nobody has approved as a whole.

    Args:
        store: Knows the differences that await approval, of which one must be wanted; None if that does not count.
        chosen: Of which hosts and tasks.
        wanted: What of them.

    Raises:
        UsageError: a part is.
    """
    from ospatrol.patrol.approve import nobody_approved

    for state in () if wanted.all else chosen:
        if state.approved is None and (_concerns(wanted, state) if store is None else _takes(store, state, wanted)):
            raise nobody_approved(state.host, state.task, wanted)


def _concerns(wanted: Wanted, state: Watched) -> bool:
    """Whether a choice is one of such things as a task looks at."""
    if isinstance(state, ScanState):
        return bool(wanted.paths or wanted.packages or wanted.explained)
    return isinstance(state, StateRecord) and bool(wanted.items or wanted.packages)


def _takes(store: Store, state: Watched, wanted: Wanted) -> bool:
    """Whether anything is chosen of what awaits approval."""
    from ospatrol.patrol.known import decode_pending

    if isinstance(state, StateRecord):
        return any(map(wanted.takes_item, state.pending))
    if isinstance(state, ScanState) and state.pending:
        return any(map(wanted.takes, decode_pending(store.text(state.pending))))
    return False
