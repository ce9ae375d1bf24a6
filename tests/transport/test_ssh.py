"""Scripts on a real OpenSSH server, and what goes wrong there."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import (
    CommandFailed,
    CommandNotAllowed,
    CommandTimedOut,
    ConnectFailed,
    ConnectionCut,
    OutputTooLarge,
    ResolveFailed,
    ShellUnusable,
)
from ospatrol.transport.limits import Limits

ALL_BYTES = bytes(range(256)) * 16


async def test_a_script_gets_its_arguments_and_its_input_and_gives_output_and_status(sshd, talk):
    said = await talk(
        sshd.target(), 'echo "$#:$2"; cat; echo no >&2; exit 3', "a", "it's $HOME !\n`x`", given=ALL_BYTES
    )

    assert said.out == b"2:it's $HOME !\n`x`\n" + ALL_BYTES
    assert said.status == 3
    assert said.complaints == b"no\n"
    assert said.notes == ()


async def test_the_transcript_has_the_request_as_the_server_got_it_without_the_script(sshd, talk):
    said = await talk(sshd.target(), "echo hidden-in-the-script", "x y")

    (sent,) = said.sent
    assert sent.exec_line.startswith("exec sh -c 'LC_ALL=C;")
    assert "hidden" not in sent.exec_line
    assert (sent.host, sent.script, sent.args, sent.at) == ("web1", "test", ("x y",), 1.0)


async def test_a_script_that_nobody_declared_does_not_leave(sshd, talk):
    async with talk.connection(sshd.target(), "true") as connection:
        with pytest.raises(CommandNotAllowed, match="nothing was sent"):
            async with connection.start(Command(script=Script(name="test", text="true ")), limit_s=5, limit_bytes=100):
                pass

    assert talk.sent == []


async def test_several_scripts_share_a_login_one_after_the_other_and_at_once(sshd, talk):
    text = "echo $1"

    async def one(connection, number):
        command = Command(script=Script(name="test", text=text), args=(str(number),))
        async with connection.start(command, limit_s=10, limit_bytes=100) as channel:
            return await channel.read()

    async with talk.connection(sshd.target(), text) as connection:
        first = await one(connection, 0)
        rest = await asyncio.gather(*(one(connection, number) for number in range(1, 5)))

    assert [first, *rest] == [b"%d\n" % number for number in range(5)]


async def test_what_a_login_file_prints_is_not_output(start_sshd, talk):
    sshd = start_sshd('ForceCommand echo welcome; echo to the machine >&2; eval "$SSH_ORIGINAL_COMMAND"')

    said = await talk(sshd.target(), "echo out")

    assert said.out == b"out\n"
    assert said.complaints == b"to the machine\n"


async def test_a_banner_without_an_end_is_no_shell(start_sshd, talk):
    sshd = start_sshd("ForceCommand yes")

    with pytest.raises(ShellUnusable, match="more than 64 KiB"):
        await talk(sshd.target(), "true")


@pytest.mark.parametrize("refusal", ["echo This account is not available.; exit 1", "echo % Unknown command; exit 0"])
async def test_a_shell_that_is_none_is_named_with_what_it_said(start_sshd, talk, refusal):
    sshd = start_sshd(f"ForceCommand {refusal}")

    with pytest.raises(ShellUnusable, match=r"no POSIX shell.*(not available|Unknown command)"):
        await talk(sshd.target(), "true")


async def test_a_shell_that_never_answers_does_not_hang(start_sshd, talk):
    sshd = start_sshd(r"ForceCommand printf 'router\033[1m> '; exec sleep 60")
    talk.limits = Limits(attempts=1, start_s=0.5)

    with pytest.raises(ShellUnusable, match=r'within 0\.5 s: it said "router\\x1b\[1m>"'):
        await talk(sshd.target(), "true")


async def test_one_line_of_100_megabytes_is_streamed_while_the_reader_is_slow(sshd, talk):
    text = "head -c 100000000 /dev/zero | tr '\\0' x"
    command = Command(script=Script(name="test", text=text))
    size = largest = 0

    async with (
        talk.connection(sshd.target(), text) as connection,
        connection.start(command, limit_s=60, limit_bytes=100_000_000) as channel,
    ):
        while piece := await channel.read():
            size += len(piece)
            largest = max(largest, len(piece))
            assert channel._wire._inbox._held < 4 << 20
        status = await channel.finish()

    assert (size, status) == (100_000_000, 0)
    assert largest <= 1 << 20


async def test_output_past_the_limit_ends_the_command(sshd, talk):
    talk.limit_bytes = 10_000

    with pytest.raises(OutputTooLarge, match="more than 10000 bytes"):
        await talk(sshd.target(), "cat /dev/zero")


async def test_a_complaint_without_end_is_kept_to_its_beginning(sshd, talk):
    said = await talk(sshd.target(), "head -c 1000000 /dev/zero >&2; echo done")

    assert said.out == b"done\n"
    assert len(said.complaints) == 256 << 10


async def ended(pid):
    """Wait until a process is gone; the test's own time limit bounds it."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, gone.set)
    await gone.wait()
    asyncio.get_running_loop().remove_reader(process)
    os.close(process)


async def begun(channel):
    """The process id that a script prints first."""
    return int(await channel.read())


@pytest.mark.parametrize("text", ["echo $$; while :; do echo; sleep 0.1; done", "echo $$; exec cat"])
async def test_leaving_the_block_ends_the_command_on_the_host(sshd, talk, text):
    async with talk.connection(sshd.target(), text) as connection:
        command = Command(script=Script(name="test", text=text))
        async with connection.start(command, limit_s=60, limit_bytes=1000) as channel:
            pid = await begun(channel)
        await ended(pid)


