"""The one way to a device: what netmiko or anybody else wants to send beyond the platform's list does not pass."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ospatrol.model.errors import CommandNotAllowed
from ospatrol.model.host import NetworkOs, Target
from ospatrol.model.secret import Secret
from ospatrol.transport import network_wire
from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.network_wire import DeviceDoor, DeviceWire

_SECRET = Secret("s3cret")


class RecordingWire(DeviceWire):
    """Keeps what would be sent."""

    def __init__(self):
        super().__init__()
        self.written = b""

    async def write(self, piece):
        self.written += piece


@pytest.fixture
def door_to(monkeypatch):
    monkeypatch.setattr(network_wire, "_QUESTION_S", 0.1)

    def open_door(platform=NetworkOs.IOS):
        wire, sent = RecordingWire(), []
        target = Target(host="r1", address="r1", platform=platform)
        rules = Rules(record=sent.append, clock=lambda: 1.0)
        policy = DevicePolicy.of(platform, ["show version"])
        return DeviceDoor(wire, target, PLATFORMS[platform], policy=policy, rules=rules), wire, sent

    return open_door


@pytest.mark.parametrize(
    "text",
    ["configure terminal\n", "conf t\n", "terminal width 511\n", "login\n", "config global\n", "set console page 0\n",
     "enable\nconfigure terminal\n", "show version\n", "exit\n", "\x03"],
)  # fmt: skip
async def test_a_driver_sends_nothing_but_its_elevation(text, door_to):
    door, wire, sent = door_to()

    with pytest.raises(CommandNotAllowed, match="is nothing that a session on ios sends"):
        await door.drive(text, lambda: b"r1>", secret=_SECRET, user="oper")

    assert (wire.written, sent) == (b"", [])


async def test_a_driver_elevates_and_the_secret_goes_only_to_a_question_for_it(door_to):
    door, wire, sent = door_to()

    await door.drive("enable\n", lambda: b"r1>", secret=_SECRET, user="oper")
    await door.drive("\n", lambda: b"r1>", secret=_SECRET, user="oper")
    with pytest.raises(CommandNotAllowed, match="a secret that nobody asks for") as refused:
        await door.drive("s3cret\n", lambda: b"the password is wrong\r\nr1>", secret=_SECRET, user="oper")
    await door.drive("s3cret\n", lambda: b"enable\r\nPassword: ", secret=_SECRET, user="oper")

    assert wire.written == b"enable\n\ns3cret\n"
    assert [line.exec_line for line in sent] == ["enable", "(secret)"]
    assert "s3cret" not in str(refused.value) + str(sent)


async def test_a_secret_that_is_a_command_is_still_no_command(door_to):
    door, wire, _ = door_to()

    with pytest.raises(CommandNotAllowed):
        await door.drive("configure terminal\n", lambda: b"r1#", secret=Secret("configure terminal"), user="oper")

    assert wire.written == b""


async def test_the_user_goes_only_to_a_question_for_it(door_to):
    door, wire, _ = door_to(NetworkOs.PROCURVE)

    with pytest.raises(CommandNotAllowed):
        await door.drive("oper\n", lambda: b"r1>", secret=_SECRET, user="oper")
    await door.drive("oper\n", lambda: b"enable\r\nUsername: ", secret=_SECRET, user="oper")

    assert wire.written == b"oper\n"


async def test_a_session_prepares_itself_with_what_the_platform_lists(door_to):
    door, wire, sent = door_to()

    await door.prepare("terminal length 0")
    for command in ("terminal width 511", "configure terminal", "set console page 0", "show version"):
        with pytest.raises(CommandNotAllowed):
            await door.prepare(command)
    for key in ("", "\n", " ", "q"):
        await door.answer(key)
    for key in ("y", "conf t\n", "\x03", "\r\n"):
        with pytest.raises(CommandNotAllowed):
            await door.answer(key)

    assert wire.written == b"terminal length 0\n\n q"
    assert [(line.host, line.exec_line, line.script) for line in sent] == [("r1", "terminal length 0", "ios")]


@pytest.mark.parametrize("module", ["ospatrol.cli.main", "ospatrol.patrol.run", "ospatrol.transport.network"])
def test_netmiko_and_paramiko_are_not_imported_until_a_device_needs_them(module):
    program = f"import sys, {module}; sys.exit(bool({{'netmiko', 'paramiko'}} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
