"""What a host is made of, from the login to the alert and the approval, on a machine that has only busybox."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from ospatrol.collect.state_reading import Kind

Variables = Callable[..., dict[str, object]]
# what fixtures of conftests give; their classes live in modules that are none to import from
Workspace = Any
Sshd = Any

PLAY = """\
- name: test
  hosts: all
  tasks:
    - name: machine
      state:
        kinds: [account, password, group, authorized_key, sudo_rule, cron_job, preload, shell, host_entry, suid_file]
        ignore: {suid_file: ["/proc/*"]}
"""
SCAN = """\
    - name: files
      files: {paths: [/etc], packages: false}
"""


@pytest.fixture
def root(busybox_host: Sshd) -> Iterator[Path]:
    """The root of the machine; what a test changes of it is undone."""
    folder: Path = busybox_host.folder
    for name in ("shadow", "sudoers", "crontab"):
        (folder / "etc" / name).touch(mode=0o600)
    (folder / "etc/shadow").write_text("root:*:19000:0:99999:7:::\n")
    kept = {path: path.read_bytes() for path in (folder / "etc").iterdir() if path.is_file()}
    keys = (folder / "root/.ssh/authorized_keys").read_bytes()
    yield folder
    for path in (folder / "etc").iterdir():
        if path.is_file() and path not in kept:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    (folder / "root/.ssh/authorized_keys").write_bytes(keys)
    shutil.rmtree(folder / "opt", ignore_errors=True)


@pytest.fixture
def patrolled(workspace: Workspace, busybox_host: Sshd, host_variables: Variables, root: Path) -> Workspace:
    """A workspace whose one host was seen and approved."""
    workspace.inventory({"box": host_variables(busybox_host)})
    (workspace.folder / "play.yml").write_text(PLAY)
    first = workspace.scan()
    assert first.status == 0, first.out + first.err
    assert first.json["hosts"][0]["tasks"][0]["baseline"] == "proposed"
    assert workspace("baseline", "approve", "all", "--why", "installed by hand").status == 0
    return workspace


def tell(outcome: Any) -> dict[str, int]:
    """Item and level of every alert about one."""
    alerts = [alert for alert in outcome.json["alerts"] if alert["kind"] == "state"]
    return {f"{alert['fields']['item_kind']} {alert['fields']['item']}": alert["level"] for alert in alerts}


def break_in(root: Path) -> None:
    """What a burglar leaves behind."""
    subprocess.run(["useradd", "-P", str(root), "-o", "-u", "0", "-p", "", "toor"], check=True)
    blob = base64.b64encode(b"\0\0\0\x0bssh-ed25519 burglar").decode()
    with (root / "root/.ssh/authorized_keys").open("a") as keys:
        keys.write(f"ssh-ed25519 {blob} \x1b[2Jburglar\n")
    (root / "etc/crontab").write_text("* * * * * root /opt/x\n")
    (root / "etc/sudoers").write_text("toor ALL=(ALL) NOPASSWD: ALL\n")
    (root / "etc/ld.so.preload").write_text("/opt/x.so\n")
    (root / "opt").mkdir()
    (root / "opt/sh").write_text("x")
    (root / "opt/sh").chmod(0o4755)


def test_a_break_in_is_told_once_by_weight_and_awaits_approval(patrolled: Workspace, root: Path) -> None:
    quiet = patrolled.scan()
    break_in(root)
    night = patrolled.scan()
    next_night = patrolled.scan()

    assert quiet.status == 0
    assert tell(quiet) == {}
    levels = tell(night)
    (key,) = [name for name in levels if name.startswith("authorized_key root SHA256:")]
    assert levels.pop(key) == 12
    assert {name: level for name, level in levels.items() if level >= 8} == {
        "account toor": 12,
        "password toor": 10,
        "cron_job /etc/crontab: * * * * * root /opt/x": 8,
        "preload /opt/x.so": 13,
        "sudo_rule /etc/sudoers: toor ALL=(ALL) NOPASSWD: ALL": 12,
        "suid_file /opt/sh": 12,
    }
    assert night.status == 3
    assert "\x1b" not in night.out
    assert tell(next_night) == {}
    assert next_night.json["hosts"][0]["tasks"][0]["pending"] == len(levels) + 1
    assert next_night.json["hosts"][0]["tasks"][0]["baseline"] == "approved"


def test_differences_stand_until_they_are_approved_or_gone(patrolled: Workspace, root: Path) -> None:
    break_in(root)
    patrolled.scan()
    listed = patrolled("baseline", "diff", "box")
    nothing = patrolled("baseline", "approve", "box", "--item", "account:bob", "--why", "x")
    some = patrolled("baseline", "approve", "box", "--item", "account:toor", "--item", "*/crontab*", "--why", "known")
    (root / "etc/ld.so.preload").unlink()
    seen = patrolled.scan()
    left = patrolled("baseline", "diff", "box", "--json")
    rest = patrolled("baseline", "approve", "box", "--why", "the rest")

    assert listed.status == left.status == 3
    assert "account toor" in listed.out
    assert nothing.status == 2
    assert "`item account:bob`" in nothing.err
    assert "(2 differences)" in some.out
    assert list(tell(seen)) == ["preload /opt/x.so"]
    awaited = {f"{each['item_kind']} {each['item']}" for each in left.json[0]["changes"]}
    assert {"sudo_rule /etc/sudoers: toor ALL=(ALL) NOPASSWD: ALL", "suid_file /opt/sh"} <= awaited
    assert not {"account toor", "preload /opt/x.so"} & awaited
    assert rest.status == 0
    assert patrolled("baseline", "diff", "box").status == 0
    text = (patrolled.folder / "baselines/box.yml").read_text()
    assert "of: state" in text
    assert "item: account toor" in text
    assert "scope: item account:toor, item */crontab*" in text
    assert patrolled.scan().status == 0


def test_an_approval_that_is_taken_back_brings_the_old_baseline_back(patrolled: Workspace, root: Path) -> None:
    path = patrolled.folder / "baselines/box.yml"
    before = path.read_text()
    (root / "etc/ld.so.preload").write_text("/opt/x.so\n")
    patrolled.scan()
    patrolled("baseline", "approve", "box", "--why", "a mistake")

    path.write_text(before)
    refused = patrolled("baseline", "approve", "box", "--why", "before anyone looked again")
    seen = patrolled.scan()

    assert "changed since its last scan" in refused.err
    assert seen.json["hosts"][0]["tasks"][0]["pending"] == 1
    assert tell(seen) == {}


def test_an_approval_that_is_deleted_is_said_to_be_gone(patrolled: Workspace) -> None:
    (patrolled.folder / "baselines/box.yml").unlink()

    seen = patrolled.scan()

    assert [alert["fields"]["state"] for alert in seen.json["alerts"]] == ["withdrawn"]


def test_an_approval_of_what_is_not_in_the_store_is_a_mistake_with_its_line(patrolled: Workspace) -> None:
    shutil.rmtree(patrolled.folder / ".ospatrol/states")

    seen = patrolled.scan()

    assert seen.json["hosts"][0]["step"] == "baseline"
    assert "baselines/box.yml:4" in seen.json["hosts"][0]["problem"]


def test_what_cannot_be_read_any_more_is_not_said_to_be_gone(patrolled: Workspace, root: Path) -> None:
    (root / "bin/awk").rename(root / "bin/awk.off")
    shadow = (root / "etc/shadow").read_text()
    (root / "etc/shadow").unlink()
    (root / "etc/shadow").mkdir()
    try:
        blind = patrolled.scan()
    finally:
        (root / "etc/shadow").rmdir()
        (root / "etc/shadow").write_text(shadow)
        (root / "bin/awk.off").rename(root / "bin/awk")
    again = patrolled.scan()

    assert blind.status in {4, 7}
    assert [each["what"] for each in blind.json["hosts"][0]["tasks"][0]["failures"]] == ["password"]
    assert tell(blind) == tell(again) == {}
    assert again.json["hosts"][0]["tasks"][0]["pending"] == 0


def test_a_host_that_never_told_anything_has_no_baseline(
    workspace: Workspace, busybox_host: Sshd, host_variables: Variables
) -> None:
    workspace.inventory({"box": host_variables(busybox_host)})
    (workspace.folder / "play.yml").write_text(
        "- name: test\n  hosts: all\n  tasks: [{name: machine, state: {kinds: [package]}}]\n"
    )

    seen = workspace.scan()

    assert seen.json["hosts"][0]["tasks"][0]["baseline"] == ""
    assert workspace("baseline", "show").out.count("machine") == 0
    assert seen.status in {4, 7}


def test_files_and_state_of_a_host_are_vouched_for_together(patrolled: Workspace, root: Path) -> None:
    play = patrolled.folder / "play.yml"
    play.write_text(PLAY + SCAN)
    patrolled.scan()
    shown = patrolled("baseline", "show", "--json")
    patrolled("baseline", "approve", "box", "--task", "files", "--why", "files too")
    (root / "etc/ld.so.preload").write_text("/opt/x.so\n")
    patrolled.scan()

    both = patrolled("baseline", "diff", "box")
    patrolled("baseline", "approve", "box", "--path", "/etc/*", "--why", "the file")
    left = patrolled("baseline", "diff", "box", "--json")

    assert [(each["of"], each["task"], each["baseline"]) for each in shown.json] == [
        ("files", "files", "proposed"),
        ("state", "machine", "approved"),
    ]
    assert "/etc/ld.so.preload" in both.out
    assert "preload /opt/x.so" in both.out
    assert [(each["of"], each["pending"]) for each in left.json] == [("files", 0), ("state", 1)]


def test_a_kind_that_is_looked_at_later_awaits_approval_as_a_whole(patrolled: Workspace) -> None:
    play = patrolled.folder / "play.yml"
    play.write_text(PLAY.replace("suid_file]", "suid_file, unit]"))

    first, second = patrolled.scan(), patrolled.scan()

    assert tell(first) == {"unit *": 3}
    assert tell(second) == {}
    assert second.json["hosts"][0]["tasks"][0]["pending"] == 1
    patrolled("baseline", "approve", "box", "--item", "unit:*", "--why", "looked at")
    assert patrolled("baseline", "diff", "box").status == 0
    play.write_text(PLAY)
    assert patrolled.scan().json["hosts"][0]["tasks"][0]["pending"] == 0


def test_a_state_is_shown_and_compared(patrolled: Workspace, root: Path) -> None:
    same = patrolled("state", "diff", "box")
    (root / "etc/ld.so.preload").write_text("/opt/x\x1b[2J.so\n")
    patrolled.scan()

    table = patrolled("state", "show", "box", "--kind", "preload")
    everything = patrolled("state", "show", "box", "-o", "json")
    differs = patrolled("state", "diff", "all")
    as_json = patrolled("state", "diff", "box", "--json", "--kind", "preload")
    elsewhere = patrolled("state", "diff", "box", "--kind", "account", "--task", "machine")

    assert (same.status, same.out) == (0, "")
    assert "/opt/x\\x1b[2J.so" in table.out
    assert "root" not in table.out
    (box,) = everything.json
    assert (box["host"], box["task"], box["failures"]) == ("box", "machine", [])
    assert {"kind": "preload", "key": "/opt/x\\x1b[2J.so", "fields": {}} in box["items"]
    assert differs.status == 3
    assert "added" in differs.out
    assert [(each["change"], each["item_kind"]) for each in as_json.json] == [("added", "preload")]
    assert (elsewhere.status, elsewhere.out) == (0, "")


def test_a_state_that_nobody_looked_at_is_a_mistake_of_usage(patrolled: Workspace) -> None:
    unknown = patrolled("state", "show", "web9")
    kind = patrolled("state", "show", "box", "--kind", "port")
    none = patrolled("state", "diff", "box", "--kind", "ports")

    assert unknown.status == kind.status == none.status == 2
    assert none.err == "ospatrol: no kind of items has the name 'ports'; did you mean 'port'?\n"
    assert "web9: nothing is known of its state" in unknown.err
    assert "the kind 'port' was not assessed; known are account," in kind.err


def test_an_item_of_a_state_that_nobody_approved_is_refused(
    workspace: Workspace, busybox_host: Sshd, host_variables: Variables, root: Path
) -> None:
    workspace.inventory({"box": host_variables(busybox_host)})
    (workspace.folder / "play.yml").write_text(PLAY)
    workspace.scan()
    unmoved = workspace("baseline", "approve", "box", "--item", "cron_job:*", "--why", "x")
    (root / "etc/crontab").write_text("* * * * * root /opt/x\n")
    workspace.scan()

    refused = workspace("baseline", "approve", "box", "--item", "cron_job:*", "--why", "x")

    assert (unmoved.status, refused.status) == (2, 2)
    assert "box: nobody has approved the baseline of " in refused.err
    assert refused.err == unmoved.err
    assert refused.err.endswith("; approve the whole first, without --item\n")
    assert not (workspace.folder / "baselines").exists()


def test_what_was_not_assessed_is_said_beside_what_is_shown(
    workspace: Workspace, busybox_host: Sshd, host_variables: Variables
) -> None:
    workspace.inventory({"box": host_variables(busybox_host)})
    (workspace.folder / "play.yml").write_text(
        "- name: test\n  hosts: all\n  tasks: [{name: machine, state: {kinds: [package, shell]}}]\n"
    )
    workspace.scan()

    shown = workspace("state", "show", "box")

    assert "/bin/sh" in shown.out
    assert "box: not assessed: package: tool missing: no database of a known package manager" in shown.err


def test_mistakes_in_a_task_are_named_with_their_line(workspace: Workspace) -> None:
    workspace.inventory({"box": {"ansible_host": "127.0.0.1"}})
    play = workspace.folder / "play.yml"

    for arguments, said in (
        ({"kinds": ["acount"]}, "kinds: 'acount' is none of its words; did you mean 'account'?"),
        ({"kinds": ["port"], "without": ["port"]}, "no kind is left to look at"),
        ({"ignore": {"x": ["y"]}}, "ignore: 'x' is none of its words; known are account"),
        ({"kind": []}, "unknown key 'kind'; did you mean 'kinds'?"),
    ):
        task = json.dumps({"name": "machine", "state": arguments})
        play.write_text(f"- name: test\n  hosts: all\n  tasks:\n    - {task}\n")
        refused = workspace.scan()
        assert refused.status == 2
        assert "play.yml:4" in refused.err
        assert said in refused.err


def test_a_debian_machine_over_openssh(
    workspace: Workspace, sshd: Sshd, host_variables: Variables, add_user: Callable[..., str]
) -> None:
    workspace.inventory({"web1": host_variables(sshd)})
    (workspace.folder / "play.yml").write_text(
        "- {name: test, hosts: all, tasks: [{name: machine, state: {without: [suid_file, capability_file]}}]}\n"
    )
    first = workspace.scan()
    with socket.create_server(("127.0.0.1", 0)) as low, socket.create_server(("0.0.0.0", _free_port())) as wide:
        name = add_user(password="secret", sudoers="ALL=(ALL) NOPASSWD: ALL")
        folder = Path(f"/home/{name}/.ssh")
        folder.mkdir()
        shutil.copy(f"{sshd.key_file}.pub", folder / "authorized_keys")
        Path(f"/etc/cron.d/{name}").write_text(f"@daily {name} /bin/true\n")
        try:
            night = workspace.scan()
        finally:
            Path(f"/etc/cron.d/{name}").unlink()
        port = wide.getsockname()[1]
        assert low.getsockname()[1]

    levels = tell(night)
    mine = {item: level for item, level in levels.items() if name in item}
    assert first.json["hosts"][0]["tasks"][0]["entries"] > 100
    assert mine.pop(next(item for item in mine if item.startswith(f"authorized_key {name} SHA256:"))) == 8
    assert mine == {
        f"account {name}": 5,
        f"password {name}": 5,
        f"group {name}": 4,
        f"sudo_rule /etc/sudoers.d/{name}: {name} ALL=(ALL) NOPASSWD: ALL": 12,
        f"sudo_rule /etc/sudoers.d/{name}: Defaults:{name} passwd_tries=3": 10,
        f"cron_job /etc/cron.d/{name}: @daily {name} /bin/true": 8,
    }
    assert levels[f"port tcp 0.0.0.0:{port}"] == 10
    assert "$y$" not in night.out
    kept = [path.read_bytes() for path in (workspace.folder / ".ospatrol/states").rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert not [each for each in kept if b"$y$" in zstandard.decompress(each)]


def _free_port() -> int:
    """A port above those that are given out by chance."""
    for port in range(61000, 65000):
        with contextlib.suppress(OSError), socket.create_server(("0.0.0.0", port)):
            return port
    pytest.skip("no port is free")


def test_the_page_shows_a_play_and_a_rule_that_work(workspace: Workspace, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "state.md").read_text()
    play, rule = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    workspace.inventory({"box": {"ansible_host": "127.0.0.1"}})
    (workspace.folder / "play.yml").write_text(play)
    (workspace.folder / "rules").mkdir()
    (workspace.folder / "rules/own.yml").write_text(rule)

    assert workspace("run", "play.yml", "--list-tasks").status == 0
    tested = workspace("rules", "test", "rules/")
    assert tested.status == 0, tested.out + tested.err


def test_the_page_lists_every_kind_with_where_it_comes_from() -> None:
    page = (Path(__file__).parents[2] / "docs" / "state.md").read_text()

    assert re.findall(r"^\| `(\w+)` \| [^|]+ \|[^|]*\| [^|]+ \|$", page, re.MULTILINE) == list(Kind)


def test_baselines_of_states_move_to_another_workspace(
    patrolled: Workspace, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "box.baseline"
    (root / "etc/ld.so.preload").write_text("/opt/x.so\n")
    assert patrolled.scan().status == 3
    exported = patrolled("baseline", "export", "box", "-o", str(export))
    other = tmp_path / "other"
    shutil.copytree(patrolled.folder, other, ignore=shutil.ignore_patterns(".ospatrol", "baselines"))
    monkeypatch.chdir(other)

    imported = patrolled("baseline", "import", str(export))
    seen = patrolled.scan()

    assert exported.out.endswith("1 baseline of box\n")
    assert imported.out == "box: 1 baseline imported\n"
    assert tell(seen) == {"preload /opt/x.so": 13}
    assert seen.json["hosts"][0]["tasks"][0]["baseline"] == "approved"


def test_an_export_whose_content_was_changed_is_refused(patrolled: Workspace, tmp_path: Path) -> None:
    export = tmp_path / "box.baseline"
    patrolled("baseline", "export", "box", "-o", str(export))
    content = export.read_bytes()
    assert b"/bin/sh" in content
    export.write_bytes(content.replace(b"/bin/sh", b"/bin/no"))

    refused = patrolled("baseline", "import", str(export))

    assert refused.status == 2
    assert "the content of 'machine' is not what its digest says" in refused.err
