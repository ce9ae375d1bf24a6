"""One writing run at a time for a workspace."""

from __future__ import annotations

import fcntl
import getpass
import os
import platform
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ospatrol.model.errors import StoreLocked
from ospatrol.model.text import escape_controls
from ospatrol.store.faults import explained
from ospatrol.store.folder import FILE_MODE, prepare

FILE = "lock"
_LIMIT_BYTES = 64 << 10
# `held_by` holds the lock for an instant; a run that begins at that instant must not be turned away
_ATTEMPTS = 10
_PAUSE_S = 0.01


class LockOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds, or held, a workspace.

    Attributes:
        pid: The process, on its machine.
        user: The account.
        host: The machine.
        since: When it took the lock: seconds since the epoch, UTC.
        command: What it runs.
    """

    pid: int = 0
    user: str = ""
    host: str = ""
    since: float = 0.0
    command: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return "a process that left no name"
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.since))
        who = f"process {self.pid} of {self.user} on {self.host} since {since}"
        return escape_controls(f"{who}: {self.command}" if self.command else who, 500)


class RunLock:
    """The right to write to a workspace; a context manager.

    The kernel gives it up when the process ends, however it ends. What a dead owner left in the file only tells who
    it was.

    Attributes:
        taken_over_from: The owner that ended without giving the lock back, such as a killed run; None where the last
            one ended well. Known once the lock is held.
    """

    def __init__(self, folder: Path, command: str = "") -> None:
        """Name the lock without taking it.

        Args:
            folder: The state folder; made if it is missing.
            command: What the process runs, for whoever is turned away.
        """
        self.path = folder / FILE
        self.taken_over_from: LockOwner | None = None
        self._command = command
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            StoreLocked: somebody holds it, this process included; the message names them.
            StoreError: the file cannot be made or written.
        """
        prepare(self.path.parent)
        with explained(self.path):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            try:
                self._take(descriptor)
                self.taken_over_from = _owner(descriptor)
                _write(descriptor, msgspec.json.encode(_this_process(self._command)))
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            with explained(self.path):
                os.ftruncate(descriptor, 0)  # an empty file says that its last owner ended well
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        for attempt in range(_ATTEMPTS):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if attempt + 1 < _ATTEMPTS:
                time.sleep(_PAUSE_S)
        raise StoreLocked(
            f"{self.path.parent}: in use by {_owner(descriptor) or LockOwner()}; "
            "wait for it to end, or use another --state folder"
        )


def held_by(folder: Path) -> LockOwner | None:
    """Who holds the workspace now; None where nobody does.

    Raises:
        StoreError: the lock file is there and cannot be read.
    """
    path = folder / FILE
    with explained(path):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _owner(descriptor) or LockOwner()
        finally:
            os.close(descriptor)
    return None


def _owner(descriptor: int) -> LockOwner | None:
    """Who the file names; None where it names nobody."""
    content = os.pread(descriptor, _LIMIT_BYTES, 0)
    if not content:
        return None
    try:
        return msgspec.json.decode(content, type=LockOwner)
    except msgspec.MsgspecError:
        return LockOwner()


def _write(descriptor: int, content: bytes) -> None:
    os.pwrite(descriptor, content, 0)
    os.ftruncate(descriptor, len(content))


def _this_process(command: str) -> LockOwner:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        user = str(os.getuid())
    # what the shell gave may be any bytes; JSON takes text only
    shown = command.encode("utf-8", "replace").decode()
    return LockOwner(pid=os.getpid(), user=user, host=platform.node(), since=time.time(), command=shown)
