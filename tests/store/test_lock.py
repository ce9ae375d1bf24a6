import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ospatrol.model.errors import StoreError, StoreLocked
from ospatrol.model.run import RunResult
from ospatrol.store.lock import LockOwner, RunLock, held_by
from ospatrol.store.records import RunState
from ospatrol.store.store import Store

_HOLDER = """
import sys
from pathlib import Path
from ospatrol.store.lock import RunLock
with RunLock(Path(sys.argv[1]), "ospatrol run nightly.yml"):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _HOLDER, str(folder)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_a_second_process_is_turned_away_and_told_by_whom(folder: Path) -> None:
    with _holder(folder) as holder:
        expected = rf"in use by process {holder.pid} of \S+ on \S+ since 20\S+Z: ospatrol run nightly\.yml; wait for it"
        with pytest.raises(StoreLocked, match=expected), RunLock(folder):
            pass

        owner = held_by(folder)
        holder.communicate(b"")

    assert owner is not None
    assert owner.pid == holder.pid
    assert held_by(folder) is None
    with RunLock(folder) as lock:
        assert lock.taken_over_from is None


def test_a_lock_whose_owner_was_killed_is_taken_over_and_said(folder: Path) -> None:
    with _holder(folder) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()

    assert held_by(folder) is None
    with RunLock(folder) as lock:
        assert lock.taken_over_from is not None
        assert lock.taken_over_from.pid == holder.pid
        assert lock.taken_over_from.command == "ospatrol run nightly.yml"
    with RunLock(folder) as again:
        assert again.taken_over_from is None


def test_the_holder_itself_cannot_take_it_twice_and_still_holds_it(folder: Path) -> None:
    with RunLock(folder, "first") as lock:
        with pytest.raises(StoreLocked, match=f"in use by process {os.getpid()} .*: first"), lock:
            pass
        with pytest.raises(StoreLocked, match="first"), RunLock(folder):
            pass

        assert held_by(folder) is not None
    assert held_by(folder) is None


def test_an_error_inside_gives_the_lock_back(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), RunLock(folder):
        raise ZeroDivisionError

    with RunLock(folder) as lock:
        assert lock.taken_over_from is None


def test_leaving_without_having_entered_does_nothing(folder: Path) -> None:
    RunLock(folder).__exit__(None, None, None)

    assert not folder.exists()


@pytest.mark.parametrize("content", [b"{broken", b"\xff\xfe", b'{"pid": "x"}'])
def test_an_owner_that_cannot_be_read_is_still_an_owner(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "lock").write_bytes(content)

    with RunLock(folder) as lock:
        assert str(lock.taken_over_from) == "a process that left no name"
    assert (folder / "lock").read_bytes() == b""


def test_an_owner_shows_no_control_characters() -> None:
    owner = LockOwner(pid=1, user="a\x1b[2J", host="h", command="x\ny")

    assert str(owner) == "process 1 of a\\x1b[2J on h since 1970-01-01T00:00:00Z: x\\x0ay"


def test_a_command_that_is_not_unicode_is_no_obstacle(folder: Path) -> None:
    with RunLock(folder, "run \udcff") as lock:
        assert lock.taken_over_from is None
        assert (held_by(folder) or LockOwner()).command == "run ?"


def test_an_account_without_a_name_is_known_by_its_number(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2**31 - 7)

    with RunLock(folder):
        assert (held_by(folder) or LockOwner()).user == str(2**31 - 7)


def test_a_lock_that_cannot_be_opened_is_a_store_error(folder: Path) -> None:
    (folder / "lock").mkdir(parents=True)

    with pytest.raises(StoreError, match="Is a directory"), RunLock(folder):
        pass
    assert held_by(folder) is None


def test_a_run_is_running_only_while_somebody_holds_the_workspace(folder: Path, run: RunResult) -> None:
    with Store.open(folder) as store:
        with RunLock(folder):
            store.begin_run(run, args=(), owner="")
            while_held = store.runs()[0].state
        afterwards = store.runs()[0].state

    assert while_held is RunState.RUNNING
    assert afterwards is RunState.INTERRUPTED
