"""This machine as a host."""

from __future__ import annotations

import asyncio
import os

import msgspec
import pytest

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import CommandFailed, CommandTimedOut, ElevationFailed, ShellUnusable
from ospatrol.model.host import Become

ALL_BYTES = bytes(range(256)) * 4096


async def test_a_script_runs_here_as_it_does_elsewhere(this_machine, talk):
    said = await talk(this_machine, 'echo "$#:$2"; cat; echo no >&2; exit 3', "a", "b\nc", given=ALL_BYTES)

    assert said.out == b"2:b\nc\n" + ALL_BYTES
    assert (said.status, said.complaints) == (3, b"no\n")
    assert said.sent[0].exec_line.startswith("exec sh -c ")


async def test_a_slow_reader_makes_the_script_wait(this_machine, talk):
    text = "head -c 50000000 /dev/zero"
    command = Command(script=Script(name="test", text=text))
    size = 0

    async with (
        talk.connection(this_machine, text) as connection,
        connection.start(command, limit_s=60, limit_bytes=50_000_000) as channel,
    ):
        while piece := await channel.read():
            size += len(piece)
            assert channel._wire._inbox._held < 4 << 20
        assert await channel.finish() == 0

    assert size == 50_000_000


async def test_a_script_that_is_killed_is_told_from_one_that_ends(this_machine, talk):
    with pytest.raises(CommandFailed, match="signal KILL"):
        await talk(this_machine, "kill -9 $$")


async def test_a_script_past_its_time_is_ended_with_what_it_started(this_machine, talk):
    text = "sleep 300 & echo $!; wait"
    command = Command(script=Script(name="test", text=text))

    async with (
        talk.connection(this_machine, text) as connection,
        connection.start(command, limit_s=2.0, limit_bytes=100) as channel,
    ):
        child = os.pidfd_open(int(await channel.read()))
        with pytest.raises(CommandTimedOut):
            await channel.finish()
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(child, gone.set)
        await gone.wait()
        asyncio.get_running_loop().remove_reader(child)
        os.close(child)


async def test_a_missing_program_is_named(this_machine, talk):
    target = msgspec.structs.replace(this_machine, become=Become(user="nobody", program="/nowhere/sudo"))

    with pytest.raises(ElevationFailed, match="sudo is not installed"):
        await talk(target, "true")


async def test_a_program_that_may_not_run_is_named(this_machine, talk, tmp_path):
    (tmp_path / "sudo").touch(mode=0o644)
    target = msgspec.structs.replace(this_machine, become=Become(user="nobody", program=str(tmp_path / "sudo")))

    with pytest.raises(ElevationFailed, match="sudo cannot be run"):
        await talk(target, "true")


async def test_a_machine_without_a_shell_is_named(this_machine, talk, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ShellUnusable):
        await talk(this_machine, "true")


async def test_input_that_nobody_reads_is_dropped(this_machine, talk):
    said = await talk(this_machine, "exit 4", given=b"x" * 5_000_000)

    assert said.status == 4
