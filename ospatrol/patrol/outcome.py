"""What one look at a host's files comes to: results to report, states to store, events to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ospatrol.collect.found import FilesFound
from ospatrol.integrity.digest import summarise
from ospatrol.integrity.events import event_of
from ospatrol.integrity.notices import (
    baseline_proposed,
    baseline_withdrawn,
    clock_skewed,
    host_partly_assessed,
    packages_changed,
)
from ospatrol.model.change import Aspect, Change, ChangeKind
from ospatrol.model.coverage import Failure
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope
from ospatrol.model.packages import Packages
from ospatrol.model.run import TaskResult
from ospatrol.patrol.known import Known, encode_pending
from ospatrol.patrol.work import Outcome
from ospatrol.store.codecs import digest_of, from_packages
from ospatrol.store.records import ScanState

TOOLS = "files"
"""Under which name a scan state's probe holds what the host has."""
SIGNATURE = "packages"
"""Under which name it holds the signature of the package database."""
_SKEW_S = 120.0
_NAMED_FAILURES = 5


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one look at a host brought together.

    Attributes:
        moved: Whether the snapshot is another than the last one.
    """

    host: str
    task: str
    at: float
    scope: FileScope
    known: Known
    found: FilesFound
    moved: bool
    packages: Packages | str | None
    new: tuple[Change, ...]
    standing: tuple[Change, ...]
    texts: Mapping[bytes, bytes]
    failures: tuple[Failure, ...]
    hashed_all: bool

    @property
    def location(self) -> str:
        """Where its events come from."""
        return f"files:{self.task}"

    @property
    def saw_nothing(self) -> bool:
        """Whether nothing at all was seen, at the first scan: then there is no baseline to propose."""
        return self.known.state is None and bool(self.failures) and not self.found.snapshot.count

    @property
    def skewed(self) -> bool:
        """Whether the host's clock is off by more than two minutes."""
        return abs(self.found.clock_skew_s or 0.0) >= _SKEW_S


def outcome_of(look: Look) -> Outcome:
    """A look as what is stored, reported and judged."""
    loud, digest = summarise(look.new)
    told = packages_changed(digest, host=look.host, at=look.at, location=look.location) if digest.files else None
    events = [event_of(change, host=look.host, at=look.at, location=look.location) for change in loud]
    state = None if look.saw_nothing else _state(look)
    return Outcome(
        result=TaskResult(
            task=look.task,
            entries=look.found.snapshot.count,
            hashed=look.found.hashed,
            reused=look.found.reused,
            baseline="" if state is None else "approved" if look.known.approval else "proposed",
            pending=len(look.standing),
            explained=digest.files,
            digest=(told.text,) if told else (),
            failures=look.failures,
        ),
        state=state,
        events=(*events, *([told] if told else []), *_notices(look, state)),
        notes=tuple(_skew_note(look)),
        snapshots=(look.found.snapshot,) if state and look.moved else (),
        packages=(look.packages,) if isinstance(look.packages, Packages) else (),
        texts=(*look.texts.values(), *([encode_pending(look.standing)] if look.standing else [])),
    )


def _state(look: Look) -> ScanState:
    known = look.known.state
    gone = {change.path for change in look.new if change.kind is ChangeKind.DELETED or Aspect.CONTENT in change.aspects}
    texts = {path: digest for path, digest in (known.texts if known else {}).items() if path not in gone}
    texts.update({path: digest_of(text) for path, text in look.texts.items()})
    packages = known.packages if known else None
    if look.packages is not None:
        packages = look.packages if isinstance(look.packages, str) else digest_of(from_packages(look.packages))
    snapshot = look.found.snapshot.digest if known is None or look.moved else known.snapshot
    probe = {TOOLS: msgspec.json.encode(look.found.tools).decode()} if look.found.tools else {}
    if look.packages is not None:
        probe[SIGNATURE] = look.found.package_signature
    return ScanState(
        host=look.host,
        task=look.task,
        scope=look.scope,
        snapshot=snapshot,
        proposed=known.proposed if known and known.proposed else snapshot,
        approved=look.known.approval.result if look.known.approval else None,
        packages=packages,
        baseline_packages=known.baseline_packages if known else packages,
        texts=texts,
        pending=digest_of(encode_pending(look.standing)) if look.standing else None,
        failures=look.failures,
        skewed=look.skewed,
        hashed_at=look.at if look.hashed_all else (known.hashed_at if known else 0.0),
        scanned_at=look.at,
        probe=probe,
    )


def _notices(look: Look, state: ScanState | None) -> Iterator[Event]:
    """What is said once, when it begins: a proposed baseline, gaps, a clock that is off."""
    before = look.known.state
    if before is None and state is not None and look.known.approval is None:
        yield baseline_proposed(
            host=look.host,
            at=look.at,
            location=look.location,
            task=look.task,
            entries=look.found.snapshot.count,
        )
    if before is not None and before.approved and look.known.approval is None:
        yield baseline_withdrawn(host=look.host, at=look.at, location=look.location, task=look.task)
    gaps = _gaps(look.failures)
    if gaps and (before is None or _gaps(before.failures) != gaps):
        named = [failure.what for failure in gaps[:_NAMED_FAILURES]]
        yield host_partly_assessed(host=look.host, at=look.at, location=look.location, what=named, missed=len(gaps))
    if look.skewed and not (before and before.skewed):
        yield clock_skewed(host=look.host, at=look.at, skew_s=look.found.clock_skew_s or 0.0)


def _gaps(failures: tuple[Failure, ...]) -> tuple[Failure, ...]:
    return tuple(failure for failure in failures if failure.is_gap)


def _skew_note(look: Look) -> Iterator[str]:
    if look.skewed:
        yield f"its clock is {look.found.clock_skew_s:+.0f} s off ours"