async def test_a_command_past_its_time_is_ended_with_its_connection(sshd, talk):
    text = "echo $$; exec cat"
    async with talk.connection(sshd.target(), text) as connection:
        command = Command(script=Script(name="test", text=text))
        async with connection.start(command, limit_s=2.0, limit_bytes=1000) as channel:
            pid = await begun(channel)
            with pytest.raises(CommandTimedOut, match="did not end within 2 s"):
                await channel.read()
            await ended(pid)


async def test_a_command_whose_time_is_spent_before_it_begins_is_too_late(start_sshd, talk):
    talk.limit_s = 0.3

    with pytest.raises(CommandTimedOut):
        await talk(start_sshd("ForceCommand sleep 60").target(), "true")


async def test_a_silent_command_gets_a_signal_where_the_server_passes_them_on(start_sshd, add_user, talk):
    sshd = start_sshd()
    text = "echo $$; exec sleep 300"
    async with talk.connection(sshd.target(user=add_user()), text) as connection:
        command = Command(script=Script(name="test", text=text))
        async with connection.start(command, limit_s=60, limit_bytes=1000) as channel:
            pid = await begun(channel)
        await ended(pid)


async def test_a_command_that_is_killed_is_told_from_one_that_ends(sshd, talk):
    with pytest.raises(CommandFailed, match="killed by signal KILL"):
        await talk(sshd.target(), "echo begun; kill -9 $$")


async def test_a_connection_that_is_cut_in_mid_stream_is_told_from_an_end(start_sshd, talk):
    sshd = start_sshd()
    text = "echo begun; exec sleep 60"
    command = Command(script=Script(name="test", text=text))

    async with (
        talk.connection(sshd.target(), text) as connection,
        connection.start(command, limit_s=60, limit_bytes=100) as channel,
    ):
        assert await channel.read() == b"begun\n"
        sshd.cut()

        with pytest.raises(ConnectionCut, match="while 'test' ran"):
            await channel.read()
        with pytest.raises(ConnectionCut):
            await channel.finish()
        with pytest.raises(ConnectionCut):
            async with connection.start(command, limit_s=60, limit_bytes=100):
                pass


async def test_a_host_that_falls_silent_is_noticed(start_sshd, talk):
    sshd = start_sshd()
    talk.limits = Limits(attempts=1, keepalive_s=0.2, keepalive_count=1)
    text = "echo begun; exec sleep 60"
    command = Command(script=Script(name="test", text=text))

    async with (
        talk.connection(sshd.target(), text) as connection,
        connection.start(command, limit_s=60, limit_bytes=100) as channel,
    ):
        assert await channel.read() == b"begun\n"
        sshd.cut(signal.SIGSTOP)

        with pytest.raises(ConnectionCut, match="not responding to keepalive"):
            await channel.read()


async def test_input_that_nobody_reads_is_dropped_when_the_script_ends(sshd, talk):
    said = await talk(sshd.target(), "exit 4", given=b"x" * 10_000_000)

    assert said.status == 4


async def test_nobody_listening_is_refused_and_tried_again(talk, sshd):
    talk.limits = Limits(attempts=3, backoff_s=1.0)

    with pytest.raises(ConnectFailed, match="connection refused"):
        await talk(sshd.target(port=1), "true")

    assert len(talk.pauses) == 2


async def test_a_name_without_an_address_is_not_tried_again(talk, sshd):
    talk.limits = Limits(attempts=3)

    with pytest.raises(ResolveFailed, match="has no address"):
        await talk(sshd.target(address="no-such-host.invalid"), "true")

    assert talk.pauses == []


async def test_a_host_that_answers_nothing_is_given_up_in_time(talk, sshd):
    talk.limits = Limits(attempts=3, connect_s=0.3)
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    # with its queue full, Linux drops what else knocks, as a firewall does
    waiting = [socket.socket() for _ in range(3)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(full.getsockname())

    with pytest.raises(ConnectFailed, match="no answer in time"):
        await talk(sshd.target(port=full.getsockname()[1]), "true")

    assert talk.pauses == []
    for each in (*waiting, full):
        each.close()


async def test_a_server_that_never_speaks_is_given_up_in_time(talk, sshd):
    talk.limits = Limits(attempts=1, login_s=0.3)

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ConnectFailed, match="login was not finished in time"),
    ):
        await talk(sshd.target(port=silent.getsockname()[1]), "true")


async def test_a_server_that_is_none_is_named(talk, sshd):
    def answer():
        peer, _ = web.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 1200)

    with socket.create_server(("127.0.0.1", 0)) as web:
        answering = asyncio.create_task(asyncio.to_thread(answer))
        with pytest.raises(ConnectFailed, match="web1: "):
            await talk(sshd.target(port=web.getsockname()[1]), "true")
        await answering


async def test_output_with_every_byte_comes_through_unchanged(sshd, talk):
    octal = "".join(f"\\{byte:03o}" for byte in range(256))

    said = await talk(sshd.target(), f"printf '{octal}'")

    assert said.out == bytes(range(256))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), max_size=5))
def test_any_argument_arrives_as_it_was(sshd, talk, words):
    said = asyncio.run(talk(sshd.target(), 'for w; do printf "%s\\0" "$w"; done', *words))

    assert said.out == b"".join(word.encode() + b"\0" for word in words)
