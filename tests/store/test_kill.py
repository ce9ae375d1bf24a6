"""A process is killed at any moment; what it had reported is there, and nothing is there by half."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ospatrol.store.lock import RunLock
from ospatrol.store.records import AlertQuery
from ospatrol.store.store import Store
from ospatrol.store.upkeep import Retention

_ROUNDS = 60
_WRITER = """
import random, sys
from pathlib import Path
from ospatrol.model.alert import Alert
from ospatrol.model.command import Sent, Script
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope, Snapshot
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.store.codecs import digest_of
from ospatrol.store.lock import RunLock
from ospatrol.store.records import HostRecord, ScanState
from ospatrol.store.registry import HostSeen, Registry
from ospatrol.store.store import Store
from ospatrol.store.upkeep import Retention

folder, number = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(number)
listing = b"".join(b"f 644 0 0 1 2.5 3.5 %d 1 9 /usr/bin/%d\\0\\0" % (n, n) for n in range(400))
words = random.Random(5).randbytes(400 * 32).hex()
script = Script(name="files", text="exit 0")
with RunLock(folder, "writer"), Store.open(folder) as store:
    run = RunResult(id=f"run-{number:03}", play="x", started=float(number))
    store.begin_run(run, args=(), owner="")
    print("ready", flush=True)
    for host in range(10**6):
        name, at = f"host{host % 7}-{host}", float(number)
        moved = chance.randrange(400)
        extras = "".join(words[n * 64 : n * 64 + 64] + "\\0" for n in range(400)).encode()
        extras = extras[: moved * 65] + b"%064x\\0" % chance.getrandbits(256) + extras[moved * 65 + 65 :]
        snapshot, text = Snapshot(listing=listing, extras=extras), b"%d %d" % (number, host)
        state = ScanState(
            host=f"host{host % 7}", task="t", scope=FileScope(paths=("/",)), snapshot=snapshot.digest,
            texts={b"/x": digest_of(text)}, scanned_at=at + host / 1e6,
        )
        event = Event(at=at, host=name, kind="integrity", location="files:t")
        alert = Alert(id=f"{number:08x}{host:08x}", rule=1, level=5, description="", event=event)
        sent = Sent(host=name, at=at, exec_line="sh -s", script="files", digest=script.digest)
        store.record_host(run.id, HostRecord(
            result=HostResult(host=name, status=HostStatus.ASSESSED), alerts=(alert,), scans=(state,),
            snapshots=(snapshot,), texts=(text,), sent=(sent,), scripts=(script,),
        ))
        print(name, flush=True)
        if host % 4 == 3:
            store.gc(Retention(snapshots=3), at)
        if host % 5 == 4:
            store.seal()
        if host % 6 == 5:
            Registry.open(folder).ran("x", run.id, at, name)
"""


def _reported_before_the_kill(folder: Path, number: int) -> list[str]:
    """Names of the hosts that a run said it had recorded."""
    chance = random.Random(number)
    command = [sys.executable, "-c", _WRITER, str(folder), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        names = [writer.stdout.readline() for _ in range(chance.randrange(12))]
        for _ in range(chance.randrange(30_000)):  # somewhere inside of what it does then
            pass
        writer.send_signal(signal.SIGKILL)
        names += writer.stdout.readlines()
    return [name.decode().strip() for name in names if name.endswith(b"\n")]


@pytest.mark.timeout(120)
def test_a_killed_run_loses_nothing_it_reported_and_leaves_no_host_by_half(folder: Path) -> None:
    recorded = 0
    for number in range(_ROUNDS):
        reported = _reported_before_the_kill(folder, number)

        with RunLock(folder) as lock, Store.open(folder) as store:
            run = f"run-{number:03}"
            hosts = {host.host for host in store.run(run).hosts}
            assert lock.taken_over_from is not None
            assert store.verify() == ()
            assert set(reported) <= hosts
            assert len(hosts) - len(reported) <= 1
            assert {alert.event.host for alert in store.alerts(AlertQuery(run=run))} == hosts
            assert {line.host for line in store.transcript(run)} == hosts
            last = {state.host: state for state in store.scan_states()}
            for host in sorted(hosts, key=lambda name: int(name.split("-")[1]))[-7:]:
                name, place = host.split("-")
                assert last[name].scanned_at == number + int(place) / 1e6
                assert store.text(last[name].texts[b"/x"]) == f"{number} {place}".encode()
            store.gc(Retention(snapshots=3), float(number))
            assert store.verify() == ()
            recorded += len(hosts)
    assert recorded > _ROUNDS
