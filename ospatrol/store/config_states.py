"""Where each device's configuration stands: what was captured, approved and said the last time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ospatrol.model.coverage import Failure
from ospatrol.store.facts import folder_name
from ospatrol.store.faults import explained
from ospatrol.store.folder import FOLDER_MODE, prepare, replace

_FOLDER = "configs"
_SUFFIX = ".json"


class ConfigState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a task on a device stands.

    Attributes:
        host: The inventory name; that of a virtual system is `subject_of` both.
        task: The task's name.
        platform: The profile that was used.
        captured_at: When the running configuration was last captured whole: seconds since the epoch, UTC.
        captures: Digest of each capture's normalised text, by its name.
        proposed: Digest of the first running configuration.
        approved: Digest of the approved one at the last scan; empty where nobody vouched.
        unsaved: Digest of what differs between startup and running configuration; empty if nothing does.
        golden: Digest of what differs from the golden configuration; empty if nothing does.
        gone: Whether the history was found to be gone, and that was said.
        failures: What was not assessed the last time.
        device: The inventory name of the device that a virtual system is in; empty for the device's own.
        context: The virtual system; of the device's own, the one in which logins landed, empty if it has none.
    """

    host: str
    task: str
    platform: str
    captured_at: float = 0.0
    captures: Mapping[str, str] = msgspec.field(default_factory=dict)
    proposed: str = ""
    approved: str = ""
    unsaved: str = ""
    golden: str = ""
    gone: bool = False
    failures: tuple[Failure, ...] = ()
    device: str = ""
    context: str = ""


def subject_of(device: str, context: str) -> str:
    """The name under which the configuration of a virtual system is kept, shown and approved: `fw1@customer-a`."""
    return f"{device}@{context}"


class ConfigStates:
    """The states of a workspace; every method blocks, may be called from any thread, and raises `StoreError`.

    Attributes:
        folder: The state folder.

    Args:
        state: The state folder.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state
        self._folder = state / _FOLDER

    def get(self, host: str, task: str) -> ConfigState | None:
        """Where a task on a device stands; None if it was never captured."""
        return self._kept(self._path(host)).get((host, task))

    def put(self, state: ConfigState) -> None:
        """Set where a task on a device stands."""
        path = self._path(state.host)
        kept = {**self._kept(path), (state.host, state.task): state}
        prepare(self.folder)
        with explained(path):
            path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            replace(path, msgspec.json.encode([kept[key] for key in sorted(kept)]))

    def all(self) -> tuple[ConfigState, ...]:
        """Every state, by host and task."""
        with explained(self._folder):
            paths = sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else []
        found = (state for path in paths for state in self._kept(path).values())
        return tuple(sorted(found, key=lambda state: (state.host, state.task)))

    def _kept(self, path: Path) -> Mapping[tuple[str, str], ConfigState]:
        with explained(path):
            try:
                body = path.read_bytes()
            except FileNotFoundError:
                return {}
            return {(state.host, state.task): state for state in _DECODER.decode(body)}

    def _path(self, host: str) -> Path:
        return self._folder / f"{folder_name(host)}{_SUFFIX}"


_DECODER = msgspec.json.Decoder(tuple[ConfigState, ...])
