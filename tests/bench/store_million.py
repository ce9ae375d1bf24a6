"""One million file rows in the store: 500 hosts of 2,000 files each.

Prints a figure a line; ends with status 1 if one misses its bound. `--hosts N` makes it smaller, `--json` prints JSON.

    python tests/bench/store_million.py
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ospatrol.integrity.diff import diff
from ospatrol.model.alert import Alert
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.store.records import AlertQuery, HostRecord, ScanState
from ospatrol.store.registry import HostSeen, Registry
from ospatrol.store.store import Store
from ospatrol.store.upkeep import Retention

_FILES = 2000
_SCOPE = FileScope(paths=("/etc", "/usr"))
_WORDS = (
    "bin",
    "lib",
    "share",
    "doc",
    "etc",
    "systemd",
    "conf",
    "locale",
    "perl",
    "modules",
    "ssl",
    "man",
    "cron",
    "apt",
)
_RUN = RunResult(id="20260101T000000Z-0001", play="nightly.yml", started=1_767_225_600.0)


def main() -> int:
    """Measure and print; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description="One million file rows in the store.")
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = list(_figures(Path(folder) / "state", wanted.hosts))
    missed = [name for name, figure, bound in figures if bound is not None and figure > bound]
    if wanted.json:
        print(json.dumps({name: round(figure, 3) for name, figure, _ in figures}, indent=2))
    else:
        for name, figure, bound in figures:
            print(f"{name:<62} {figure:10.2f}" + (f"   bound {bound:g}" if bound is not None else ""))
    if missed:
        print("missed: " + ", ".join(missed), file=sys.stderr)
    return 1 if missed else 0


def _figures(folder: Path, hosts: int) -> Iterator[tuple[str, float, float | None]]:
    packages = _packages()
    with Store.open(folder) as store:
        store.begin_run(_RUN, args=(), owner="bench")
        first = [_host_ms(store, host, _snapshot(packages, host), 1.0) for host in range(hosts)]
        yield "first scan of a host recorded, ms, median", statistics.median(first), 2.0
        yield "first scan of a host recorded, ms, worst", max(first), None
        yield "seal, ms", _ms(store.seal), None
        rows = hosts * _FILES
        size = (folder / "ospatrol.db").stat().st_size
        yield "file rows", rows, None
        yield "size on disk, MB", size / 1e6, 90.0 * rows / 1e6
        yield "size on disk, bytes a file", size / rows, None
        yield from _compared(store, packages, hosts)
        same = [_host_ms(store, host, _snapshot(packages, host), 2.0) for host in range(min(hosts, 100))]
        yield "unchanged scan of a host recorded, ms, median", statistics.median(same), 2.0
        moved = [_host_ms(store, host, _snapshot(packages, host, changed=30), 3.0) for host in range(hosts)]
        yield "scan with 30 changed files recorded, ms, median", statistics.median(moved), 2.0
        store.seal()
        grown = (folder / "ospatrol.db").stat().st_size - size
        yield "second snapshot of every host takes, MB", grown / 1e6, None
        yield from _alerts(store)
        yield "statistics, ms", _ms(store.stats), None
        yield "gc with nothing to remove, ms", _ms(lambda: store.gc(Retention(), _RUN.started)), None
        yield "verify, everything read, s", _ms(store.verify) / 1e3, None
    yield "registry, 1,000 hosts in one batch, ms", _registry_ms(folder), 100.0
    yield "most memory, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, None


def _compared(
    store: Store, packages: list[tuple[bytes, bytes]], hosts: int
) -> Iterator[tuple[str, float, float | None]]:
    """The baseline of one host read from disk and compared, on different hosts each time."""
    loaded, both = [], []
    for host in random.Random(1).sample(range(hosts), min(hosts, 40)):
        state = store.scan_state(_name(host), "base")
        now = _snapshot(packages, host, changed=30)
        assert state is not None
        start = time.perf_counter()
        before = store.snapshot(state.snapshot)
        loaded.append((time.perf_counter() - start) * 1e3)
        changes = diff(before, now, _SCOPE).changes
        both.append((time.perf_counter() - start) * 1e3)
        assert len(changes) == 30
    yield "baseline of a host loaded and verified, ms, median", statistics.median(loaded), None
    yield "the same and 2,000 files compared, 30 changed, ms, median", statistics.median(both), 50.0
    yield "the same and 2,000 files compared, 30 changed, ms, worst", max(both), None


