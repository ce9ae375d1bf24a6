"""Answers put together to a snapshot, in which nothing is missing only because it could not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ospatrol.collect.listing import Listing, path_of
from ospatrol.collect.plan import Plan
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import Snapshot
from ospatrol.model.text import show_bytes

_WORDS = {
    Reason.DENIED: b"!denied",
    Reason.VANISHED: b"!vanished",
    Reason.BUDGET: b"!budget",
    Reason.CUT: b"!budget",
    Reason.LIMIT: b"!budget",
    Reason.ERROR: b"!error",
}


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the host said of the files that a plan wants to know of.

    Attributes:
        lost: Files that were not hashed, by their place in the plan, and why.
        attributes: By path, ` name=value` for each, where there are any.
        unknown: Names of the attributes that could not be read of any file.
    """

    lost: Mapping[int, Reason]
    attributes: Mapping[bytes, bytes]
    unknown: frozenset[str] = frozenset()


def settle(plan: Plan, answers: Answers, last: Snapshot | None) -> list[Failure]:
    """Complete a plan's extras with what was answered; what is missing of contents.

    What could not be read stays as it was known: attributes of the last scan for those that cannot be read now, and
    the digest of a file that did not move where there was no time to hash it again.
    """
    failures = []
    for at, reason in answers.lost.items():
        what = show_bytes(plan.path(at))
        failures.append(Failure(what=what, reason=reason, detail="its content was not hashed"))
        known = plan.extras[at].partition(b" ")[0]
        if len(known) != 64 or _WORDS[reason] != b"!budget":
            plan.set_word(at, _WORDS[reason])
    _add_attributes(plan, answers, attributes_by_path(last) if answers.unknown else {})
    return failures


def _add_attributes(plan: Plan, answers: Answers, old: Mapping[bytes, bytes]) -> None:
    if not answers.attributes and not old:
        return
    for at in (*plan.to_describe, *plan.to_label):
        path = plan.path(at)
        kept = _only(old[path], answers.unknown) if path in old else b""
        plan.extras[at] += _joined(answers.attributes.get(path, b""), kept)


def carry_over(plan: Plan, last: Snapshot, hidden: Iterable[bytes]) -> None:
    """Add what the last scan knows below paths that could not be seen now.

    Args:
        plan: What was seen; gets the rest.
        last: The last scan of the same scope.
        hidden: Paths below which something may be missing; an empty one stands for everywhere.
    """
    tops = frozenset(hidden)
    below = tuple(top + b"/" for top in tops if top)
    if not tops:
        return
    seen = set(map(path_of, plan.entries))
    fields = last.listing.split(b"\0")
    for entry, target, extra in zip(fields[:-1:2], fields[1::2], last.extras.split(b"\0"), strict=False):
        path = path_of(entry)
        if path not in seen and (b"" in tops or path in tops or path.startswith(below)):
            plan.append(entry, target, extra)


def finished(plan: Plan) -> Snapshot:
    """The plan's entries as a snapshot."""
    listing = Listing(entries=plan.entries, targets=plan.targets)
    return Snapshot(listing=plan.shared(listing.joined), extras=plan.shared(b"\0".join([*plan.extras, b""])))


def attributes_by_path(last: Snapshot | None) -> Mapping[bytes, bytes]:
    """As `Answers.attributes`, what a scan knows."""
    if last is None or b"=" not in last.extras:
        return {}
    both = zip(last.listing.split(b"\0")[:-1:2], last.extras.split(b"\0"), strict=False)
    return {path_of(entry): extra[extra.find(b" ") :] for entry, extra in both if b"=" in extra}


def _only(extra: bytes, names: frozenset[str]) -> bytes:
    kept = [each for each in extra.split(b" ")[1:] if each.partition(b"=")[0].decode(errors="replace") in names]
    return b"".join(b" " + each for each in kept)


def _joined(first: bytes, second: bytes) -> bytes:
    """Two runs of attributes as one, by name."""
    if not first or not second:
        return first or second
    return b" " + b" ".join(sorted((first + second).split(b" ")[1:]))
