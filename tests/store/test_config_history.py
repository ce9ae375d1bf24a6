from __future__ import annotations

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import StoreError
from ospatrol.store import config_git, config_history
from ospatrol.store.config_history import FOLDER, ConfigHistory, Note
from ospatrol.store.config_states import ConfigState, ConfigStates


def note(number: int = 1, **given: object) -> Note:
    """What is written down with the revision of a number."""
    kept = {"host": "r1", "at": 1_700_000_000.0 + number, "run": f"run{number}", "task": "config", "author": "ann"}
    return Note(**{**kept, "subject": f"change {number}", "digests": {"running": f"{number:064x}"}, **given})


@pytest.fixture
def history(tmp_path: Path) -> ConfigHistory:
    return ConfigHistory(tmp_path / "state")


def test_revisions_are_kept_newest_first_with_all_that_was_written_down(history: ConfigHistory) -> None:
    history.append(note(1), {"running": "a\n", "startup": "s\n"})
    second = history.append(note(2, changed_by="bob"), {"running": "b\n"})

    revisions = history.revisions("r1", "running")

    assert [revision.note.subject for revision in revisions] == ["change 2", "change 1"]
    assert revisions[0].id == second
    assert revisions[0].note == note(2, host="", changed_by="bob")
    assert [revision.note.subject for revision in history.revisions("r1", "startup")] == ["change 1"]
    assert len(history.revisions("r1")) == 2
    assert len(history.revisions("r1", "running", limit=1)) == 1


def test_texts_are_given_back_as_they_were_at_any_revision(history: ConfigHistory) -> None:
    first = history.append(note(1), {"running": "one\n\u00fc\n", "startup": "s\n"})
    history.append(note(2), {"running": "two\n"})

    assert history.text("r1", "running") == "two\n"
    assert history.text("r1", "running", first) == "one\n\u00fc\n"
    assert history.text("r1", "startup") == "s\n"
    assert history.text("r1", "version") is None
    assert history.text("r2", "running") is None


def test_devices_do_not_disturb_each_other(history: ConfigHistory) -> None:
    for number in range(3):
        for host in ("r1", "r2", "r1/../r2", "-n", "--all", ".git", "a b\u00e9\n"):
            history.append(note(number, host=host), {"running": f"{host.encode().hex()} {number}\n"})

    assert history.text("r1", "running") == f"{b'r1'.hex()} 2\n"
    assert history.text("r1/../r2", "running") == f"{b'r1/../r2'.hex()} 2\n"
    assert [len(history.revisions(host, "running")) for host in ("r1", "-n", "--all", ".git", "a b\u00e9\n")] == [3] * 5
    assert len(history.hosts()) == 7


def test_each_line_is_blamed_on_the_revision_that_brought_it(history: ConfigHistory) -> None:
    first = history.append(note(1), {"running": "hostname r1\nntp server a\nend\n"})
    history.append(note(2, host="r2"), {"running": "other\n"})
    third = history.append(note(3, changed_by="eve"), {"running": "hostname r1\nntp server b\nend\n"})

    lines = history.blame("r1", "running")

    assert [(line.line, line.text, line.revision.id) for line in lines] == [
        (1, "hostname r1", first),
        (2, "ntp server b", third),
        (3, "end", first),
    ]
    assert lines[1].revision.note.changed_by == "eve"
    assert [line.text for line in history.blame("r1", "running", first)][1] == "ntp server a"
    assert history.blame("r9", "running") == ()


def test_nothing_is_known_before_anything_is_kept(history: ConfigHistory) -> None:
    assert history.text("r1", "running") is None
    assert history.revisions("r1") == ()
    assert history.blame("r1", "running") == ()
    assert history.hosts() == ()


