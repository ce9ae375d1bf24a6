"""A router and a firewall, from the inventory to the alert: configuration, policies and history, and no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from ospatrol.model.host import NetworkOs
from tests.devices.sessions import own_device, said_by
from tests.devices.simulator import Device, Rack

# what the workspace fixture gives; its class lives in a conftest, which is no module to import from
Workspace = Any

PLAY = """\
- hosts: all
  tasks:
    - name: configuration
      config:
    - name: cis
      policy:
"""
LOGIN = {
    "ansible_connection": "ansible.netcommon.network_cli",
    "ansible_host": "127.0.0.1",
    "ansible_user": "oper",
    "ansible_password": "pw-4711",
    "ansible_become": True,
    "ansible_become_method": "enable",
    "ansible_become_password": "enable-4711",
}


@pytest.fixture
def running(workspace: Workspace, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A workspace with two devices; what their running configurations are, to be changed."""
    key = tmp_path / "device.key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    rack = Rack()
    now = {name: said_by(name)["show running-config"] for name in ("edge1", "fw1")}
    hosts: dict[str, dict[str, object]] = {}
    for name, platform in (("edge1", "cisco.ios.ios"), ("fw1", "asa")):
        device = own_device(name, key, running=lambda name=name: now[name], password="pw-4711", enable="enable-4711")
        hosts[name] = {**LOGIN, "ansible_port": rack.add(device), "ansible_network_os": platform}
    workspace.inventory(hosts)
    (workspace.folder / "play.yml").write_text(PLAY)
    yield now
    rack.stop()


def rules(outcome: Any, host: str) -> list[int]:
    return sorted(alert["rule"] for alert in outcome.json["alerts"] if alert["host"] == host)


def test_a_change_on_a_router_is_seen_judged_and_told_once(workspace: Workspace, running: dict[str, str]) -> None:
    first = workspace.scan("--accept-new")
    running["edge1"] = running["edge1"].replace("no ip http server", "ip http server")

    second, third = workspace.scan(), workspace.scan()

    assert first.status == 7, first.err
    assert {910750, 910830} <= set(rules(first, "edge1"))
    assert 910711 in rules(second, "edge1")
    assert any(910850 <= rule < 910880 for rule in rules(second, "edge1"))
    assert rules(second, "fw1") == rules(third, "edge1") == []
    diff = workspace("config", "diff", "edge1")
    assert diff.status == 3
    assert re.search(r"^\s*- no ip http server$", diff.out, re.MULTILINE)
    assert re.search(r"^\s*\+ ip http server$", diff.out, re.MULTILINE)


def test_each_thing_is_asked_once_and_nothing_but_questions_is_sent(
    workspace: Workspace, running: dict[str, str]
) -> None:
    workspace.scan("--accept-new")

    told = [each.split()[2:-1] for each in workspace("transcript", "--host", "edge1").out.splitlines()]

    assert [" ".join(each) for each in told] == [
        "enable",
        "(secret)",
        "terminal length 0",
        "show running-config",
        "show startup-config",
        "exit",
    ]


def _plain(lines: list[str]) -> list[str]:
    return [each.partition(" (unless")[0].partition(" (if ")[0] for each in lines]


def test_a_rehearsal_shows_each_line_that_is_sent_to_a_device(workspace: Workspace, running: dict[str, str]) -> None:
    rehearsed = workspace("run", "play.yml", "--check")
    planned = workspace("policy", "plan", "cisco_ios", "edge1")
    as_json = workspace("policy", "plan", "cisco_ios", "edge1", "--json")
    fresh = sorted(each.name for each in workspace.folder.iterdir())
    workspace.scan("--accept-new")

    sent = [each.split(" ", 1)[1] for each in workspace("transcript").out.splitlines()]

    assert (rehearsed.status, planned.status) == (0, 0), rehearsed.err
    assert fresh == ["inventories", "play.yml"]
    assert "exec" not in rehearsed.out + planned.out
    for host in ("edge1", "fw1"):
        lines = [each for each in rehearsed.out.splitlines() if each.startswith(f"{host}: ")]
        said = [each.partition(" <<")[0] for each in sent if each.startswith(f"{host}: ")]
        assert [each for each in _plain(lines) if each in said] == said
        assert [each for each in lines if each not in said and not each.endswith(")")] == []
    assert "edge1: show running-config" in planned.out
    assert "edge1: show startup-config" not in planned.out
    assert planned.out.endswith("edge1: exit\n")
    assert as_json.json["devices"][0]["sent"][-1] == {"text": "exit", "when": ""}
    assert "enable-4711" not in rehearsed.out + planned.out


def test_a_rehearsal_says_which_tasks_send_a_device_nothing(workspace: Workspace, running: dict[str, str]) -> None:
    play = "- hosts: edge1\n  tasks:\n    - {name: etc, files: {paths: [/etc]}}\n"
    (workspace.folder / "play.yml").write_text(play)

    rehearsed = workspace("run", "play.yml", "--check")

    assert rehearsed.status == 0, rehearsed.err
    assert "edge1: nothing is sent for the task 'etc': a network device runs no scripts" in rehearsed.out


def test_no_secret_is_kept_anywhere(workspace: Workspace, running: dict[str, str]) -> None:
    secrets = ["pw-4711", "enable-4711", "V3ryS3cr3t", "0ther-S3cr3t"]
    running["edge1"] = running["edge1"].replace("\nend", f"\nsnmp-server community {secrets[2]} RW\nend")
    told = workspace.scan("--accept-new", "-o", "html:report.html", "-o", "csv:report.csv")
    running["edge1"] = running["edge1"].replace(secrets[2], secrets[3])
    changed = workspace.scan()
    said = [told.out, told.err, changed.out, changed.err, workspace("config", "show", "edge1").out]
    said += [workspace("transcript").out, workspace("config", "diff", "edge1").out]

    kept = [path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file() and path.name != "hosts.yml"]

    assert len(kept) > 10
    assert max(rules(changed, "edge1")) > 910000
    for secret in secrets:
        assert not [text for text in said if secret in text]
        assert not [content for content in kept if secret.encode() in content]


