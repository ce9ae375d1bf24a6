"""Who vouched for what a host looks like."""

from __future__ import annotations

import msgspec

from ospatrol.model.place import Place

FILES = "files"
STATE = "state"
CONFIG = "config"
_OF = (FILES, STATE, CONFIG)


class ApprovedChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference that an approval accepted, for the people who review the file.

    Attributes:
        change: A ChangeKind, or of a state an ItemChangeKind.
        path: Control characters and invalid UTF-8 escaped; empty of a state.
        item: Of a state: the item's kind and, after a blank, its name.
        aspects: What differed, comma-separated.
        verdict: What the package database said.
        was: SHA-256 of the content before, or the item's fields; empty where there was none.
        now: Likewise of what is approved; empty where there is none.
    """

    change: str
    path: str = ""
    item: str = ""
    aspects: str = ""
    verdict: str = ""
    was: str = ""
    now: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act of vouching; the approvals of a task are a chain, each naming the baseline it started from.

    Attributes:
        task: The task, by its name in the play.
        of: What it vouches for: `files`, `state` or `config`; their chains know nothing of each other.
        by: Who.
        at: When: UTC, ISO 8601.
        why: A sentence.
        scope: `all`, `path GLOB`, `item KIND:GLOB`, `package NAME` or `explained`.
        previous: Digest of the baseline before; empty for the first.
        result: Digest of the baseline after: the snapshot, state or configuration that scans are compared with.
        entries: How many entries that holds.
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
    of: str = FILES
    previous: str = ""
    entries: int = 0
    changes: tuple[ApprovedChange, ...] = ()
    not_listed: int = 0
    place: Place = Place("")

    def __post_init__(self) -> None:
        """Refuse digests that are none, and what nobody can vouch for."""
        if self.of not in _OF:
            raise ValueError(f"`of` is one of {', '.join(_OF)}, not {self.of!r}")
        for digest in (self.result, self.previous):
            if digest and (len(digest) != 64 or not all(char in "0123456789abcdef" for char in digest)):
                raise ValueError(f"{digest!r} is no SHA-256 digest")


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """The approvals of one host, oldest first, as its file under `baselines/` says them."""

    host: str
    approvals: tuple[Approval, ...] = ()

    def latest(self, task: str, of: str = FILES) -> Approval | None:
        """The approval in force for a task; None where nobody vouched yet."""
        return next(reversed(self.chain(task, of)), None)

    def chain(self, task: str, of: str = FILES) -> tuple[Approval, ...]:
        """Every approval of a task, oldest first."""
        return tuple(each for each in self.approvals if (each.task, each.of) == (task, of))
