import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from ospatrol.model.command import Script, Sent
from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.store.records import AlertQuery, HostRecord, RunState
from ospatrol.store.store import Store

Record = Callable[..., HostRecord]


def test_a_host_that_was_never_scanned_has_no_state(store: Store) -> None:
    assert store.scan_state("web1", "etc") is None
    assert tuple(store.scan_states()) == ()
    assert store.history("web1", "etc") == ()


def test_everything_of_a_record_comes_back(begun: Store, run: RunResult, record: Record) -> None:
    given = record(ids=("a1", "a2"))

    new = begun.record_host(run.id, given)

    state = given.scans[0]
    assert new == given.alerts
    assert begun.scan_state("web1", "etc") == state
    assert begun.snapshot(state.snapshot) == given.snapshots[0]
    assert begun.packages(state.packages or "") == given.packages[0]
    assert begun.text(state.texts[b"/etc/ssh/sshd_config\xff"]) == given.texts[0]
    assert tuple(begun.alerts(AlertQuery(oldest_first=True))) == given.alerts
    assert tuple(begun.transcript(run.id)) == given.sent
    assert begun.script(given.scripts[0].digest) == given.scripts[0].text
    assert begun.run(run.id).hosts == (msgspec.structs.replace(given.result, alerts=2, worst=7),)


def test_a_host_without_packages_or_texts_is_stored_too(begun: Store, run: RunResult, record: Record) -> None:
    given = record()
    bare = msgspec.structs.replace(
        given.scans[0],
        proposed=None,
        packages=None,
        baseline_packages=None,
        texts={},
        pending=None,
        failures=(),
        probe={},
    )

    begun.record_host(run.id, msgspec.structs.replace(given, scans=(bare,), packages=(), texts=()))

    assert begun.scan_state("web1", "etc") == bare
    assert begun.history("web1", "etc")[0].packages is None


def test_states_may_come_from_what_asks_the_store(begun: Store, run: RunResult, record: Record) -> None:
    begun.record_host(run.id, record())

    begun.put_scan_states(msgspec.structs.replace(state, skewed=False) for state in begun.scan_states())

    assert [state.skewed for state in begun.scan_states()] == [False]


def test_an_alert_that_was_raised_before_is_not_new(begun: Store, run: RunResult, record: Record) -> None:
    begun.record_host(run.id, record(ids=("a1",)))

    new = begun.record_host(run.id, record(ids=("a1", "a2")))

    assert [alert.id for alert in new] == ["a2"]
    assert [alert.id for alert in begun.alerts(AlertQuery(oldest_first=True))] == ["a1", "a2"]


def test_a_record_that_refers_to_what_is_not_stored_leaves_nothing(
    begun: Store, run: RunResult, record: Record
) -> None:
    given = msgspec.structs.replace(record(ids=("a1",)), snapshots=())

    with pytest.raises(
        StoreError, match=r"host 'web1', task 'etc': snapshot \w{64} is not in the store; nothing of the"
    ):
        begun.record_host(run.id, given)

    rows = begun.stats().rows
    assert {table: count for table, count in rows.items() if count} == {"run": 1}


@pytest.mark.parametrize("part", ["snapshots", "packages", "texts"])
def test_every_reference_of_a_scan_is_required(begun: Store, run: RunResult, record: Record, part: str) -> None:
    with pytest.raises(StoreError, match="is not in the store"):
        begun.record_host(run.id, msgspec.structs.replace(record(), **{part: ()}))


def test_a_record_of_a_run_that_never_began_is_refused(store: Store, record: Record) -> None:
    with pytest.raises(StoreError, match="there is no run 'nope'"):
        store.record_host("nope", record())

    assert store.stats().rows["blob"] == 0


def test_text_that_is_not_unicode_leaves_nothing_of_its_host(begun: Store, run: RunResult, record: Record) -> None:
    given = msgspec.structs.replace(
        record(), sent=(Sent(host="web1", at=1, exec_line="\udcff", script="", digest="00" * 32),)
    )

    with pytest.raises(StoreError, match="not valid Unicode"):
        begun.record_host(run.id, given)
    with pytest.raises(StoreError, match="not valid Unicode"):
        begun.record_host(run.id, msgspec.structs.replace(record(), scripts=(Script(name="x", text="\ud800"),)))

    assert begun.scan_state("web1", "etc") is None
    assert begun.stats().rows["blob"] == 0


def test_history_grows_only_when_the_host_changed(
    begun: Store, run: RunResult, record: Record, tree: Callable[..., Snapshot]
) -> None:
    looks = [(1000, tree(1)), (2000, tree(1)), (3000, tree(1, changed=3)), (4000, tree(1))]
    for at, snapshot in looks:
        begun.record_host(run.id, record(at=float(at), snapshot=snapshot))

    past = begun.history("web1", "etc")

    assert [(each.at, each.snapshot) for each in past] == [
        (4000.0, tree(1).digest),
        (3000.0, tree(1, changed=3).digest),
        (1000.0, tree(1).digest),
    ]
    assert past[0].run == run.id
    assert past[0].packages is not None
    assert past[0].texts.keys() == {b"/etc/ssh/sshd_config\xff"}