def _alerts(store: Store) -> Iterator[tuple[str, float, float | None]]:
    """A hundred alerts in one record, and a page of 20,000 of them."""
    spent = []
    for batch in range(200):
        alerts = tuple(_alert(batch * 100 + number) for number in range(100))
        record = HostRecord(result=HostResult(host=f"alerting{batch}", status=HostStatus.ASSESSED), alerts=alerts)
        spent.append(_ms(lambda record=record: store.record_host(_RUN.id, record)))
    yield "100 alerts of a host recorded, ms, median", statistics.median(spent), None
    query = AlertQuery(host="web*", min_level=7, groups=("integrity",), limit=50)
    yield "50 newest of 20,000 alerts by host, level and group, ms", _ms(lambda: list(store.alerts(query))), None


def _registry_ms(folder: Path) -> float:
    registry = Registry.open(folder)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    batch = [
        HostSeen(host=f"web{number}", at=at, status=HostStatus.ASSESSED, platform="Linux", tools={"hash": "sha256sum"})
        for number in range(1000)
    ]
    registry.saw(batch)
    return statistics.median(_ms(lambda: registry.saw(batch)) for _ in range(5))


def _host_ms(store: Store, host: int, snapshot: Snapshot, at: float) -> float:
    """How long it takes to record one scan, the digest of the snapshot included."""
    start = time.perf_counter()
    digest = snapshot.digest
    state = ScanState(host=_name(host), task="base", scope=_SCOPE, snapshot=digest, proposed=digest, scanned_at=at)
    result = HostResult(host=_name(host), status=HostStatus.ASSESSED)
    store.record_host(_RUN.id, HostRecord(result=result, scans=(state,), snapshots=(snapshot,)))
    return (time.perf_counter() - start) * 1e3


def _packages() -> list[tuple[bytes, bytes]]:
    """What the hosts have in common: size, mtime and path of each file, and its digest."""
    chance, found = random.Random(7), []
    for number in range(_FILES):
        path = "/".join(chance.choice(_WORDS) for _ in range(chance.randint(2, 5)))
        stated = f"{chance.randrange(200, 300_000)} {1_700_000_000 + chance.randrange(10**6)}.0000000000"
        digest = sha256(f"{number}".encode()).hexdigest()
        found.append((f"{stated} {{}} {{}} 1 65025 /usr/{path}-{number}".encode(), digest.encode()))
    return found


def _snapshot(packages: list[tuple[bytes, bytes]], host: int, changed: int = 0) -> Snapshot:
    """A host's tree: its own inodes and ctimes, and a tenth of the contents its own too."""
    chance, listing, extras = random.Random(host), [], []
    inode = chance.randrange(10**5, 10**7)
    moved = set(random.Random(host + 1).sample(range(_FILES), changed))
    for number, (shared, common) in enumerate(packages):
        inode += chance.randrange(1, 5)
        ctime = f"{1_750_000_000 + chance.randrange(10**6)}.{chance.randrange(10**9):09d}0"
        own = chance.random() < 0.1
        its = sha256(f"{host} {number} {number in moved}".encode()).hexdigest().encode()
        listing.append(b"f 644 0 0 " + shared.decode().format(ctime, inode).encode() + b"\0\0")
        extras.append((its if own or number in moved else common) + b"\0")
    return Snapshot(listing=b"".join(listing), extras=b"".join(extras))


def _alert(number: int) -> Alert:
    event = Event(
        at=_RUN.started + number,
        host=f"web{number % 500}",
        kind="integrity",
        location="files:base",
        text=f"/usr/bin/tool-{number} modified",
        fields={
            "path": f"/usr/bin/tool-{number}",
            "change": "modified",
            "aspects": "content,mtime",
            "verdict": "unowned",
        },
    )
    description = f"file /usr/bin/tool-{number} changed"
    return Alert(
        id=f"{number:016x}",
        rule=500_001,
        level=number % 16,
        description=description,
        event=event,
        groups=("integrity",),
    )


def _name(host: int) -> str:
    return f"web{host:04}.example.net"


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    sys.exit(main())
