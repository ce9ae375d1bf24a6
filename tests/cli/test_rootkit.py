"""Rootkit tasks on real hosts: found, weighed by the package manager, said once, gone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from hashlib import md5
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ospatrol.collect.rootkit import RootkitScope
from ospatrol.comply.rootkit_facts import Look
from ospatrol.load.play import read_playbook
from ospatrol.patrol.collectors import arguments_of
from ospatrol.patrol.rules import open_rulebook

PLAY = """\
- name: audit
  hosts: all
  tasks:
    - name: audit
      rootkit:
        root: "{{ tree }}"
        files: [lists/files.txt]
        trojans: [lists/trojans.txt]
"""


def install(root: Path, package: str, *paths: str) -> None:
    """Note in a dpkg database that a package has files as they are."""
    admin = root / "var/lib/dpkg"
    (admin / "info").mkdir(parents=True, exist_ok=True)
    with (admin / "status").open("a") as status:
        status.write(f"Package: {package}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n")
    (admin / "info" / f"{package}.list").write_text("".join(f"/{path}\n" for path in paths))
    sums = [f"{md5((root / path).read_bytes(), usedforsecurity=False).hexdigest()}  {path}\n" for path in paths]
    (admin / "info" / f"{package}.md5sums").write_text("".join(sums))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("dev", "usr/bin", "usr/src", "usr/include", "srv"):
        (root / name).mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    (root / "usr/bin/ls").write_bytes(b"\0evil\0")
    (root / "usr/bin/ps").write_bytes(b"\0evil\0")
    (root / "usr/bin/w").write_bytes(b"\0evil\0")
    (root / "usr/include/proc.h").write_text("x")
    install(root, "coreutils", "usr/bin/ls", "usr/bin/ps", "usr/include/proc.h")
    return root


@pytest.fixture
def audited(workspace: Any, tree: Path) -> Any:
    (workspace.folder / "play.yml").write_text(PLAY)
    (workspace.folder / "lists").mkdir()
    (workspace.folder / "lists/files.txt").write_text("usr/include/proc.h ! Old kit ::\n")
    (workspace.folder / "lists/trojans.txt").write_text("ls !evil!\nps !evil!\nw !evil!\n")
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(tree)}})
    return workspace


def alerts(outcome: Any) -> dict[str, tuple[int, int]]:
    return {
        alert["fields"].get("what", alert["kind"]): (alert["rule"], alert["level"]) for alert in outcome.json["alerts"]
    }


def test_hits_are_weighed_by_the_package_manager_and_said_once(audited, tree):
    (tree / "usr/bin/ps").write_bytes(b"\0evil and other\0")

    first = audited.scan()
    second = audited.scan()

    assert alerts(first) == {
        "/usr/include/proc.h": (910762, 3),
        "/usr/bin/ls": (910766, 3),
        "/usr/bin/ps": (910767, 13),
        "/usr/bin/w": (910768, 12),
    }
    assert alerts(second) == {}
    for outcome in (first, second):
        (task,) = outcome.json["hosts"][0]["tasks"]
        assert task["failures"] == []
        assert task["digest"] == ["what stands, told now or earlier: rootkit file: 1, trojaned program: 3"]
    assert (first.status, second.status) == (3, 0)


def test_what_appears_changes_and_goes_is_said(audited, tree):
    audited.scan()
    (tree / "usr/src/.puta").mkdir()
    (tree / "dev/.x\x1b").write_text("x")
    appeared = audited.scan()
    (tree / "usr/src/.puta").rmdir()
    (tree / "usr/bin/ls").write_bytes(b"\0evil again\0")
    gone = audited.scan()

    assert alerts(appeared) == {"/usr/src/.puta": (910761, 12), "/dev/.x\\x1b": (910780, 9)}
    assert alerts(gone) == {"/usr/src/.puta": (910790, 3), "/usr/bin/ls": (910767, 13)}


def test_what_is_kept_can_be_read_by_its_owner_only(audited):
    audited.scan()

    (kept,) = (audited.folder / ".ospatrol/rootkit").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert {each["kind"] for each in json.loads(kept.read_text())["tasks"]["audit"]["findings"]} >= {"trojaned program"}


def test_a_list_that_is_not_there_is_told_before_a_host_is_asked(audited):
    (audited.folder / "lists/files.txt").unlink()

    outcome = audited.scan()

    assert outcome.status == 2
    assert "lists/files.txt: cannot be read" in outcome.err


def test_a_database_that_cannot_be_asked_is_said_once(audited, tree, busybox_host, host_variables):
    (tree / "var/lib/dpkg/status").unlink()
    (tree / "var/lib/rpm").mkdir(parents=True)
    (tree / "var/lib/rpm/rpmdb.sqlite").write_text("x")
    image = busybox_host.folder / "image"
    shutil.copytree(tree, image, symlinks=True)
    audited.inventory({"web1": host_variables(busybox_host, tree="/image")})

    first = audited.scan()
    second = audited.scan()
    shutil.rmtree(image)

    found = alerts(first)
    assert found["/usr/bin/ls"] == (910765, 9)
    assert found["packages"][0] in range(910800, 911000)
    (failure,) = first.json["hosts"][0]["tasks"][0]["failures"]
    assert "rpm does not read its database" in failure["detail"]
    assert (first.status, second.status, alerts(second)) == (7, 4, {})


@pytest.mark.skipif(os.geteuid() != 0, reason="root sees all processes")
def test_a_host_over_ssh_is_looked_at_as_a_whole(workspace, sshd, host_variables, tmp_path):
    (tmp_path / "trees").mkdir()
    (workspace.folder / "play.yml").write_text(
        f"- hosts: all\n  tasks:\n    - name: audit\n      rootkit:\n        trees: [{tmp_path / 'trees'}]\n"
    )
    workspace.inventory({"web1": host_variables(sshd)})
    sleeping = subprocess.Popen(["sleep", "60"])
    try:
        outcome = workspace.scan()
    finally:
        sleeping.kill()
        sleeping.wait()

    grave = [alert for alert in outcome.json["alerts"] if alert["kind"] == "rootkit" and alert["level"] > 9]
    assert grave == []
    assert outcome.json["hosts"][0]["tasks"][0]["entries"] > 10


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc as Linux has it")
def test_a_process_that_a_host_hides_is_said_over_ssh_and_again_when_it_is_gone(
    workspace, start_sshd, host_variables, tmp_path
):
    (workspace.folder / "play.yml").write_text(
        "- hosts: all\n  tasks:\n    - name: audit\n      rootkit: {looks: [processes]}\n"
    )
    folder = workspace.folder / "bin"
    folder.mkdir()
    real = shutil.which("ps")
    workspace.inventory({"web1": host_variables(start_sshd(f"SetEnv PATH={folder}:/usr/bin:/bin"))})
    hidden = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "ps").write_text(f'#!/bin/sh\n{real} "$@" | grep -v "^ *{hidden.pid}$"\n')
        (folder / "ps").chmod(0o755)
        found, again = workspace.scan(), workspace.scan()
    finally:
        hidden.kill()
        hidden.wait()
    gone = workspace.scan()

    assert alerts(found) == {f"{hidden.pid} (sleep)": (910770, 14)}
    assert alerts(again) == {}
    assert alerts(gone) == {f"{hidden.pid} (sleep)": (910790, 3)}


def test_the_task_guide_shows_a_task_and_levels_that_are_true():
    guide = (Path(__file__).parents[2] / "docs" / "system-audit.md").read_text()
    (shown,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    rules = {rule.id: rule for rule in open_rulebook([]).ruleset.rules.values()}

    (play,) = read_playbook(shown, "system-audit.md", arguments_of())

    assert [task.collector for task in play.tasks] == ["rootkit"]
    assert re.findall(r"^\| `([a-z]+)` \| .* \| .* \|$", guide.partition("## What is looked at")[2], re.MULTILINE)[
        : len(Look)
    ] == [look.value for look in Look]
    assert {field.encode_name for field in msgspec.structs.fields(RootkitScope)} <= set(
        re.findall(r"^\| `(\w+)`", guide, re.MULTILINE)
    )
    assert [rules[number].level for number in (910762, 910763, 910761, 910768, 910767, 910765)] == [3, 7, 12, 12, 13, 9]