def test_the_snapshots_of_one_host_share_their_room(
    begun: Store, folder: Path, run: RunResult, record: Record, tree: Callable[..., Snapshot]
) -> None:
    for changed in range(3):
        begun.record_host(run.id, record(at=float(changed), snapshot=tree(1, entries=2000, changed=changed)))

    with sqlite3.connect(folder / "ospatrol.db") as connection:
        rows = connection.execute("SELECT base IS NULL FROM blob WHERE kind = 1 ORDER BY rowid").fetchall()
    connection.close()
    assert rows == [(1,), (0,), (0,)]


def test_states_are_listed_by_host_and_task(begun: Store, run: RunResult, record: Record) -> None:
    for host in ("web2", "db1", "web1"):
        given = record(host)
        other = msgspec.structs.replace(given.scans[0], task="bin", texts={}, pending=None, failures=())
        begun.record_host(run.id, msgspec.structs.replace(given, scans=(given.scans[0], other)))

    listed = [(state.host, state.task) for state in begun.scan_states("web*")]

    assert listed == [("web1", "bin"), ("web1", "etc"), ("web2", "bin"), ("web2", "etc")]
    assert len(tuple(begun.scan_states())) == 6


def test_an_approval_is_stored_outside_of_a_run_all_or_nothing(begun: Store, run: RunResult, record: Record) -> None:
    given = record()
    begun.record_host(run.id, given)
    approved = msgspec.structs.replace(given.scans[0], proposed=None, approved=given.scans[0].snapshot)

    begun.put_scan_states([approved])
    with pytest.raises(StoreError, match="is not in the store"):
        begun.put_scan_states([given.scans[0], msgspec.structs.replace(approved, approved="0" * 64)])

    assert begun.scan_state("web1", "etc") == approved


def test_a_host_can_be_forgotten_by_task_or_as_a_whole(begun: Store, run: RunResult, record: Record) -> None:
    given = record()
    other = msgspec.structs.replace(given.scans[0], task="bin")
    begun.record_host(run.id, msgspec.structs.replace(given, scans=(given.scans[0], other)))
    begun.record_host(run.id, record("web2"))

    assert begun.forget("web1", "bin") == 1
    assert begun.history("web1", "bin") == ()
    assert begun.scan_state("web1", "etc") is not None
    assert begun.forget("web1") == 1
    assert [state.host for state in begun.scan_states()] == ["web2"]


def test_a_finished_run_comes_back_in_its_own_order(begun: Store, run: RunResult, record: Record) -> None:
    begun.record_host(run.id, record("web1"))
    begun.record_host(run.id, record("db1", ids=("a1",)))
    never = HostResult(host="app1", status=HostStatus.FAILED, step="resolve", problem="no address")
    assessed = begun.run(run.id)
    by_name = {host.host: host for host in assessed.hosts}
    finished = msgspec.structs.replace(
        run, finished=run.started + 9, planned=3, interrupted=True, hosts=(by_name["db1"], never, by_name["web1"])
    )

    begun.finish_run(finished)

    assert begun.run(run.id) == finished
    (summary,) = begun.runs()
    assert (summary.assessed, summary.partly, summary.failed, summary.planned) == (0, 2, 1, 3)
    assert (summary.alerts, summary.worst, summary.events) == (1, 7, 6)
    assert (summary.play, summary.args, summary.owner) == ("nightly.yml", ("run", "nightly.yml"), "alice on box")
    assert summary.state is RunState.INTERRUPTED


def test_runs_are_listed_newest_first(store: Store, run: RunResult) -> None:
    for number in range(5):
        each = msgspec.structs.replace(run, id=f"run-{number}", started=float(number), finished=number + 1.0)
        store.begin_run(each, args=(), owner="")
        store.finish_run(each)

    assert [each.id for each in store.runs(3)] == ["run-4", "run-3", "run-2"]
    assert {each.state for each in store.runs(3)} == {RunState.FINISHED}


def test_a_run_has_its_id_alone(begun: Store, run: RunResult) -> None:
    with pytest.raises(StoreError, match="there is a run '20260101T000000Z-0001' already"):
        begun.begin_run(run, args=(), owner="")


@pytest.mark.parametrize(
    "ask", [Store.run, Store.transcript, lambda store, id_: store.finish_run(RunResult(id=id_, play="", started=0))]
)
def test_a_run_that_is_not_known_is_said_to_be_unknown(store: Store, ask: Callable[[Store, str], object]) -> None:
    with pytest.raises(StoreError, match="there is no run 'x', or it is past retention"):
        ask(store, "x")


def test_a_long_transcript_is_read_page_by_page_and_each_command_kept_once(begun: Store, run: RunResult) -> None:
    lines = [
        Sent(
            host=f"web{host}", at=float(number), exec_line="sh -s", script="files", digest="ab" * 32, args=("/etc", "é")
        )
        for host in range(3)
        for number in range(400)
    ]
    for line in lines:
        begun.record_sent(run.id, [line])

    assert list(begun.transcript(run.id)) == lines
    assert begun.stats().rows["command"] == 1
    assert begun.stats().rows["sent"] == 1200


def test_threads_share_a_store(begun: Store, run: RunResult, record: Record) -> None:
    def write(number: int) -> int:
        begun.record_host(run.id, record(f"web{number}", ids=(f"id-{number}",)))
        assert begun.scan_state(f"web{number}", "etc") is not None
        return len(list(begun.alerts(AlertQuery(host=f"web{number}"))))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(write, range(40)))

    assert found == [1] * 40
    assert len(begun.run(run.id).hosts) == 40