def test_a_router_that_cannot_be_entered_is_no_clean_one(workspace: Workspace, running: dict[str, str]) -> None:
    hosts = workspace.folder / "inventories" / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("enable-4711", "enable-0815"))

    run = workspace.scan("--accept-new")

    assert run.status == 4
    assert {host["status"] for host in run.json["hosts"]} == {"not assessed"}
    assert {host["step"] for host in run.json["hosts"]} == {"elevation"}


def test_files_of_a_router_are_not_assessed_and_its_configuration_is(
    workspace: Workspace, running: dict[str, str]
) -> None:
    (workspace.folder / "play.yml").write_text("- hosts: edge1\n  tasks: [{files: {paths: [/etc]}}, {config: }]\n")

    run = workspace.scan("--accept-new")

    (host,) = run.json["hosts"]
    assert (run.status, host["status"]) == (4, "partly assessed")
    by_task = {task["task"]: task for task in host["tasks"]}
    assert "network device" in by_task["files"]["failures"][0]["detail"]
    assert by_task["config"]["entries"] > 50


# a configuration of each platform, as small as it may be to be whole, with the server that logs go to
_IOS_LIKE = "hostname {h}\nlogging host 192.0.2.9\n"
CONFIGS = {
    **dict.fromkeys(("ios", "iosxe"), f"version 15.2\n{_IOS_LIKE}end\n"),
    **dict.fromkeys(("iosxr", "eos"), f"{_IOS_LIKE}end\n"),
    "frr": "frr version 8.4.4\nfrr defaults traditional\nhostname {h}\nlog syslog 192.0.2.9\n!\nend\n",
    **dict.fromkeys(("asa", "fwsm", "pix"), f": Saved\n{_IOS_LIKE}: end\n"),
    "nxos": f"version 9.3\n{_IOS_LIKE}",
    "procurve": '; J9 Configuration Editor; Created\nhostname "{h}"\nlogging 192.0.2.9\n',
    "aoscx": "!\nhostname {h}\nlogging 192.0.2.9\n",
    "junos": "set version 20.4R3\nset system host-name {h}\nset system syslog host 192.0.2.9 any info\n",
    "screenos": "set hostname {h}\nset clock timezone 0\nset syslog config 192.0.2.9\n",
    **dict.fromkeys(
        ("gaia", "gaia_expert"),
        "set hostname {h}\nset web session-timeout 5\nadd syslog log-remote-address 192.0.2.9 level info\n",
    ),
    "fortios": 'config system global\n    set hostname "{h}"\nend\nconfig log syslogd setting\n'
    '    set server "192.0.2.9"\nend\n',
    "panos": "set deviceconfig system hostname {h}\nset shared log-settings syslog s server l server 192.0.2.9\n",
    "routeros": "/system identity\nset name={h}\n/system logging action\nset 3 remote=192.0.2.9\n",
    "vyos": "set system host-name '{h}'\nset system syslog host 192.0.2.9 facility all level 'info'\n",
}
POLICIES = {
    **dict.fromkeys(("ios", "iosxe"), "cisco_ios"),
    **dict.fromkeys(("asa", "fwsm", "pix"), "cisco_asa"),
    **dict.fromkeys(("gaia", "gaia_expert"), "checkpoint_gaia"),
    "nxos": "cisco_nxos",
    "junos": "juniper_junos",
    "screenos": "juniper_screenos",
    "frr": "frr",
}


def test_every_platform_is_captured_compared_judged_and_left(workspace: Workspace, tmp_path: Path) -> None:
    key = tmp_path / "device.key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    rack, hosts, devices = Rack(), {}, {}
    for name, config in CONFIGS.items():
        text = config.replace("{h}", name)
        device = devices[name] = Device(
            platform=name, config=text, startup=text, host_key=key, name=name, password="pw-4711", enable="enable-4711"
        )
        hosts[name] = {**LOGIN, "ansible_port": rack.add(device), "ansible_network_os": name}
    workspace.inventory(hosts)
    (workspace.folder / "play.yml").write_text(PLAY.replace("config:", "config: {unsaved: false}"))
    try:
        first = workspace.scan("--accept-new")
        for device in devices.values():
            device.config = device.startup = str(device.config).replace("192.0.2.9", "192.0.2.10")
        second = workspace.scan()
    finally:
        rack.stop()

    assert set(CONFIGS) == {each.value for each in NetworkOs}
    assert [host["problem"] for run in (first, second) for host in run.json["hosts"] if host["problem"]] == []
    for name, device in devices.items():
        told = [
            alert["fields"]["shown"]
            for alert in second.json["alerts"]
            if alert["host"] == name and alert["kind"] == "config"
        ]
        assert len(told) == 1, (name, told)
        assert "192.0.2.9" in told[0], name
        assert "192.0.2.10" in told[0], name
        diff = workspace("config", "diff", name)
        assert (diff.status, diff.out.count("192.0.2.10")) == (3, 1), name
        (judged,) = [task for task in tasks_of(second, name) if task["task"] == "cis"]
        assert [each.partition(":")[0] for each in judged["digest"]] == list(filter(None, [POLICIES.get(name)])), name
        assert (device.wire.logins, device.wire.logouts, device.wire.config_mode) == (2, 2, False), name


def tasks_of(outcome: Any, host: str) -> list[Any]:
    return next(each["tasks"] for each in outcome.json["hosts"] if each["host"] == host)
