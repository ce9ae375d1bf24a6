"""ESXi from the inventory to the alert: a simulated host with a real userland, over real logins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.esxi.recorded import POLICY, SERVICES, SUMMARY, TABLES, host_config
from tests.esxi.simulator import EsxiHost, esxi_host, why_not

Workspace = Any
PLAY = """\
- name: hypervisors
  hosts: all
  tasks:
    - name: esxi
      esxi: {}
"""
FILES = """\
- name: hypervisors
  hosts: all
  tasks:
    - name: files
      files:
        paths: [/etc, /bin]
        keep_text: [/etc/*.conf]
"""


@pytest.fixture
def esxi(tmp_path: Path) -> Iterator[EsxiHost]:
    if problem := why_not():
        pytest.skip(problem)
    with esxi_host(tmp_path / "esx1") as host:
        yield host


@pytest.fixture
def patrolled(workspace: Workspace, esxi: EsxiHost) -> Workspace:
    """A workspace whose one host was seen with one guest, and approved."""
    esxi.register("old one")
    workspace.inventory({"esx1": variables(esxi)})
    (workspace.folder / "play.yml").write_text(PLAY)
    first = workspace.scan()
    assert first.status == 0, first.out + first.err
    assert workspace("baseline", "approve", "all", "--why", "test").status == 0
    return workspace


def variables(host: EsxiHost) -> dict[str, object]:
    options = f"-F none -o UserKnownHostsFile={host.known_hosts} -o GlobalKnownHostsFile=none"
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": host.port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(host.key_file),
        "ansible_ssh_common_args": options,
    }


def told(workspace: Workspace) -> list[tuple[int, str]]:
    """Rule and description of every alert of one more scan."""
    scan = workspace.scan()
    assert scan.json["hosts"][0]["status"] == "assessed", scan.out
    return sorted((alert["rule"], alert["description"]) for alert in scan.json["alerts"])


def test_a_guest_that_comes_starts_gets_a_snapshot_and_goes_raises_four_alerts(
    patrolled: Workspace, esxi: EsxiHost
) -> None:
    steps: list[Callable[[str], object]] = [esxi.register, esxi.power_on, esxi.snapshot, esxi.remove]

    alerts = []
    for step in steps:
        step("web01")
        alerts.append(told(patrolled))
    after = told(patrolled)

    assert alerts == [
        [(910901, "Guest web01 was registered on esx1: [datastore1] web01/web01.vmx")],
        [(910903, "Guest web01 was powered on at esx1")],
        [(910910, "Snapshot before the upgrade of guest web01 was taken on esx1")],
        [(910902, "Guest web01 was removed from esx1: [datastore1] web01/web01.vmx")],
    ]
    assert after == []


def test_every_change_of_a_guest_is_told_in_its_own_words(patrolled: Workspace, esxi: EsxiHost) -> None:
    esxi.power_on("old one")
    esxi.snapshot("old one", "first", "two\n--Snapshot Name        : forged\nlines")
    told(patrolled)

    alerts = {}
    for name, step in {
        "suspend": lambda: esxi.suspend("old one"),
        "power off": lambda: esxi.power_off("old one"),
        "rename": lambda: esxi.rename("old one", 'new "one"'),
        "cpus": lambda: esxi.change('new "one"', cpus=4),
        "isolation": lambda: esxi.change('new "one"', options={"isolation.tools.copy.disable": "FALSE"}),
        "snapshots": lambda: esxi.remove_snapshots('new "one"'),
        "again": lambda: esxi.change('new "one"', number=77),
    }.items():
        step()
        alerts[name] = [rule for rule, _ in told(patrolled)]

    assert alerts == {
        "suspend": [910905],
        "power off": [910904],
        "rename": [910906],
        "cpus": [910908],
        "isolation": [910909],
        "snapshots": [910911, 910911],
        "again": [910907],
    }


def test_a_secret_that_somebody_noted_with_a_guest_is_kept_nowhere(patrolled: Workspace, esxi: EsxiHost) -> None:
    esxi.register("noted", annotation="login bob, password: PLANTEDNOTE")

    found = patrolled.scan()
    shown = patrolled("state", "show", "esx1", "--json")

    assert found.json["alerts"]
    assert "password: <secret:" in shown.out
    assert "PLANTED" not in found.out + shown.out
    inside = [path for path in (patrolled.folder / ".ospatrol").rglob("*") if path.is_file()]
    assert [path for path in inside if b"PLANTED" in path.read_bytes()] == []


def test_every_change_of_the_host_is_told(patrolled: Workspace, esxi: EsxiHost) -> None:
    esxi.say_rows(
        "system permission list",
        [
            *TABLES["system permission list"],
            {"Principal": "ann", "IsGroup": "false", "Role": "Admin", "RoleDescription": "Full access rights"},
        ],
    )
    esxi.say_rows(
        "system account list",
        [*TABLES["system account list"], {"UserID": "ann", "Description": "Ann", "ShellAccess": "true"}],
    )
    esxi.say_rows(
        "software vib list",
        [
            *TABLES["software vib list"],
            TABLES["software vib list"][0] | {"Name": "tool", "AcceptanceLevel": "CommunitySupported"},
        ],
    )
    esxi.say("esxcli software acceptance get", "CommunitySupported\n")
    services = tuple(
        (key, label, "true" if key == "TSM" else running, start) for key, label, running, start in SERVICES
    )
    esxi.say("vim-cmd hostsvc/hostconfig", host_config(services, lockdown="lockdownDisabled"))
    esxi.say_rows("network firewall get", [{"DefaultAction": "PASS", "Enabled": "true", "Loaded": "true"}])
    esxi.say_rows(
        "network firewall ruleset allowedip list",
        [{"Ruleset": "sshServer", "AllowedIPAddresses": "All"}, {"Ruleset": "CIMSLP", "AllowedIPAddresses": "All"}],
    )
    esxi.say_rows("system syslog config get", [TABLES["system syslog config get"][0] | {"RemoteHost": ""}])
    esxi.say_rows(
        "system settings kernel list",
        [TABLES["system settings kernel list"][0] | {"Configured": "FALSE", "Runtime": "FALSE"}],
    )
    esxi.say_rows(
        "network vswitch standard portgroup policy security get -p VM Network", [POLICY | {"AllowPromiscuous": "true"}]
    )
    esxi.say("vim-cmd hostsvc/hostsummary", SUMMARY.replace("MAINTENANCE", "true"))
    (esxi.root / "etc/ssh/keys-root/authorized_keys").write_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 mallory@example.net\n"
    )

    rules = [rule for rule, _ in told(patrolled)]

    assert rules == [
        910921, 910923, 910926, 910928, 910930, 910933, 910935, 910937, 910939, 910941, 910943, 910949, 910961, 910962,
    ]  # fmt: skip


def test_what_cannot_be_read_is_said_and_hides_nothing_else(patrolled: Workspace, esxi: EsxiHost) -> None:
    lost = esxi.register("lost")
    esxi.register("gone")
    told(patrolled)
    esxi.change("lost", connection="inaccessible")
    esxi.remove("gone")
    esxi.say("esxcli --formatter=csv system account list", "Errors:\n   Connection failed\n", 1)
    esxi.say(f"vim-cmd vmsvc/get.config {esxi.guests['old one'].number}", "", 1)

    partly = patrolled.scan()
    esxi.change("lost", connection="connected")
    esxi.say_rows("system account list", TABLES["system account list"])
    healed = patrolled.scan()

    assert partly.status == 7, "alerts, and not all was assessed"
    assert {(failure["what"], failure["reason"]) for failure in partly.json["hosts"][0]["tasks"][0]["failures"]} == {
        ("guest", "error"),
        ("guest_configuration", "error"),
        ("account", "error"),
    }
    assert [alert["rule"] for alert in partly.json["alerts"] if alert["kind"] == "guest"] == [910902]
    assert lost.number == 2
    assert healed.json["alerts"] == []


def test_files_of_the_host_are_watched_by_the_usual_collector(workspace: Workspace, esxi: EsxiHost) -> None:
    workspace.inventory({"esx1": variables(esxi)})
    (workspace.folder / "play.yml").write_text(FILES)
    (esxi.root / "etc/esx.conf").write_text('/adv/UserVars/HostName = "esx1"\n')
    assert workspace.scan().status == 0
    (esxi.root / "etc/esx.conf").write_text('/adv/UserVars/HostName = "esx2"\n')
    (esxi.root / "bin/new tool").write_text("#!/bin/sh\n")

    night = workspace.scan()

    assert night.told == [("/bin/new tool", "added"), ("/etc/esx.conf", "modified")]
    assert night.json["hosts"][0]["status"] == "assessed"


def test_the_policy_for_its_release_is_chosen_and_judged(workspace: Workspace, esxi: EsxiHost) -> None:
    workspace.inventory({"esx1": variables(esxi)})

    judged = workspace("policy", "run", "vmware_esxi_7", "vmware_esxi_8", "all", "--output", "json")

    applies = {verdict["policy"]: verdict["applies"] for verdict in judged.json["verdicts"]}
    assert applies == {"vmware_esxi_7": False, "vmware_esxi_8": True}
    assert judged.json["summary"]["not_assessed"] == 0


def test_a_host_that_is_none_is_said_once_and_gets_no_baseline(workspace: Workspace) -> None:
    workspace.inventory({"here": {"ansible_connection": "local"}})
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks: [{esxi: }]\n")

    run = workspace.scan()

    assert run.status == 4
    (task,) = run.json["hosts"][0]["tasks"]
    assert [(each["what"], each["reason"]) for each in task["failures"]] == [("*", "tool missing")]
    assert "is this a VMware ESXi host?" in task["failures"][0]["detail"]
    assert task["baseline"] == ""
