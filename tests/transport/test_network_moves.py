"""Going from one virtual system to another: only with what leads there, and never on into the unknown."""

from __future__ import annotations

import asyncio

import pytest

from ospatrol.model.device_profile import MOVES
from ospatrol.model.errors import CommandFailed, CommandNotAllowed, CommandTimedOut, OutputTooLarge
from ospatrol.model.host import NetworkOs
from ospatrol.transport.device import MovingConnection
from ospatrol.transport.device_dialogue import Greeting
from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.device_policy import DevicePolicy
from tests.devices.simulator import Faults, Rack
from tests.devices.virtual import Inside
from tests.transport.device_bench import Bench


@pytest.fixture(scope="module")
def rack():
    rack = Rack()
    yield rack
    rack.stop()


@pytest.fixture
def bench(rack, keys, tmp_path):
    return Bench(rack=rack, key=keys / "host", folder=tmp_path)


def firewall(bench, platform="asa", **more):
    inside = Inside(home="home\n", configs={"a": "of a\n", "b": "of b\n"}, **more)
    return bench.on(platform, inside=inside)


@pytest.mark.parametrize(
    ("platform", "into", "out", "prompt"),
    [
        ("asa", "changeto context a", "changeto system", "device/a#"),
        ("screenos", "enter vsys a", "exit", "device(a)->"),
        ("junos", "set cli logical-system a", "clear cli logical-system", "oper@device:a>"),
        ("nxos", "switchto vdc a", "switchback", "device-a#"),
        ("panos", "set system setting target-vsys a", "set system setting target-vsys none", "oper@device-a>"),
    ],
)
async def test_a_session_goes_there_asks_and_comes_back(platform, into, out, prompt, bench):
    device, target = firewall(bench, platform)
    question = "show running security-policy" if platform == "panos" else device.shape.shows[0]

    async with bench.login(target, *MOVES, question) as session:
        landed = session.where
        there = await session.move(into, limit_s=10)
        said = await session.ask(question, limit_s=10, limit_bytes=1 << 20)
        back = await session.move(out, limit_s=10)
        session.returned()

    assert isinstance(session, MovingConnection)
    assert (there.prompt, back.prompt, said) == (prompt, landed, "of a\n")
    assert device.wire.logouts == 1
    assert [sent.exec_line for sent in bench.sent][-4:-1] == [into, question, out]


@pytest.mark.parametrize(
    "command",
    ["changeto context a;reload", "changeto context a b", "changeto context ", "changeto context -a",
     "changeto context ..", "changeto context ../a", "changeto context a\nreload",
     "changeto context " + "a" * 64, "changeto context {name}",
     "changeto  context a", "configure terminal", "config vdom", "edit a", "write memory", "exit", "", "reload"],
)  # fmt: skip
async def test_nothing_else_is_sent_on_the_way(command, bench):
    device, target = firewall(bench)

    async with bench.login(target, *MOVES) as session:
        before = bytes(device.wire.received)
        with pytest.raises(CommandNotAllowed, match="nothing was sent"):
            await session.move(command, limit_s=5)

        assert bytes(device.wire.received) == before
        assert device.wire.config_mode is False


async def test_what_no_profile_declares_is_not_sent_either(bench):
    device, target = firewall(bench)

    async with bench.login(target) as session:
        with pytest.raises(CommandNotAllowed, match="no profile declares it"):
            await session.move("changeto context a", limit_s=5)

    assert "changeto context a" not in device.wire.lines


def test_what_leads_elsewhere_is_no_question_and_a_platform_has_only_its_own():
    everything = DevicePolicy.of("x", MOVES)
    for platform in PLATFORMS.values():
        own = set(platform.moves) | set(platform.prepare)
        for move in MOVES:
            command = move.replace("{name}", "a")
            with pytest.raises(CommandNotAllowed):
                everything.admit(command, platform, "h")
            if move in own:
                everything.admit_move(command, platform, "h")
            else:
                with pytest.raises(CommandNotAllowed, match="leads to no virtual system"):
                    everything.admit_move(command, platform, "h")
        assert set(platform.moves) <= MOVES


async def test_a_session_that_was_not_proved_to_be_back_is_cut_and_not_logged_out(bench):
    device, target = firewall(bench, "screenos")

    async with bench.login(target, *MOVES) as session:
        await session.move("enter vsys a", limit_s=10)

    assert device.wire.logouts == 0
    assert device.wire.lines[-1] == "enter vsys a"


async def test_an_abandoned_session_sends_nothing_more(bench):
    device, target = firewall(bench)

    async with bench.login(target, *MOVES) as session:
        await session.move("changeto context a", limit_s=10)
        session.abandon("it went astray")
        session.abandon("again")
        with pytest.raises(CommandFailed, match="it went astray"):
            await session.ask("show running-config", limit_s=5, limit_bytes=1)
        with pytest.raises(CommandFailed, match="it went astray"):
            await session.move("changeto system", limit_s=5)

    assert device.wire.lines[-1] == "changeto context a"


async def test_a_question_that_nobody_expects_is_answered_with_no(bench):
    device, target = firewall(bench, "screenos", asks=True)

    async with bench.login(target, *MOVES) as session:
        landed = session.where
        await session.move("enter vsys a", limit_s=10)
        back = await session.move("exit", limit_s=10)
        session.returned()

    assert back.prompt == landed
    assert device.inside.saved == []


async def test_a_move_that_never_ends_is_over_in_time(bench):
    device, target = firewall(bench, silent={"a"})

    async with bench.login(target, *MOVES) as session:
        with pytest.raises(CommandTimedOut, match="no prompt within 1 s after 'changeto context a'"):
            await session.move("changeto context a", limit_s=1)
        with pytest.raises(CommandTimedOut):
            await session.ask("show running-config", limit_s=5, limit_bytes=1 << 20)

    assert device.wire.logouts == 0


async def test_a_move_that_floods_is_over(bench):
    device, target = firewall(bench, floods={"a"})

    async with bench.login(target, *MOVES) as session:
        with pytest.raises(OutputTooLarge):
            await session.move("changeto context a", limit_s=20)

    assert device.wire.logouts == 0


async def test_it_does_not_matter_how_slowly_a_prompt_comes(bench):
    inside = Inside(home="home\n", configs={"a": "of a\n"})
    _, target = bench.on("fortios", inside=inside, faults=Faults(char_s=0.03))

    async with bench.login(target, *MOVES) as session:
        first = await session.move("config vdom", limit_s=20)
        second = await session.move("edit a", limit_s=20)
        third = await session.move("end", limit_s=20)
        session.returned()

    assert [each.prompt for each in (first, second, third)] == ["device (vdom) #", "device (a) #", "device #"]
    assert "current vf=a:1" in second.said


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Configuration modified, save? [y]/n ", True),
        ("Do you want to create it? (y/n)", True),
        ("Continue? [yes/no]: ", True),
        ("y/[n]", True),
        ("fw(vsys)-> ", False),
        ("say y or n", False),
    ],
)
def test_questions_are_known(said, asks):
    greeting = Greeting(PLATFORMS[NetworkOs.SCREENOS])
    greeting.hear(said.encode(), 1 << 20)

    assert greeting.asks is asks
    assert greeting.everything == said


async def test_cancelling_a_move_leaves_nothing_behind(bench):
    device, target = firewall(bench, silent={"a"})

    async with bench.login(target, *MOVES) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await session.move("changeto context a", limit_s=30)

    assert device.wire.logouts == 0
