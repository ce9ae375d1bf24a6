"""Network devices of every platform, over SSH: login, paging off, capture, logout; and nothing else on the wire."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from ospatrol.model.errors import CommandNotAllowed, ShellUnusable
from ospatrol.model.host import Enable, NetworkOs
from ospatrol.model.secret import Secret
from ospatrol.transport.device import as_device
from ospatrol.transport.device_platforms import PLATFORMS
from tests.devices.sessions import DEVICES, own_device, said_by
from tests.devices.shapes import SHAPES
from tests.devices.simulator import Faults, Rack
from tests.transport.device_bench import Bench
from tests.transport.device_configs import CONFIG


@pytest.fixture(scope="module")
def rack():
    rack = Rack()
    yield rack
    rack.stop()


@pytest.fixture
def bench(rack, keys, tmp_path):
    return Bench(rack=rack, key=keys / "host", folder=tmp_path)


def test_every_platform_is_known_and_has_a_simulator():
    assert set(PLATFORMS) == set(NetworkOs) == set(SHAPES)


@pytest.mark.parametrize("platform", SHAPES)
async def test_a_configuration_is_read_to_the_byte_and_nothing_but_the_allow_list_is_sent(platform, bench):
    device, target = bench.on(platform, CONFIG)
    question = device.shape.shows[0]

    async with bench.login(target) as session:
        first = await session.ask(question, limit_s=20, limit_bytes=1 << 20)
        other = await session.ask(device.shape.version, limit_s=20, limit_bytes=1 << 20)
        again = await session.ask(question, limit_s=20, limit_bytes=1 << 20)

    assert first == again == CONFIG
    assert other == f"{platform} software, release 1.2.3\n"
    ours = PLATFORMS[NetworkOs(platform)]
    elevate = [ours.elevate] if device.shape.enable else []
    expected = [*elevate, *ours.prepare, question, device.shape.version, question, ours.logout]
    assert device.wire.lines == expected
    assert (device.wire.config_mode, device.wire.logouts) == (False, 1)
    typed = device.wire.received.replace(b"\r", b"\n").decode().split("\n")
    answers = {"", device.enable, *(key for _, key in ours.at_login)}
    assert {line.strip() for line in typed} <= answers | set(expected)
    assert [sent.exec_line for sent in bench.sent if sent.exec_line != "(secret)"] == expected
    assert device.enable not in str(bench.sent)
    assert device.password not in str(bench.sent)


@pytest.mark.parametrize("platform", [name for name, shape in SHAPES.items() if shape.pager])
async def test_a_device_that_goes_on_paging_is_read_to_the_byte(platform, bench):
    device, target = bench.on(platform, CONFIG, faults=Faults(keeps_paging=True))

    async with bench.login(target) as session:
        seen = await session.ask(device.shape.shows[0], limit_s=20, limit_bytes=1 << 20)

    assert seen == CONFIG
    assert device.wire.received.count(b" ") >= len(CONFIG.splitlines()) // device.shape.rows - 1


@pytest.mark.parametrize("platform", ["ios", "junos", "screenos", "vyos"])
@pytest.mark.parametrize("pieces", [1, 7, 1000])
async def test_it_does_not_matter_how_the_output_is_cut_into_pieces(platform, pieces, bench):
    device, target = bench.on(platform, CONFIG[:900] + "end\n", faults=Faults(pieces=pieces, keeps_paging=True))

    async with bench.login(target) as session:
        seen = await session.ask(device.shape.shows[0], limit_s=20, limit_bytes=1 << 20)

    assert seen == CONFIG[:900] + "end\n"


async def test_fifty_devices_at_once_are_read_at_once(bench):
    devices = [
        bench.on("ios" if each % 2 else "nxos", f"! {each}\n{CONFIG}", name=f"device{each}") for each in range(50)
    ]
    transport = bench.transport()
    inside = asyncio.Barrier(50)

    async def read(target):
        async with transport.open(target) as session:
            await inside.wait()
            return await session.ask("show running-config", limit_s=60, limit_bytes=1 << 20)

    try:
        seen = await asyncio.gather(*(read(target) for _, target in devices))
    finally:
        await transport.close()

    assert seen == [f"! {each}\n{CONFIG}" for each in range(50)]
    assert all(device.wire.logouts == 1 for device, _ in devices)


@pytest.mark.parametrize(
    "command",
    ["configure terminal", "conf t", "write memory", "reload", "show running-config ", "show running-config\nconf t",
     "", "show users", "copy running-config tftp:", "show running-config | redirect flash:x", "terminal length 0"],
)  # fmt: skip
async def test_what_no_profile_declares_is_not_sent(command, bench):
    device, target = bench.on("ios", CONFIG)

    async with bench.login(target) as session:
        before = bytes(device.wire.received)
        with pytest.raises(CommandNotAllowed, match="nothing was sent"):
            await session.ask(command, limit_s=5, limit_bytes=1 << 20)

        assert bytes(device.wire.received) == before
        assert await session.ask("show running-config", limit_s=5, limit_bytes=1 << 20) == CONFIG


async def test_a_declared_command_that_writes_is_not_sent_either(bench):
    device, target = bench.on("ios", CONFIG)

    async with bench.login(target, "configure terminal", "show version | redirect flash:x") as session:
        for command in ("configure terminal", "show version | redirect flash:x"):
            with pytest.raises(CommandNotAllowed):
                await session.ask(command, limit_s=5, limit_bytes=1 << 20)

    assert not device.wire.config_mode


async def test_a_device_without_a_profile_is_asked_nothing(bench):
    _, target = bench.on("ios", CONFIG)
    transport = bench.transport()
    transport._policies = ()
    try:
        async with transport.open(target) as session:
            with pytest.raises(CommandNotAllowed, match="no profile declares it"):
                await session.ask("show version", limit_s=5, limit_bytes=1 << 20)
    finally:
        await transport.close()


async def test_a_device_runs_no_scripts(bench, talk):
    from ospatrol.model.command import Command, Script

    _, target = bench.on("ios", CONFIG)

    async with bench.login(target) as session:
        assert as_device(session) is session
        with pytest.raises(CommandNotAllowed, match=r"a network device \(ios\) runs no scripts"):
            session.start(Command(script=Script(name="files", text="find /")), limit_s=1, limit_bytes=1)


async def test_a_unix_host_is_no_device(sshd, talk):
    async with talk.connection(sshd.target(), "true") as connection:
        with pytest.raises(CommandNotAllowed, match="it is no network device"):
            as_device(connection)


async def test_a_platform_that_nobody_knows_is_not_connected_to(bench):
    device, target = bench.on("ios", CONFIG)

    with pytest.raises(ShellUnusable, match="no network platform"):
        async with bench.login(msgspec.structs.replace(target, platform="posix")):
            pass

    assert device.wire.logins == 0


async def test_the_privileged_mode_is_not_entered_where_the_inventory_does_not_say_so(bench):
    device, target = bench.on("ios", CONFIG)

    async with bench.login(msgspec.structs.replace(target, enable=None)) as session:
        assert session.prompt.text == "device>"

    assert device.wire.lines == ["terminal length 0", "exit"]


async def test_a_mode_that_asks_for_no_secret_needs_none(bench):
    _, target = bench.on("ios", CONFIG, enable="")

    async with bench.login(msgspec.structs.replace(target, enable=Enable())) as session:
        assert session.prompt.text == "device#"


async def test_a_login_that_has_the_rights_already_sends_no_secret(bench):
    device, target = bench.on("iosxr", CONFIG)
    device.platform = "iosxr"
    target = msgspec.structs.replace(target, platform="ios", enable=Enable(secret=Secret("never-sent")))

    async with bench.login(target) as session:
        assert session.prompt.text == "RP/0/RSP0/CPU0:device#"

    assert b"never-sent" not in device.wire.received
    assert b"enable" not in device.wire.received


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("keeps_paging", [False, True])
async def test_the_devices_of_the_demonstration_are_read_to_the_byte(name, keeps_paging, bench):
    device = own_device(name, bench.key, faults=Faults(keeps_paging=keeps_paging))
    target = bench.target(device, bench.rack.add(device))
    said = said_by(name)

    async with bench.login(target, *said) as session:
        seen = {command: await session.ask(command, limit_s=20, limit_bytes=1 << 20) for command in said}

    assert {command: text.rstrip() for command, text in seen.items()} == {
        command: text.rstrip() for command, text in said.items()
    }
    assert session.prompt.text == f"{name}#"


async def test_a_running_configuration_that_changes_is_seen_at_once(bench):
    now = ["hostname edge1\nend\n"]
    device = own_device("edge1", bench.key, running=lambda: now[0])
    target = bench.target(device, bench.rack.add(device))

    async with bench.login(target) as session:
        before = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)
        now[0] = "hostname edge2\nend\n"
        after = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)

    assert (before, after) == ("hostname edge1\nend\n", "hostname edge2\nend\n")
