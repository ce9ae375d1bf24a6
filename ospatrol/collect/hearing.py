"""What the files script says by itself: its greeting, its listing, and what find complained about."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files as package_files

import msgspec

from ospatrol.collect.complaints import BlindSpot, blind_spots, read_complaints
from ospatrol.collect.dialogue import END, Dialogue
from ospatrol.collect.plan import Plan
from ospatrol.collect.scope import host_root, trees
from ospatrol.collect.tools import Greeting, Style, read_greeting
from ospatrol.model.command import Command, Script
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileScope
from ospatrol.model.text import show_bytes
from ospatrol.transport.connection import Connection

SCRIPT = Script(name="files", text=(package_files("ospatrol.collect") / "files.sh").read_text(encoding="utf-8"))
_GRACE_S = 30.0


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What the script said by itself.

    Attributes:
        greeting: What it said first.
        listing: As it came.
        complaints: As they came.
        stopped: Why it was not heard to the end.
        clock_skew_s: How far the host's clock is ahead of ours, give or take a second; None where it does not say.
    """

    greeting: Greeting
    listing: bytes = b""
    complaints: bytes = b""
    stopped: Reason | None = None
    clock_skew_s: float | None = None

    @property
    def is_smooth(self) -> bool:
        """Whether it was heard to the end and find had nothing to complain about and could look everywhere."""
        return self.stopped is None and self.complaints == b"status 0\n" and not self.greeting.blind


@asynccontextmanager
async def script(
    connection: Connection, scope: FileScope, args: tuple[str, ...], deadline: float
) -> AsyncIterator[Dialogue]:
    """The files script at work, to be talked to until a deadline on the event loop's clock."""
    limit_s = max(0.0, deadline - asyncio.get_running_loop().time()) + _GRACE_S
    limit_bytes = (16 << 20) + 512 * scope.entry_limit
    command = Command(script=SCRIPT, args=args)
    async with connection.start(command, limit_s=limit_s, limit_bytes=limit_bytes) as channel:
        talk = Dialogue(channel, deadline)
        yield talk
        await talk.close()


async def hear(talk: Dialogue, scope: FileScope) -> Heard | None:
    """Listen until the script waits for requests, or enough was heard; None where it did not come to greet."""
    first = await talk.hear(b"\0")
    if talk.stopped:
        return None
    greeting = read_greeting(first)
    skew_s = None if greeting.clock_s is None else greeting.clock_s + 0.5 - time.time()
    unit, fields = (b"\0", 2) if greeting.tools.style is Style.PRINTF else (b"\n", 1)
    limit = fields * scope.entry_limit
    listing = await talk.hear(END, unit=unit, limit=limit + END.count(unit))
    stopped = talk.stopped
    if len(listing) > limit and listing.count(unit) > limit:
        stopped = Reason.LIMIT
    complaints = b"" if talk.stopped else await talk.hear(b"\0")
    return Heard(
        greeting=greeting, listing=listing, complaints=complaints, stopped=stopped or talk.stopped, clock_skew_s=skew_s
    )


def find_blind_spots(heard: Heard, plan: Plan, scope: FileScope) -> list[BlindSpot]:
    """What of the scope's trees could not be listed."""
    greeting = heard.greeting
    root = host_root(scope).encode()
    quiet = heard.complaints.strip() == b"status 0"
    paths = [] if quiet else [plan.path(at) for at in range(len(plan.entries))]
    odd = [root + path for path in paths if b"\n" in path]
    complaints = read_complaints(heard.complaints, greeting.tools.style, odd)
    spots = [
        BlindSpot(failure=_missing(link.removeprefix(root), "a link to what cannot be listed"), hides=b"")
        for link in greeting.blind
    ]
    spots += blind_spots(complaints, paths, root, trees(scope))
    if heard.stopped is not None:
        detail = f"listing ended after {len(plan.entries)} entries"
        failure = Failure(what="*", reason=heard.stopped, detail=detail, subtree=True)
        spots.append(BlindSpot(failure=failure, hides=b""))
    elif complaints.status not in {0, 1} or (complaints.status == 1 and not complaints.each):
        detail = f"find ended with status {complaints.status}"  # 1 is what it ends with after it complained
        failure = Failure(what="*", reason=Reason.ERROR, detail=detail, subtree=True)
        spots.append(BlindSpot(failure=failure, hides=b""))
    return spots


def _missing(path: bytes, detail: str) -> Failure:
    return Failure(what=show_bytes(path), reason=Reason.DENIED, detail=detail, subtree=True)
