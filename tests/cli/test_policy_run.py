"""Policies on real hosts: asked once, judged, waived, stored, judged again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Variables = Callable[..., dict[str, object]]
# what fixtures of conftests give; their classes live in modules that are none to import from
Workspace = Any
Sshd = Any

POLICY = """\
policy:
  id: {id}
  file: {id}.yml
  name: Gates
  description: What a gate should be like.
variables:
  $root: {root}
requirements:
  title: It is a Debian
  description: The tree of a Debian.
  condition: all
  rules:
    - 'f:$root/etc/os-release -> r:^ID=debian'
checks:
  - id: 1001
    title: Root does not log in
    condition: all
    rules: ['f:$root/etc/ssh/sshd_config -> r:^PermitRootLogin no']
  - id: 1002
    title: The vault is closed
    condition: all
    rules: ['f:$root/etc/vault -> r:^closed']
  - id: 1003
    title: A command is run
    condition: all
    rules: ['c:uname -s -> r:^Linux']
  - id: 1004
    title: No pamphlet lies about
    condition: none
    rules: ['d:$root/etc/pamphlets -> r:txt$ -> r:revolution']
"""
REFUSED = """\
  - id: 1005
    title: Something that is never sent
    condition: all
    rules: ['c:rm -rf $root/etc -> r:.*']
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root tree like Debian's; everybody may look at it but for the vault."""
    root = tmp_path / "root"
    for name, content in (
        ("etc/os-release", "NAME=Debian\nID=debian\n"),
        ("etc/ssh/sshd_config", "Port 22\nPermitRootLogin no\n"),
        ("etc/vault", "closed\n"),
        ("etc/pamphlets/a.txt", "peace\n"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "etc/vault").chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return root


@pytest.fixture
def gate(workspace: Workspace, sshd: Sshd, host_variables: Variables, tree: Path) -> Workspace:
    """A workspace with one host and one policy of its own."""
    workspace.inventory({"web1": host_variables(sshd)})
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "gates.yml").write_text(POLICY.format(id="gates", root=tree))
    return workspace


def statuses(outcome: Any, host: str = "web1") -> dict[str, str]:
    return {each["check"]: each["status"] for each in outcome.json["findings"] if each["host"] == host}


def waiver(workspace: Workspace, **changes: object) -> None:
    """One waiver in the workspace; `days` from today it ends."""
    days = int(str(changes.pop("days", 30)))
    entry = {
        "id": "W-1",
        "hosts": "all",
        "reason": "the bastion needs it",
        "owner": "ann",
        "approver": "bob",
        "expires": (datetime.now(UTC).date() + timedelta(days=days)).isoformat(),
        "policies": ["gates"],
        "checks": ["1001"],
        **changes,
    }
    (workspace.folder / "waivers.yml").write_text(json.dumps({"waivers": [entry]}))


def allow_root(tree: Path) -> None:
    (tree / "etc/ssh/sshd_config").write_text("Port 22\nPermitRootLogin yes\n")


def test_a_host_that_is_as_it_should_be_is_clean(gate: Workspace) -> None:
    run = gate("policy", "run", "gates", "web1", "--json")

    assert run.status == 0, run.err
    assert statuses(run) == dict.fromkeys(("1001", "1002", "1003", "1004"), "pass")
    assert run.json["summary"]["score"] == 100
    assert gate("policy", "run", "gates", "web1", "-q").out == ""


def test_what_fails_ends_with_3_and_is_told_with_what_was_seen(gate: Workspace, tree: Path) -> None:
    gate("policy", "run", "gates", "web1")
    allow_root(tree)

    run = gate("policy", "run", "gates", "web1")
    alerts = gate("alerts", "list", "--json")

    assert run.status == 3
    assert "Root does not log in" in run.out
    assert "-25, 1 newly failing" in run.out
    assert "1 failing; 3 passing; nothing left out" in run.out
    assert {alert["rule"] for alert in alerts.json} == {910710, 910730, 910750}
    assert gate("policy", "run", "gates", "web1", "--exit-zero").status == 0
    assert len(gate("alerts", "list", "--json").json) == 3


def test_a_check_that_passes_again_is_told_too(gate: Workspace, tree: Path) -> None:
    allow_root(tree)
    gate("policy", "run", "gates", "web1")
    (tree / "etc/ssh/sshd_config").write_text("PermitRootLogin no\n")

    run = gate("policy", "run", "gates", "web1")

    assert run.status == 0
    assert "+25, 1 newly passing" in run.out
    assert {alert["rule"] for alert in gate("alerts", "list", "--json").json} == {910720, 910731, 910750}


