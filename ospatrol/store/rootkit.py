"""What rootkit tasks found the last time: a file a host below the state folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ospatrol.comply.rootkit import RootkitFinding
from ospatrol.model.coverage import Failure
from ospatrol.model.errors import StoreError
from ospatrol.store.facts import folder_name
from ospatrol.store.faults import explained
from ospatrol.store.folder import FOLDER_MODE, prepare, replace

_FOLDER = "rootkit"
_SUFFIX = ".json"
_ADVICE = "remove it, and the next run has nothing to compare with"


class StandingFindings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a task on a host stands.

    Attributes:
        at: When the host was looked at: seconds since the epoch, UTC.
        findings: What was found, and what stood before and could not be looked at again.
        failures: What was not assessed.
    """

    at: float
    findings: tuple[RootkitFinding, ...] = ()
    failures: tuple[Failure, ...] = ()


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of a file."""

    version: int = 1
    host: str
    tasks: Mapping[str, StandingFindings] = msgspec.field(default_factory=dict)


class RootkitStore:
    """The findings of a workspace; every method blocks, and may be called from any thread for different hosts.

    Args:
        state: The state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / _FOLDER

    def get(self, host: str, task: str) -> StandingFindings | None:
        """Where a task stands; None if it never looked at the host.

        Raises:
            StoreError: it cannot be read.
        """
        return self._tasks(host).get(task)

    def put(self, host: str, task: str, standing: StandingFindings) -> None:
        """Keep where a task stands in place of where it stood.

        Raises:
            StoreError: it cannot be read or written.
        """
        kept = _Kept(host=host, tasks={**self._tasks(host), task: standing})
        prepare(self._state)
        path = self._path(host)
        with explained(path):
            path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            replace(path, msgspec.json.encode(kept, order="sorted"))

    def _tasks(self, host: str) -> Mapping[str, StandingFindings]:
        path = self._path(host)
        with explained(path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return {}
            try:
                kept = _DECODER.decode(content)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise StoreError(f"{path}: holds no findings; {_ADVICE}") from error
        return kept.tasks if kept.host == host else {}

    def _path(self, host: str) -> Path:
        return self._folder / f"{folder_name(host)}{_SUFFIX}"


_DECODER = msgspec.json.Decoder(_Kept)
