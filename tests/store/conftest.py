"""A store in a folder of its own, and records to put into it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ospatrol.model.alert import Alert
from ospatrol.model.command import Script, Sent
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.packages import Packages, PackageSystem
from ospatrol.model.run import HostResult, HostStatus, RunResult, TaskResult
from ospatrol.store.codecs import digest_of, from_packages
from ospatrol.store.records import HostRecord, ScanState
from ospatrol.store.store import Store

SCRIPT = Script(name="files", text="printf hello\n")
RUN = RunResult(id="20260101T000000Z-0001", play="nightly.yml", started=1_767_225_600.0, planned=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".ospatrol"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder) as opened:
        yield opened


@pytest.fixture
def begun(store: Store) -> Store:
    """A store in which the run RUN has begun."""
    store.begin_run(RUN, args=("run", "nightly.yml"), owner="alice on box")
    return store


@pytest.fixture
def run() -> RunResult:
    return RUN


def _tree(seed: int, *, entries: int = 200, changed: int = 0) -> Snapshot:
    """A tree that looks like a host's; `changed` of its entries have another content and ctime."""
    chance, listing, extras = random.Random(seed), [], []
    moved = set(random.Random(changed).sample(range(entries), changed))
    for place in range(entries):
        ctime, word = chance.randrange(10**9, 2 * 10**9), chance.randbytes(32).hex()
        if place in moved:
            ctime, word = ctime + changed, sha256(f"{seed} {place} {changed}".encode()).hexdigest()
        entry = (
            f"f 644 0 0 {chance.randrange(10**6)} 1700000000.5 {ctime}.25 {1000 + place} 1 65025 /usr/bin/tool-{place}"
        )
        listing.append(entry.encode() + b"\0\0")
        extras.append(word.encode() + b"\0")
    return Snapshot(listing=b"".join(listing), extras=b"".join(extras))


def _alert(id_: str, *, host: str = "web1", at: float = 1000.0, level: int = 7, rule: int = 500_001) -> Alert:
    event = Event(
        at=at, host=host, kind="integrity", location="files:etc", text="/etc/x changed", fields={"path": "/etc/x"}
    )
    return Alert(id=id_, rule=rule, level=level, description="a file changed", event=event, groups=("integrity",))


def _record(
    host: str = "web1", *, at: float = 1000.0, snapshot: Snapshot | None = None, ids: tuple[str, ...] = ()
) -> HostRecord:
    snapshot = snapshot or _tree(1)
    packages = Packages(
        system=PackageSystem.DPKG, signature="s", versions={"bash": "5.2"}, owners={b"/bin/b\xff": "bash"}
    )
    text, standing = f"PermitRootLogin no # {host}\n".encode(), b"pending"
    signed = digest_of(from_packages(packages))
    failure = Failure(what="/root/x", reason=Reason.DENIED)
    state = ScanState(
        host=host,
        task="etc",
        scope=FileScope(paths=("/etc",), ignore=("*.swp",)),
        snapshot=snapshot.digest,
        proposed=snapshot.digest,
        packages=signed,
        baseline_packages=signed,
        texts={b"/etc/ssh/sshd_config\xff": digest_of(text)},
        pending=digest_of(standing),
        failures=(failure,),
        skewed=True,
        hashed_at=at,
        scanned_at=at,
        probe={"style": "gnu"},
    )
    task = TaskResult(task="etc", entries=200, failures=(failure,))
    return HostRecord(
        result=HostResult(host=host, status=HostStatus.PARTLY, tasks=(task,), notes=("a note",), seconds=0.5),
        alerts=tuple(_alert(id_, host=host, at=at) for id_ in ids),
        scans=(state,),
        snapshots=(snapshot,),
        packages=(packages,),
        texts=(text, standing),
        sent=(Sent(host=host, at=at, exec_line="sh -s", script="files", digest=SCRIPT.digest, args=("/etc",)),),
        scripts=(SCRIPT,),
        events=3,
    )


@pytest.fixture
def tree() -> Callable[..., Snapshot]:
    return _tree


@pytest.fixture
def alert() -> Callable[..., Alert]:
    return _alert


@pytest.fixture
def record() -> Callable[..., HostRecord]:
    return _record