def test_a_command_that_is_never_sent_is_not_assessed_and_ends_with_4(gate: Workspace, tree: Path) -> None:
    path = gate.folder / "checks" / "gates.yml"
    path.write_text(POLICY.format(id="gates", root=tree) + REFUSED.replace("$root", str(tree)))

    run = gate("policy", "run", "gates", "web1", "--json")
    allow_root(tree)
    both = gate("policy", "run", "gates", "web1")

    assert (run.status, both.status) == (4, 7)
    assert statuses(run)["1005"] == "not assessed"
    assert (tree / "etc/os-release").exists()
    assert "not assessed: gates: 1 check on web1: command not allowed (1005)" in both.out


def test_a_user_without_rights_gets_no_pass_for_what_cannot_be_read(
    gate: Workspace,
    host_variables: Variables,
    start_sshd: Callable[..., Sshd],
    add_user: Callable[..., str],
    sshd: Sshd,
) -> None:
    name = add_user()
    plain = start_sshd(user=name)
    gate.inventory({"web1": host_variables(sshd), "web2": host_variables(plain)})

    run = gate("policy", "run", "gates", "all", "--json")
    elevated = gate("policy", "run", "gates", "web2", "-b")

    assert run.status == 4
    assert statuses(run)["1002"] == "pass"
    assert statuses(run, "web2") == {"1001": "pass", "1002": "not assessed", "1003": "pass", "1004": "pass"}
    assert elevated.status == 4
    assert "not assessed: web2: elevation" in elevated.out
    assert "0 of 1 host judged" in elevated.out


def test_a_busybox_machine_is_judged_too(
    workspace: Workspace, busybox_host: Sshd, host_variables: Variables, tmp_path: Path
) -> None:
    workspace.inventory({"box": host_variables(busybox_host)})
    (busybox_host.folder / "etc/os-release").write_text("ID=debian\n")
    (workspace.folder / "gates.yml").write_text(POLICY.format(id="gates", root=""))

    run = workspace("policy", "run", "gates.yml", "box", "--json")

    assert run.status == 0, run.err
    assert statuses(run, "box") == {
        "1001": "not applicable",
        "1002": "not applicable",
        "1003": "pass",
        "1004": "not applicable",
    }


def test_a_host_that_is_not_reached_is_never_clean(gate: Workspace, host_variables: Variables, sshd: Sshd) -> None:
    gate.inventory({"web1": host_variables(sshd), "gone": host_variables(sshd, ansible_port=1)})

    run = gate("policy", "run", "gates", "all", "--json")

    assert run.status == 4
    assert [each["host"] for each in run.json["unreachable"]] == ["gone"]
    assert run.json["unreachable"][0]["step"] == "connect"
    assert statuses(run)["1001"] == "pass"


def test_a_waiver_is_used_then_unused_then_expired(gate: Workspace, tree: Path) -> None:
    allow_root(tree)
    waiver(gate)
    used = gate("policy", "run", "gates", "web1", "--json")
    waiver(gate, checks=["1003"])
    unused = gate("policy", "run", "gates", "web1")
    waiver(gate, days=-1)
    expired = gate("policy", "run", "gates", "web1")

    assert used.status == 0
    assert statuses(used)["1001"] == "fail"
    assert [each["id"] for each in used.json["waivers"]["used"]] == ["W-1"]
    assert unused.status == 3
    assert "waiver W-1 (waivers.yml:1) covers nothing that fails" in unused.out
    assert expired.status == 3
    assert "waiver W-1 (waivers.yml:1) expired on" in expired.out


def test_a_waiver_on_its_last_day_still_holds_and_counts_only_its_hosts(gate: Workspace, tree: Path) -> None:
    allow_root(tree)
    waiver(gate, days=0, hosts="web1:&all")
    today = gate("policy", "run", "gates", "web1")
    waiver(gate, hosts="db*")
    elsewhere = gate("policy", "run", "gates", "web1")

    assert today.status == 0
    assert "1 waived" in today.out
    assert elsewhere.status == 3
    assert "covers nothing" not in elsewhere.out


def test_a_wrong_waiver_is_refused_before_a_host_is_asked(gate: Workspace) -> None:
    waiver(gate, owner="")

    run = gate("policy", "run", "gates", "web1")

    assert run.status == 2
    assert "waivers.yml:1: owner: must not be empty" in run.err
    assert not (gate.folder / ".ospatrol").exists()


def test_what_a_host_said_is_judged_again_with_the_same_verdicts(gate: Workspace, tree: Path) -> None:
    allow_root(tree)
    run = gate("policy", "run", "gates", "web1", "--json")
    (facts,) = (gate.folder / ".ospatrol/facts/web1").iterdir()
    (tree / "etc/ssh/sshd_config").unlink()

    for words in ((), ("--facts", "LAST"), ("--facts", facts.name[15:25]), ("--facts", str(facts))):
        again = gate("policy", "evaluate", "gates", "--json", *words)
        assert again.status == 3
        assert statuses(again) == statuses(run)
        assert [each["evidence"] for each in again.json["findings"]] == [
            each["evidence"] for each in run.json["findings"]
        ]
    assert gate("policy", "evaluate", "gates", "--host", "db*").status == 2


