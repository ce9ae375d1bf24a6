from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from ospatrol.dialect.native import read_native
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.rulebook import join_rules
from ospatrol.model.errors import StoreError
from ospatrol.model.event import Event
from ospatrol.patrol.judging import FILE, EventJudge

RULES = """
rules:
  - {id: 1, level: 5, description: "$(path) changed", match: {kind: integrity}}
  - id: 2
    level: 12
    description: "$(path) changed on several hosts"
    of: 1
    frequency: 3
    within: 1d
    same: [path]
    distinct: host
    across_hosts: true
  - {id: 3, level: 3, description: once a day, match: {kind: clock}, ignore: 1d}
"""


@pytest.fixture
def ruleset() -> Ruleset:
    native = read_native([("r.yml", RULES)])
    assert native.problems == ()
    return compile_rules(join_rules(native.rules))


def event(host: str, at: float = 1.0, kind: str = "integrity") -> Event:
    return Event(at=at, host=host, kind=kind, location="l", fields={"path": "/etc/passwd"})


def rules_of(judge: EventJudge, *events: Event) -> list[int]:
    return [alert.rule for alert in judge.alerts(events)]


def test_what_happens_on_several_hosts_of_a_run_is_seen(ruleset: Ruleset, tmp_path: Path) -> None:
    judge = EventJudge(ruleset, tmp_path)

    assert rules_of(judge, event("a")) == [1]
    assert rules_of(judge, event("b"), event("c")) == [1, 2]


def test_the_next_run_goes_on_where_the_last_one_ended(ruleset: Ruleset, tmp_path: Path) -> None:
    first = EventJudge(ruleset, tmp_path)
    assert rules_of(first, event("a"), event("b"), event("a", kind="clock")) == [1, 1, 3]
    first.keep()

    second = EventJudge(ruleset, tmp_path)
    assert rules_of(second, event("a", 2, kind="clock"), event("c", 2)) == [2]
    assert rules_of(second, event("a", 100_000, kind="clock")) == [3]


def test_nothing_to_remember_leaves_no_file(tmp_path: Path) -> None:
    judge = EventJudge(compile_rules(()), tmp_path)
    judge.alerts([event("a")])
    judge.keep()

    assert not (tmp_path / FILE).exists()


def test_a_memory_that_cannot_be_read_is_an_empty_one(ruleset: Ruleset, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xc1 no msgpack")

    assert rules_of(EventJudge(ruleset, tmp_path), event("a")) == [1]


def test_a_memory_that_cannot_be_written_is_an_error(ruleset: Ruleset, tmp_path: Path) -> None:
    judge = EventJudge(ruleset, tmp_path / "gone")
    judge.alerts([event("a")])

    with pytest.raises(StoreError, match="cannot be written"):
        judge.keep()


def test_hosts_that_end_at_once_are_all_judged(ruleset: Ruleset, tmp_path: Path) -> None:
    judge = EventJudge(ruleset, tmp_path)
    found: list[int] = []
    threads = [Thread(target=lambda n=n: found.extend(rules_of(judge, event(f"h{n}")))) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found).count(2) >= 1
    assert len(found) == 30
