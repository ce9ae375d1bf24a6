"""Our transport against a real router's command line behind a real sshd."""

from __future__ import annotations

import pytest

from ospatrol.model.errors import CommandNotAllowed
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.network import NetworkTransport
from tests.devices.frr import behind_sshd, router

_ASKED = ("show running-config", "show version", "show interface brief", "show nothing")


@pytest.fixture(scope="module")
def edge():
    with router() as running:
        yield running


@pytest.fixture
async def login(edge, start_sshd):
    transport = NetworkTransport(Rules(), HostKeys(), [DevicePolicy.of("frr", _ASKED)])
    yield lambda: transport.open(behind_sshd(edge, start_sshd))
    await transport.close()


async def test_the_running_configuration_is_what_the_router_itself_says(edge, login):
    async with login() as session:
        seen = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)

    assert seen.strip() == edge.tell("show running-config").strip()
    assert "description loopback of edge1" in seen
    assert seen.endswith("end\n")
    assert session.prompt.text == "edge1#"


async def test_an_unchanged_router_gives_the_same_bytes_and_a_changed_one_only_its_change(edge, login):
    async with login() as session:
        first = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)
        again = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)
        edge.tell("configure terminal", "interface lo", "description changed by hand")
        changed = await session.ask("show running-config", limit_s=20, limit_bytes=1 << 20)

    assert again == first
    assert set(changed.splitlines()) - set(first.splitlines()) == {" description changed by hand"}


async def test_several_questions_and_an_error_of_the_router_are_kept_apart(login):
    async with login() as session:
        version = await session.ask("show version", limit_s=20, limit_bytes=1 << 20)
        wrong = await session.ask("show nothing", limit_s=20, limit_bytes=1 << 20)
        brief = await session.ask("show interface brief", limit_s=20, limit_bytes=1 << 20)

    assert version.startswith("FRRouting ")
    assert wrong == "% Unknown command: show nothing\n"
    assert brief.splitlines()[0].split() == ["Interface", "Status", "VRF", "Addresses"]


async def test_configuration_mode_cannot_be_entered(edge, login):
    before = edge.tell("show running-config")
    async with login() as session:
        for command in ("configure terminal", "configure", "write memory", "show running-config\nconfigure terminal"):
            with pytest.raises(CommandNotAllowed):
                await session.ask(command, limit_s=20, limit_bytes=1 << 20)

    assert edge.tell("show running-config") == before