def test_a_new_policy_on_old_facts_passes_nothing_that_was_not_asked(gate: Workspace, tree: Path) -> None:
    gate("policy", "run", "gates", "web1")
    text = POLICY.format(id="draft", root=tree).replace("uname -s", "uname -r")
    (gate.folder / "draft.yml").write_text(text)

    again = gate("policy", "evaluate", "draft.yml", "--json")

    assert again.status == 4
    assert statuses(again) == {"1001": "pass", "1002": "pass", "1003": "not assessed", "1004": "pass"}


def test_policies_are_asked_together_over_one_login(gate: Workspace, tree: Path) -> None:
    (gate.folder / "checks" / "more.yml").write_text(POLICY.format(id="more", root=tree))

    run = gate("policy", "run", "gates", "more", "web1", "--json")
    sent = gate("transcript")

    assert sent.out.count("facts") == 1, sent.out
    assert run.status == 0
    assert len(run.json["verdicts"]) == 2
    assert len(list((gate.folder / ".ospatrol/facts/web1").iterdir())) == 1


def test_a_policy_whose_requirement_is_not_met_is_asked_nothing_more(gate: Workspace, tree: Path) -> None:
    (tree / "etc/os-release").write_text("ID=other\n")

    run = gate("policy", "run", "gates", "web1", "--json")
    again = gate("policy", "evaluate", "gates")

    assert run.status == again.status == 4  # nothing was assessed there
    assert set(statuses(run).values()) == {"not applicable"}
    assert "not applicable on web1: gates" in again.out


def test_every_format_is_written_and_a_checklist_is_one_a_host(gate: Workspace, tree: Path, sshd: Sshd) -> None:
    allow_root(tree)
    folder = gate.folder
    names = ("json", "jsonl", "csv", "junit", "sarif", "ocsf", "cklb", "html", "table")

    run = gate("policy", "run", "gates", "web1", *(f"-o{name}:{folder}/out.{name}" for name in names))

    assert run.status == 3
    assert run.out == ""
    assert all((folder / f"out.{name}").stat().st_size for name in names)
    assert ET.parse(folder / "out.junit").getroot().tag == "testsuites"
    assert len((folder / "out.jsonl").read_text().splitlines()) == 4
    assert json.loads((folder / "out.cklb").read_text())["stigs"]
    assert "Root does not log in" in (folder / "out.table").read_text()


def test_what_hosts_and_policies_write_cannot_drive_a_terminal(gate: Workspace, tree: Path) -> None:
    (tree / "etc/pamphlets/\x1b[2J.txt").write_text("revolution \x1b]0;owned\x07\n")
    path = gate.folder / "checks" / "gates.yml"
    path.write_text(
        path.read_text().replace("title: No pamphlet", 'title: "\\e[31mNo pamphlet').replace("about", 'about"')
    )

    run = gate("policy", "run", "gates", "web1")

    assert run.status == 3
    assert "\x1b" not in run.out
    assert "\x07" not in run.out


def test_words_that_mean_nothing_are_refused(gate: Workspace) -> None:
    assert gate("policy", "run", "gates").status == 2
    assert gate("policy", "run", "nope.yml", "web1").status == 2
    assert gate("policy", "run", "--policy", "nope", "web1").status == 2
    assert gate("policy", "run", "gates", "nobody").status == 2
    assert gate("policy", "run", "gates", "web1", "-o", "pdf").status == 2
    assert gate("policy", "evaluate", "gates").status == 2


def test_without_a_policy_all_that_ship_choose_themselves(gate: Workspace) -> None:
    run = gate("policy", "run", "web1")

    assert run.status in {3, 4, 7}
    assert "apply to none of these hosts:" in run.out
    assert "openbsd" in run.out.rpartition("apply to none of these hosts:")[2]


def test_checks_of_many_hosts_stand_in_a_line_and_a_checklist_is_a_file_a_host(
    gate: Workspace, tree: Path, sshd: Sshd, host_variables: Variables
) -> None:
    allow_root(tree)
    gate.inventory({f"web{number}": host_variables(sshd) for number in range(5)})

    run = gate("policy", "run", "gates", "all", "-f", "2", "-o", f"cklb:{gate.folder}/out.cklb", "-o", "table")
    refused = gate("policy", "run", "gates", "all", "-o", "cklb")
    limited = gate("policy", "run", "gates", "all", "-l", "web3", "--json")

    assert run.status == 3
    assert run.out.count("Root does not log in") == 1
    assert "web0, web1, web2 and 2 more" in run.out
    assert len(list(gate.folder.glob("out-web*.cklb"))) == 5
    assert refused.status == 2
    assert [each["host"] for each in limited.json["verdicts"]] == ["web3"]


