"""What becomes of a rootkit task when a host answers badly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ospatrol.collect.rootkit import RootkitScope
from ospatrol.comply.rootkit_facts import Look
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import ConnectionCut, StoreError
from ospatrol.model.host import Target
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.rootkit_work import RootkitTask
from ospatrol.patrol.work import Outcome
from ospatrol.transport.connection import Channel
from ospatrol.transport.replay import Recording, ReplayConnection

TARGET = Target(host="web1", address="web1")


class Answering(ReplayConnection):
    """A host whose script answers with frames, under the mark that it was given."""

    def __init__(self, *frames: tuple[str, bytes], packages: Recording | None = None) -> None:
        super().__init__({"rootkit": Recording(), "packages": packages or Recording()}, target=TARGET)
        self.frames = frames

    def start(self, command, *, limit_s, limit_bytes):
        context = super().start(command, limit_s=limit_s, limit_bytes=limit_bytes)
        return context if command.script.name != "rootkit" else _Marked(context, self.frames)


class _Marked:
    def __init__(self, context, frames) -> None:
        self.context, self.frames = context, frames

    async def __aenter__(self) -> Channel:
        channel = await self.context.__aenter__()
        write: Callable = channel.write

        async def answer(piece: bytes) -> None:
            await write(piece)
            mark = piece.split(b" ")[0]
            said = b"".join(b"%b%b:%b:0 0 0\n" % (content, mark, name.encode()) for name, content in self.frames)
            channel._pieces.append(said + mark + b":end:0\n")

        channel.write = answer
        return channel

    async def __aexit__(self, *error: object) -> None:
        await self.context.__aexit__(*error)


def task(state: Path) -> Callable:
    work = RootkitTask(state, command_s=300.0, now=lambda: 5.0)
    scope = RootkitScope(looks=(Look.FILES,))
    step = TaskPlan(name="audit", collector="rootkit", arguments=scope)
    plan = HostPlan(target=TARGET, tasks=(step,))

    async def do(connection) -> Outcome:
        outcome = await work(connection, plan, step)
        await asyncio.to_thread(outcome.keep)
        return outcome

    return do


HOST = ("host", b"Linux y 0 dpkg\n")
HIT = ("signatures", b"f/usr/src/.puta\0")
NAMES = ("names", b"")


async def test_hits_stand_where_the_package_manager_cannot_be_asked(tmp_path):
    do = task(tmp_path)

    outcome = await do(Answering(HOST, HIT, NAMES, packages=Recording(pieces=(b"nonsense\0\0",))))

    assert [(each.what, each.reason) for each in outcome.result.failures] == [
        ("packages", Reason.ERROR),
    ]
    assert outcome.events[0].fields["standing"] == "not assessed"
    assert outcome.events[1].kind == "coverage"


async def test_a_connection_that_is_cut_is_an_error_of_the_host(tmp_path):
    do = task(tmp_path)

    with pytest.raises(ConnectionCut):
        await do(Answering(HOST, HIT, packages=Recording(error=ConnectionCut("cut"))))


async def test_a_past_that_cannot_be_read_is_an_error_of_the_store(tmp_path):
    do = task(tmp_path)
    await do(Answering(HOST, HIT))
    (kept,) = (tmp_path / "rootkit").iterdir()
    kept.write_bytes(b"x")

    with pytest.raises(StoreError):
        await do(Answering(HOST, HIT))


async def test_what_was_not_seen_this_time_is_not_gone(tmp_path):
    do = task(tmp_path)
    await do(Answering(HOST, HIT))

    blind = await do(Answering(HOST))
    again = await do(Answering(HOST, HIT))

    assert [event.kind for event in blind.events] == ["coverage"]
    assert blind.result.digest == ("what stands, told now or earlier: rootkit file: 1",)
    assert [event.kind for event in again.events] == ["coverage"]
