"""Many hosts are waited for at once: what is kept of each meanwhile is bytes, not objects."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.collect.listing import Listing
from ospatrol.collect.plan import Plan, compare
from ospatrol.collect.questions import ask
from ospatrol.collect.snapshot import finished
from ospatrol.collect.tools import Style, Tools
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope, Snapshot

MANY = 6_000
SCOPE = FileScope(paths=("/d",))
TOOLS = Tools(style=Style.PRINTF, programs=frozenset({"sha256sum", "getfattr"}))
DIGEST = sha256(b"x").hexdigest().encode()


def listing_of(count: int, odd: bytes = b"") -> Listing:
    entries = [b"f 644 0 0 1 1.0 1.0 %d 1 1 /d/%d%b" % (number, number, odd) for number in range(count)]
    targets = [b""] * count
    raw = Listing(entries=entries, targets=targets).joined
    return Listing(entries=entries, targets=targets, raw=raw)


class Watching:
    """A script that answers nothing, and sees how many entries a plan holds while it is waited for."""

    stopped = None

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.seen: list[tuple[str, int]] = []

    async def ask_of_all(self, verb: str, tool: str) -> bytes:
        return await self.ask(verb, (), tool)

    async def ask(self, verb: str, paths: Sequence[bytes], tool: str = "") -> bytes:
        self.seen.append((verb, len(self.plan.entries)))
        return b""

    async def pause(self, seconds: str) -> None:
        await self.ask("pause", ())


@pytest.mark.parametrize(
    ("odd", "now", "verbs"),
    [
        (b"", b"9", ["sum-all", "sum", "explain", "describe-all"]),
        (b"\n", b"9", ["hash", "each", "explain", "describe"]),
        (b"", b"1", ["pause", "sum", "explain", "describe"]),
    ],
    ids=["all at once", "odd names", "changed just now"],
)
async def test_a_host_that_is_waited_for_takes_no_object_an_entry(odd: bytes, now: bytes, verbs: list[str]) -> None:
    talk = Watching()
    talk.plan = compare(listing_of(MANY, odd), None, SCOPE, full=True, now=now)

    await ask(talk, talk.plan, TOOLS, b"")

    assert list(dict(talk.seen)) == verbs
    assert {held for _, held in talk.seen} == {0}
    assert len(talk.plan.entries) == MANY


def test_a_folded_plan_is_made_of_the_bytes_that_are_there_anyway() -> None:
    listing = listing_of(MANY)
    last = Snapshot(listing=listing.joined, extras=(DIGEST + b"\0") * MANY)
    plan = compare(listing, last, SCOPE, full=True)

    with plan.folded():
        assert (plan.entries, plan.targets, plan.extras) == ([], [], [])

    assert plan.entries == listing.entries
    snapshot = finished(plan)
    assert snapshot == last
    assert snapshot.listing is last.listing
    assert snapshot.extras is last.extras


@pytest.mark.parametrize("odd", ["plain", "back\\slash"])
async def test_a_tree_of_many_files_is_scanned_as_a_small_one_is(connect, tmp_path: Path, split, odd: str) -> None:
    names = [odd, *(str(number) for number in range(1, MANY))]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    scope = FileScope(paths=(str(tmp_path),))

    first = await collect_files(connect(), scope, last=None, full=True, budget_s=60)
    (tmp_path / odd).write_bytes(b"other")
    second = await collect_files(connect(), scope, last=first.snapshot, full=False, budget_s=60)
    again = await collect_files(connect(), scope, last=second.snapshot, full=True, budget_s=60)

    before, after = split(first.snapshot), split(second.snapshot)
    assert {path for path in after if after[path] != before[path]} == {str(tmp_path / odd).encode()}
    for name in names:
        content = b"other" if name == odd else name.encode()
        assert after[str(tmp_path / name).encode()][2][:64] == sha256(content).hexdigest().encode()
    assert again.snapshot == second.snapshot
    failures = (*first.failures, *second.failures, *again.failures)
    assert all(failure.reason is Reason.NO_TOOL for failure in failures)
    assert (first.hashed, second.hashed, again.hashed) == (MANY, 1, MANY)
