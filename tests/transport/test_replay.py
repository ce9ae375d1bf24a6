"""A recorded host keeps the promises of a real one."""

from __future__ import annotations

import pytest

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import CommandNotAllowed, CommandTimedOut, ConnectionCut, OutputTooLarge
from ospatrol.transport.connection import Connection
from ospatrol.transport.replay import Recording, ReplayConnection

FILES = Command(script=Script(name="files", text="find /"), args=("a",))


async def said(connection: Connection, limit_bytes: int = 1000) -> list[bytes]:
    async with connection.start(FILES, limit_s=1, limit_bytes=limit_bytes) as channel:
        await channel.write(b"in")
        pieces = []
        while piece := await channel.read():
            pieces.append(piece)
        await channel.finish()
        return pieces


@pytest.mark.parametrize("answer", [b"ab", [b"a", b"", b"b"], Recording(pieces=(b"a", b"b"))], ids=str)
async def test_it_answers_what_was_recorded_and_knows_what_was_sent(answer):
    connection = ReplayConnection({"files": answer})

    assert b"".join(await said(connection)) == b"ab"
    (sent,) = connection.sent
    assert (sent.command, sent.input, sent.input_ended) == (FILES, b"in", True)


async def test_each_start_may_have_its_own_recording():
    connection = ReplayConnection({"files": [Recording(pieces=(b"1",)), Recording(pieces=(b"2",))]})

    assert [await said(connection) for _ in range(3)] == [[b"1"], [b"2"], [b"2"]]


async def test_status_and_complaints_are_recorded_too():
    connection = ReplayConnection({"files": Recording(status=3, complaints=b"no")}, notes=("old",))

    async with connection.start(FILES, limit_s=1, limit_bytes=1) as channel:
        assert (await channel.finish(), channel.complaints, connection.notes) == (3, b"no", ("old",))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Recording(pieces=(b"a",), error=ConnectionCut("cut")), ConnectionCut),
        (Recording(pieces=(b"a",), hangs=True), CommandTimedOut),
        (b"x" * 1001, OutputTooLarge),
    ],
    ids=["cut", "hangs", "large"],
)
async def test_faults_are_recorded_too(answer, error):
    with pytest.raises(error):
        await said(ReplayConnection({"files": answer}))


async def test_what_was_not_recorded_is_not_allowed():
    with pytest.raises(CommandNotAllowed):
        await said(ReplayConnection({"packages": b""}))
