"""What the verbs of `ospatrol config` share: which device, and which of its revisions."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from ospatrol.store.config_history import ConfigHistory, Revision
    from ospatrol.store.config_states import ConfigState

_HEX = frozenset("0123456789abcdef")


def state_folder() -> Path:
    """The workspace's state folder."""
    from ospatrol.cli.workspace import current_settings

    return Path(current_settings().state)


def states_of(patterns: Sequence[str], tasks: Sequence[str] = ()) -> list[ConfigState]:
    """Where the devices of shell patterns stand; `all` is every one.

    Raises:
        UsageError: a pattern matches no device that was ever captured.
    """
    from ospatrol.store.config_states import ConfigStates

    states = ConfigStates(state_folder()).all()
    wanted = ["*" if pattern == "all" else pattern for pattern in patterns]
    for pattern in wanted:
        if not any(fnmatchcase(state.host, pattern) for state in states):
            raise UsageError(f"{pattern}: no configuration of such a device was captured yet")
    return [
        state
        for state in states
        if any(fnmatchcase(state.host, pattern) for pattern in wanted) and (not tasks or state.task in tasks)
    ]


def one_state(host: str) -> ConfigState:
    """Where one device stands, in the task that captured it last.

    Raises:
        UsageError: it was never captured.
    """
    found = [state for state in states_of([host]) if state.host == host] or states_of([host])
    return max(found, key=lambda state: state.captured_at)


def revision_of(history: ConfigHistory, host: str, capture: str, wanted: str) -> Revision:
    """The revision that a person means: a number of `history` (1 is the newest), the first digits of an id, or a time.

    Raises:
        UsageError: there is none.
    """
    revisions = history.revisions(host, capture)
    if not revisions:
        raise UsageError(f"{host}: nothing of {capture!r} is in the history")
    if wanted.isdecimal() and len(wanted) < 6:
        if 1 <= int(wanted) <= len(revisions):
            return revisions[int(wanted) - 1]
    elif len(wanted) >= 6 and set(wanted) <= _HEX:
        found = [revision for revision in revisions if revision.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
    else:
        from ospatrol.cli.alerts import moment

        at = moment(wanted)
        before = [revision for revision in revisions if at is not None and revision.note.at <= at]
        if before:
            return before[0]
    raise UsageError(f"{host}: no revision {wanted!r} of {capture!r}; `ospatrol config history {host}` numbers them")
