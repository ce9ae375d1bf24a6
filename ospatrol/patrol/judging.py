"""Events of a workspace judged, with what earlier runs left behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import msgspec

from ospatrol.engine.alert import alert_of
from ospatrol.engine.compile import Ruleset
from ospatrol.engine.judge import judge_next
from ospatrol.engine.memory import Memory, MemoryState
from ospatrol.model.alert import Alert
from ospatrol.model.errors import StoreError
from ospatrol.model.event import Event

FILE = "engine.msgpack"
"""In the state folder: what rules remember from run to run, such as events that they count and for how long they
stay silent."""


class EventJudge:
    """The rules and their memory; hosts that end at the same time wait for each other."""

    def __init__(self, ruleset: Ruleset, folder: Path) -> None:
        """A judge that goes on where the last run ended.

        Args:
            ruleset: The rules.
            folder: Of the workspace's state.
        """
        self._ruleset = ruleset
        self._path = folder / FILE
        self._memory = Memory(ruleset, _read(self._path))
        self._lock = Lock()

    def alerts(self, events: Iterable[Event]) -> tuple[Alert, ...]:
        """The alerts that events raise, in their order."""
        with self._lock:
            found = [
                alert_of(verdict.speaks, event)
                for event in events
                for verdict in judge_next(self._ruleset, event, self._memory)
                if verdict.speaks is not None
            ]
        return tuple(alert for alert in found if alert is not None)

    def keep(self) -> None:
        """Write down what the next run must know; a crash leaves the old state or the new one.

        Raises:
            StoreError: it cannot be written.
        """
        state = msgspec.structs.replace(self._memory.state(), number=0)
        try:
            if state == MemoryState():
                self._path.unlink(missing_ok=True)
                return
            beside = self._path.with_suffix(".new")
            beside.write_bytes(msgspec.msgpack.encode(self._memory.state()))
            beside.replace(self._path)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> MemoryState | None:
    """What was kept; none if there is nothing that can be read, as a memory is no record."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=MemoryState)
    except (OSError, msgspec.DecodeError):
        return None
