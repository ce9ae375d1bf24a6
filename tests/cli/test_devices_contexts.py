"""A firewall with several contexts, from the inventory to the alert: one login, each context for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.devices.sessions import own_device, said_by
from tests.devices.simulator import Device, Rack
from tests.devices.virtual import Inside

Workspace = Any
LOGIN = {
    "ansible_connection": "ansible.netcommon.network_cli",
    "ansible_network_os": "asa",
    "ansible_host": "127.0.0.1",
    "ansible_user": "oper",
    "ansible_password": "pw-4711",
    "ansible_become": True,
    "ansible_become_method": "enable",
    "ansible_become_password": "enable-4711",
}
PLAY = """\
- hosts: all
  tasks:
    - name: configuration
      config: {captures: [running]%s}
    - name: cis
      policy:
"""


@pytest.fixture
def firewall(workspace: Workspace, tmp_path: Path) -> Iterator[Device]:
    """A workspace with a firewall whose logins land in the context `admin`; in `cust` telnet is open to all."""
    key = tmp_path / "device.key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    rack = Rack()
    text = said_by("fw1")["show running-config"]
    inside = Inside(
        home=text.replace("hostname fw1", "hostname home"),
        configs={
            "admin": text.replace("hostname fw1", "hostname admin"),
            "cust": text.replace("hostname fw1", "hostname cust\ntelnet 0.0.0.0 0.0.0.0 inside"),
        },
        lands="admin",
    )
    device = own_device("fw1", key, password="pw-4711", enable="enable-4711", inside=inside)
    workspace.inventory({"fw1": {**LOGIN, "ansible_port": rack.add(device)}})
    (workspace.folder / "play.yml").write_text(PLAY % ", contexts: all")
    yield device
    rack.stop()


def test_each_context_is_captured_judged_told_and_approved_for_itself(workspace: Workspace, firewall: Device) -> None:
    first = workspace.scan("--accept-new")
    configs = firewall.inside.configs
    configs["cust"] = configs["cust"].replace(": end", "http 0.0.0.0 0.0.0.0 outside\n: end")
    second = workspace.scan()

    assert first.json["hosts"][0]["problem"] == ""
    (host,) = second.json["hosts"]
    assert [failure for task in host["tasks"] for failure in task["failures"] if "@" not in failure["what"]] == []
    told = [alert for alert in second.json["alerts"] if alert["kind"] == "config"]
    assert {(alert["host"], alert["fields"]["context"]) for alert in told} == {("fw1", "cust")}
    assert all("context cust: " in alert["description"] for alert in told)
    shown = {name: workspace("config", "show", name).out for name in ("fw1", "fw1@system", "fw1@cust")}
    assert [f"hostname {name}\n" in shown[f"fw1@{name}"] for name in ("system", "cust")] == [False, True]
    assert "hostname admin\n" in shown["fw1"]
    assert "hostname home\n" in shown["fw1@system"]
    assert "+ http 0.0.0.0 0.0.0.0 outside" in workspace("config", "diff", "fw1@cust").out
    assert workspace("config", "diff", "fw1").status == 0
    assert len(workspace("config", "history", "fw1@cust", "--json").json) == 2
    assert workspace("config", "blame", "fw1@cust", "--match", "http 0.0.0.0", "--json").json
    assert workspace("config", "approve", "fw1@cust", "--why", "asked for").status == 0
    assert {each["host"] for each in workspace("config", "show", "--json").json} == {"fw1", "fw1@system", "fw1@cust"}
    assert firewall.wire.logouts == 2


def test_policies_judge_each_context_and_alerts_name_it(workspace: Workspace, firewall: Device) -> None:
    first = workspace.scan("--accept-new")
    configs = firewall.inside.configs
    configs["cust"] = configs["cust"].replace("telnet 0.0.0.0 0.0.0.0 inside\n", "")
    second = workspace.scan()

    (task,) = [task for task in first.json["hosts"][0]["tasks"] if task["task"] == "cis"]
    assert [line.partition(": ")[0] for line in task["digest"]] == ["cisco_asa", "system", "cust"]
    told = [alert["fields"] for alert in second.json["alerts"] if alert["kind"] == "policy"]
    assert told
    assert {fields["policy"] for fields in told} == {"cisco_asa@cust"}
    assert {alert["host"] for alert in second.json["alerts"]} == {"fw1"}


def test_without_contexts_only_where_the_login_lands_is_captured_and_that_is_said(
    workspace: Workspace, firewall: Device
) -> None:
    (workspace.folder / "play.yml").write_text(PLAY % "")

    run = workspace.scan("--accept-new")

    (host,) = run.json["hosts"]
    (note,) = [each for each in host["notes"] if "contexts" in each]
    assert note == (
        "it has several contexts, and only admin is captured, where the login lands; "
        "`contexts: all` captures the others: system, cust"
    )
    assert [task["failures"] for task in host["tasks"] if task["task"] == "configuration"] == [[]]
    (task,) = [task for task in host["tasks"] if task["task"] == "cis"]
    assert [line.partition(": ")[0] for line in task["digest"]] == ["cisco_asa"]
    assert "hostname admin\n" in workspace("config", "show", "fw1").out
    asked = [line.split(": ", 1)[1] for line in workspace("transcript").out.splitlines()]
    assert sum("more system:running-config" in line for line in asked) <= 1


def test_a_rehearsal_shows_what_leads_into_contexts(workspace: Workspace, firewall: Device) -> None:
    rehearsed = workspace("run", "play.yml", "--check")
    workspace.scan("--accept-new")

    lines = [each.removeprefix("fw1: ").partition(" (")[0] for each in rehearsed.out.splitlines()]
    sent = [each.split(": ", 1)[1].partition(" <<")[0] for each in workspace("transcript").out.splitlines()]
    shapes = {
        line.replace("admin", "{name}").replace("cust", "{name}") if "changeto" in line else line for line in sent
    }
    assert rehearsed.status == 0
    assert shapes <= set(lines)
