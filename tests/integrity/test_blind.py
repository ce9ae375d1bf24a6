from __future__ import annotations

from ospatrol.integrity.blind import Blind, blind_spots
from ospatrol.model.coverage import Failure, Reason


def test_who_saw_everything_is_blind_nowhere() -> None:
    assert blind_spots([]) == Blind()
    assert not Blind().covers(b"/x")


def test_names_are_compared_as_they_are_shown() -> None:
    blind = blind_spots([Failure(what=r"/d\x0a", reason=Reason.DENIED, subtree=True)])

    assert blind.covers(b"/d\n/x")
    assert blind.covers(b"/d\n")
    assert not blind.covers(b"/d\\x0a/x")
