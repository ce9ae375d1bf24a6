from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.integrity.diff import Drift, diff
from ospatrol.model.change import Aspect, ChangeKind
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileScope, FileType, Snapshot

SCOPE = FileScope(paths=("/",))
ADDED, MODIFIED, DELETED = ChangeKind.ADDED, ChangeKind.MODIFIED, ChangeKind.DELETED


def said(drift: Drift) -> list[tuple[ChangeKind, bytes]]:
    return [(change.kind, change.path) for change in drift.changes]


def test_equal_snapshots_do_not_differ(entry, listed) -> None:
    assert diff(listed(entry("/a")), listed(entry("/a")), SCOPE) == Drift()


def test_each_change_is_told_once_in_the_order_of_paths(entry, listed) -> None:
    before = listed(entry("/c"), entry("/b"), entry("/a"), entry("/same"))
    after = listed(entry("/same"), entry("/d\n"), entry("/b", content="b" * 64, mode=0o600), entry("/a", inode=9))

    drift = diff(before, after, SCOPE)

    assert said(drift) == [(MODIFIED, b"/b"), (DELETED, b"/c"), (ADDED, b"/d\n")]
    assert drift.changes[0].aspects == (Aspect.CONTENT, Aspect.MODE)
    assert drift.changes[0].before == entry("/b")
    assert (drift.changes[1].after, drift.changes[2].before) == (None, None)


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_a_host_lists_does_not_matter(entry, listed, shuffle: random.Random) -> None:
    entries = [entry(f"/{number}") for number in range(20)]
    mixed = entries.copy()
    shuffle.shuffle(mixed)

    assert diff(listed(*entries), listed(*mixed), SCOPE) == Drift()


def test_following_mtime_is_the_scopes_choice(entry, listed) -> None:
    before, after = listed(entry("/a")), listed(entry("/a", mtime="1.0"))

    assert diff(before, after, SCOPE).changes == ()
    assert len(diff(before, after, FileScope(paths=("/",), follow_mtime=True)).changes) == 1


@pytest.mark.parametrize(
    ("failure", "unseen"),
    [
        (Failure(what="/d", reason=Reason.DENIED, subtree=True), 2),
        (Failure(what="/", reason=Reason.BUDGET, subtree=True), 3),
        (Failure(what="/d/one", reason=Reason.DENIED), 1),
        (Failure(what="/x", reason=Reason.DENIED), 0),
        (Failure(what="*", reason=Reason.LIMIT), 3),
        (Failure(what="*", reason=Reason.NO_TOOL), 0),
        (Failure(what="/d", reason=Reason.VANISHED, subtree=True), 0),
        (Failure(what="acl", reason=Reason.NO_TOOL), 0),
        (Failure(what="/do", reason=Reason.DENIED, subtree=True), 0),
    ],
)
def test_what_the_scan_could_not_see_is_not_deleted(entry, listed, failure: Failure, unseen: int) -> None:
    before = listed(entry("/d/one"), entry("/d/two\\"), entry("/other"))

    drift = diff(before, Snapshot(), SCOPE, failures=[failure])

    assert (drift.unseen, len(drift.changes)) == (unseen, 3 - unseen)


def test_what_the_earlier_scan_could_not_see_is_not_added(entry, listed) -> None:
    after = listed(entry("/d/one"), entry("/other"))
    failures = [Failure(what="/d", reason=Reason.DENIED, subtree=True)]

    drift = diff(Snapshot(), after, SCOPE, before_failures=failures)

    assert (said(drift), drift.newly_watched) == ([(ADDED, b"/other")], 1)


def test_another_scope_neither_adds_nor_deletes(entry, listed) -> None:
    before = listed(entry("/etc/a"), entry("/etc/gone"), entry("/opt/old"), entry("/etc/d", type=FileType.DIRECTORY))
    after = listed(entry("/etc/a"), entry("/srv/new"), entry("/etc/new"))
    old = FileScope(paths=("/etc", "/opt"))
    new = FileScope(paths=("/etc", "/srv"), types=(FileType.FILE,))

    drift = diff(before, after, new, before_scope=old)

    assert said(drift) == [(DELETED, b"/etc/gone"), (ADDED, b"/etc/new")]
    assert (drift.newly_watched, drift.no_longer_watched) == (1, 2)


def test_an_attribute_that_could_not_be_collected_is_not_lost(entry, listed) -> None:
    before, after = listed(entry("/a", attributes={"acl": "x"})), listed(entry("/a"))
    failure = Failure(what="acl", reason=Reason.NO_TOOL)

    assert diff(before, after, SCOPE, failures=[failure]).changes == ()
    assert diff(after, before, SCOPE, before_failures=[failure]).changes == ()
    assert len(diff(before, after, SCOPE).changes) == 1


def test_an_entry_that_cannot_be_read_is_a_failure_and_not_a_deletion(entry, listed) -> None:
    before = listed(entry("/a"), entry("/b"))
    after = Snapshot(listing=before.listing.replace(b"f 644 0 0 10", b"f 644 0 0 XX", 1), extras=before.extras)

    drift = diff(before, after, SCOPE)

    assert drift.changes == ()
    assert (drift.unseen, [failure.what for failure in drift.failures]) == (1, ["/a"])


def test_a_snapshot_that_was_cut_is_not_compared(entry, listed) -> None:
    whole = listed(entry("/a"), entry("/b"))

    drift = diff(whole, Snapshot(listing=whole.listing, extras=whole.extras[:30]), SCOPE)

    assert (drift.changes, drift.failures[0].reason) == ((), Reason.CUT)


def test_a_path_that_overlapping_trees_list_twice_is_one_path(entry, listed) -> None:
    once = listed(entry("/log", content="-", size=5))
    twice = listed(entry("/log", content="-", size=5), entry("/log", content="-", size=5, ctime="9"))

    assert diff(once, twice, SCOPE).changes == ()
    assert diff(twice, once, SCOPE).changes == ()


def test_a_type_that_the_host_could_not_tell_adds_nothing(entry, listed) -> None:
    drift = diff(Snapshot(), listed(entry("/a", type=FileType.UNKNOWN)), SCOPE)

    assert said(drift) == [(ADDED, b"/a")]
