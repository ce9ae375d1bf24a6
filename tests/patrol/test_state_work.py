"""What a state comes to, whoever collected it: news once, differences until they are approved or gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import UsageError
from ospatrol.model.state import HostState, Item, host_state
from ospatrol.patrol.approve import Signature, Wanted
from ospatrol.patrol.judging import EventJudge
from ospatrol.patrol.order import RunOrder
from ospatrol.patrol.rules import open_rulebook
from ospatrol.patrol.session import Session
from ospatrol.patrol.state_approve import approve_state
from ospatrol.patrol.state_work import state_outcome
from ospatrol.patrol.work import Outcome
from ospatrol.store.registry import Registry
from ospatrol.store.state import StateStore
from ospatrol.store.store import Store

KINDS = ("guest", "vib")
SIGNATURE = Signature(by="ann", at=0.0, why="test")
DENIED = Failure(what="vib", reason=Reason.DENIED)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "state"
    order = RunOrder(play="play.yml", plans=(), state=folder, baselines=tmp_path / "baselines", keep_facts=2)
    judge = EventJudge(open_rulebook(()).ruleset, folder)
    with Store.open(folder) as store:
        yield Session(order, store, Registry.open(folder), {}, judge, "run")


def seen(*names: str, at: float = 1.0, kinds: tuple[str, ...] = KINDS, failures: tuple[Failure, ...] = ()) -> HostState:
    items = [Item(*name.split(" ", 1), {"power": "on"}) for name in names]
    return host_state("esx1", at, items, kinds, failures)


def look(session: Session, found: HostState, *, keep: bool = True) -> Outcome:
    outcome = state_outcome(session, found, "machine", kinds=KINDS)
    if keep and outcome.keep:
        outcome.keep()
    return outcome


def told(outcome: Outcome) -> list[str]:
    return [f"{event.fields['change']} {event.fields['item']}" for event in outcome.events if event.kind == "state"]


def vouch(session: Session, wanted: Wanted | None = None) -> object:
    store = StateStore(session.order.state)
    record = store.get("esx1", "machine")
    assert record is not None
    return approve_state(store, session.order.baselines, record, wanted or Wanted(), SIGNATURE)


def test_the_first_look_is_proposed_and_raises_nothing_else(session: Session) -> None:
    outcome = look(session, seen("guest a", "vib b"))

    assert [(event.kind, event.fields["state"]) for event in outcome.events] == [("baseline", "proposed")]
    assert (outcome.result.baseline, outcome.result.pending, outcome.result.entries) == ("proposed", 0, 2)


def test_what_is_new_is_told_once_and_stands(session: Session) -> None:
    look(session, seen("guest a"))

    second, third = look(session, seen("guest a", "guest b", at=2.0)), look(session, seen("guest a", "guest b", at=3.0))
    gone = look(session, seen("guest a", at=4.0))

    assert (told(second), second.result.pending) == (["added b"], 1)
    assert (told(third), third.result.pending) == ([], 1)
    assert (told(gone), gone.result.pending) == (["removed b"], 0)


def test_what_was_not_kept_is_told_again_rather_than_never(session: Session) -> None:
    look(session, seen("guest a"))

    lost = look(session, seen("guest a", "guest b"), keep=False)
    again = look(session, seen("guest a", "guest b"))

    assert told(lost) == told(again) == ["added b"]


def test_what_could_not_be_seen_is_neither_gone_nor_forgotten(session: Session) -> None:
    look(session, seen("guest a", "vib b"))

    blind = look(session, seen("guest a", kinds=("guest",), failures=(DENIED,)))
    still = look(session, seen("guest a", kinds=("guest",), failures=(DENIED,)))
    after = look(session, seen("guest a", "vib c"))

    assert told(blind) == told(still) == []
    assert [event.fields["what"] for event in blind.events] == ["vib"]
    assert still.events == ()
    assert blind.result.failures == (DENIED,)
    assert told(after) == ["removed b", "added c"]


def test_a_kind_that_is_seen_for_the_first_time_is_told_as_a_whole(session: Session) -> None:
    look(session, seen("guest a", kinds=("guest",), failures=(DENIED,)))

    first, second = look(session, seen("guest a", "vib b")), look(session, seen("guest a", "vib b", "vib c"))

    assert told(first) == ["first assessed *"]
    assert told(second) == ["added c"]
    assert second.result.pending == 1


def test_a_host_that_told_nothing_has_nothing_proposed(session: Session) -> None:
    outcome = look(session, seen(kinds=(), failures=(DENIED,)))

    assert outcome.keep is None
    assert outcome.result.baseline == ""
    assert StateStore(session.order.state).get("esx1", "machine") is None


def test_an_approval_ends_what_stands_and_the_old_states_go(session: Session) -> None:
    look(session, seen("guest a"))
    vouch(session)
    for number in range(6):
        look(session, seen(f"guest {number}", at=float(number + 2)))
    approved = vouch(session)
    quiet = look(session, seen("guest 5", at=9.0))

    assert approved is not None
    assert (quiet.result.baseline, quiet.result.pending) == ("approved", 0)
    kept = StateStore(session.order.state).past("esx1", "machine")
    assert len(kept) == 4  # the newest, two older ones, and the first approval's


def test_there_must_be_something_to_vouch_for(session: Session) -> None:
    look(session, seen("guest a"))
    nothing = vouch(session, Wanted(items=("guest:*",)))
    first, again = vouch(session), vouch(session)

    assert nothing is None
    assert first is not None
    assert again is None


def test_a_package_is_vouched_for_by_its_name(session: Session) -> None:
    look(session, seen(kinds=("package",)))
    vouch(session)
    outcome = state_outcome(
        session, seen("package curl:amd64", "package wget:amd64", kinds=("package",)), "machine", kinds=["package"]
    )
    assert outcome.keep
    outcome.keep()

    approved = vouch(session, Wanted(packages=("curl",)))

    assert approved is not None
    record = StateStore(session.order.state).get("esx1", "machine")
    assert record is not None
    assert [change.key for change in record.pending] == ["wget:amd64"]


def test_a_state_that_was_never_kept_cannot_be_vouched_for(session: Session) -> None:
    look(session, seen("guest a"))
    store = StateStore(session.order.state)
    record = store.get("esx1", "machine")
    assert record is not None
    (session.order.state / "states/esx1/machine/standing").unlink()

    with pytest.raises(UsageError, match="never scanned whole"):
        approve_state(store, session.order.baselines, record, Wanted(), SIGNATURE)


def test_a_vouched_state_of_another_workspace_is_compared_with(session: Session, tmp_path: Path) -> None:
    look(session, seen("guest a"))
    vouch(session)
    (session.order.state / "states/esx1/machine/standing").unlink()

    outcome = look(session, seen("guest a", "guest b"))

    assert told(outcome) == ["added b"]
    assert outcome.result.baseline == "approved"


def test_a_part_of_what_nobody_approved_is_not_vouched_for(session: Session) -> None:
    look(session, seen("guest 1", "vib a"))
    look(session, seen("guest 1", "guest 2", "vib a", at=2.0))

    with pytest.raises(UsageError, match=r"nobody has approved the baseline of 'machine' yet; .* without --item$"):
        vouch(session, Wanted(items=("guest:2",)))
    assert vouch(session) is not None
