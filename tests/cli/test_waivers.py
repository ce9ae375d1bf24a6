"""A waiver's whole life: added, used, unused, expired; for integrity changes, other alerts and checks alike."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


def waiver(**changes: Any) -> dict[str, Any]:
    days = changes.pop("days", 30)
    return {
        "id": "W-1",
        "hosts": "all",
        "reason": "the vendor edits it",
        "owner": "ann",
        "approver": "bob",
        "expires": (datetime.now(UTC).date() + timedelta(days=days)).isoformat(),
        **changes,
    }


def write(workspace: Any, *waivers: dict[str, Any]) -> None:
    (workspace.folder / "waivers.yml").write_text(json.dumps({"waivers": list(waivers)}))


@pytest.fixture
def tree(workspace: Any, tmp_path: Path) -> Path:
    """A tree that was scanned once, in a workspace whose play knows nothing else."""
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    for name in ("passwd", "motd"):
        (tree / "etc" / name).write_text("root:x:0:0::/root:/bin/sh\n")
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(tree)}})
    assert workspace.scan().status == 0
    return tree


def change(tree: Path, name: str = "passwd", line: str = "evil:x:0:0::/:/bin/sh") -> None:
    path = tree / "etc" / name
    path.write_text(f"{path.read_text()}{line}\n")


def test_a_change_that_a_waiver_covers_is_told_marked_and_does_not_end_with_3(workspace: Any, tree: Path) -> None:
    write(workspace, waiver(paths=["/etc/passwd", "/etc"]))
    change(tree)

    run = workspace("run", "play.yml", "-o", "json", "-o", f"junit:{workspace.folder}/out.xml", "-o", "text:out.txt")

    assert run.status == 0, run.err
    assert {alert["waiver"] for alert in run.json["alerts"]} == {"W-1"}
    assert [each["id"] for each in run.json["waivers"]["used"]] == ["W-1"]
    assert "(waived by W-1)" in (workspace.folder / "out.txt").read_text()
    suites = ET.parse(workspace.folder / "out.xml").getroot()
    assert suites.get("failures") == "0"
    assert any("W-1" in each.get("message", "") for each in suites.iter("skipped"))


def test_what_no_waiver_covers_still_ends_with_3(workspace: Any, tree: Path) -> None:
    write(workspace, waiver(paths=["/etc/motd", "/etc"]))
    change(tree)
    change(tree, "motd")

    run = workspace.scan()

    assert run.status == 3
    assert {alert["fields"]["path"]: alert["waiver"] for alert in run.json["alerts"]} == {
        "/etc/passwd": "",
        "/etc/motd": "W-1",
    }


def test_a_waiver_that_covers_what_was_told_earlier_is_of_use_and_one_that_covers_nothing_is_not(
    workspace: Any, tree: Path
) -> None:
    write(
        workspace, waiver(paths=["/etc/passwd"]), waiver(id="W-2", rules=[1]), waiver(id="W-3", hosts="db1", rules=[1])
    )
    change(tree)
    workspace.scan()

    again = workspace("run", "play.yml")

    assert again.status == 0
    assert "waiver W-2 (waivers.yml:1) covers nothing; remove it" in again.out
    assert "W-1" not in again.out
    assert "W-3" not in again.out


def test_from_the_day_after_it_expires_what_a_waiver_covered_counts_again(workspace: Any, tree: Path) -> None:
    write(workspace, waiver(paths=["/etc/passwd"], days=0))
    change(tree)
    last_day = workspace("run", "play.yml")
    write(workspace, waiver(paths=["/etc/passwd"], days=-1))
    change(tree, line="more:x:0:0::/:/bin/sh")
    after = workspace("run", "play.yml")

    assert last_day.status == 0
    assert after.status == 3
    assert "waiver W-1 (waivers.yml:1) expired on" in after.out
    assert "waived by" not in after.out


def test_a_rule_can_be_waived_and_a_scan_without_a_playbook_knows_it(workspace: Any, tree: Path) -> None:
    workspace("scan", "localhost", "--path", str(tree))
    change(tree)
    first = workspace("scan", "localhost", "--path", str(tree), "--json")
    write(workspace, waiver(rules=[first.json["alerts"][0]["rule"]], hosts="localhost"))
    change(tree, line="more:x:0:0::/:/bin/sh")
    second = workspace("scan", "localhost", "--path", str(tree), "--json")

    assert first.status == 3
    assert second.status == 0
    assert [alert["waiver"] for alert in second.json["alerts"]] == ["W-1"]


def test_what_was_not_assessed_cannot_be_waived(workspace: Any, tree: Path) -> None:
    workspace.inventory({"web1": {"ansible_host": "127.0.0.1", "ansible_port": 1, "tree": "/"}})
    write(workspace, waiver(hosts="*", rules=[910820, 910821], paths=["*"]))

    run = workspace.scan()

    assert run.status == 4
    assert run.json["alerts"][0]["waiver"] == "W-1"


def test_alerts_that_are_listed_name_their_waiver_of_today(workspace: Any, tree: Path) -> None:
    change(tree)
    assert workspace.scan().status == 3
    before = workspace("alerts", "list", "--json").json
    write(workspace, waiver(paths=["/etc/passwd"]))

    listed = workspace("alerts", "list", "--json").json
    table = workspace("alerts", "list")
    shown = workspace("alerts", "show", before[0]["id"])

    assert {alert["waiver"] for alert in before} == {""}
    assert "W-1" in {alert["waiver"] for alert in listed}
    assert "WAIVER" in table.out
    assert "waiver" in shown.out
    assert "W-1" in shown.out


def test_a_mistake_in_waivers_hides_no_alert_but_stops_a_run(workspace: Any, tree: Path) -> None:
    change(tree)
    workspace.scan()
    write(workspace, waiver(paths=["/etc/passwd"], owner=""), waiver(paths=["/x"], approver=""))

    listed = workspace("alerts", "list", "--json")
    run = workspace.scan()

    assert listed.status == 0
    assert listed.json
    assert "waivers.yml:1: owner: must not be empty\n" in listed.err
    assert listed.err.count("alerts are shown without waivers") == 1
    assert run.status == 2
    assert "waivers.yml:1: owner: must not be empty" in run.err


def test_a_playbook_applies_waivers_to_checks_and_to_changes_in_one_run(workspace: Any, tree: Path) -> None:
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "gates.yml").write_text(
        "policy: {id: gates, file: gates.yml, name: Gates, description: D}\n"
        "checks:\n"
        f"  - {{id: 1, title: No evil, condition: none, rules: ['f:{tree}/etc/passwd -> r:^evil']}}\n"
    )
    play = workspace.folder / "play.yml"
    play.write_text(f"{play.read_text()}    - name: gates\n      policy: {{policies: [gates]}}\n")
    change(tree)
    bare = workspace.scan()
    write(workspace, waiver(paths=["/etc/passwd"]), waiver(id="W-2", policies=["gates"]))
    change(tree, line="more:x:0:0::/:/bin/sh")
    files = {name: workspace.folder / f"out.{name}" for name in ("html", "csv", "sarif", "ocsf", "cklb", "junit")}
    covered = workspace.scan(*(f"-o{name}:{path}" for name, path in files.items()))
    table = workspace("run", "play.yml", "-o", "table")

    assert bare.status == 3
    assert covered.status == 0, covered.out
    assert {finding["waiver"] for finding in covered.json["policies"]["findings"]} == {"W-2"}
    assert {each["id"] for each in covered.json["waivers"]["used"]} == {"W-1", "W-2"}
    assert all("W-2" in path.read_text() for path in files.values())
    assert "gates" in table.out
    assert table.status == 0


def test_waivers_of_another_file_are_named_on_the_command_line(workspace: Any, tree: Path) -> None:
    write(workspace, waiver(paths=["/etc/passwd"]))
    (workspace.folder / "waivers.yml").rename(workspace.folder / "others.yml")
    change(tree)

    run = workspace.scan("--waivers", "others.yml")
    missing = workspace.scan("--waivers", "nowhere.yml")

    assert run.status == 0
    assert missing.status == 2
    assert "nowhere.yml: there is no such file" in missing.err


POLICY = "policy: {id: gates, file: g.yml, name: n, description: d}\nchecks:\n  - {id: 1001, title: t, condition: all, rules: ['f:/etc/passwd']}\n"  # noqa: E501


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"rules": [910201, 1]}, "covers less than it says: no rule has the id 1"),
        ({"rules": [1]}, "covers nothing: no rule has the id 1"),
        ({"hosts": "webb1", "rules": [910201]}, "covers nothing: 'webb1' matches no host of the inventory; did you mean 'web1'?"),  # noqa: E501
        ({"policies": ["gate"]}, "covers nothing: no policy that ships or lies under checks/ has the id 'gate'; did you mean 'gates'?"),  # noqa: E501
        ({"policies": ["gates", "gatez*"]}, "covers less than it says: no policy that ships or lies under checks/ has the id 'gatez*'"),  # noqa: E501
        ({"policies": ["gates"], "checks": ["1002"]}, "covers nothing: no policy that it is about has a check '1002'"),
        ({"checks": ["1001", "nope-*"]}, "covers less than it says: no policy that it is about has a check 'nope-*'"),
    ],
)  # fmt: skip
def test_a_waiver_that_can_never_cover_anything_is_told_with_a_reason(
    workspace: Any, tree: Path, named: dict[str, Any], reason: str
) -> None:
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "gates.yml").write_text(POLICY)
    write(workspace, waiver(**named))

    run, report = workspace("run", "play.yml"), workspace("report")
    judged = workspace("policy", "run", "gates", "web1")

    for each in (run, report, judged):
        assert f"ospatrol: waiver W-1 (waivers.yml:1) {reason}" in each.err
    assert "waiver" not in workspace("run", "play.yml", "-q").err + workspace("alerts", "list").err


@pytest.mark.parametrize(
    "named",
    [
        {"hosts": "web*", "rules": [910201]},
        {"hosts": "all:!web1", "rules": [910201], "days": -1},
        {"hosts": "localhost", "rules": [910201]},
        {"policies": ["debian_12"], "checks": ["9*"]},
        {"policies": ["gat*"], "checks": ["1001"]},
        {"checks": ["1001"]},
    ],
)
def test_a_waiver_that_may_cover_something_is_not_told(workspace: Any, tree: Path, named: dict[str, Any]) -> None:
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "gates.yml").write_text(POLICY)
    write(workspace, waiver(**named))

    assert workspace("policy", "run", "gates", "web1").err == ""


def test_a_waiver_may_be_about_a_policy_from_elsewhere_and_about_hosts_without_an_inventory(
    workspace: Any, tree: Path
) -> None:
    (workspace.folder / "mine").mkdir()
    (workspace.folder / "mine" / "gates.yml").write_text(POLICY)
    play = "- hosts: all\n  tasks: [{policy: {policies: [mine/gates.yml]}}]\n"
    (workspace.folder / "elsewhere.yml").write_text(play)
    write(workspace, waiver(policies=["gates"], checks=["1001"]))

    run = workspace("run", "elsewhere.yml")
    (workspace.folder / "inventories" / "hosts.yml").unlink()
    (workspace.folder / "inventories").rmdir()
    write(workspace, waiver(hosts="192.0.2.7", rules=[910201]))
    report = workspace("report")

    assert run.err == report.err == ""


def test_the_settings_that_are_named_must_be_there(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSPATROL_CONFIG", "nowhere.toml")

    told = workspace("baseline", "show")

    assert (told.status, told.err) == (2, "ospatrol: nowhere.toml: there is no such file\n")
