"""Policies as tasks of a playbook, beside integrity: one login, one run, one exit status."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

# what fixtures of conftests give; its class lives in a module that is none to import from
Workspace = Any

PLAY = """\
- hosts: all
  tasks:
    - name: files
      files: {{paths: ['{tree}'], packages: false}}
    - name: gates
      tags: [cis]
      policy: {{policies: [gates]}}
    - name: both
      policy: {{policies: [gates, doors]}}
"""
POLICY = """\
policy:
  id: {id}
  file: {id}.yml
  name: Gates
  description: What a gate should be like.
checks:
  - id: {first}
    title: The gate is shut
    condition: all
    rules: ['f:{tree}/gate -> r:^shut']
  - id: {second}
    title: The gate is not left ajar
    condition: none
    rules: ['f:{tree}/gate -> r:ajar']
"""


@pytest.fixture
def gate(workspace: Workspace, tmp_path: Path) -> Path:
    """A workspace with two policies about one file, which two tasks of a play name; the file."""
    tree = tmp_path / "tree"
    tree.mkdir()
    gate = tree / "gate"
    gate.write_text("shut\n")
    workspace.inventory({"here": {"ansible_connection": "local"}})
    (workspace.folder / "checks").mkdir()
    for name, first in (("gates", 1), ("doors", 3)):
        policy = POLICY.format(id=name, first=first, second=first + 1, tree=tree)
        (workspace.folder / "checks" / f"{name}.yml").write_text(policy)
    (workspace.folder / "play.yml").write_text(PLAY.format(tree=tree))
    return gate


def waive(folder: Path, **what: list[str]) -> None:
    waiver = {
        "id": "W-1",
        "hosts": "all",
        "reason": "the carter comes at night",
        "owner": "ann",
        "approver": "bob",
        "expires": (datetime.now(UTC).date() + timedelta(days=3)).isoformat(),
        **what,
    }
    (folder / "waivers.yml").write_text(json.dumps({"waivers": [waiver]}))


def digests(outcome: Any) -> dict[str, list[str]]:
    return {task["task"]: task["digest"] for host in outcome.json["hosts"] for task in host["tasks"]}


def test_each_policy_is_judged_once_however_many_tasks_name_it(workspace: Workspace, gate: Path) -> None:
    run = workspace.scan()

    assert run.status == 0, run.err
    assert digests(run) == {"files": [], "gates": ["gates: score 100: 2 pass"], "both": ["doors: score 100: 2 pass"]}
    firsts = [alert["description"] for alert in run.json["alerts"] if alert["kind"] == "policy"]
    assert sorted(each.split(" for the first")[0] for each in firsts) == [
        "here was judged by doors",
        "here was judged by gates",
    ]


def test_a_failing_check_ends_the_run_with_findings_each_time_and_raises_its_alert_once(
    workspace: Workspace, gate: Path
) -> None:
    workspace.scan()
    gate.write_text("ajar\n")

    first, second = workspace.scan(), workspace.scan()

    assert first.status == second.status == 3
    failed = [alert["fields"]["check"] for alert in first.json["alerts"] if alert["fields"].get("change") == "failed"]
    assert sorted(failed) == ["1", "2", "3", "4"]
    assert [alert for alert in second.json["alerts"] if alert["kind"] == "policy"] == []
    assert digests(second)["gates"] == ["gates: score 0: 2 fail"]


def test_what_is_waived_is_no_finding(workspace: Workspace, gate: Path) -> None:
    gate.write_text("ajar\n")
    waive(workspace.folder, policies=["gates", "doors"])

    run = workspace.scan("--fail-on", "15")

    assert run.status == 0, run.err
    assert digests(run)["gates"] == ["gates: score 0: 2 waived"]


def test_reports_about_policies_come_with_the_run(workspace: Workspace, gate: Path) -> None:
    gate.write_text("ajar\n")

    run = workspace.scan("-o", "sarif:found.sarif", "-o", "html:found.html")

    assert run.status == 3, run.err
    found = json.loads((workspace.folder / "found.sarif").read_text())
    assert {each["ruleId"].rpartition("/")[2] for each in found["runs"][0]["results"] if each["kind"] == "fail"} == {
        "1",
        "2",
        "3",
        "4",
    }
    assert "The gate is shut" in (workspace.folder / "found.html").read_text()


def test_a_policy_that_is_not_there_is_told_before_anything_is_sent(workspace: Workspace, gate: Path) -> None:
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks: [{policy: {policies: [windows]}}]\n")

    run = workspace("run", "play.yml")

    assert run.status == 2
    assert "play.yml:2: no policy 'windows'" in run.err
    assert not (workspace.folder / ".ospatrol").exists()


def test_a_rehearsal_shows_what_policies_ask(workspace: Workspace, gate: Path) -> None:
    run = workspace("run", "play.yml", "--check", "-t", "cis")

    assert run.status == 0, run.err
    assert f"file       {gate}" in run.out
    assert "gates: 2 checks: 1 files" in run.out


def test_a_policy_task_without_words_means_all_that_ship(workspace: Workspace, gate: Path) -> None:
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks: [{name: cis, policy: }]\n")

    run = workspace("run", "play.yml", "--check")

    assert "debian_12, freebsd" in run.out


def test_a_tree_below_a_folder_is_judged_as_if_it_were_the_root(workspace: Workspace, gate: Path) -> None:
    rules = [
        "'f:/gate -> r:^shut'",
        "'d:/ -> r:^gate$ -> r:^shut'",
        "'not f:/etc/passwd'",
        "'f:/../tree/gate -> r:^shut'",
        "'c:uname -s -> r:Linux'",
    ]
    checks = "".join(
        f"  - {{id: {10 + at}, title: t, condition: all, rules: [{rule}]}}\n" for at, rule in enumerate(rules)
    )
    head = "policy: {id: image, file: image.yml, name: n, description: d}\n"
    (workspace.folder / "checks" / "image.yml").write_text(f"{head}checks:\n{checks}")
    (workspace.folder / "play.yml").write_text(
        f"- hosts: all\n  tasks: [{{policy: {{policies: [image], root: {gate.parent}/}}}}]\n"
    )

    run = workspace.scan("-o", "csv:found.csv")

    assert run.status == 4, run.err
    rows = csv.DictReader(StringIO((workspace.folder / "found.csv").read_text()))
    found = [each for each in rows if each["policy"] == "image"]
    assert [each["status"] for each in found] == ["pass", "pass", "pass", "not assessed", "not assessed"]
    assert str(gate.parent) not in (workspace.folder / "found.csv").read_text().replace(found[4]["reason"], "")


@pytest.mark.parametrize("root", ["srv", "/sr\u00fcv", "/srv\n"])
def test_a_root_that_is_none_is_refused(workspace: Workspace, gate: Path, root: str) -> None:
    play = [{"hosts": "all", "tasks": [{"policy": {"policies": ["gates"], "root": root}}]}]
    (workspace.folder / "play.yml").write_text(json.dumps(play))

    run = workspace("run", "play.yml")

    assert run.status == 2
    assert "play.yml:1: `root` is an absolute path in ASCII" in run.err


def test_one_policy_for_two_trees_of_a_host_is_refused(workspace: Workspace, gate: Path) -> None:
    tasks = [{"name": name, "policy": {"policies": ["gates"], "root": f"/{name}"}} for name in ("a", "b")]
    (workspace.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "tasks": tasks}]))

    run = workspace("run", "play.yml")

    assert run.status == 2
    assert "the policy gates is to judge two trees of here" in run.err


def test_all_that_is_wrong_with_tasks_is_told_at_once_with_its_lines(workspace: Workspace, gate: Path) -> None:
    (workspace.folder / "play.yml").write_text(
        "- hosts: all\n"
        "  tasks:\n"
        "    - policy: {policies: [gate]}\n"
        "    - config: {profile: cisco_iox}\n"
        "    - name: golden\n"
        "      config: {golden: nowhere.cfg}\n"
        "    - rootkit: {files: [nothing.txt]}\n"
    )

    run = workspace("run", "play.yml")

    assert run.status == 2
    assert "play.yml:3: no policy 'gate'; did you mean 'gates'?" in run.err
    assert "play.yml:4: no device profile has the name 'cisco_iox'; did you mean 'cisco_ios'?" in run.err
    assert "nowhere.cfg: the golden configuration cannot be read: No such file or directory" in run.err
    assert "nothing.txt" in run.err
    assert not (workspace.folder / ".ospatrol").exists()


def test_who_mistypes_a_host_or_a_policy_is_told(workspace: Workspace, gate: Path) -> None:
    play = "- hosts: here:ther\n  tasks: [{policy: {policies: [gates]}}]\n"
    (workspace.folder / "play.yml").write_text(play)

    assert "no host or group matches 'ther'" in workspace("run", "play.yml").err
    for words, said in (
        (("run", "plai.yml"), "plai.yml: cannot be read: No such file or directory; did you mean 'play.yml'?"),
        (("run", "nightli.yml"), "did you mean 'nightly.yml'?"),
        (("scan", "here", "heer"), "no host matches 'heer'; did you mean 'here'?"),
        (("policy", "run", "gate5", "here"), "'gate5', and it names no policy; did you mean 'gates'?"),
        (("run", "play.yml", "-l", "there"), "no host of the inventory matches 'here:ther' and -l 'there'"),
    ):
        told = workspace(*words)
        assert (told.status, said in told.err) == (2, True), told.err


def test_a_host_that_no_policy_applies_to_is_not_assessed(workspace: Workspace, gate: Path) -> None:
    run = workspace("policy", "run", "vmware_esxi_8", "here", "--json")

    assert run.status == 4
    assert {each["status"] for each in run.json["findings"]} == {"not applicable"}


def test_a_check_that_cannot_be_assessed_may_be_waived(workspace: Workspace, gate: Path) -> None:
    policy = workspace.folder / "checks" / "gates.yml"
    policy.write_text(policy.read_text().replace(f"f:{gate} -> r:^shut", "c:no-such-program -> r:x"))
    (workspace.folder / "checks" / "doors.yml").unlink()
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks: [{policy: {policies: [gates]}}]\n")
    before = workspace.scan()
    waive(workspace.folder, policies=["gates"], checks=["1"])

    after = workspace.scan()

    assert (before.status, after.status) == (4, 0), before.err + after.err
    (failure,) = before.json["hosts"][0]["tasks"][0]["failures"]
    assert failure["detail"] == "check 1: command not allowed: no-such-program"
    assert digests(after)["policy"] == ["gates: score 100: 1 pass, 1 waived"]


def test_a_configuration_has_one_history(workspace: Workspace, gate: Path) -> None:
    tasks = [{"name": "one", "config": {"profile": "frr"}}, {"name": "two", "config": {"profile": "cisco_ios"}}]
    (workspace.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "tasks": tasks}]))

    run = workspace("run", "play.yml")

    assert run.status == 2
    assert "'one' at play.yml:1 captures the configuration of here already; give one of them other hosts" in run.err
