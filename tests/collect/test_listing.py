"""Listings in the one form, whatever a host sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.collect.complaints import read_complaints
from ospatrol.collect.listing import Listing, is_entry, path_of, read_listing, without_doubles
from ospatrol.collect.plan import compare
from ospatrol.collect.snapshot import finished
from ospatrol.collect.tools import Style
from ospatrol.integrity.snapshot import damage
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope

SCOPE = FileScope(paths=("/",))


def entry(path: bytes, kind: bytes = b"d") -> bytes:
    return kind + b" 755 0 0 4096 1700000000.5 1700000000.5 7 1 65024 " + path


def test_a_listing_that_was_cut_ends_with_its_last_whole_entry():
    raw = entry(b"/a") + b"\0\0" + entry(b"/b", b"l") + b"\0target"

    assert read_listing(raw, Style.PRINTF, b"", limit=9).entries == [entry(b"/a")]


@pytest.mark.parametrize(
    ("raw", "count"), [(b"41ed 0 0 1 2 3 4 5 6 /a\n41ed 0 0", 1), (b"\x0041ed 0 0 1 2 3 4 5 6\n/a", 0)]
)
def test_a_listing_of_stat_that_was_cut_likewise(raw, count):
    assert len(read_listing(raw, Style.STAT_C, b"", limit=9).entries) == count


@pytest.mark.parametrize(
    "field",
    [
        b"",
        b"garbage",
        entry(b"relative"),
        entry(b"/x").replace(b"755", b"999"),
        entry(b"/x").replace(b" 7 ", b" -7 "),
        entry(b"/x").replace(b"4096", b"4k"),
        b"? 41ed 0 0 1 2 3 4 5 6 /a",
    ],
)
def test_what_is_no_entry_is_refused_and_said(field):
    plan = compare(Listing(entries=[field], targets=[b""]), None, SCOPE, full=False)

    assert not is_entry(field)
    assert plan.entries == []
    assert [failure.reason for failure in plan.failures] == [Reason.ERROR]


def test_the_root_is_taken_off_where_it_stands_first():
    raw = entry(b"/img") + b"\0\0" + entry(b"/img/etc /img/x") + b"\0\0"

    assert [path_of(each) for each in read_listing(raw, Style.PRINTF, b"/img", limit=9).entries] == [
        b"/",
        b"/etc /img/x",
    ]


def test_a_path_twice_with_two_entries_is_a_failure_and_the_first_counts():
    one, other = entry(b"/a"), entry(b"/a", b"f")

    listing, failures = without_doubles(Listing(entries=[one, other, one], targets=[b"1", b"2", b"3"]))

    assert listing == Listing(entries=[one], targets=[b"1"])
    assert [failure.what for failure in failures] == ["/a"]


def test_doubles_without_targets():
    listing, failures = without_doubles(Listing(entries=[entry(b"/a")] * 2, targets=None))

    assert listing == Listing(entries=[entry(b"/a")], targets=None)
    assert failures == ()


@given(raw=st.binary(max_size=300), style=st.sampled_from([Style.PRINTF, Style.STAT_C, Style.STAT_F]))
def test_whatever_a_host_sends_gives_a_sound_snapshot(raw, style):
    listing, _ = without_doubles(read_listing(raw, style, b"", limit=100))

    assert damage(finished(compare(listing, None, SCOPE, full=False))) is None


@given(raw=st.binary(max_size=300), style=st.sampled_from(list(Style)), odd=st.lists(st.binary(max_size=9), max_size=3))
def test_whatever_a_host_complains_is_understood_or_passed_on(raw, style, odd):
    complaints = read_complaints(raw, style, odd)

    assert all(not each.path or each.path in each.text or style is Style.PRINTF for each in complaints.each)
