from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from ospatrol.model.approval import Approval, Approvals
from ospatrol.model.command import Script
from ospatrol.model.errors import UndefinedVariable
from ospatrol.model.files import FileScope, FileType, Snapshot
from ospatrol.model.place import Place
from ospatrol.model.settings import Settings


def test_a_script_is_known_by_the_digest_of_its_text() -> None:
    assert Script(name="x", text="true\n").digest == sha256(b"true\n").hexdigest()


def test_a_snapshot_knows_how_many_entries_it_holds() -> None:
    assert Snapshot().count == 0
    assert Snapshot(listing=b"a\0\0b\0\0", extras=b"-\0-\0").count == 2


def test_moving_bytes_between_the_parts_of_a_snapshot_changes_its_digest() -> None:
    assert Snapshot(listing=b"ab", extras=b"c").digest != Snapshot(listing=b"a", extras=b"bc").digest
    assert Snapshot(listing=b"ab").digest == Snapshot(listing=b"ab").digest


def test_a_scope_watches_every_type_that_a_host_can_name() -> None:
    assert set(FileScope(paths=("/etc",)).types) == set(FileType) - {FileType.UNKNOWN}


def test_nouns_do_not_change() -> None:
    scope = FileScope(paths=("/etc",))

    with pytest.raises(AttributeError):
        scope.paths = ("/",)  # type: ignore[misc]  # that is the point

    assert msgspec.json.decode(msgspec.json.encode(scope), type=FileScope) == scope


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"paths": ()}, "names no tree"),
        ({"paths": ("etc",)}, "'etc' is not an absolute path"),
        ({"paths": ("/etc/../root",)}, "not an absolute path"),
        ({"paths": ("/e\0",)}, "not an absolute path"),
        ({"paths": ("/etc",), "root": "chroot"}, "'chroot' is not an absolute path"),
        ({"paths": ("/etc",), "entry_limit": 0}, "cannot be negative"),
        ({"paths": ("/etc",), "hash_limit_bytes": -1}, "cannot be negative"),
        ({"paths": ("/etc",), "depth": -1}, "cannot be negative"),
    ],
)
def test_a_scope_that_no_host_could_be_asked_for_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        msgspec.convert(wrong, FileScope)


def test_a_scope_may_lie_below_a_root() -> None:
    assert FileScope(paths=("/etc",), root="/srv/image", depth=0).root == "/srv/image"


@pytest.mark.parametrize(
    "wrong",
    [{"forks": 0}, {"connect_timeout_s": 0.0}, {"fail_on": 17}, {"fail_on": -1}, {"retries": -1}, {"rehash_h": -1.0}],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fail_on|more than 0|negative"):
        msgspec.convert(wrong, Settings)


def test_the_default_settings_can_be_meant() -> None:
    assert Settings().fail_on == 5


def approval(task: str, result: str) -> Approval:
    return Approval(task=task, by="ann", at="2026-11-21T00:00:00Z", why="new host", scope="all", result=result)


def test_the_last_approval_of_a_task_is_in_force() -> None:
    first, second, other = approval("etc", "a" * 64), approval("etc", "b" * 64), approval("usr", "c" * 64)

    approvals = Approvals(host="web1", approvals=(first, second, other))

    assert approvals.latest("etc") == second
    assert approvals.latest("var") is None


@pytest.mark.parametrize("digest", ["a" * 63, "A" * 64])
def test_an_approval_of_no_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        approval("etc", digest)


def test_an_undefined_variable_is_named() -> None:
    error = UndefinedVariable(Place("hosts.yml", 3), "'x' is undefined", name="x")

    assert (str(error), error.name) == ("hosts.yml:3: 'x' is undefined", "x")
