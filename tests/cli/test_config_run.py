"""Configurations of devices from the inventory to the alert, over real logins on simulated devices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.devices.simulator import Device, Rack

Workspace = Any
PLAY = """\
- name: network
  hosts: all
  tasks:
    - name: config
      config: {captures: [running]}
"""
IOS = """\
version 15.2
hostname r1
enable secret 5 $1$abcd$PLANTEDSECRETONE
snmp-server community PLANTEDCOMMUNITY RO
interface Gi0/1
 description uplink
logging host 192.0.2.9
end
"""


@pytest.fixture
def device(tmp_path: Path) -> Iterator[tuple[Device, int]]:
    key = tmp_path / "host"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    rack = Rack()
    one = Device(platform="ios", config=IOS, host_key=key, name="r1")
    yield one, rack.add(one)
    rack.stop()


@pytest.fixture
def patrolled(workspace: Workspace, device: tuple[Device, int]) -> Workspace:
    """A workspace whose one device was captured once."""
    workspace.inventory(
        {
            "r1": {
                "ansible_connection": "ansible.netcommon.network_cli",
                "ansible_network_os": "cisco.ios.ios",
                "ansible_host": "127.0.0.1",
                "ansible_port": device[1],
                "ansible_user": "oper",
                "ansible_password": "pw",
                "ansible_become": True,
                "ansible_become_method": "enable",
                "ansible_become_password": "enable-secret",
                "ansible_ssh_common_args": "-F none -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=none",
            }
        }
    )
    (workspace.folder / "play.yml").write_text(PLAY)
    first = workspace.scan("--accept-new")
    assert first.status == 0, first.out + first.err
    return workspace


def test_a_change_is_found_judged_blamed_approved_and_told_once(
    patrolled: Workspace, device: tuple[Device, int]
) -> None:
    assert patrolled("config", "approve", "r1", "--why", "as built", "--by", "ann").status == 0
    device[0].config = IOS.replace("logging host 192.0.2.9\n", "username eve privilege 15 secret 5 $1$x$PLANTEDEVE\n")

    found = patrolled.scan()
    again = patrolled.scan()

    alerts = {alert["fields"]["topic"]: alert["level"] for alert in found.json["alerts"]}
    assert alerts == {"logging": 12, "users": 10}
    assert found.status == 3
    assert again.json["alerts"] == []
    shown = patrolled("config", "diff", "r1")
    assert shown.status == 3
    assert "  - logging host 192.0.2.9\n" in shown.out
    assert "  + username eve privilege 15 secret 5 <secret:" in shown.out
    assert len(patrolled("config", "history", "r1", "--json").json) == 2
    (line,) = patrolled("config", "blame", "r1", "--match", "username eve", "--json").json
    assert line["run"] == found.json["run"]["id"] if "run" in found.json else line["run"]


def test_no_secret_is_in_anything_that_the_workspace_holds_or_says(
    patrolled: Workspace, device: tuple[Device, int]
) -> None:
    device[0].config = IOS.replace("PLANTEDSECRETONE", "PLANTEDSECRETTWO")

    said = [patrolled.scan(), patrolled("alerts", "list", "--json"), patrolled("config", "show", "r1")]
    said += [patrolled("run", "play.yml", "-vv"), patrolled("config", "history", "r1")]

    planted = re.compile(rb"PLANTED|enable-secret")
    assert said[0].json["alerts"][0]["level"] == 9
    assert not any(planted.search((each.out + each.err).encode()) for each in said)
    inside = [path for path in (patrolled.folder / ".ospatrol").rglob("*") if path.is_file()]
    assert [path for path in inside if planted.search(path.read_bytes())] == []
    assert len(inside) > 5


def test_a_golden_configuration_and_a_wrong_task_are_told(patrolled: Workspace) -> None:
    (patrolled.folder / "golden.cfg").write_text("service password-encryption\n")
    (patrolled.folder / "play.yml").write_text(PLAY.replace("[running]", "[running], golden: golden.cfg"))

    drifted = patrolled.scan()
    (patrolled.folder / "play.yml").write_text(PLAY.replace("[running]", "[nonsense]"))
    wrong = patrolled.scan()

    assert [alert["fields"]["removed"] for alert in drifted.json["alerts"]] == ["service password-encryption"]
    assert wrong.status == 2
    assert "play.yml:4: the profile has no capture 'nonsense'" in wrong.err
