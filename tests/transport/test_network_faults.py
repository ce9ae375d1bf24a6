"""Bad devices: a clear error or the right result; never a hang, never a half answer."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest

from ospatrol.model.errors import (
    AuthFailed,
    CommandFailed,
    CommandTimedOut,
    ConnectionCut,
    ElevationFailed,
    HostKeyChanged,
    HostKeyUnknown,
    OutputTooLarge,
    ShellUnusable,
)
from ospatrol.model.host import Enable, NetworkOs, TransportKind
from ospatrol.model.secret import Secret
from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from tests.devices.simulator import Faults, Rack
from tests.transport.device_bench import Bench
from tests.transport.device_configs import CONFIG

_SHOW = "show running-config"


@pytest.fixture(scope="module")
def rack():
    rack = Rack()
    yield rack
    rack.stop()


@pytest.fixture
def bench(rack, keys, tmp_path):
    return Bench(rack=rack, key=keys / "host", folder=tmp_path)


async def captured(bench, target, *, limit_s=10.0, limit_bytes=1 << 20):
    async with bench.login(target) as session:
        return await session.ask(_SHOW, limit_s=limit_s, limit_bytes=limit_bytes)


@pytest.mark.parametrize(("platform", "limit_s"), [("ios", 10), ("asa", 5), ("procurve", 10), ("gaia_expert", 10)])
async def test_a_wrong_enable_secret_is_said_and_never_shown(platform, limit_s, bench):
    device, target = bench.on(platform, CONFIG)
    bench.limits = Limits(attempts=1, start_s=limit_s)
    target = msgspec.structs.replace(target, enable=Enable(secret=Secret("wrong-one")))

    with pytest.raises(ElevationFailed, match="does not accept the secret; check ansible_become_password") as failed:
        await captured(bench, target)

    assert "wrong-one" not in str(failed.value) + str(bench.sent)
    assert device.shape.shows[0] not in device.wire.lines


async def test_a_mode_that_is_not_there_is_said_with_the_prompt(bench, monkeypatch):
    _, target = bench.on("ios", CONFIG)
    monkeypatch.setitem(PLATFORMS, NetworkOs.IOS, msgspec.structs.replace(PLATFORMS[NetworkOs.IOS], elevated="%"))

    with pytest.raises(ElevationFailed, match="after 'enable' the prompt is still 'device#'"):
        await captured(bench, target)


async def test_a_mode_that_leads_nowhere_is_not_the_secret_s_fault(bench):
    bench.limits = Limits(attempts=1, start_s=3)
    _, target = bench.on("ios", CONFIG, faults=Faults(ignores_enable=True))

    with pytest.raises(ElevationFailed, match="'enable' leads nowhere and asks for no secret"):
        await captured(bench, target)


async def test_a_device_that_never_stops_while_it_elevates_is_cut(bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(floods_enable=True))

    with pytest.raises((OutputTooLarge, ElevationFailed)):
        await captured(bench, target)


async def test_a_device_that_elevates_too_slowly_is_given_up(bench):
    bench.limits = Limits(attempts=1, start_s=2)
    _, target = bench.on("ios", CONFIG, name="r", faults=Faults(char_s=0.15))

    with pytest.raises((ElevationFailed, ShellUnusable)):
        await captured(bench, target)


async def test_a_server_without_terminals_is_no_device(bench, start_sshd):
    sshd = start_sshd("PermitTTY no")

    with pytest.raises((ShellUnusable, ConnectionCut)):
        await captured(bench, sshd.target(transport=TransportKind.NETWORK, platform="frr"))


async def test_a_missing_enable_secret_is_said(bench):
    _, target = bench.on("ios", CONFIG)

    with pytest.raises(ElevationFailed, match="asks for a secret; set ansible_become_password"):
        await captured(bench, msgspec.structs.replace(target, enable=Enable()))


async def test_a_wrong_password_is_said_and_sent_once(bench):
    device, target = bench.on("ios", CONFIG)

    with pytest.raises(AuthFailed, match="the host accepted no login as 'oper'"):
        await captured(bench, msgspec.structs.replace(target, password=Secret("wrong")))

    assert device.wire.logins == 0


async def test_a_prompt_that_changes_is_an_error_not_a_configuration(bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(new_prompt_after=0))

    with pytest.raises(CommandFailed, match="the prompt is 'other#', no longer 'device#'"):
        await captured(bench, target, limit_s=30)


async def test_a_pager_that_does_not_go_on_is_an_error(bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(keeps_paging=True, pager_stuck=True))

    with pytest.raises(CommandFailed, match="the pager '--More--' does not go on"):
        await captured(bench, target)


@pytest.mark.parametrize("after", [0, 1, 500, len(CONFIG) - 1, len(CONFIG)])
async def test_a_device_that_hangs_is_given_up_in_time(after, bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(hangs_after=after))
    begun = time.monotonic()

    with pytest.raises(CommandTimedOut, match="did not end with the prompt within 1 s"):
        await captured(bench, target, limit_s=1)

    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("after", [0, 500, len(CONFIG)])
async def test_a_connection_that_is_cut_is_an_error_not_a_configuration(after, bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(cut_after=after))

    with pytest.raises(ConnectionCut, match="the device ended the session"):
        await captured(bench, target)


async def test_a_device_that_never_stops_is_cut_at_the_limit(bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(floods=True))

    with pytest.raises(OutputTooLarge, match="printed more than 300000 bytes"):
        await captured(bench, target, limit_bytes=300_000)


async def test_after_an_error_a_device_is_not_asked_again(bench):
    device, target = bench.on("ios", CONFIG, faults=Faults(hangs_after=10))

    async with bench.login(target) as session:
        for _ in range(2):
            with pytest.raises(CommandTimedOut):
                await session.ask(_SHOW, limit_s=0.3, limit_bytes=1 << 20)

    assert device.wire.lines.count(_SHOW) == 1


@pytest.mark.parametrize(
    "banner",
    [
        "\n*** Authorized access only ***\n\nWelcome to the core-sw#\n",
        "core-sw#",
        "core-sw#\ncore-sw#\n",
        "\ndevice>\n",
        "device# ",
        "password: \nlogin> \n% nothing $\n",
        "\x1b[2J\x1b[1;1Hdevice#\r\n",
        "x" * 5000 + "#\n",
    ],
)
@pytest.mark.parametrize("pieces", [0, 3])
async def test_a_banner_that_looks_like_a_prompt_is_none(banner, pieces, bench):
    if pieces and len(banner) > 1000:
        pytest.skip("the same, slower")
    _, target = bench.on("ios", CONFIG[:600] + "end\n", faults=Faults(banner=banner, pieces=pieces))

    assert await captured(bench, target) == CONFIG[:600] + "end\n"


async def test_backspaces_are_done_as_a_terminal_does_them(bench):
    _, target = bench.on("ios", CONFIG, faults=Faults(backspaces=True))

    assert await captured(bench, target) == f"Building configuration...\n{CONFIG}"


async def test_two_hundred_milliseconds_a_character_are_slow_and_right(bench):
    short = "end\n"
    bench.limits = Limits(attempts=1, start_s=30)
    _, target = bench.on("frr", short, name="r", faults=Faults(char_s=0.2))

    assert await captured(bench, target, limit_s=60) == short


async def test_a_slow_device_s_privileged_mode_is_entered(bench):
    short = "hostname r1\nend\n"
    bench.limits = Limits(attempts=1, start_s=30)
    _, target = bench.on("ios", short, name="r1", faults=Faults(char_s=0.03))

    assert await captured(bench, target, limit_s=60) == short


async def test_no_prompt_is_said_with_what_was_there(bench):
    bench.limits = Limits(attempts=1, start_s=1)
    _, target = bench.on("ios", CONFIG, faults=Faults(banner="System is booting\n", no_prompt=True))

    with pytest.raises(ShellUnusable, match='no prompt within 1 s: it said "System is booting"'):
        await captured(bench, target)


async def test_a_banner_without_end_is_cut(bench):
    bench.limits = Limits(attempts=1, start_s=10)
    _, target = bench.on("ios", CONFIG, faults=Faults(banner="welcome\n" * 50_000, no_prompt=True))

    with pytest.raises(ShellUnusable, match="more than 262144 bytes before the first prompt"):
        await captured(bench, target)


@pytest.mark.parametrize(
    ("platform", "faults"),
    [
        ("screenos", Faults(asks_first=("Accept this agreement y/[n] ", "y"))),
        ("fortios", Faults(asks_first=("(Press 'a' to accept):", "a"))),
        ("routeros", Faults(asks_first=("Do you want to see the software license? [Y/n]: ", "n"))),
        ("junos", Faults(starts_in_shell=True)),
    ],
)
async def test_questions_before_the_first_prompt_are_answered(platform, faults, bench):
    device, target = bench.on(platform, CONFIG, faults=faults)

    async with bench.login(target) as session:
        assert await session.ask(device.shape.shows[0], limit_s=10, limit_bytes=1 << 20) == CONFIG


@pytest.mark.parametrize("step", ["greeting", "enable", "answer"])
async def test_a_device_that_is_given_up_is_let_go_at_once(step, bench):
    faults = {
        "greeting": Faults(no_prompt=True),
        "enable": Faults(char_s=0.05),
        "answer": Faults(hangs_after=5),
    }[step]
    device, target = bench.on("ios", CONFIG, faults=faults)
    task = asyncio.create_task(captured(bench, target))
    reached = {"greeting": device.wire.started, "enable": device.wire.elevating, "answer": device.wire.answering}[step]
    assert await asyncio.to_thread(reached.wait, 20)
    begun = time.monotonic()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert time.monotonic() - begun < 3


async def test_a_device_that_breaks_off_while_it_elevates_is_an_error(bench):
    device, target = bench.on("ios", CONFIG)
    device.enable = "x"
    target = msgspec.structs.replace(target, enable=Enable(secret=Secret("exit")))

    with pytest.raises((ElevationFailed, ConnectionCut)):
        await captured(bench, target)


async def test_an_unknown_host_key_is_refused_and_accepted_where_it_may_be(bench):
    _, target = bench.on("ios", CONFIG)
    unknown = msgspec.structs.replace(target, ssh_options={**target.ssh_options, "userknownhostsfile": "/dev/null"})

    with pytest.raises(HostKeyUnknown, match="nobody has vouched"):
        await captured(bench, unknown)
    bench.host_keys = HostKeys(accept_new=True)
    transport = bench.transport()
    async with transport.open(unknown):
        pass
    await transport.close()
    bench.host_keys = HostKeys(pinned=transport.accepted)

    assert [pin.host for pin in transport.accepted] == ["device"]
    assert await captured(bench, unknown) == CONFIG


async def test_a_changed_host_key_is_refused_before_any_password_is_sent(bench, keys):
    device, target = bench.on("ios", CONFIG)
    bench.key = keys / "other_host"
    known_to_be_another = bench.target(device, target.port)
    bench.host_keys = HostKeys(accept_new=True)

    with pytest.raises(HostKeyChanged, match="is on record"):
        await captured(bench, known_to_be_another)

    assert device.wire.logins == 0


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
async def test_old_algorithms_are_spoken_only_where_the_inventory_says_so_and_are_told(bench, keys, tmp_path):
    old = {"kex_algs": ["diffie-hellman-group1-sha1"], "encryption_algs": ["3des-cbc"], "mac_algs": ["hmac-md5"]}
    _, target = bench.on("pix", CONFIG, options=old)

    with pytest.raises(Exception, match="KexAlgorithms="):
        await captured(bench, target)
    allowed = {"kexalgorithms": "+diffie-hellman-group1-sha1", "ciphers": "+3des-cbc", "macs": "+hmac-md5"}
    target = msgspec.structs.replace(target, ssh_options={**target.ssh_options, **allowed})
    async with bench.login(target) as session:
        seen = await session.ask(_SHOW, limit_s=10, limit_bytes=1 << 20)

    assert seen == CONFIG
    assert session.notes == (
        "legacy key exchange in use: diffie-hellman-group1-sha1",
        "legacy cipher in use: 3des-cbc",
        "legacy MAC in use: hmac-md5",
    )


async def test_a_device_behind_a_jump_host_is_reached(bench, start_sshd):
    jump = start_sshd("AllowTcpForwarding yes")
    _, target = bench.on("ios", CONFIG)
    both = bench.folder / "both"
    both.write_text(jump.known_hosts.read_text() + (bench.folder / f"known-{target.port}").read_text())
    options = {
        **target.ssh_options,
        "userknownhostsfile": str(both),
        "proxyjump": f"{jump.user}@127.0.0.1:{jump.port}",
        "pubkeyauthentication": "yes",
    }
    target = msgspec.structs.replace(target, ssh_options=options, key_files=(str(jump.key_file),))

    assert await captured(bench, target) == CONFIG
