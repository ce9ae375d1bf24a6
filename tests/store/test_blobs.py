import sqlite3
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages, PackageSystem
from ospatrol.store.store import Store

_SNAPSHOTS = st.builds(Snapshot, listing=st.binary(max_size=400), extras=st.binary(max_size=200))
_PACKAGES = st.builds(
    Packages,
    system=st.sampled_from(PackageSystem),
    signature=st.text(max_size=8),
    versions=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5),
    owners=st.dictionaries(st.binary(max_size=8), st.text(max_size=8), max_size=5),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("shared") / "state") as opened:
        yield opened


@given(snapshot=_SNAPSHOTS, earlier=_SNAPSHOTS)
@settings(deadline=None)
def test_every_snapshot_comes_back_as_it_went_in_whatever_it_resembles(
    shared: Store, snapshot: Snapshot, earlier: Snapshot
) -> None:
    like = shared.put_snapshot(earlier)

    digest = shared.put_snapshot(snapshot, like=like)

    assert digest == snapshot.digest
    assert shared.snapshot(digest) == snapshot
    assert shared.snapshot(like) == earlier


@given(text=st.binary(max_size=3000))
@settings(deadline=None)
def test_every_text_comes_back_as_it_went_in(shared: Store, text: bytes) -> None:
    digest = shared.put_text(text)

    assert digest == sha256(text).hexdigest()
    assert shared.text(digest) == text


@given(packages=_PACKAGES)
@settings(deadline=None)
def test_package_lists_come_back_and_equal_ones_have_one_digest(shared: Store, packages: Packages) -> None:
    digest = shared.put_packages(packages)
    turned = Packages(
        system=packages.system,
        signature=packages.signature,
        versions=dict(reversed(packages.versions.items())),
        owners=dict(reversed(packages.owners.items())),
    )

    assert shared.packages(digest) == packages
    assert shared.put_packages(turned) == digest


def test_equal_contents_are_kept_once(store: Store, tree: Callable[..., Snapshot]) -> None:
    assert len({store.put_snapshot(tree(1)) for _ in range(3)}) == 1

    assert store.stats().rows["blob"] == 1


def test_thirty_snapshots_of_a_host_take_little_more_than_one(store: Store, tree: Callable[..., Snapshot]) -> None:
    like = store.put_snapshot(tree(1, entries=2000))
    one = store.stats().blobs[0].stored_bytes
    kept = {}
    for number in range(1, 31):
        snapshot = tree(1, entries=2000, changed=number)
        like = store.put_snapshot(snapshot, like=like)
        kept[like] = snapshot

    assert store.stats().blobs[0].stored_bytes < 2 * one
    assert all(store.snapshot(digest) == snapshot for digest, snapshot in kept.items())


def test_a_snapshot_that_resembles_nothing_stands_alone(
    store: Store, folder: Path, tree: Callable[..., Snapshot]
) -> None:
    like = store.put_snapshot(tree(1))
    store.put_snapshot(tree(2), like=like)

    with sqlite3.connect(folder / "ospatrol.db") as connection:
        assert connection.execute("SELECT count(*) FROM blob WHERE base IS NOT NULL").fetchone() == (0,)
    connection.close()


def test_large_snapshots_are_compressed_against_each_other_too(store: Store, tree: Callable[..., Snapshot]) -> None:
    like = store.put_snapshot(tree(1, entries=20_000))
    one = store.stats().blobs[0].stored_bytes
    changed = tree(1, entries=20_000, changed=20)

    digest = store.put_snapshot(changed, like=like)

    assert store.stats().blobs[0].stored_bytes < one * 1.05
    assert store.snapshot(digest) == changed


def test_what_is_too_large_for_likeness_is_kept_alone(
    store: Store, folder: Path, tree: Callable[..., Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ospatrol.store.blobs._LIKENESS_LIMIT_BYTES", 1000)
    like = store.put_snapshot(tree(1))

    digest = store.put_snapshot(tree(1, changed=3), like=like)

    assert store.snapshot(digest) == tree(1, changed=3)
    with sqlite3.connect(folder / "ospatrol.db") as connection:
        assert connection.execute("SELECT count(*) FROM blob WHERE base IS NOT NULL").fetchone() == (0,)
    connection.close()


def test_likeness_to_what_is_gone_or_damaged_does_no_harm(
    store: Store, folder: Path, tree: Callable[..., Snapshot]
) -> None:
    damaged = store.put_snapshot(tree(1))
    _spoil(folder, "UPDATE blob SET body = zeroblob(length(body))")

    for number, like in enumerate(("0" * 64, damaged), 1):
        digest = store.put_snapshot(tree(1, changed=number), like=like)
        assert store.snapshot(digest) == tree(1, changed=number)


def test_a_text_with_the_bytes_of_a_snapshot_is_still_a_text(store: Store) -> None:
    snapshot = Snapshot(listing=b"abc", extras=b"de")
    text = b"3 2\nabcde"
    digest = store.put_text(text)

    assert store.put_snapshot(snapshot) == digest
    assert store.snapshot(digest) == snapshot
    assert store.text(digest) == text


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE blob SET body = zeroblob(length(body))",
        "UPDATE blob SET body = substr(body, 1, length(body) - 3)",
        "UPDATE blob SET size = size + 1",
        f"UPDATE blob SET digest = x'{'00' * 31}01'",
        "UPDATE blob SET body = (SELECT body FROM blob WHERE size = 5)",
    ],
)
def test_a_damaged_content_is_never_given_out(store: Store, folder: Path, damage: str) -> None:
    store.put_text(b"other")
    digest = store.put_text(b"there")
    _spoil(folder, damage)

    with pytest.raises(StoreError, match=r"damaged|not in the store"):
        assert store.text("0" * 62 + "01" if "digest" in damage else digest) == b"there"


def test_a_content_whose_base_is_gone_is_never_given_out(
    store: Store, folder: Path, tree: Callable[..., Snapshot]
) -> None:
    base = store.put_snapshot(tree(1, entries=2000))
    digest = store.put_snapshot(tree(1, entries=2000, changed=5), like=base)
    _spoil(folder, "DELETE FROM blob WHERE base IS NULL")

    with pytest.raises(StoreError, match="is not what was stored: the database is damaged"):
        store.snapshot(digest)


@pytest.mark.parametrize("digest", ["", "xyz", "ab", "00" * 31])
def test_what_is_no_digest_is_said_to_be_none(store: Store, digest: str) -> None:
    with pytest.raises(StoreError, match="is no digest: 64 hexadecimal digits are"):
        store.snapshot(digest)


def test_a_missing_snapshot_is_said_to_be_missing(store: Store) -> None:
    with pytest.raises(StoreError, match=r"snapshot 0{64} is not in the store"):
        store.snapshot("0" * 64)
    assert not store.has_snapshot("0" * 64)
    assert store.has_snapshot(store.put_snapshot(Snapshot()))


def test_text_that_is_not_unicode_is_refused_in_a_sentence(store: Store) -> None:
    with pytest.raises(StoreError, match="not valid Unicode"):
        store.put_packages(Packages(signature="\udcff"))


def _spoil(folder: Path, damage: str) -> None:
    with sqlite3.connect(folder / "ospatrol.db") as connection:
        connection.execute(damage.replace("UPDATE blob", "UPDATE OR REPLACE blob"))
    connection.close()
