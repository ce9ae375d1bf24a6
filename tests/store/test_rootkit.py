from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.comply.rootkit import Kind, RootkitFinding, Standing
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import StoreError
from ospatrol.store.rootkit import RootkitStore, StandingFindings

STANDING = StandingFindings(
    at=1.5,
    findings=(RootkitFinding(kind=Kind.FILE, what="/x", because="y", standing=Standing.UNOWNED),),
    failures=(Failure(what="ports", reason=Reason.NO_TOOL),),
)


def test_what_stands_is_kept_for_each_host_and_task(tmp_path: Path) -> None:
    store = RootkitStore(tmp_path / "state")

    store.put("web1", "nightly", STANDING)
    store.put("web1", "weekly", StandingFindings(at=2.0))

    assert store.get("web1", "nightly") == STANDING
    assert store.get("web1", "weekly") == StandingFindings(at=2.0)
    assert store.get("web1", "never") is store.get("web2", "nightly") is None


def test_what_is_kept_is_for_its_owner_only(tmp_path: Path) -> None:
    store = RootkitStore(tmp_path / "state")

    store.put("../web/1", "nightly", STANDING)

    (path,) = (tmp_path / "state" / "rootkit").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == path.parent.parent.stat().st_mode & 0o777 == 0o700
    assert store.get("../web/1", "nightly") == STANDING


def test_what_was_kept_for_another_host_is_not_taken(tmp_path: Path) -> None:
    store = RootkitStore(tmp_path)
    store.put("web1", "nightly", STANDING)
    (path,) = (tmp_path / "rootkit").iterdir()
    path.rename(path.with_name(path.name.replace("web1", "web2")))

    assert store.get("web2", "nightly") is None


@pytest.mark.parametrize("content", [b"", b"{}", b'{"host":"web1","tasks":{"nightly":{"at":"x"}}}', b"\xff"])
def test_what_is_damaged_is_told_and_not_taken_for_nothing(tmp_path: Path, content: bytes) -> None:
    store = RootkitStore(tmp_path)
    store.put("web1", "nightly", STANDING)
    (path,) = (tmp_path / "rootkit").iterdir()
    path.write_bytes(content)

    with pytest.raises(StoreError, match="remove it, and the next run has nothing to compare with"):
        store.get("web1", "nightly")
