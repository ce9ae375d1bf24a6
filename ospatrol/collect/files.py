"""The collector `files`: file trees with their digests, over one channel, only what moved since the last scan."""

from __future__ import annotations

import asyncio

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.found import FilesFound, bounded
from ospatrol.collect.hearing import SCRIPT, Heard, find_blind_spots, hear, script
from ospatrol.collect.listing import read_listing, without_doubles
from ospatrol.collect.packages import PACKAGES_SCRIPT
from ospatrol.collect.plan import Plan, compare, digests_in, is_same
from ospatrol.collect.questions import ask, point
from ospatrol.collect.recheck import is_unchanged
from ospatrol.collect.scope import host_root, trees, words
from ospatrol.collect.snapshot import carry_over, finished, settle
from ospatrol.collect.texts import read_texts
from ospatrol.collect.tools import Style, Tools
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.transport.connection import Connection

COLLECTOR = Collector(name="files", scripts=(SCRIPT, PACKAGES_SCRIPT), arguments=FileScope)


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    scope: FileScope
    last: Snapshot | None
    full: bool
    tools: Tools | None
    may_be_unchanged: bool

    @property
    def root(self) -> bytes:
        return host_root(self.scope).encode()


async def collect_files(  # the seam to patrol, agreed with it
    connection: Connection,
    scope: FileScope,
    *,
    last: Snapshot | None,
    full: bool,
    budget_s: float,
    tools: Tools | None = None,
) -> FilesFound:
    """Scan file trees: list them, and hash what is new or moved.

    Args:
        connection: To the host; its command policy must hold `COLLECTOR.scripts`.
        scope: What to scan.
        last: The last snapshot of the same scope on the same host.
        full: Whether to hash everything again, moved or not.
        budget_s: Seconds for everything; when they are spent, what was found is kept.
        tools: What the last scan said the host has.

    Raises:
        HostError: the host cannot be assessed at all, or the connection was cut.
    """
    deadline = asyncio.get_running_loop().time() + budget_s
    # a full look reads text that is kept anew; and below a root, what is listed has other names than in the snapshot
    may_be_unchanged = full and last is not None and not scope.root and not scope.keep_text
    order = _Order(scope=scope, last=last, full=full, tools=tools, may_be_unchanged=may_be_unchanged)
    return await _scan(connection, order, deadline)


async def _scan(connection: Connection, order: _Order, deadline: float) -> FilesFound:
    scope = order.scope
    known, style = (order.tools.known, order.tools.style.value) if order.tools else ("", "")
    async with script(connection, scope, words(scope, known=known, style=style), deadline) as talk:
        heard = await hear(talk, scope)
        if heard is None:
            return _nothing(order, talk.stopped or Reason.BUDGET, "the host did not come to list anything")
        if order.last is not None and heard.listing == order.last.listing:  # hold it once
            heard = msgspec.structs.replace(heard, listing=order.last.listing)
        if talk.stopped is not Reason.LIMIT:
            unchanged = await is_unchanged(talk, heard, order.last) if order.may_be_unchanged else None
            if unchanged is None:
                return await _examine(talk, heard, order)
            if unchanged:
                return _as_before(heard, order)
    if talk.stopped is None:  # what was asked last was asked for nothing
        return await _scan(connection, msgspec.structs.replace(order, may_be_unchanged=False), deadline)
    # that script would go on listing; another one answers
    async with script(connection, scope, words(scope, listing=False), deadline) as talk:
        await hear(talk, scope)
        return await _examine(talk, heard, order)


async def _examine(talk: Dialogue, heard: Heard, order: _Order) -> FilesFound:
    """What was found, with as little work as what was heard allows."""
    tools, last = heard.greeting.tools, order.last
    if not heard.greeting.has_root:
        return _nothing(order, Reason.VANISHED, f"the directory {order.scope.root} is not there")
    if tools.style is Style.NONE:
        return _nothing(order, Reason.NO_TOOL, "the host has neither find -printf nor a stat that tells numbers")
    may_be_same = heard.is_smooth and not order.full
    if may_be_same and not order.root and is_same(heard.listing, last):
        return _as_before(heard, order)
    plan = _planned(heard, order, may_be_same=may_be_same)
    return _as_before(heard, order) if plan is None else await _complete(talk, plan, heard, order)


def _as_before(heard: Heard, order: _Order) -> FilesFound:
    """The last scan once more, what it had to say of the host included."""
    greeting, snapshot = heard.greeting, order.last or Snapshot()
    digests = digests_in(snapshot)
    return FilesFound(
        snapshot=snapshot,
        failures=greeting.tools.missing,
        tools=greeting.tools,
        clock_skew_s=heard.clock_skew_s,
        package_signature=greeting.signature,
        hashed=digests if order.full else 0,
        reused=0 if order.full else digests,
    )


def _planned(heard: Heard, order: _Order, *, may_be_same: bool) -> Plan | None:
    """What has to be asked about what was listed; None if that is what was listed the last time."""
    scope, greeting = order.scope, heard.greeting
    listing = read_listing(heard.listing, greeting.tools.style, order.root, limit=scope.entry_limit)
    if may_be_same and order.root and is_same(listing.joined, order.last):
        return None
    # one tree that is printed between NULs holds no path twice
    alone = len(trees(scope)) == 1 and greeting.tools.style is Style.PRINTF
    listing, doubles = (listing, ()) if alone else without_doubles(listing)
    now = b"9" if greeting.clock_s is None else b"%d" % greeting.clock_s
    plan = compare(listing, order.last, scope, full=order.full, now=now)
    plan.failures[:0] = doubles
    if heard.stopped is not None:
        plan.everything = False  # what the script would find again is not what was heard
    return plan


async def _complete(talk: Dialogue, plan: Plan, heard: Heard, order: _Order) -> FilesFound:
    """From what has to be asked to what was found."""
    scope, last, greeting = order.scope, order.last, heard.greeting
    failures = [*greeting.tools.missing, *plan.failures, *await point(talk, plan, order.root)]
    answers = await ask(talk, plan, greeting.tools, order.root)
    unread = settle(plan, answers, last)
    failures += unread if greeting.tools.hasher(0) else ()  # without a hasher, one failure stands for all of them
    texts = await read_texts(talk, plan, scope.keep_text, order.root)
    spots = find_blind_spots(heard, plan, scope)
    failures += [spot.failure for spot in spots]
    if last is not None:
        carry_over(plan, last, [spot.hides for spot in spots if spot.hides is not None])
    return FilesFound(
        snapshot=finished(plan),
        failures=bounded(failures),
        partial=(heard.stopped or talk.stopped) is not None,
        hashed=len(plan.to_hash) - len(answers.lost),
        reused=plan.reused,
        texts=texts,
        tools=greeting.tools,
        clock_skew_s=heard.clock_skew_s,
        package_signature=greeting.signature,
    )


def _nothing(order: _Order, reason: Reason, detail: str) -> FilesFound:
    """Nothing could be listed at all: what the last scan knows stands."""
    failure = Failure(what="*", reason=reason, detail=detail, subtree=True)
    return FilesFound(snapshot=order.last or Snapshot(), failures=(failure,), partial=True)
