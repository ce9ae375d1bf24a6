"""Who vouched for what a host looks like."""

from __future__ import annotations

import msgspec

from ospatrol.model.place import Place


class ApprovedChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference that an approval accepted, for the people who review the file.

    Attributes:
        path: Control characters and invalid UTF-8 escaped.
        change: A ChangeKind.
        aspects: What differed, comma-separated.
        verdict: What the package database said.
        was: SHA-256 of the content before; empty where there was none.
        now: SHA-256 of the content that is approved; empty where there is none.
    """

    path: str
    change: str
    aspects: str = ""
    verdict: str = ""
    was: str = ""
    now: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act of vouching; the approvals of a task are a chain, each naming the baseline it started from.

    Attributes:
        task: The integrity task, by its name in the play.
        by: Who.
        at: When: UTC, ISO 8601.
        why: A sentence.
        scope: `all`, `path GLOB`, `package NAME` or `explained`.
        previous: Digest of the baseline before; empty for the first.
        result: Digest of the baseline after: the snapshot that scans are compared with.
        entries: How many entries that snapshot holds.
        changes: What was accepted, at most a few hundred.
        not_listed: How many accepted changes are not in `changes`.
        place: Where it stands.
    """

    task: str
    by: str
    at: str
    why: str
    scope: str
    result: str
    previous: str = ""
    entries: int = 0
    changes: tuple[ApprovedChange, ...] = ()
    not_listed: int = 0
    place: Place = Place("")

    def __post_init__(self) -> None:
        """Refuse digests that are none."""
        for digest in (self.result, self.previous):
            if digest and (len(digest) != 64 or not all(char in "0123456789abcdef" for char in digest)):
                raise ValueError(f"{digest!r} is no SHA-256 digest")


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """The approvals of one host, oldest first, as its file under `baselines/` says them."""

    host: str
    approvals: tuple[Approval, ...] = ()

    def latest(self, task: str) -> Approval | None:
        """The approval in force for a task; None where nobody vouched yet."""
        return next((approval for approval in reversed(self.approvals) if approval.task == task), None)
