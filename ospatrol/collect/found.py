"""What a scan of file trees found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ospatrol.collect.tools import Tools
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import Snapshot


class FilesFound(msgspec.Struct, frozen=True, kw_only=True):
    """The trees of one host, and what is missing of them.

    Attributes:
        snapshot: Entries that were seen; where something could not be seen, the last scan's entries of it too.
        failures: What was not collected, and why; at most 100 a reason, the rest counted.
        partial: Whether listing or hashing was ended early, so that the snapshot is not of one moment.
        hashed: How many files' contents were read and hashed.
        reused: How many digests were taken over from the last scan.
        texts: Path to content, without NULs, of the text files to keep among those hashed now.
        tools: What the host has; give it to the next scan. None where the host did not come to say.
        clock_skew_s: How far the host's clock is ahead of ours, give or take a second; None where it does not say.
        package_signature: Changes whenever the package database does; empty where there is none or nobody asked.
    """

    snapshot: Snapshot
    failures: tuple[Failure, ...] = ()
    partial: bool = False
    hashed: int = 0
    reused: int = 0
    texts: Mapping[bytes, bytes] = msgspec.field(default_factory=dict)
    tools: Tools | None = None
    clock_skew_s: float | None = None
    package_signature: str = ""


_SHOWN = 100


def bounded(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """The first 100 failures of each reason, and how many more there are; what hides everything is among them."""
    kept: list[Failure] = []
    counts: dict[Reason, int] = {}
    for failure in failures:
        if failure.what != "*":
            counts[failure.reason] = counts.get(failure.reason, 0) + 1
        if failure.what == "*" or counts[failure.reason] <= _SHOWN:
            kept.append(failure)
    for reason, count in counts.items():
        if count > _SHOWN:
            # not `*`: the snapshot has what these hide, as it was last seen
            kept.append(Failure(what=f"{count - _SHOWN} more", reason=reason, detail="like those above"))
    return tuple(kept)
