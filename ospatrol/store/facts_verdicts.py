"""The last verdict of each policy on each host: what the next one is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.model.policy import Verdict
from ospatrol.store.blobs import compress
from ospatrol.store.facts import folder_name
from ospatrol.store.faults import explained
from ospatrol.store.folder import FOLDER_MODE, prepare, replace

_FOLDER = "verdicts"
_SUFFIX = ".verdicts"
_LARGEST_BYTES = 1 << 28


class PastVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict and where it comes from.

    Attributes:
        at: When the host was asked: seconds since the epoch, UTC.
        run: The id of the run that asked; it may be gone.
        facts: Digest of what the host said; it may be past retention.
        verdict: The verdict.
        before: The one of the run before; None if there was none. `VerdictStore.put` sets it.
        before_at: When the host was asked for that, likewise.
    """

    at: float
    run: str
    facts: str
    verdict: Verdict
    before: Verdict | None = None
    before_at: float | None = None


class VerdictStore:
    """The last verdicts of a workspace; every method blocks and may be called from any thread.

    Args:
        state: The state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / _FOLDER

    def get(self, host: str) -> Mapping[str, PastVerdict]:
        """The last verdict of each policy on a host, by the policy's id; none of a host that was never judged.

        Raises:
            StoreError: they cannot be read.
        """
        return {each.verdict.policy: each for each in read_verdicts(self._path(host)) if each.verdict.host == host}

    def last(self) -> Iterator[tuple[PastVerdict, ...]]:
        """The last verdicts of each host that was ever judged, in the order of the files, read as they are asked for.

        Raises:
            StoreError: they cannot be read.
        """
        for path in verdict_files(self._state):
            kept = read_verdicts(path)
            if kept:
                yield kept

    def put(self, host: str, verdicts: Iterable[PastVerdict]) -> None:
        """Keep verdicts in place of earlier ones of the same policies, and these as those before.

        Those of other policies stay.

        Raises:
            StoreError: they cannot be read or written.
        """
        past = self.get(host)
        kept = {**past, **{each.verdict.policy: _following(each, past.get(each.verdict.policy)) for each in verdicts}}
        prepare(self._state)
        path = self._path(host)
        with explained(path):
            path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            replace(path, compress(msgspec.msgpack.encode([kept[policy] for policy in sorted(kept)])))

    def _path(self, host: str) -> Path:
        return self._folder / f"{folder_name(host)}{_SUFFIX}"


def verdict_files(state: Path) -> tuple[Path, ...]:
    """The files of all hosts' verdicts below a state folder, in their order.

    Raises:
        StoreError: the folder cannot be read.
    """
    folder = state / _FOLDER
    with explained(folder):
        return tuple(sorted(folder.glob(f"*{_SUFFIX}")))


def read_verdicts(path: Path) -> tuple[PastVerdict, ...]:
    """What a file of verdicts holds; nothing where there is none.

    Raises:
        StoreError: it cannot be read.
    """
    with explained(path):
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            return ()
        if not 0 <= zstandard.frame_content_size(body) <= _LARGEST_BYTES:
            raise StoreError(f"{path}: holds no verdicts; remove it, and the next run has nothing to compare with")
        return _DECODER.decode(zstandard.ZstdDecompressor().decompress(body))


def _following(verdict: PastVerdict, past: PastVerdict | None) -> PastVerdict:
    """A verdict with the one of the run before it."""
    if past is None:
        return verdict
    if past.run == verdict.run:
        return msgspec.structs.replace(verdict, before=past.before, before_at=past.before_at)
    return msgspec.structs.replace(verdict, before=past.verdict, before_at=past.at)


_DECODER = msgspec.msgpack.Decoder(tuple[PastVerdict, ...])
