"""What became of checks since the last time."""

import pytest

from ospatrol.comply.changes import CheckChange, ScoreChange, Turn, changes
from ospatrol.model.policy import Finding, Status, Verdict

P, F, NA, U = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.NOT_ASSESSED


def verdict(**statuses):
    findings = [
        Finding(host="h", policy="p", check=check, title=check.upper(), status=status)
        for check, status in statuses.items()
    ]
    return Verdict(host="h", policy="p", findings=tuple(findings))


@pytest.mark.parametrize(
    ("was", "now", "turn"),
    [
        (P, F, Turn.FAILED),
        (U, F, Turn.FAILED),
        (F, P, Turn.PASSED),
        (NA, P, Turn.PASSED),
        (P, U, Turn.LOST),
        (F, NA, Turn.LOST),
        (NA, U, Turn.SHIFTED),
    ],
)
def test_a_check_that_turned_says_how(was, now, turn):
    found = changes(verdict(a=was, b=P), verdict(a=now, b=P))

    assert isinstance(found[0], CheckChange)
    assert (found[0].turn, found[0].was, found[0].now, found[0].title) == (turn, was, now, "A")


def test_nothing_is_said_of_what_stayed():
    assert changes(verdict(a=F, b=U), verdict(a=F, b=U)) == ()


def test_checks_that_are_new_or_gone_are_told():
    found = changes(verdict(a=P, b=P), verdict(b=P, c=P))

    assert [(each.check, each.turn, each.was, each.now) for each in found] == [
        ("c", Turn.ADDED, None, P),
        ("a", Turn.REMOVED, P, None),
    ]


@pytest.mark.parametrize(
    ("before", "now", "was", "is_", "dropped"),
    [
        ({"a": P, "b": P}, {"a": P, "b": F}, 100, 50, True),
        ({"a": P, "b": F}, {"a": P, "b": P}, 50, 100, False),
        ({"a": P}, {"a": U}, 100, None, True),
        ({"a": U}, {"a": F}, None, 0, False),
    ],
)
def test_a_score_that_differs_comes_last(before, now, was, is_, dropped):
    found = changes(verdict(**before), verdict(**now))[-1]

    assert found == ScoreChange(host="h", policy="p", was=was, now=is_)
    assert found.dropped is dropped


def test_verdicts_of_different_policies_are_not_compared():
    with pytest.raises(ValueError, match="cannot be compared"):
        changes(verdict(), Verdict(host="h", policy="q", findings=()))
