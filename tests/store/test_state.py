from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
import zstandard

from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import StoreError
from ospatrol.model.state import HostState, Item, ItemChange, ItemChangeKind, host_state
from ospatrol.store.state import StateRecord, StateStore, state_digest

FAILURE = Failure(what="password", reason=Reason.DENIED, detail="the shadow file")


def state(*keys: str, at: float = 1.0, host: str = "web1") -> HostState:
    return host_state(host, at, [Item("account", key, {"uid": "1", "gid": "2"}) for key in keys], {"account"})


def record(digest: str, **changes: object) -> StateRecord:
    return msgspec.structs.replace(StateRecord(host="web1", task="machine", seen=digest, proposed=digest), **changes)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    store, one = StateStore(tmp_path), state("ann", "root")
    change = ItemChange(change=ItemChangeKind.ADDED, kind="account", key="ann", now={"uid": "1"})

    digest = store.put(one, "machine")
    written = record(digest, entries=2, pending=(change,), failures=(FAILURE,), scanned_at=5.0, approved="a" * 64)
    store.set(written)

    assert store.get("web1", "machine") == written
    assert store.state("web1", "machine", digest) == one
    assert list(store.records()) == [written]
    assert digest == state_digest(one)


def test_nothing_is_known_of_a_host_that_was_never_looked_at(tmp_path: Path) -> None:
    store = StateStore(tmp_path / "none")

    assert store.get("web1", "machine") is None
    assert list(store.records()) == []
    assert store.past("web1", "machine") == ()
    with pytest.raises(StoreError, match="holds no state aaaaaaaaaaaa of 'machine'"):
        store.state("web1", "machine", "a" * 64)


def test_the_digest_is_of_what_there_is_not_of_when_or_in_which_order(tmp_path: Path) -> None:
    turned = HostState(
        host="web1", at=9.0, items=(Item("account", "ann", {"gid": "2", "uid": "1"}),), kinds=("account",)
    )

    assert state_digest(state("ann")) == state_digest(turned)
    assert state_digest(state("ann")) != state_digest(state("bob"))
    assert state_digest(state()) != state_digest(host_state("web1", 1.0, [], set()))


def test_a_state_that_did_not_change_is_kept_once(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    for at in (1.0, 2.0, 3.0):
        store.put(state("ann", at=at), "machine")
    store.put(state("bob", at=4.0), "machine")

    assert [past.at for past in store.past("web1", "machine")] == [4.0, 1.0]


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    store = StateStore(tmp_path / "state")
    store.set(record(store.put(state("ann"), "machine")))

    kept = [path for path in (tmp_path / "state").rglob("*") if path.name != ".gitignore"]

    assert len(kept) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o700, 0o600}


def test_old_states_go_but_for_those_that_are_named(tmp_path: Path) -> None:
    store = StateStore(tmp_path, keep=2)
    digests = [store.put(state(str(number), at=number), "machine") for number in range(10)]

    store.set(record(digests[9], proposed=digests[0], approved=digests[3]), keep={digests[5]})

    kept = {past.digest for past in store.past("web1", "machine")}
    assert kept == {digests[number] for number in (9, 8, 7, 5, 3, 0)}


@pytest.mark.parametrize("name", ["../../x", "/etc", "..", ".", "", "a/b", "a\nb", "ü" * 300, "~"])
def test_no_name_leads_out_of_the_folder_or_meets_another(tmp_path: Path, name: str) -> None:
    store = StateStore(tmp_path / "state")
    digest = store.put(state("ann", host=name), name)
    store.set(StateRecord(host=name, task=name, seen=digest, proposed=digest))

    assert store.state(name, name, digest).host == name
    assert [(each.host, each.task) for each in store.records()] == [(name, name)]
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_what_was_changed_on_the_disk_is_refused(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    digest = store.put(state("ann"), "machine")
    other = StateStore(tmp_path / "other")
    other.put(state("mallory"), "machine")
    path = store.past("web1", "machine")[0].path
    path.write_bytes(other.past("web1", "machine")[0].path.read_bytes())

    with pytest.raises(StoreError, match="is not what was written"):
        store.state("web1", "machine", digest)


@pytest.mark.parametrize("content", [b"", b"nonsense", zstandard.compress(b"nonsense")])
def test_a_record_that_is_damaged_is_said_to_be(tmp_path: Path, content: bytes) -> None:
    store = StateStore(tmp_path)
    store.set(record(store.put(state("ann"), "machine")))
    (tmp_path / "states/web1/machine/standing").write_bytes(content)

    with pytest.raises(StoreError, match="standing"):
        store.get("web1", "machine")


def test_a_record_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    store.set(record(store.put(state("ann"), "machine"), version=2))

    with pytest.raises(StoreError, match="newer OSPatrol"):
        store.get("web1", "machine")
