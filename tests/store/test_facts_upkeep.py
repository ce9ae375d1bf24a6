from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.policy import Verdict
from ospatrol.store.facts import FactsStore
from ospatrol.store.facts_verdicts import PastVerdict, VerdictStore
from ospatrol.store.store import Store
from ospatrol.store.upkeep import ProblemKind, Retention

_DAY = 86400.0
_NOW = 1000 * _DAY


def said(host: str, at: float) -> Facts:
    answers = {Question(Ask.COMMAND, "uname -s"): Answer(state=State.OK, content="Linux\n", status=0)}
    return Facts(host=host, at=at, answers=answers)


def judged(host: str, at: float, run: str = "r") -> PastVerdict:
    return PastVerdict(at=at, run=run, facts="", verdict=Verdict(host=host, policy="p", findings=()))


@pytest.fixture
def filled(store: Store, folder: Path) -> Store:
    """Two hosts, of which nobody asked one for long."""
    facts, verdicts = FactsStore(folder), VerdictStore(folder)
    for day in (990, 995, 999):
        facts.put(said("web1", day * _DAY))
    facts.put(said("gone", 100 * _DAY))
    verdicts.put("web1", [judged("web1", 999 * _DAY)])
    verdicts.put("gone", [judged("gone", 100 * _DAY)])
    return store


def test_they_are_counted(filled: Store) -> None:
    found = {each.kind: each for each in filled.stats().files}

    assert {kind: each.count for kind, each in found.items()} == {"facts": 4, "verdicts": 2, "states": 0}
    assert all(each.stored_bytes > 0 for each in found.values() if each.count)


def test_what_is_too_much_or_too_old_goes_and_the_rest_stays(filled: Store, folder: Path) -> None:
    policy = Retention(snapshots=1, alerts_days=400)

    told = filled.gc(policy, _NOW, dry_run=True)
    there = len(list(folder.rglob("*.facts")))
    (folder / "facts/web1/.x.facts.abc").write_bytes(b"cut off")
    done = filled.gc(policy, _NOW)

    assert there == 4
    assert (told.facts, told.verdicts, told.file_bytes) == (done.facts, done.verdicts, done.file_bytes)
    assert (done.facts, done.verdicts) == (2, 1)
    assert done.file_bytes > 0
    assert [each.at for each in FactsStore(folder).kept("web1")] == [999 * _DAY, 995 * _DAY]
    assert not (folder / "facts/gone").exists()
    assert not (folder / "facts/web1/.x.facts.abc").exists()
    assert list(VerdictStore(folder).get("web1")) == ["p"]
    assert filled.verify() == ()


def test_a_sound_folder_has_no_problems(filled: Store) -> None:
    assert filled.verify() == ()


def test_damage_foreign_files_and_open_doors_are_told(filled: Store, folder: Path) -> None:
    newest, older, oldest = (each.path for each in FactsStore(folder).kept("web1"))
    newest.write_bytes(b"no facts")
    oldest.rename(folder / "facts/gone" / oldest.name)
    older.chmod(0o644)
    (folder / "facts/web1").chmod(0o755)
    (folder / "verdicts/web1.verdicts").rename(folder / "verdicts/other.verdicts")
    (folder / "verdicts/gone.verdicts").write_bytes(b"\0")

    found = [(each.kind, each.what.rpartition("/")[2]) for each in filled.verify()]

    assert sorted(found) == sorted(
        [
            (ProblemKind.FILE, newest.name),
            (ProblemKind.FILE, oldest.name),
            (ProblemKind.FILE, "other.verdicts"),
            (ProblemKind.FILE, "gone.verdicts"),
            (ProblemKind.PERMISSIONS, older.name),
            (ProblemKind.PERMISSIONS, "web1"),
        ]
    )


def test_damaged_verdicts_are_left_for_a_person(filled: Store, folder: Path) -> None:
    (folder / "verdicts/gone.verdicts").write_bytes(b"\0")

    assert filled.gc(Retention(), _NOW).verdicts == 0
    assert (folder / "verdicts/gone.verdicts").exists()


def test_a_folder_that_is_none_is_a_problem_and_no_crash(store: Store, folder: Path) -> None:
    (folder / "facts").mkdir(mode=0o700)
    (folder / "facts/web1").mkdir(mode=0o700)
    (folder / "verdicts").write_text("")

    assert {each.kind for each in store.verify()} <= {ProblemKind.FILE, ProblemKind.PERMISSIONS}


def test_a_verdict_knows_the_one_before_it(folder: Path) -> None:
    store = VerdictStore(folder)
    store.put("web1", [judged("web1", 1.0, "first")])
    store.put("web1", [judged("web1", 2.0, "second")])
    store.put("web1", [judged("web1", 3.0, "second")])

    last = store.get("web1")["p"]

    assert (last.at, last.before_at) == (3.0, 1.0)
    assert last.before == judged("web1", 1.0).verdict
    assert [[each.at for each in kept] for kept in store.last()] == [[3.0]]
