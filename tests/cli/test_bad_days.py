"""Runs that are killed, hosts whose clocks are off, disks that are full."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Variables = Callable[..., dict[str, object]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "root"
    (tree / "etc").mkdir(parents=True)
    for number in range(50):
        (tree / f"etc/f{number:02d}").write_text(str(number))
    return tree


def test_a_killed_run_leaves_whole_hosts_and_a_lock_that_the_next_one_takes_over(
    workspace: Any, sshd: Any, start_sshd: Callable[..., Any], host_variables: Variables, tree: Path
) -> None:
    slow = start_sshd("ForceCommand sleep 60")
    workspace.inventory({"web1": host_variables(sshd, tree=str(tree)), "web2": host_variables(slow, tree=str(tree))})
    command = [sys.executable, "-m", "ospatrol.cli.main", "run", "play.yml", "--json"]
    run = subprocess.Popen(command, cwd=workspace.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    database = workspace.folder / ".ospatrol/ospatrol.db-wal"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (database.exists() and "web1" in workspace("baseline", "show").out):
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()

    after = workspace.scan("-l", "web1")

    assert after.status == 0
    assert f"took over from process {run.pid}" in after.err
    assert after.json["coverage"]["hashed"] == 0  # what the killed run had stored counts
    assert workspace("store", "verify").status == 0
    assert "interrupted" in workspace("transcript", "--runs").out


def test_a_clock_that_is_off_is_told_once_and_noted_always(
    workspace: Any, start_sshd: Callable[..., Any], host_variables: Variables, tree: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "date").write_text("#!/bin/sh\necho $(($(/bin/date +%s) + 3600))\n")
    (tools / "date").chmod(0o755)
    ahead = start_sshd(f"SetEnv PATH={tools}:/usr/bin:/bin")
    workspace.inventory({"web1": host_variables(ahead, tree=str(tree))})

    first, second = workspace.scan(), workspace.scan()

    assert [alert["kind"] for alert in first.json["alerts"] if alert["kind"] == "clock"] == ["clock"]
    assert second.json["alerts"] == []
    for run in (first, second):
        (note,) = run.json["hosts"][0]["notes"]
        assert note.startswith("its clock is +3")


def test_a_full_disk_is_told_and_the_store_stays_whole(
    workspace: Any, host_variables: Variables, tree: Path, tmp_path: Path
) -> None:
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(tree)}})
    assert workspace.scan().status == 0
    for number in range(3000):
        (tree / f"etc/more{number}").write_bytes(os.urandom(20))

    def no_room() -> None:
        limit = 200_000  # bytes a file may have from now on, as on a full disk
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "ospatrol.cli.main", "run", "play.yml"]
    full = subprocess.run(
        command, cwd=workspace.folder, capture_output=True, text=True, check=False, preexec_fn=no_room
    )
    after = workspace.scan()

    assert full.returncode in {2, 4}
    assert "web1: NOT ASSESSED, failed at store" in full.stdout
    assert "the disk, a quota or a file size limit" in full.stdout
    assert "Traceback" not in full.stderr
    assert workspace("store", "verify").status == 0
    assert after.status == 3
    assert len(after.json["alerts"]) == 3000
