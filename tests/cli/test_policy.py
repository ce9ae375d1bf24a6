"""Listing, showing, checking and planning policies; nothing is contacted."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

# what the workspace fixture gives; its class lives in a conftest, which is no module to import from
Workspace = Any

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
POLICIES = sorted(
    path.relative_to(CORPUS)
    for folder in ("sca", "rcl")
    for path in (CORPUS / folder).rglob("*")
    if path.suffix in {".yml", ".txt"}
)
OURS = """\
policy:
  id: ours
  file: ours.yml
  name: Ours
  description: What our hosts should be like.
checks:
  - id: 1001
    title: Root does not log in
    rationale: "Nobody is \\u202Eroot\\u001b[2J."
    condition: all
    rules: ['f:/etc/ssh/sshd_config -> r:^PermitRootLogin no', 'f:/etc/passwd -> r:^root']
    compliance:
      - cis: ['5.2.7']
  - id: 1002
    title: Commands
    condition: any
    rules: ['c:uname -s -> r:^Linux', 'c:rm -rf /tmp/x -> r:y', 'p:sshd', 'd:/etc/cron.d', 'f:/etc/passwd -> r:^bin']
"""
BROKEN = "policy:\n  id: broken\n  name: x\n"


@pytest.fixture
def ours(workspace: Workspace) -> Workspace:
    """A workspace with a policy of its own."""
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "ours.yml").write_text(OURS)
    return workspace


def test_what_ships_and_what_is_ours_is_listed(ours: Workspace) -> None:
    listed = ours("policy", "list", "-o", "json")
    shown = ours("policy", "list")

    origins = {each["id"]: each["origin"] for each in listed.json["policies"]}
    assert listed.status == shown.status == 0
    assert origins["ours"] == "workspace"
    assert origins["debian_12"] == "shipped"
    assert all(each["usable"] for each in listed.json["policies"])
    assert "Ours" in shown.out


def test_a_file_can_be_listed_beside_them(workspace: Workspace) -> None:
    (workspace.folder / "elsewhere.yml").write_text(OURS)

    listed = workspace("policy", "list", "elsewhere.yml", "--json")

    assert listed.json["policies"][-1]["origin"] == "named"


def test_a_policy_and_a_check_are_shown_in_full(ours: Workspace) -> None:
    policy = ours("policy", "show", "ours")
    check = ours("policy", "show", "ours", "1002")
    alone = ours("policy", "show", "1001", "--json")

    assert "1001     medium   Root does not log in" in policy.out
    assert "c:uname -s -> r:^Linux" in check.out
    assert "never sent    rm -rf /tmp/x: `rm` is not known to only read" in check.out
    assert alone.json[0]["compliance"] == {"cis": ["5.2.7"]}
    assert ours("policy", "show", "nothing").status == 2
    assert ours("policy", "show", "ours", "nothing").status == 2


def test_what_a_policy_says_cannot_drive_a_terminal(ours: Workspace) -> None:
    shown = ours("policy", "show", "1001")

    assert r"\x1b[2J" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.out)


def test_the_contract_of_check(ours: Workspace) -> None:
    checked = ours("policy", "check", "checks/ours.yml", "-o", "json")

    assert checked.status == 0
    (policy,) = checked.json["policies"]
    assert {key: policy[key] for key in ("file", "id", "checks", "rules")} == {
        "file": "checks/ours.yml",
        "id": "ours",
        "checks": 2,
        "rules": 7,
    }
    (problem,) = policy["problems"]
    assert problem["place"] == "checks/ours.yml:17"
    assert problem["kind"] == "warning"
    assert "rm -rf /tmp/x" in problem["problem"]


def test_a_policy_that_cannot_be_used_ends_with_2_and_says_where(workspace: Workspace) -> None:
    (workspace.folder / "broken.yml").write_text(BROKEN)
    (workspace.folder / "warned.yml").write_text(OURS)

    checked = workspace("policy", "check", "broken.yml", "warned.yml")
    absent = workspace("policy", "check", "absent.yml")
    warned = workspace("policy", "check", "warned.yml")

    assert checked.status == absent.status == 2
    assert warned.status == 0
    assert re.search(r"^broken\.yml:\d+: .*checks", checked.out, re.MULTILINE)
    assert re.search(r"^warned\.yml:\d+: warning: ", warned.out, re.MULTILINE)
    assert workspace("policy", "run", "broken.yml", "localhost").status == 2
    assert not (workspace.folder / ".ospatrol").exists()


def test_lists_of_rootkits_and_rcl_are_told_from_their_text(workspace: Workspace) -> None:
    for name, text in (
        ("a.txt", "tmp/mcliZokhb ! Bash door ::/rootkits/bashdoor.php\n"),
        ("b.txt", "# comment\nls !bash|^/bin/sh|dev/[^clu]!\n"),
        ("c.txt", "$x=/etc/passwd;\n[Name] [any] [ref]\nf:$x -> r:^root;\n"),
    ):
        (workspace.folder / name).write_text(text)

    checked = workspace("policy", "check", "a.txt", "b.txt", "c.txt", "--json")

    languages = [each["language"] for each in checked.json["policies"]]
    assert languages == ["rootkit files", "rootkit trojans", "rcl"]
    assert workspace("policy", "plan", "a.txt").status == 2


def test_of_a_folder_what_is_no_policy_is_left_out(workspace: Workspace) -> None:
    folder = workspace.folder / "mine"
    folder.mkdir()
    (folder / "rootkit_files.txt").write_text("tmp/mcliZokhb ! Bash door ::/rootkits/bashdoor.php\n")
    nothing = workspace("policy", "plan", "--policy", "mine")
    (folder / "ours.txt").write_text("[Name] [any] [ref]\nf:/etc/passwd -> r:^root;\n")
    planned = workspace("policy", "plan", "--policy", "mine")

    assert (nothing.status, planned.status) == (2, 0)
    assert "no policy 'mine'" in nothing.err
    assert "/etc/passwd" in planned.out


def test_a_plan_names_each_thing_once_and_what_is_refused(ours: Workspace) -> None:
    planned = ours("policy", "plan", "ours", "--json")
    shown = ours("policy", "plan", "ours", "localhost")

    plan = planned.json["plan"]
    assert (planned.status, shown.status) == (0, 0)
    assert plan["files"] == ["/etc/ssh/sshd_config", "/etc/passwd"]
    assert plan["directories"] == ["/etc/cron.d"]
    assert plan["commands"] == ["uname -s"]
    assert plan["processes"] is True
    assert [each["command"] for each in plan["refused"]] == ["rm -rf /tmp/x"]
    assert plan["refused"][0]["checks"] == ["ours:1002"]
    assert "localhost: exec sh" in shown.out
    assert not (ours.folder / ".ospatrol").exists()


def test_two_policies_of_one_id_are_refused(ours: Workspace) -> None:
    (ours.folder / "copy.yml").write_text(OURS)

    planned = ours("policy", "plan", "ours", "copy.yml")

    assert planned.status == 2
    assert "the policy id 'ours' stands already" in planned.err


@pytest.mark.no_cover
@pytest.mark.skipif(
    not CORPUS.is_dir() and os.environ.get("CI") != "true", reason="the shared corpus is not beside the project"
)
def test_the_contract_of_check_holds_for_all_policies_of_wazuh_and_ossec(workspace: Workspace) -> None:
    assert len(POLICIES) > 60

    checked = workspace("policy", "check", *(str(CORPUS / path) for path in POLICIES), "-o", "json")

    found = checked.json["policies"]
    assert checked.status == 0, [each["file"] for each in found if not each["usable"]]
    assert [each["file"] for each in found] == [str(CORPUS / path) for path in POLICIES]
    for each in found:
        assert each["id"]
        assert each["checks"] > 0
        assert each["rules"] >= each["checks"]
        for problem in each["problems"]:
            path, _, line = problem["place"].rpartition(":")
            assert path == each["file"]
            assert int(line) > 0
            assert problem["problem"]
            assert problem["kind"] == "warning"
    assert json.dumps(found).isprintable()


@pytest.mark.parametrize("words", [("list",), ("show", "debian_12"), ("plan", "debian_12")])
def test_nothing_of_this_touches_the_workspace(workspace: Workspace, words: tuple[str, ...]) -> None:
    done = workspace("policy", *words)

    assert done.status == 0
    assert sorted(each.name for each in workspace.folder.iterdir()) == ["play.yml"]


def test_a_mistake_that_holds_controls_is_told_harmlessly(workspace: Workspace) -> None:
    (workspace.folder / "odd.yml").write_text(
        OURS.replace("checks:", '"\\e[2J": 1\nchecks:', 1).replace("'f:/", "'q:/")
    )

    run = workspace("policy", "run", "odd.yml", "localhost")
    checked = workspace("policy", "check", "odd.yml")

    assert "\x1b" not in run.err + run.out + checked.out


def test_what_a_device_would_be_asked_is_planned(workspace: Workspace) -> None:
    plan = workspace("policy", "plan", "cisco_ios")

    assert plan.status == 0, plan.err
    assert "command    show running-config\n" in plan.out
    assert "0 files, 0 directories, 1 commands" in plan.out
