from __future__ import annotations

import pytest

from ospatrol.integrity.aspects import differing
from ospatrol.model.change import Aspect
from ospatrol.model.files import FileType

DIRECTORY, LINK, UNKNOWN = FileType.DIRECTORY, FileType.LINK, FileType.UNKNOWN
A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("was", "becomes", "aspects"),
    [
        ({}, {}, ()),
        ({}, {"inode": 8, "ctime": "2", "device": 1, "links": 3, "mtime": "2"}, ()),
        ({}, {"content": B}, (Aspect.CONTENT,)),
        ({}, {"content": B, "size": 11}, (Aspect.CONTENT,)),
        ({}, {"size": 11}, ()),
        ({}, {"mode": 0o755, "uid": 1, "gid": 1}, (Aspect.MODE, Aspect.OWNER, Aspect.GROUP)),
        ({"type": LINK, "target": b"a"}, {"type": LINK, "target": b"b"}, (Aspect.TARGET,)),
        ({"type": DIRECTORY}, {"type": DIRECTORY, "size": 9, "mtime": "3", "links": 9}, ()),
        ({}, {"type": LINK, "target": b"b"}, (Aspect.TYPE,)),
        ({}, {"type": UNKNOWN, "mode": 0}, ()),
        ({"type": UNKNOWN}, {}, ()),
        ({}, {"attributes": {"acl": "x"}}, (Aspect.ACL,)),
        (
            {"attributes": {"selinux": "x", "xattr": "1"}},
            {"attributes": {"caps": "y"}},
            (Aspect.XATTR, Aspect.CAPS, Aspect.SELINUX),
        ),
    ],
)
def test_what_counts_as_a_difference(entry, was, becomes, aspects) -> None:
    assert differing(entry("/x", **was), entry("/x", **becomes)) == aspects


@pytest.mark.parametrize(
    ("was", "becomes", "aspects"),
    [
        ({"content": "-", "size": 5}, {"content": "-", "size": 9}, ()),
        ({"content": "-", "size": 9}, {"content": "-", "size": 5}, (Aspect.SIZE,)),
        ({"content": A, "size": 9}, {"content": "-", "size": 10}, ()),
        ({"content": "-", "size": 9}, {"content": A, "size": 3}, (Aspect.SIZE,)),
        ({"content": A}, {"content": "!denied"}, ()),
        ({"content": "!denied"}, {"content": A}, ()),
        ({"content": A, "size": 9}, {"content": "!denied", "size": 10}, (Aspect.SIZE,)),
        ({"content": "!too-big", "size": 9}, {"content": "!too-big", "size": 8}, (Aspect.SIZE,)),
    ],
)
def test_where_content_is_not_hashed_the_size_speaks(entry, was, becomes, aspects) -> None:
    assert differing(entry("/x", **was), entry("/x", **becomes)) == aspects


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("17.5", "17.5", True),
        ("17.5", "17.6", False),
        ("17", "17.999", True),
        ("17.50", "17.5", True),
        ("17", "18", False),
        ("17.1234567890", "17.123456789", True),
    ],
)
def test_mtime_counts_only_if_asked_for_and_as_exactly_as_both_know_it(entry, one, other, same) -> None:
    before, after = entry("/x", mtime=one), entry("/x", mtime=other)

    assert differing(before, after) == ()
    assert differing(before, after, follow_mtime=True) == (() if same else (Aspect.MTIME,))


def test_attributes_that_a_side_could_not_collect_are_not_compared(entry) -> None:
    before, after = entry("/x", attributes={"acl": "x", "caps": "y"}), entry("/x")

    assert differing(before, after, uncollected={"acl"}) == (Aspect.CAPS,)
