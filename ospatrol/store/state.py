"""What hosts are made of: where each task stands, and the states of a host over time, below the state folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import zstandard

from ospatrol.model.coverage import Failure
from ospatrol.model.errors import StoreError
from ospatrol.model.state import HostState, Item, ItemChange, host_state
from ospatrol.store.blobs import compress
from ospatrol.store.codecs import digest_of
from ospatrol.store.facts import folder_name
from ospatrol.store.faults import explained
from ospatrol.store.folder import FOLDER_MODE, prepare, replace

_FOLDER = "states"
_STANDING = "standing"
_SUFFIX = ".state"
_NAME = re.compile(r"(?P<at>[0-9]{14})-(?P<digest>[0-9a-f]{64})" + re.escape(_SUFFIX))
_LARGEST_BYTES = 1 << 28
_VERSION = 1


class StateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where one task stands on one host. Digests name stored states.

    Attributes:
        host: The inventory name.
        task: The task's name.
        seen: Digest of what is known of the host since it was last seen.
        proposed: Digest of what it looked like when it was first seen.
        approved: Digest of what somebody vouched for, as of the last scan or approval; None until then.
        entries: How many items were last seen.
        pending: The differences from the baseline that await approval.
        failures: What the last scan could not assess.
        scanned_at: When it was last seen: seconds since the epoch, UTC.
        version: Of this layout.
    """

    host: str
    task: str
    seen: str
    proposed: str
    approved: str | None = None
    entries: int = 0
    pending: tuple[ItemChange, ...] = ()
    failures: tuple[Failure, ...] = ()
    scanned_at: float = 0.0
    version: int = _VERSION


class PastState(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the past.

    Attributes:
        at: When it was first seen: seconds since the epoch, UTC.
        digest: Of its items.
        path: The file.
    """

    at: float
    digest: str
    path: Path


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of a state's file, once decompressed: nothing of when it was seen, as that changes each time."""

    version: int = _VERSION
    kinds: tuple[str, ...]
    items: tuple[Item, ...]


class StateStore:
    """The states of a workspace; every method blocks and may be called from any thread.

    Folders and files are for their owner only.

    Args:
        state: The state folder.
        keep: How many older states of each host and task stay, besides those that records and approvals name.
    """

    def __init__(self, state: Path, *, keep: int = 30) -> None:
        self._state = state
        self._folder = state / _FOLDER
        self._keep = keep

    def put(self, state: HostState, task: str) -> str:
        """Keep what a host is made of, if it is not kept already; its digest.

        Raises:
            StoreError: it cannot be written.
        """
        prepare(self._state)
        folder = self._of(state.host, task)
        with explained(folder):
            plain = _encoded(state)
            digest = digest_of(plain)
            for each in (self._folder, folder.parent, folder):
                each.mkdir(mode=FOLDER_MODE, exist_ok=True)
            if not any(past.digest == digest for past in _past(folder)):
                replace(folder / f"{round(state.at * 1000):014d}-{digest}{_SUFFIX}", compress(plain))
        return digest

    def set(self, record: StateRecord, keep: Collection[str] = ()) -> None:
        """Set where a task stands, and remove states past retention.

        Args:
            record: Where it stands; the states that it names are kept already.
            keep: Digests that approvals name; those states stay.

        Raises:
            StoreError: it cannot be written.
        """
        folder = self._of(record.host, record.task)
        named = {record.seen, record.proposed, record.approved, *keep}
        with explained(folder):
            replace(folder / _STANDING, compress(msgspec.msgpack.encode(record)))
            for past in _past(folder)[self._keep + 1 :]:
                if past.digest not in named:
                    past.path.unlink(missing_ok=True)

    def get(self, host: str, task: str) -> StateRecord | None:
        """Where a task stands on a host; None before its first scan.

        Raises:
            StoreError: it cannot be read.
        """
        path = self._of(host, task) / _STANDING
        with explained(path):
            try:
                body = path.read_bytes()
            except FileNotFoundError:
                return None
        return _record(path, body)

    def records(self) -> Iterator[StateRecord]:
        """Where all tasks stand, by host and task.

        Raises:
            StoreError: one cannot be read.
        """
        records = [self.read(path) for path in record_paths(self._state)]
        yield from sorted(records, key=lambda record: (record.host, record.task))

    def read(self, path: Path) -> StateRecord:
        """Where a task stands, of one of `record_paths`.

        Raises:
            StoreError: it cannot be read.
        """
        with explained(path):
            return _record(path, path.read_bytes())

    def state(self, host: str, task: str, digest: str) -> HostState:
        """The state of a digest, checked against it.

        Raises:
            StoreError: it is not there, cannot be read, or is not what was written.
        """
        folder = self._of(host, task)
        with explained(folder):
            for past in _past(folder):
                if past.digest == digest:
                    return _read(past, host)
        raise StoreError(f"{folder}: holds no state {digest[:12]} of {task!r}")

    def past(self, host: str, task: str) -> tuple[PastState, ...]:
        """The kept states of a host, newest first; only moments at which it changed."""
        folder = self._of(host, task)
        with explained(folder):
            return _past(folder)

    def _of(self, host: str, task: str) -> Path:
        return self._folder / folder_name(host) / folder_name(task)


def record_paths(state: Path) -> tuple[Path, ...]:
    """The files below a state folder that say where tasks stand, in order.

    Raises:
        StoreError: the folder cannot be read.
    """
    with explained(state):
        return tuple(sorted((state / _FOLDER).glob(f"*/*/{_STANDING}")))


def state_digest(state: HostState) -> str:
    """The address of a state: the same for the same kinds and items, whenever they are seen."""
    return digest_of(_encoded(state))


def _encoded(state: HostState) -> bytes:
    items = tuple(Item(item.kind, item.key, dict(sorted(item.fields.items()))) for item in state.items)
    return msgspec.msgpack.encode(_Kept(kinds=state.kinds, items=items))


def _past(folder: Path) -> tuple[PastState, ...]:
    if not folder.is_dir():
        return ()
    found = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    newest_first = sorted(((name["at"], name["digest"], path) for name, path in found if name), reverse=True)
    return tuple(PastState(at=int(at) / 1000, digest=digest, path=path) for at, digest, path in newest_first)


def _read(past: PastState, host: str) -> HostState:
    plain = _plain(past.path, past.path.read_bytes())
    if digest_of(plain) != past.digest:
        raise StoreError(f"{past.path}: is not what was written; bring it back, or approve what is there now")
    kept = _STATE.decode(plain)
    return host_state(host, past.at, kept.items, kept.kinds)


def _record(path: Path, body: bytes) -> StateRecord:
    with explained(path):
        record = _RECORD.decode(_plain(path, body))
    if record.version != _VERSION:
        raise StoreError(f"{path}: was written by a newer OSPatrol")
    return record


def _plain(path: Path, body: bytes) -> bytes:
    if not 0 <= zstandard.frame_content_size(body) <= _LARGEST_BYTES:
        raise StoreError(f"{path}: holds no state, or far too much")
    return zstandard.ZstdDecompressor().decompress(body)


_STATE = msgspec.msgpack.Decoder(_Kept)
_RECORD = msgspec.msgpack.Decoder(StateRecord)
