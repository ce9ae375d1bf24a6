"""The controller's disk is full: a clear error, and everything that was there before is still sound."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ospatrol.store.registry import Registry
from ospatrol.store.store import Store

_WRITER = """
import random, resource, sys
from pathlib import Path
from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.store.records import HostRecord
from ospatrol.store.registry import Pin, Registry
from ospatrol.store.store import Store
from datetime import datetime, UTC

folder, limit = Path(sys.argv[1]), int(sys.argv[2])
store, registry = Store.open(folder), Registry.open(folder)
store.begin_run(RunResult(id="r", play="x", started=1.0), args=(), owner="")
pin = dict(address="a", port=22, key_type="k", key="AAAA", fingerprint="SHA256:x", pinned_at=datetime.now(UTC))
registry.pin([Pin(host="first", **pin)])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for number in range(10_000):
    tree = Snapshot(listing=random.Random(number).randbytes(20_000))
    record = HostRecord(result=HostResult(host=f"h{number}", status=HostStatus.ASSESSED), snapshots=(tree,))
    try:
        store.record_host("r", record)
    except StoreError as error:
        print(error, flush=True)
        break
    print(f"h{number}", flush=True)
filler = b"x" * 60_000  # to the last byte, whatever is left
with open(folder / "filler", "ab", buffering=0) as file:
    try:
        while limit == 0:
            file.write(filler)
    except OSError:
        pass
try:
    registry.pin([Pin(host=f"n{number}", **pin) for number in range(5000)])
except StoreError as error:
    print(error, flush=True)
try:
    store.seal()
except StoreError:
    pass
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine mounts no tmpfs")
    yield disk
    subprocess.run(["umount", disk], check=True)


def _fill(folder: Path, limit_bytes: int) -> list[str]:
    command = [sys.executable, "-c", _WRITER, str(folder), str(limit_bytes)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def _is_sound(folder: Path, recorded: list[str]) -> None:
    (folder / "filler").unlink()
    with Store.open(folder) as store:
        assert store.verify() == ()
        assert [host.host for host in store.run("r").hosts] == recorded
        assert store.stats().rows["blob"] == len(recorded)
    assert [pin.host for pin in Registry.open(folder).pins()] == ["first"]
    assert not list(folder.glob(".registry.json.*"))


def test_a_file_size_limit_is_named_and_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "state"

    *recorded, complaint, of_the_registry = _fill(folder, 600_000)

    assert len(recorded) > 10
    assert (
        "ospatrol.db: cannot be read or written (disk I/O error): the disk, a quota or a file size limit" in complaint
    )
    assert "registry.json: would grow past this process's file size limit" in of_the_registry
    _is_sound(folder, recorded)


def test_a_full_disk_is_named_and_does_no_harm(small_disk: Path) -> None:
    folder = small_disk / "state"

    *recorded, complaint, of_the_registry = _fill(folder, 0)

    assert len(recorded) > 10
    assert "ospatrol.db: the disk is full, and nothing of this step was stored; free space" in complaint
    assert "registry.json: the disk is full" in of_the_registry
    _is_sound(folder, recorded)
