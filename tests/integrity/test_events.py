from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.integrity.events import FIELDS, event_of, unfold
from ospatrol.model.change import Aspect, Change, ChangeKind, Explanation, Verdict
from ospatrol.model.files import FileType
from ospatrol.model.text import escape_controls


def told(change: Change):
    return event_of(change, host="web1", at=12.5, location="files:system")


def test_a_modification_has_its_fields_under_stable_names(entry) -> None:
    change = Change(
        kind=ChangeKind.MODIFIED,
        path=b"/usr/bin/l\xffs",
        before=entry(b"/usr/bin/l\xffs", mode=0o755, content="a" * 64),
        after=entry(b"/usr/bin/l\xffs", mode=0o4755, content="b" * 64, size=11, uid=5, attributes={"acl": "user::rwx"}),
        aspects=(Aspect.CONTENT, Aspect.MODE, Aspect.OWNER, Aspect.ACL),
        explanation=Explanation(
            verdict=Verdict.CONTRADICTS,
            because="its md5 differs",
            package="coreutils",
            version="9.1",
            was_version="9.0",
        ),
        text_diff="-a\n+b\\\\n\n",
    )

    event = told(change)

    assert (event.host, event.at, event.kind, event.location) == ("web1", 12.5, "integrity", "files:system")
    assert (
        event.text == r"file /usr/bin/l\xffs modified (content, mode, owner, acl); contradicts package: its md5 differs"
    )
    assert dict(event.fields) == {
        "path": r"/usr/bin/l\xffs",
        "name": r"l\xffs",
        "change": "modified",
        "aspects": "content,mode,owner,acl",
        "type": "file",
        "verdict": "contradicts package",
        "because": "its md5 differs",
        "package": "coreutils",
        "package_version": "9.1",
        "package_was": "9.0",
        "sha256_before": "a" * 64,
        "sha256_after": "b" * 64,
        "mode_before": "0755",
        "mode_after": "4755",
        "uid_before": "0",
        "uid_after": "5",
        "gid_before": "0",
        "gid_after": "0",
        "size_before": "10",
        "size_after": "11",
        "mtime_before": "1700000000.5",
        "mtime_after": "1700000000.5",
        "mtime_kept": "yes",
        "acl_after": "user::rwx",
        "setuid": "gained",
        "diff": r"-a\n+b\\n",
    }
    assert unfold(event.fields["diff"]) == "-a\n+b\\\\n"


def test_an_addition_and_a_deletion_have_one_side(entry) -> None:
    link = entry("/l", type=FileType.LINK, target=b"x\ny")

    added = told(Change(kind=ChangeKind.ADDED, path=b"/l", after=link))
    deleted = told(Change(kind=ChangeKind.DELETED, path=b"/l", before=link))

    assert added.fields["target_after"] == r"x\x0ay"
    assert not any(name.endswith("_before") for name in added.fields)
    assert not any(name.endswith("_after") for name in deleted.fields)
    assert deleted.text == "link /l deleted; not assessed"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(0o4755, 0o4755, "yes"), (0o755, 0o4755, "gained"), (0o4755, 0o755, "lost"), (0o755, 0o755, None)],
)
def test_powers_are_gained_lost_or_kept(entry, before: int, after: int, said: str | None) -> None:
    change = Change(
        kind=ChangeKind.MODIFIED, path=b"/x", before=entry("/x", mode=before), after=entry("/x", mode=after, mtime="9")
    )

    assert told(change).fields.get("setuid") == said


def test_a_change_of_type_names_both(entry) -> None:
    change = Change(
        kind=ChangeKind.MODIFIED,
        path=b"/x",
        before=entry("/x", content="!denied"),
        after=entry("/x", type=FileType.LINK),
        aspects=(Aspect.TYPE,),
    )

    assert (told(change).fields["type_before"], told(change).fields["type"]) == ("file", "link")


def test_a_change_without_entries_is_still_told() -> None:
    assert told(Change(kind=ChangeKind.ADDED, path=b"/x")).text == "file /x added; not assessed"


@given(st.binary(max_size=30), st.binary(max_size=30), st.lists(st.text(max_size=20), max_size=5))
def test_no_event_carries_control_characters_or_unknown_fields(entry, path: bytes, target: bytes, lines) -> None:
    link = entry(path, type=FileType.LINK, target=target)
    diff = "\n".join(escape_controls(line) for line in lines)

    event = told(Change(kind=ChangeKind.ADDED, path=path, after=link, text_diff=diff))

    assert set(event.fields) <= set(FIELDS)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join([event.text, *event.fields.values()]))
    assert unfold(event.fields.get("diff", "")) == diff.rstrip("\n")
