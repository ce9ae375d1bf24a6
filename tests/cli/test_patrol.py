"""The main job, end to end, against real SSH servers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Variables = Callable[..., dict[str, object]]
# what the workspace fixture gives; its class lives in a conftest, which is no module to import from
Workspace = Any
Sshd = Any


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name, content in (
        ("etc/a.conf", "colour = red\npassword = hunter2\n"),
        ("etc/b", "b"),
        ("bin/tool", "#!/bin/sh\n"),
        ("odd/new\nline", "1"),
        ("odd/-dash", "2"),
        ("odd/\x1b[2J", "3"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "odd" / os.fsdecode(b"not-utf8-\xff")).write_text("4")
    (root / "etc/link").symlink_to("b")
    os.mkfifo(root / "odd/fifo")
    return root


@pytest.fixture
def patrolled(workspace: Workspace, sshd: Sshd, host_variables: Variables, tree: Path) -> Workspace:
    """A workspace whose one host was scanned and approved."""
    workspace.inventory({"web1": host_variables(sshd, tree=str(tree))})
    assert workspace.scan().status == 0
    assert workspace("baseline", "approve", "all", "--why", "test").status == 0
    return workspace


def test_the_first_scan_is_proposed_and_an_approval_is_a_file_in_git(
    workspace: Workspace, sshd: Sshd, host_variables: Variables, tree: Path
) -> None:
    workspace.inventory({"web1": host_variables(sshd, tree=str(tree))})

    first = workspace.scan()
    shown = workspace("baseline", "show")
    approved = workspace("baseline", "approve", "web1", "--why", "checked by hand")
    second = workspace.scan()

    assert (first.status, second.status) == (0, 0)
    assert first.json["coverage"]["unapproved"] == [["web1", "files"]]
    assert "PROPOSED, not approved" in shown.out
    assert "baselines/web1.yml" in approved.out
    assert "by: ann" in (workspace.folder / "baselines/web1.yml").read_text()
    assert second.json["coverage"]["unapproved"] == []
    assert second.json["alerts"] == []
    assert second.json["coverage"]["hashed"] == 0
    assert "approved by ann" in workspace("baseline", "show").out


def test_every_kind_of_change_is_reported_once_with_the_right_name(patrolled: Workspace, tree: Path) -> None:
    tool = tree / "bin/tool"
    before = tool.stat()
    (tree / "etc/new").write_text("n")
    (tree / "etc/b").unlink()
    (tree / "etc/link").unlink()
    (tree / "etc/link").symlink_to("/elsewhere")
    tool.write_text("#!/bin/ZZ\n")
    os.utime(tool, ns=(before.st_atime_ns, before.st_mtime_ns))
    (tree / "odd/-dash").chmod(0o4755)
    (tree / "odd" / os.fsdecode(b"not-utf8-\xff")).write_text("changed")

    night = patrolled.scan()
    again = patrolled.scan()

    assert night.status == 3
    assert night.told == [
        ("/bin/tool", "modified"),
        ("/etc/b", "deleted"),
        ("/etc/link", "modified"),
        ("/etc/new", "added"),
        ("/odd/-dash", "modified"),
        ("/odd/not-utf8-\\xff", "modified"),
    ]
    aspects = {alert["fields"]["path"]: alert["fields"].get("aspects") for alert in night.json["alerts"]}
    assert aspects["/bin/tool"] == "content"
    assert aspects["/odd/-dash"] == "mode"
    assert aspects["/etc/link"] == "target"
    assert again.status == 0
    assert again.told == []
    assert again.json["hosts"][0]["tasks"][0]["pending"] == 6


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_new_owner_is_reported(patrolled: Workspace, tree: Path) -> None:
    os.chown(tree / "etc/b", 12345, 54321)

    (alert,) = patrolled.scan().json["alerts"]

    assert alert["fields"]["aspects"] == "owner,group"
    assert (alert["fields"]["uid_after"], alert["fields"]["gid_after"]) == ("12345", "54321")


def test_kept_text_shows_as_a_diff_without_its_secrets(patrolled: Workspace, tree: Path) -> None:
    (tree / "etc/a.conf").write_text("colour = blue\npassword = hunter3\n")

    shown = patrolled("run", "play.yml", "--diff")

    assert "-colour = red" in shown.out
    assert "+colour = blue" in shown.out
    assert "password = <secret:" in shown.out
    for path in (patrolled.folder / ".ospatrol").rglob("*"):
        if path.is_file():
            assert b"hunter" not in path.read_bytes()


def test_approvals_can_be_by_path_and_what_is_left_stays_pending(patrolled: Workspace, tree: Path) -> None:
    (tree / "etc/b").write_text("bb")
    (tree / "bin/tool").write_text("new")
    patrolled.scan()

    approved = patrolled("baseline", "approve", "web1", "--path", "/etc/*", "--why", "edited b")
    left = patrolled("baseline", "diff", "web1", "--json")
    rest = patrolled("baseline", "approve", "web1", "--why", "and the tool")

    assert "1 still await approval" in approved.out
    assert left.status == 3
    assert [change["path"] for change in left.json[0]["changes"]] == ["/bin/tool"]
    assert rest.status == 0
    assert patrolled("baseline", "diff", "web1").status == 0
    assert patrolled("baseline", "approve", "web1", "--why", "again").out == "nothing awaits approval\n"
    assert patrolled.scan().json["hosts"][0]["tasks"][0]["pending"] == 0
    text = (patrolled.folder / "baselines/web1.yml").read_text()
    assert text.count("- task: files") == 3
    assert "scope: path /etc/*" in text


def test_a_reverted_approval_brings_the_old_baseline_back(patrolled: Workspace, tree: Path) -> None:
    path = patrolled.folder / "baselines/web1.yml"
    before = path.read_text()
    (tree / "etc/b").write_text("bb")
    patrolled.scan()
    patrolled("baseline", "approve", "web1", "--why", "a mistake")
    path.write_text(before)

    refused = patrolled("baseline", "approve", "web1", "--path", "/etc/*", "--why", "before anyone looked again")
    after, again = patrolled.scan(), patrolled.scan()

    assert refused.status == 2
    assert "run it again first" in refused.err
    assert after.told == [("/etc/b", "modified")]  # nobody vouches for it any more
    assert again.told == []
    assert again.json["hosts"][0]["tasks"][0]["pending"] == 1


def test_an_approval_that_was_tampered_with_stops_the_host_and_names_the_line(patrolled: Workspace) -> None:
    path = patrolled.folder / "baselines/web1.yml"
    path.write_text(path.read_text().replace("result: ", "result: 0", 1))

    refused = patrolled.scan()

    assert refused.status == 7
    assert [alert["level"] for alert in refused.json["alerts"]] == [10]
    assert refused.json["hosts"][0]["step"] == "baseline"
    assert "baselines/web1.yml:4" in refused.json["hosts"][0]["problem"]


def test_a_path_in_any_form_is_watched(workspace: Workspace, tree: Path) -> None:
    odd = f"{tree}/./etc//"
    workspace("scan", "localhost", "--path", odd, "--json")
    (tree / "etc/suid").write_text("x")
    (tree / "etc/suid").chmod(0o4755)
    (tree / "etc/b").unlink()

    night = workspace("scan", "localhost", "--path", odd, "--json")

    assert night.told == [(f"{tree}/etc/b", "deleted"), (f"{tree}/etc/suid", "added")]


def test_an_ignored_folder_may_be_written_with_a_slash(workspace: Workspace, tree: Path) -> None:
    scan = ("scan", "localhost", "--path", str(tree), "--json")
    workspace(*scan)

    assert workspace(*scan, "--ignore", f"{tree}/odd/").told == []


def test_a_file_added_where_the_last_scan_could_not_look_is_told(workspace: Workspace, tmp_path: Path) -> None:
    root = tmp_path / "image"
    (root / "in").mkdir(parents=True)
    (root / "in/a").write_text("a")
    (root / "link").symlink_to("in")
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(root)}})
    play = workspace.folder / "play.yml"
    play.write_text(play.read_text().replace("paths: [/]", "paths: [/link]"))
    assert workspace.scan().status == 0
    assert workspace("baseline", "approve", "all", "--why", "test").status == 0
    (root / "link").unlink()
    (root / "link").symlink_to("/elsewhere-that-is-not-there")
    (root / "link").unlink()
    (root / "link").symlink_to(tmp_path)
    blind, still = workspace.scan(), workspace.scan()
    (root / "link").unlink()
    (root / "link").symlink_to("in")
    (root / "in/evil").write_text("x")
    (root / "in/evil").chmod(0o4755)

    seen, after = workspace.scan(), workspace.scan()

    assert blind.status in {4, 7}
    assert still.status == 4  # blind again, and said again
    assert ("/link/evil", "added") in seen.told
    assert seen.status == 3
    assert after.told == []


def test_an_approval_that_is_gone_is_an_alert_once(patrolled: Workspace) -> None:
    (patrolled.folder / "baselines/web1.yml").unlink()

    gone, after = patrolled.scan(), patrolled.scan()

    assert (gone.status, after.status) == (3, 0)
    assert [alert["fields"]["state"] for alert in gone.json["alerts"]] == ["withdrawn"]
    assert after.json["coverage"]["unapproved"] == [["web1", "files"]]


def test_baselines_move_to_another_workspace(
    patrolled: Workspace, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "web1.baseline"
    assert patrolled("baseline", "export", "web1", "-o", str(export)).status == 0
    assert patrolled("baseline", "export", "web1", "-o", str(export)).status == 2
    other = tmp_path / "other"
    shutil.copytree(patrolled.folder, other, ignore=shutil.ignore_patterns(".ospatrol", "baselines"))
    monkeypatch.chdir(other)
    (tree / "etc/b").write_text("bb")

    imported = patrolled("baseline", "import", str(export))
    scanned = patrolled.scan()

    assert imported.out == "web1: 1 baseline imported\n"
    assert (other / "baselines/web1.yml").read_text() == (patrolled.folder / "baselines/web1.yml").read_text()
    assert scanned.told == [("/etc/b", "modified")]
    export.write_bytes(export.read_bytes()[:-1])
    assert "is no export" in patrolled("baseline", "import", str(export)).err


def test_one_bad_host_never_ends_a_run(
    workspace: Workspace,
    sshd: Sshd,
    start_sshd: Callable[..., Sshd],
    host_variables: Variables,
    tree: Path,
    tmp_path: Path,
    keys: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wrong_key = tmp_path / "wrong_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(wrong_key)], check=True)
        unknown = start_sshd(known=False)
        changed = start_sshd(host_key=keys / "other_host")
        public = (keys / "host.pub").read_text()
        changed.known_hosts.write_text(f"[127.0.0.1]:{changed.port} {public}")
        no_shell = start_sshd("ForceCommand echo this account is not available")
        reach = {"tree": str(tree)}
        workspace.inventory(
            {
                "good": host_variables(sshd, **reach),
                "refused": host_variables(sshd, **reach, ansible_port=1),
                "silent": host_variables(sshd, **reach, ansible_port=silent.getsockname()[1]),
                "unresolved": host_variables(sshd, **reach, ansible_host="no-such-host.invalid"),
                "wrong-key": host_variables(sshd, **reach, ansible_ssh_private_key_file=str(wrong_key)),
                "unknown": host_variables(unknown, **reach),
                "changed": host_variables(changed, **reach),
                "no-shell": host_variables(no_shell, **reach),
                "no-doas": host_variables(
                    sshd,
                    **reach,
                    ansible_become=True,
                    ansible_become_user="nobody",
                    ansible_become_method="doas",
                    ansible_become_exe="/no/doas",
                ),
            }
        )

        ended = workspace.scan("--timeout", "2")
        again = workspace.scan("--timeout", "2")

    steps = {host["host"]: host["step"] for host in ended.json["hosts"]}
    assert steps == {
        "good": "",
        "refused": "connect",
        "silent": "connect",
        "unresolved": "resolve",
        "wrong-key": "auth",
        "unknown": "host key",
        "changed": "host key",
        "no-shell": "shell",
        "no-doas": "elevation",
    }
    assert ended.status == 7  # a changed key is a finding, and the run is incomplete
    assert ended.json["coverage"]["assessed"] == 1
    (key_alert,) = [alert for alert in ended.json["alerts"] if alert["kind"] == "host_key"]
    assert key_alert["level"] >= 10
    assert key_alert["fields"]["seen"].startswith("SHA256:")
    kinds = [alert["kind"] for alert in again.json["alerts"]]
    assert kinds == ["host_key"]  # what failed before at the same step is counted, and not raised every night


def test_accept_new_pins_a_key_and_a_changed_one_is_refused_from_then_on(
    workspace: Workspace, start_sshd: Callable[..., Sshd], host_variables: Variables, tree: Path, keys: Path
) -> None:
    server = start_sshd(known=False)
    workspace.inventory({"web1": host_variables(server, tree=str(tree))})

    refused = workspace.scan()
    pinned = workspace.scan("--accept-new")
    known = workspace.scan()

    assert refused.json["hosts"][0]["step"] == "host key"
    assert "--accept-new" in refused.json["hosts"][0]["problem"]
    assert (pinned.status, known.status) == (0, 0)
    registry = (workspace.folder / ".ospatrol/registry.json").read_text()
    assert '"host": "web1"' in registry
    assert workspace("store", "unpin", "web1").out == "web1: 1 key forgotten\n"
    assert workspace("store", "unpin", "web1").status == 2
    assert workspace.scan().json["hosts"][0]["step"] == "host key"


def test_check_prints_everything_and_connects_to_nothing(workspace: Workspace, host_variables: Variables) -> None:
    workspace.inventory({"web1": {"ansible_host": "192.0.2.1", "tree": "/srv", "ansible_become": True}})

    planned = workspace("run", "play.yml", "--check")

    assert planned.status == 0
    assert "web1: exec sudo -n" in planned.out
    assert "root=/srv" in planned.out
    assert "find" in planned.out
    assert not (workspace.folder / ".ospatrol").exists()


def test_check_prints_what_a_router_on_a_unix_host_is_asked(workspace: Workspace) -> None:
    workspace.inventory({"r1": {"ansible_host": "192.0.2.1"}})
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks: [{config: }]\n")

    planned = workspace("run", "play.yml", "--check").out

    assert [each.partition(") ")[2] for each in planned.splitlines() if "with script vtysh" in each] == [
        "'show running-config'",
        "'show startup-config'",
    ]


def test_the_transcript_has_every_command_of_a_run(patrolled: Workspace) -> None:
    sent = patrolled("transcript", "--scripts")
    runs = patrolled("transcript", "--runs", "--json")

    assert "web1: exec sh -c" in sent.out
    assert "# script files (" in sent.out
    assert len(runs.json) == 1
    assert patrolled("transcript", "nonsense").status == 2


def test_hosts_and_tasks_can_be_listed(workspace: Workspace) -> None:
    workspace.inventory({"web1": {}, "web2": {}})

    assert workspace("run", "play.yml", "--list-hosts", "-l", "web2").out == "web2\n"
    assert "files" in workspace("run", "play.yml", "--list-tasks").out
    assert workspace("run", "play.yml", "-t", "nothing").status == 2
    assert workspace("run", "play.yml", "-l", "nobody").status == 2


def test_a_second_run_is_turned_away_while_one_is_under_way(
    workspace: Workspace, start_sshd: Callable[..., Sshd], host_variables: Variables, tree: Path
) -> None:
    slow = start_sshd("ForceCommand sleep 60")
    workspace.inventory({"web1": host_variables(slow, tree=str(tree))})
    command = [sys.executable, "-m", "ospatrol.cli.main", "run", "play.yml", "--json"]
    first = subprocess.Popen(command, cwd=workspace.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not slow.sessions and time.monotonic() < deadline:
        time.sleep(0.05)

    second = workspace.scan()
    first.send_signal(signal.SIGINT)
    out, _ = first.communicate(timeout=20)

    assert second.status == 2
    assert f"in use by process {first.pid}" in second.err
    assert first.returncode == 130
    assert b'"interrupted":true' in out


def test_output_goes_where_it_is_told_and_quiet_is_silent_when_all_is_well(patrolled: Workspace, tree: Path) -> None:
    patrolled("run", "play.yml", "-q", "-o", "json:last.json", "-o", "jsonl:last.jsonl")
    clean = patrolled("run", "play.yml", "-q")
    (tree / "etc/b").write_text("bb")
    loud = patrolled("run", "play.yml", "-q")
    zero = patrolled("run", "play.yml", "--exit-zero", "--fail-on", "0")

    assert (patrolled.folder / "last.json").exists()
    assert (patrolled.folder / "last.jsonl").exists()
    assert (clean.status, clean.out, clean.err) == (0, "", "")
    assert loud.status == 3
    assert "/etc/b was modified" in loud.out
    assert zero.status == 0
    assert "coverage: 1 of 1 host assessed" in zero.out


def test_incomplete_is_never_clean(patrolled: Workspace, tree: Path) -> None:
    (patrolled.folder / "play.yml").write_text(
        (patrolled.folder / "play.yml").read_text().replace("paths: [/]", "paths: [/etc, /gone]")
    )

    missing = patrolled("run", "play.yml", "-q")

    assert missing.status == 4
    assert "not assessed: /gone" in missing.out
    assert "NOT ASSESSED: 1 vanished" in missing.out


def test_a_busybox_host_is_scanned_by_the_same_script(
    workspace: Workspace, busybox_host: Sshd, host_variables: Variables
) -> None:
    root = busybox_host.folder
    (root / "etc/motd").write_text("hello")
    (root / "etc/new\nline").write_text("1")
    workspace.inventory({"esx1": host_variables(busybox_host, tree="")})
    play = workspace.folder / "play.yml"
    play.write_text(play.read_text().replace("paths: [/]", "paths: [/etc, /bin]"))

    first = workspace.scan()
    clean = workspace.scan()
    (root / "etc/motd").write_text("world")
    (root / "etc/new\nline").write_text("2")
    night = workspace.scan()

    assert (first.status, clean.status, night.status) == (0, 0, 3)
    assert night.told == [("/etc/motd", "modified"), ("/etc/new\\x0aline", "modified")]
