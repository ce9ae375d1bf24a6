"""The last verdict of each policy on each host: what the next one is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """

    at: float
    run: str
    facts: str
    verdict: Verdict


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
        path = self._path(host)
        with explained(path):
            try:
                body = path.read_bytes()
            except FileNotFoundError:
                return {}
            if not 0 <= zstandard.frame_content_size(body) <= _LARGEST_BYTES:
                raise StoreError(f"{path}: holds no verdicts; remove it, and the next run has nothing to compare with")
            kept = _DECODER.decode(zstandard.ZstdDecompressor().decompress(body))
        return {each.verdict.policy: each for each in kept if each.verdict.host == host}

    def put(self, host: str, verdicts: Iterable[PastVerdict]) -> None:
        """Keep verdicts in place of earlier ones of the same policies; those of other policies stay.

        Raises:
            StoreError: they cannot be read or written.
        """
        kept = {**self.get(host), **{each.verdict.policy: each for each in verdicts}}
        prepare(self._state)
        path = self._path(host)
        with explained(path):
            path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            replace(path, compress(msgspec.msgpack.encode([kept[policy] for policy in sorted(kept)])))

    def _path(self, host: str) -> Path:
        return self._folder / f"{folder_name(host)}{_SUFFIX}"


_DECODER = msgspec.msgpack.Decoder(tuple[PastVerdict, ...])