def test_the_users_own_git_has_no_say(history: ConfigHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    marks = tmp_path / "ran"
    for name in ("reference-transaction", "post-commit", "pre-commit", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {marks}\nexit 1\n")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n\tpager = touch {marks}\n[commit]\n\tgpgSign = true\n"
        f"[diff]\n\texternal = touch {marks}\n[log]\n\tshowSignature = true\n[user]\n\tuseConfigOnly = true\n"
        "[alias]\n\tlog = !false\n[init]\n\tdefaultBranch = other\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "mallory")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hooks))

    history.append(note(1), {"running": "a\n"})
    repository = tmp_path / "state" / FOLDER
    (repository / "hooks").mkdir(exist_ok=True)
    (repository / "hooks" / "reference-transaction").symlink_to(hooks / "reference-transaction")
    history.append(note(2), {"running": "b\n"})

    assert [revision.note.author for revision in history.revisions("r1")] == ["ann", "ann"]
    assert len(history.blame("r1", "running")) == 1
    assert not marks.exists()
    assert not (tmp_path / "elsewhere").exists()


def test_any_git_can_read_it_and_only_its_owner_may(history: ConfigHistory, tmp_path: Path) -> None:
    history.append(note(1, author="ann <x>\n"), {"running": "a\n"})
    repository = tmp_path / "state" / FOLDER

    said = subprocess.run(
        ["git", "-C", str(repository), "log", "--format=%an|%at|%s", "main", "--", "r1/running.cfg"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    checked = subprocess.run(["git", "-C", str(repository), "fsck", "--strict"], capture_output=True, check=False)

    assert said == "ann x|1700000001|r1: change 1\n"
    assert checked.returncode == 0, checked.stderr
    open_to_others = [path for path in repository.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_threads_that_append_at_once_lose_nothing(history: ConfigHistory) -> None:
    def work(host: str) -> None:
        for number in range(4):
            history.append(note(number, host=host), {"running": f"{number}\n"})

    threads = [threading.Thread(target=work, args=(f"r{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [len(history.revisions(f"r{number}", "running")) for number in range(4)] == [4] * 4


def test_what_piles_up_is_packed_and_a_failure_of_that_loses_nothing(
    history: ConfigHistory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(config_history, "_TIDIED_EVERY", 3)
    for number in range(7):
        history.append(note(number), {"running": f"{number}\n"})
    (tmp_path / "state" / FOLDER / "gc.pid").mkdir()
    (tmp_path / "state" / FOLDER / "gc.pid.lock").mkdir()
    for number in range(7, 14):
        history.append(note(number), {"running": f"{number}\n"})

    assert len(history.revisions("r1", "running")) == 14


def test_what_goes_wrong_is_said(history: ConfigHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history.append(note(1), {"running": "a\n"})

    with pytest.raises(StoreError, match="no name of a capture"):
        history.text("r1", "../x")
    head = tmp_path / "state" / FOLDER / "HEAD"
    head.write_text("nonsense")
    with pytest.raises(StoreError, match=r"configs\.git: git .* failed"):
        history.revisions("r1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="git is not installed"):
        history.revisions("r1")
    (tmp_path / "git").mkdir()
    with pytest.raises(StoreError, match="git"):
        history.revisions("r1")


def test_a_git_that_never_ends_is_given_up(
    history: ConfigHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(config_git, "_LIMIT_S", 0.2)

    with pytest.raises(StoreError, match="did not finish within"):
        history.append(note(1), {"running": "a\n"})


def test_a_revision_that_is_not_in_the_devices_history_is_no_answer(history: ConfigHistory) -> None:
    history.append(note(1), {"running": "a\n"})

    assert history.text("r1", "running", "0" * 40) is None


def state(**given: object) -> ConfigState:
    return ConfigState(**{"host": "r1", "task": "config", "platform": "cisco_ios", **given})


def test_where_devices_stand_is_kept_by_host_and_task(tmp_path: Path) -> None:
    states = ConfigStates(tmp_path / "state")
    failures = (Failure(what="startup", reason=Reason.DENIED, detail="no"),)
    states.put(state(captures={"running": "a"}, failures=failures))
    states.put(state(task="other", unsaved="x"))
    states.put(state(host="r0/\u00e9"))
    states.put(state(captures={"running": "b"}))

    assert states.get("r1", "config") == state(captures={"running": "b"})
    assert states.get("r1", "nothing") is None
    assert [(each.host, each.task) for each in states.all()] == [
        ("r0/\u00e9", "config"),
        ("r1", "config"),
        ("r1", "other"),
    ]
    assert ConfigStates(tmp_path / "none").all() == ()


def test_states_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    states = ConfigStates(tmp_path)
    states.put(state())
    next((tmp_path / "configs").iterdir()).write_text("{")

    with pytest.raises(StoreError, match="damaged"):
        states.get("r1", "config")


def test_what_a_killed_git_left_does_not_last(history: ConfigHistory, tmp_path: Path) -> None:
    history.append(note(1), {"running": "a\n"})
    folder = tmp_path / "state" / FOLDER
    (device,) = (folder / "refs" / "devices").iterdir()
    names = ("refs/heads/main.lock", f"refs/devices/{device.name}.lock", "packed-refs.lock")
    left = [folder / name for name in (*names, "objects/pack/tmp_pack_x", "fast_import_crash_1")]
    for path in left:
        path.touch()
        os.utime(path, (0, 0))

    history.append(note(2), {"running": "b\n"})

    assert history.text("r1", "running") == "b\n"
    assert not any(path.exists() for path in left)


def test_a_lock_of_a_git_that_may_run_is_left_alone(history: ConfigHistory, tmp_path: Path) -> None:
    history.append(note(1), {"running": "a\n"})
    lock = tmp_path / "state" / FOLDER / "refs" / "heads" / "main.lock"
    lock.touch()

    with pytest.raises(StoreError, match="lock"):
        history.append(note(2), {"running": "b\n"})

    assert lock.exists()
