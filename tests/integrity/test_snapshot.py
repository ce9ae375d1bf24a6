from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.integrity.snapshot import built, damage, entries, index, merge, parse_entry, path_of, with_entries
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.files import FileEntry, FileType, Snapshot

field = st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b""))


@given(st.lists(st.tuples(field, field, field), max_size=10))
def test_what_is_put_together_comes_apart_again(raws: list[tuple[bytes, bytes, bytes]]) -> None:
    snapshot = built(raws)

    assert entries(snapshot) == tuple(raws)
    assert snapshot.count == len(raws)
    assert damage(snapshot) is None


def test_an_entry_is_parsed_with_any_name_a_host_may_give(entry, raw) -> None:
    told = entry(
        b"/a b\n\xff",
        type=FileType.LINK,
        mode=0o777,
        mtime="-1.25",
        target=b"../\x1b[2J",
        attributes={"acl": "user::rw-,user:ann:r--", "caps": "cap_net_raw=ep"},
    )

    assert parse_entry(raw(told)) == told


def test_attribute_values_are_unquoted_and_shown_harmlessly(entry, raw) -> None:
    head, target, extra = raw(entry("/a"))

    parsed = parse_entry((head, target, extra + b" xattr=user.x%3D%1b%ff%5c"))

    assert isinstance(parsed, FileEntry)
    assert parsed.attributes == {"xattr": r"user.x=\x1b\xff\\"}


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"f 644", b"x 644"),
        (b"f 644", b"f 698"),
        (b" 10 ", b" 1_0 "),
        (b" 10 ", b" +10 "),
        (b" 10 ", b" " + b"9" * 30 + b" "),
        (b"1700000000.5", b"nan"),
        (b" /etc/x", b" etc/x"),
        (b" 2049 /etc/x", b""),
    ],
)
def test_a_malformed_entry_is_a_failure_and_no_crash(entry, raw, was: bytes, becomes: bytes) -> None:
    head, target, extra = raw(entry("/etc/x"))

    parsed = parse_entry((head.replace(was, becomes), target, extra))

    assert isinstance(parsed, Failure)
    assert parsed.reason is Reason.ERROR


@pytest.mark.parametrize("extra", [b"", b"A" * 64, b"- acl", b"- acl=\x80", b"!UPPER", b"-  caps=x"])
def test_malformed_extras_are_a_failure_that_names_the_path(entry, raw, extra: bytes) -> None:
    head, target, _ = raw(entry("/etc/x\n"))

    parsed = parse_entry((head, target, extra))

    assert isinstance(parsed, Failure)
    assert parsed.what == r"/etc/x\x0a"


@given(field, field, field)
def test_no_bytes_make_the_parser_raise(head: bytes, target: bytes, extra: bytes) -> None:
    assert isinstance(parse_entry((head, target, extra)), FileEntry | Failure)


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        (Snapshot(listing=b"a\0\0", extras=b"-"), "middle of an entry"),
        (Snapshot(listing=b"a\0b", extras=b"-\0"), "middle of an entry"),
        (Snapshot(listing=b"a\0\0", extras=b""), "2 fields"),
        (Snapshot(listing=b"a\0", extras=b"-\0"), "1 fields"),
    ],
)
def test_a_snapshot_that_was_cut_says_so(snapshot: Snapshot, said: str) -> None:
    told = damage(snapshot)

    assert told is not None
    assert said in told.detail
    entries(snapshot)


def test_an_entry_without_a_path_has_an_empty_one() -> None:
    assert path_of((b"f 644", b"", b"-")) == b""


def test_the_index_finds_entries_by_path(entry, raw, listed) -> None:
    one, two = entry("/a"), entry("/b c")

    assert index(listed(one, two)) == {b"/a": raw(one), b"/b c": raw(two)}


def test_approving_takes_over_only_the_chosen_paths(entry, listed, raw) -> None:
    approved = listed(entry("/a"), entry("/gone"), entry("/kept", size=1))
    found = listed(entry("/new"), entry("/a", size=99), entry("/kept", size=2))

    merged = merge(approved, found, [b"/a", b"/gone", b"/new", b"/never"])

    assert entries(merged) == tuple(map(raw, (entry("/a", size=99), entry("/kept", size=1), entry("/new"))))


def test_approving_everything_gives_what_was_found(entry, listed) -> None:
    approved, found = listed(entry("/a"), entry("/b")), listed(entry("/a", size=2), entry("/c"))

    assert index(merge(approved, found, [b"/a", b"/b", b"/c"])) == index(found)


def test_replacing_a_removed_path_removes_it(entry, listed, raw) -> None:
    snapshot = with_entries(
        listed(entry("/a")), {b"/a": raw(entry("/a", size=2)), b"/b": raw(entry("/b"))}, [b"/a", b"/b"]
    )

    assert snapshot.count == 0
