from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.run import RunResult
from ospatrol.store.records import AlertQuery, HostRecord
from ospatrol.store.store import Store
from ospatrol.store.upkeep import GcReport, Retention

_DAY = 86400.0
_KEEP_ALL = Retention(alerts_days=10**6, runs_days=10**6, snapshots=10**6)
Record = Callable[..., HostRecord]
Tree = Callable[..., Snapshot]


def _removed(report: GcReport) -> dict[str, int]:
    counts = {name: getattr(report, name) for name in ("alerts", "runs", "sent", "snapshots", "blobs")}
    return {name: count for name, count in counts.items() if count}


def test_an_empty_store_has_nothing_to_remove(store: Store) -> None:
    assert _removed(store.gc(Retention(), 1e9)) == {}


def test_alerts_go_after_their_time(begun: Store, run: RunResult, record: Record) -> None:
    begun.record_host(run.id, record(ids=("old",), at=_DAY))
    begun.record_host(run.id, record(ids=("new",), at=3 * _DAY))

    report = begun.gc(Retention(alerts_days=2, runs_days=10**6), 4 * _DAY)

    assert _removed(report) == {"alerts": 1}
    assert [alert.id for alert in begun.alerts(AlertQuery())] == ["new"]


def test_runs_go_with_their_transcripts_and_scripts_and_their_alerts_stay(
    begun: Store, run: RunResult, record: Record
) -> None:
    given = record(ids=("a1",))
    begun.record_host(run.id, given)
    later = msgspec.structs.replace(run, id="later", started=run.started + 10 * _DAY)
    begun.begin_run(later, args=(), owner="")

    report = begun.gc(Retention(runs_days=5, alerts_days=10**6), later.started)

    assert _removed(report) == {"runs": 1, "sent": 1, "blobs": 1}
    assert [each.id for each in begun.runs()] == ["later"]
    assert [alert.id for alert in begun.alerts(AlertQuery(run=run.id))] == ["a1"]
    with pytest.raises(StoreError, match="past retention"):
        begun.transcript(run.id)
    with pytest.raises(StoreError, match="is not in the store"):
        begun.script(given.scripts[0].digest)
    assert begun.verify() == ()


def test_what_nothing_refers_to_goes_unless_the_caller_needs_it(store: Store, tree: Tree) -> None:
    approved, stray = store.put_snapshot(tree(1)), store.put_snapshot(tree(2))
    text = store.put_text(b"stray")

    report = store.gc(_KEEP_ALL, 0.0, keep=frozenset({approved}))

    assert _removed(report) == {"blobs": 2}
    assert report.blob_bytes > 0
    assert store.snapshot(approved) == tree(1)
    for gone in (store.snapshot, store.text):
        with pytest.raises(StoreError):
            gone(stray if gone == store.snapshot else text)


def test_what_the_caller_keeps_must_be_digests(store: Store, tree: Tree) -> None:
    digest = store.put_snapshot(tree(1))

    with pytest.raises(StoreError, match="'web1' is no digest"):
        store.gc(_KEEP_ALL, 0.0, keep=frozenset({"web1"}))

    assert store.has_snapshot(digest)


def test_history_keeps_the_newest_and_the_baselines_whatever_their_age(
    begun: Store, run: RunResult, record: Record, tree: Tree
) -> None:
    looks = [tree(1, changed=number) for number in range(8)]
    for number, look in enumerate(looks):
        given = record(at=float(number), snapshot=look)
        state = msgspec.structs.replace(
            given.scans[0], proposed=looks[0].digest, approved=looks[2].digest if number > 1 else None
        )
        begun.record_host(run.id, msgspec.structs.replace(given, scans=(state,)))

    report = begun.gc(Retention(snapshots=3, runs_days=10**6), 0.0)

    assert _removed(report) == {"snapshots": 4, "blobs": 2}
    assert [each.at for each in begun.history("web1", "etc")] == [7.0, 6.0, 5.0, 4.0]
    assert [begun.has_snapshot(look.digest) for look in looks] == [True, False, True, False, True, True, True, True]
    assert all(begun.snapshot(looks[number].digest) == looks[number] for number in (0, 2, 4, 5, 6, 7))
    assert begun.verify() == ()


def test_what_others_are_compressed_against_stays(begun: Store, run: RunResult, record: Record, tree: Tree) -> None:
    looks = [tree(1, entries=2000, changed=number) for number in range(4)]
    for number, look in enumerate(looks):
        given = record(at=float(number), snapshot=look)
        state = msgspec.structs.replace(given.scans[0], proposed=None)
        begun.record_host(run.id, msgspec.structs.replace(given, scans=(state,)))

    begun.gc(Retention(snapshots=0, runs_days=10**6), 0.0)

    assert len(begun.history("web1", "etc")) == 1
    assert begun.snapshot(looks[3].digest) == looks[3]
    assert begun.verify() == ()
    assert begun.stats().blobs[0].count == 2


def test_texts_packages_and_standing_differences_in_use_stay(begun: Store, run: RunResult, record: Record) -> None:
    given = record()
    begun.record_host(run.id, given)

    report = begun.gc(_KEEP_ALL, 0.0)

    state = begun.scan_state("web1", "etc")
    assert _removed(report) == {}
    assert state == given.scans[0]
    assert begun.text(state.pending or "") == b"pending"


def test_a_dry_run_says_the_same_and_removes_nothing(begun: Store, run: RunResult, record: Record, tree: Tree) -> None:
    for number in range(5):
        begun.record_host(run.id, record(at=float(number), snapshot=tree(number), ids=(f"a{number}",)))
    policy, now = Retention(snapshots=1, alerts_days=1, runs_days=1), run.started + 100 * _DAY
    before = begun.stats().rows

    said = begun.gc(policy, now, dry_run=True)
    after = begun.stats().rows
    done = begun.gc(policy, now)

    assert after == before
    assert _removed(said) == _removed(done)
    assert said.dry_run
    assert not done.dry_run
    assert done.alerts == 5


def test_the_file_shrinks_on_disk(store: Store, folder: Path, tree: Tree) -> None:
    for number in range(60):
        store.put_snapshot(tree(number, entries=5000))
    store.seal()
    before = (folder / "ospatrol.db").stat().st_size

    report = store.gc(Retention(budget_bytes=1), 0.0)

    assert report.before_bytes > 10_000_000
    assert report.after_bytes < 200_000
    assert report.over_budget
    assert (folder / "ospatrol.db").stat().st_size < before / 20
    assert store.stats().free_bytes == 0


def test_statistics_say_what_there_is(begun: Store, run: RunResult, record: Record) -> None:
    begun.record_host(run.id, record("web1", ids=("a1",), at=5.0))
    begun.record_host(run.id, record("web2", ids=("a2",), at=9.0))

    stats = begun.stats(Retention(budget_bytes=1))

    assert stats.hosts == 2
    assert stats.rows["alert"] == 2
    assert (stats.oldest_alert, stats.newest_alert) == (5.0, 9.0)
    assert (stats.oldest_run, stats.newest_run) == (run.started, run.started)
    assert {blob.kind: blob.count for blob in stats.blobs} == {
        "snapshot": 1,
        "text": 3,
        "packages": 1,
        "texts": 2,
        "script": 1,
    }
    assert all(min(blob.stored_bytes, blob.plain_bytes) > 0 for blob in stats.blobs)
    assert stats.over_budget
    assert not begun.stats(Retention(budget_bytes=0)).over_budget
    assert stats.log_bytes > 0