def test_a_report_that_cannot_be_written_still_reaches_the_reader(
    gate: Workspace, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gate.folder / "out.json").symlink_to("gone/out.json")

    run = gate("policy", "run", "gates", "web1", "-o", f"json:{gate.folder}/out.json")

    assert run.status == 0
    assert "the summary follows" in run.err
    assert "4 passing" in run.out


def test_a_host_with_another_key_is_not_judged_and_loudly_so(
    gate: Workspace, host_variables: Variables, start_sshd: Callable[..., Sshd], keys: Path
) -> None:
    other = start_sshd(host_key=keys / "other_host")
    variables = host_variables(other)
    known = Path(other.known_hosts)
    known.write_text(f"[127.0.0.1]:{other.port} {(keys / 'host.pub').read_text()}")
    gate.inventory({"web1": variables})

    run = gate("policy", "run", "gates", "web1")

    assert run.status == 4
    assert "not assessed: web1: host key" in run.out
    assert [alert["rule"] for alert in gate("alerts", "list", "--json").json] == [910800]


def test_a_host_that_takes_too_long_is_not_assessed_and_that_is_said_once(
    gate: Workspace, host_variables: Variables, start_sshd: Callable[..., Sshd]
) -> None:
    slow = start_sshd("ForceCommand sleep 60")
    gate.inventory({"web1": host_variables(slow)})

    runs = [gate("policy", "run", "gates", "web1", "--host-timeout", "1") for _ in range(2)]

    assert [run.status for run in runs] == [4, 4]
    assert "not assessed: web1: host: the host's 1 s are spent" in runs[0].out
    assert len(gate("alerts", "list", "--json").json) == 1


def test_a_run_that_is_interrupted_says_so_and_is_not_clean(
    gate: Workspace, host_variables: Variables, start_sshd: Callable[..., Sshd]
) -> None:
    slow = start_sshd("ForceCommand sleep 60")
    gate.inventory({"web1": host_variables(slow)})
    command = [sys.executable, "-m", "ospatrol.cli.main", "policy", "run", "gates", "web1"]
    run = subprocess.Popen(command, cwd=gate.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not slow.sessions and time.monotonic() < deadline:
        time.sleep(0.05)

    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=20)

    assert run.returncode == 130
    assert "not assessed: web1: run: the run was interrupted" in out


def test_localhost_needs_no_inventory(workspace: Workspace, tree: Path) -> None:
    (workspace.folder / "gates.yml").write_text(POLICY.format(id="gates", root=tree))
    allow_root(tree)
    waiver(workspace, hosts="localhost:&all")

    apart = workspace("policy", "run", "gates.yml", "localhost")
    waiver(workspace, hosts="local*")
    covered = workspace("policy", "run", "gates.yml", "localhost")

    assert apart.status == 3
    assert covered.status == 0


def test_a_command_that_the_workspace_allows_is_sent_and_shown_as_such(gate: Workspace, tree: Path) -> None:
    path = gate.folder / "checks" / "gates.yml"
    asks = REFUSED.replace("rm -rf $root/etc -> r:.*", "env -i uname -s -> r:^Linux")
    path.write_text(POLICY.format(id="gates", root=tree) + asks)
    refused = gate("policy", "run", "gates", "web1", "--json")
    before = gate("policy", "plan", "gates")
    settings = gate.folder / "ospatrol.toml"
    settings.write_text('allow_commands = ["env -i uname *"]\n')
    run = gate("policy", "run", "gates", "web1", "--json")
    plan = gate("policy", "plan", "gates")
    check = gate("policy", "check", "checks/gates.yml")
    shown = gate("policy", "show", "gates", "1005")
    settings.write_text('forks = 3\nallow_commands = [\n  "* -s",\n]\n')
    wrong = gate("policy", "run", "gates", "web1")

    assert statuses(refused)["1005"] == "not assessed"
    assert "refused    env -i uname -s" in before.out
    assert statuses(run)["1005"] == "pass"
    assert run.status == 0
    assert "command    env -i uname -s\n             sent as ospatrol.toml allows it" in plan.out
    assert "0 commands refused, 1 sent as ospatrol.toml allows them" in plan.out
    assert "never sent" not in check.out
    assert "not known to only read" not in shown.out
    assert wrong.status == 2
    assert "ospatrol.toml:3: allow_commands: '* -s' would allow any program" in wrong.err
