"""Reports of what is stored, without a host."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

POLICY = """\
policy: {{id: gates, file: gates.yml, name: Gates of ours, description: D}}
checks:
  - {{id: 1, title: No evil, condition: none, rules: ['f:{tree}/etc/passwd -> r:^evil']}}
  - {{id: 2, title: A root, condition: all, rules: ['f:{tree}/etc/passwd -> r:^root']}}
"""


@pytest.fixture
def stored(workspace: Any, tmp_path: Path) -> Any:
    """A workspace with a host that was judged twice and scanned twice; then it went wrong."""
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    passwd = tree / "etc/passwd"
    passwd.write_text("root:x:0:0::/root:/bin/sh\n")
    local = {"ansible_connection": "local", "tree": str(tree)}
    workspace.inventory({"web1": local, "web2": local})
    (workspace.folder / "checks").mkdir()
    (workspace.folder / "checks" / "gates.yml").write_text(POLICY.format(tree=tree))
    assert workspace("policy", "run", "gates", "all").status == 0
    assert workspace.scan().status == 0
    passwd.write_text("root:x:0:0::/root:/bin/sh\nevil:x:0:0::/:/bin/sh\n")
    assert workspace("policy", "run", "gates", "web1").status == 3
    assert workspace.scan().status == 3
    workspace.inventory({"web1": {"ansible_host": "192.0.2.1"}, "web2": {"ansible_host": "192.0.2.1"}})
    return workspace


def test_the_last_verdicts_and_the_alerts_of_the_last_run_are_told(stored: Any) -> None:
    report = stored("report", "--json")

    assert report.status == 3
    assert {(each["host"], each["pass"], each["fail"]) for each in report.json["policies"]["verdicts"]} == {
        ("web1", 1, 1),
        ("web2", 2, 0),
    }
    assert {each["host"] for each in report.json["alerts"]} == {"web1", "web2"}
    assert {each["kind"] for each in report.json["alerts"]} == {"integrity"}
    assert {each["change"] for each in report.json["policies"]["findings"] if each["host"] == "web1"} == {
        "newly failing",
        "same",
    }


def test_every_format_is_written_and_the_page_shows_the_trend(stored: Any) -> None:
    names = ("table", "text", "json", "jsonl", "csv", "junit", "sarif", "ocsf", "cklb", "html")

    run = stored("report", *(f"-o{name}:{stored.folder}/out.{name}" for name in names))

    assert run.status == 3
    assert run.out == ""
    page = (stored.folder / "out.html").read_text()
    assert "newly failing" in page.lower()
    assert "Gates of ours" in page
    assert ET.parse(stored.folder / "out.junit").getroot().tag == "testsuites"
    assert len(list(stored.folder.glob("out-web*.cklb"))) == 2
    for name in names:
        text = "".join(path.read_text() for path in stored.folder.glob(f"out*.{name}"))
        assert "gates" in text.lower(), name


def test_hosts_are_chosen_by_patterns_and_by_globs(stored: Any) -> None:
    one = stored("report", "all:!web2", "--json")
    other = stored("report", "web[2-9]", "--json")
    none = stored("report", "db*")

    assert [each["host"] for each in one.json["policies"]["verdicts"]] == ["web1"]
    assert {each["host"] for each in one.json["alerts"]} == {"web1"}
    assert [each["host"] for each in other.json["hosts"]] == ["web2"]
    assert none.status == 2
    assert "nothing is stored of such a host" in none.err


def test_since_a_time_all_alerts_are_told_and_older_verdicts_are_not_assessed(stored: Any) -> None:
    all_of_it = stored("report", "--since", "1d", "--json")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    nothing = stored("report", "--since", later, "--json")

    assert {each["kind"] for each in all_of_it.json["alerts"]} >= {"integrity", "policy", "baseline"}
    assert all_of_it.json["run"]["play"] == "play.yml, policy"
    assert {host["host"]: len(host["tasks"]) for host in all_of_it.json["hosts"]} == {"web1": 2, "web2": 1}
    assert nothing.status == 4
    assert nothing.json["alerts"] == []
    assert nothing.json["policies"]["verdicts"] == []


def test_waivers_are_those_of_today(stored: Any) -> None:
    entry = {
        "id": "W-1",
        "hosts": "web1",
        "reason": "known",
        "owner": "ann",
        "approver": "bob",
        "expires": (datetime.now(UTC).date() + timedelta(days=1)).isoformat(),
        "policies": ["gates"],
        "paths": ["/etc*"],
    }
    (stored.folder / "waivers.yml").write_text(json.dumps({"waivers": [entry]}))
    covered = stored("report", "web1", "--json")
    quiet = stored("report", "web1", "-q")
    (stored.folder / "waivers.yml").unlink()
    (stored.folder / "other.yml").write_text(json.dumps({"waivers": [entry]}))
    named = stored("report", "web1", "--json", "--waivers", "other.yml")
    bare = stored("report", "web1", "--json")

    assert (covered.status, quiet.status, named.status, bare.status) == (0, 0, 0, 3)
    assert quiet.out == ""
    assert {each["waiver"] for each in covered.json["alerts"]} == {"W-1"}
    assert {each["waiver"] for each in covered.json["policies"]["findings"]} == {"W-1", ""}
    assert stored("report", "--exit-zero").status == 0


def test_without_policies_the_last_run_alone_is_told(workspace: Any, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(tmp_path / "tree")}})
    empty = workspace("report")
    workspace.scan()

    report = workspace("report", "-o", "text")
    page = workspace("report", "-o", "html")

    assert empty.status == 2
    assert report.status == 0
    assert "coverage: 1 of 1 host assessed" in report.out
    assert "All of the task files is assessed" in page.out


def test_verdicts_without_a_run_are_told_too(stored: Any) -> None:
    assert stored("store", "gc", "--runs-days", "0").status == 0

    report = stored("report", "--json")

    assert report.status == 3
    assert len(report.json["policies"]["verdicts"]) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("-o", "htm"), "no format 'htm'; did you mean 'html'?"),
        (("-o", "html", "-o", "csv"), "only one -o can go to standard output"),
        (("-o", "html:a", "-o", "csv:./a"), "two -o go to a; give each a file of its own"),
        (("-o", "csv:nowhere/out.csv"), "cannot be written there"),
        (("-o", "cklb"), "a file holds one host"),
        (("--since", "yesterday"), "is neither an age such as 2d"),
    ],
)
def test_what_cannot_be_written_is_refused(stored: Any, given: tuple[str, ...], said: str) -> None:
    report = stored("report", *given)

    assert report.status == 2
    assert said in report.err


def test_a_report_that_cannot_be_written_after_all_still_reaches_the_reader(stored: Any) -> None:
    (stored.folder / "out.json").symlink_to("gone/out.json")

    report = stored("report", "-o", "json:out.json")

    assert report.status == 3
    assert "the report follows" in report.err
    assert "web1: policy gates: score 50" in report.out
