"""`ospatrol store` as a person runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ospatrol.cli.main import main
from ospatrol.cli.store_text import said_of_stats
from ospatrol.model.files import Snapshot
from ospatrol.model.run import RunResult
from ospatrol.store.lock import RunLock
from ospatrol.store.records import HostRecord
from ospatrol.store.store import Store
from ospatrol.store.upkeep import Retention

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: RunResult, record: Callable[..., HostRecord]
) -> Path:
    """A workspace with one host scanned and one stray snapshot."""
    monkeypatch.chdir(tmp_path)
    with Store.open(Path(".ospatrol")) as store:
        store.begin_run(run, args=(), owner="alice")
        store.record_host(run.id, record(ids=("a1",)))
        store.put_snapshot(Snapshot(listing=b"stray"))
    return tmp_path


def test_statistics_for_people_and_for_programs(workspace: Path, capsys: Capture) -> None:
    assert main(["store", "stats"]) == 0
    text = capsys.readouterr().out
    assert main(["store", "stats", "--json", "--state", ".ospatrol"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert "hosts     1\nalerts    1, 1970-01-01T00:16:40Z to 1970-01-01T00:16:40Z\nruns      1, 2026" in text
    assert "10.0 GiB allowed" in text
    assert figures["rows"]["alert"] == 1


def test_an_empty_store_without_a_budget_has_little_to_say(folder: Path) -> None:
    with Store.open(folder) as store:
        text = said_of_stats(store.stats(Retention(budget_bytes=0)))

    assert "alerts    0\nruns      0\n" in text
    assert "allowed" not in text


def test_a_dry_run_says_what_a_clean_up_then_does(workspace: Path, capsys: Capture) -> None:
    assert main(["store", "gc", "--dry-run", "--alerts-days", "1"]) == 0
    said = capsys.readouterr().out
    assert main(["store", "gc", "--alerts-days", "1"]) == 0
    done = capsys.readouterr().out
    assert main(["store", "gc", "--json", "--runs-days", "9999", "--snapshots", "1"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert "would remove 1 alerts" in said
    assert "removed 1 alerts" in done
    assert "contents" in done
    assert (figures["alerts"], figures["blobs"]) == (0, 0)


def test_a_clean_up_keeps_every_digest_that_an_approval_names(workspace: Path, capsys: Capture) -> None:
    digest = Snapshot(listing=b"stray").digest
    (workspace / "baselines" / "deep").mkdir(parents=True)
    (workspace / "baselines" / "deep" / "web1.yml").write_text(f"broken: [yaml\nresult: {digest}\n")

    assert main(["store", "gc"]) == 0

    with Store.open(Path(".ospatrol")) as store:
        assert store.has_snapshot(digest)


def test_a_clean_up_waits_for_no_run(workspace: Path, capsys: Capture) -> None:
    with RunLock(Path(".ospatrol"), "ospatrol run"):
        assert main(["store", "gc"]) == 2

    assert "in use by process" in capsys.readouterr().err


def test_a_sound_store_verifies_with_status_0(workspace: Path, capsys: Capture) -> None:
    assert main(["store", "verify"]) == 0
    assert capsys.readouterr().out == "sound\n"


def test_problems_end_with_status_3(workspace: Path, capsys: Capture) -> None:
    Path(".ospatrol/registry.json").write_text("{")
    Path(".ospatrol/registry.json").chmod(0o644)

    assert main(["store", "verify"]) == 3
    text = capsys.readouterr().out
    assert main(["store", "verify", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)

    assert "registry.json:1: not valid JSON" in text
    assert text.endswith("2 problems\n")
    assert [each["kind"] for each in found] == ["permissions", "registry"]


def test_a_file_that_is_no_database_is_a_problem_too(workspace: Path, capsys: Capture) -> None:
    Path(".ospatrol/ospatrol.db").write_bytes(b"x" * 5000)

    assert main(["store", "verify"]) == 3
    assert "is no OSPatrol database" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["stats", "gc", "verify"])
def test_where_nothing_is_remembered_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["store", verb, "--state", "elsewhere"]) == 2

    assert "elsewhere/ospatrol.db: nothing is remembered yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
