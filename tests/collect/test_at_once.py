"""Everything asked for in one request: as good as one by one, and never about the wrong file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ospatrol.collect.at_once import LIMIT_BYTES, Wanted, look_at_once
from ospatrol.collect.dialogue import END, Dialogue
from ospatrol.collect.files import collect_files
from ospatrol.collect.tools import OPENSSL_FROM_BYTES, Style, Tools
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope, Snapshot

TOOLS = Tools(style=Style.PRINTF, programs=frozenset({"openssl", "sha256sum"}))
MUCH = OPENSSL_FROM_BYTES


def digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()


class Answering:
    """A script that answers a `raw` request with digests of the test's choice."""

    complaints = b""

    def __init__(self, digests: bytes) -> None:
        self._digests = digests
        self.asked = b""
        self.input_ended = False

    async def write(self, piece: bytes) -> None:
        self.asked += piece

    async def end_input(self) -> None:
        self.input_ended = True

    async def read(self) -> bytes:
        word = self.asked.partition(b"\n")[0].split(b" ")[3]
        return self._digests + word + END

    async def finish(self) -> int:
        return 0


async def ask(channel: Answering, *names: bytes, size: int = MUCH, tools: Tools = TOOLS):
    return await look_at_once(Dialogue(channel, 1e12), Wanted(paths=names, size_bytes=size), tools)


async def test_as_many_digests_as_files_are_theirs():
    found = await ask(Answering(sha256(b"a").digest() + sha256(b"b").digest()), b"/a", b"/b")

    assert found.digests == digest(b"a") + digest(b"b")
    assert found.attributes == {}


@pytest.mark.parametrize("answer", [b"", bytes(32), bytes(63), bytes(65), bytes(96)])
async def test_more_or_fewer_digests_than_files_are_worth_nothing(answer):
    found = await ask(Answering(answer), b"/a", b"/b")

    assert found.digests == b""


async def test_a_digest_that_looks_like_an_end_mark_ends_nothing():
    """Whoever writes a file can find a content whose digest holds the mark."""
    answer = END + bytes(28) + END * 8

    found = await ask(Answering(answer), b"/a", b"/b")

    assert found.digests == answer.hex().encode()


@pytest.mark.parametrize(
    ("names", "size", "tools"),
    [
        ((), MUCH, TOOLS),
        ((b"/a",), MUCH - 1, TOOLS),
        ((b"/a",), LIMIT_BYTES + 1, TOOLS),
        ((b"/" + b"x" * (128 << 10),), MUCH, TOOLS),
        ((b"/a",), MUCH, Tools(style=Style.PRINTF, programs=frozenset({"sha256sum"}))),
    ],
    ids=["no file", "little to hash", "much to hash again", "many names", "no openssl"],
)
async def test_nothing_is_asked_where_other_requests_are_better(names, size, tools):
    channel = Answering(b"")

    assert await ask(channel, *names, size=size, tools=tools) is None
    assert channel.asked == b""


@pytest.fixture
def later(tmp_path: Path) -> str:
    """A PATH whose clock is ahead, so that no file changed just now."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "date").write_text("#!/bin/sh\necho 4000000000\n")
    (folder / "date").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    top = tmp_path / "tree"
    (top / "sub").mkdir(parents=True)
    for number in range(4):
        (top / f"{number}").write_bytes(b"%d" % number * (MUCH // 4))
    (top / "sub" / "odd\nna\\me").write_bytes(b"odd")
    (top / "sub" / "link").symlink_to("../1")
    return top


@pytest.fixture
def sent() -> list[bytes]:
    return []


@pytest.fixture
def scan(connect, later, tree, sent) -> Callable:
    async def run(last: Snapshot | None = None, *, on_write: Callable | None = None, **scope):
        host = connect(path=later, on_write=on_write or sent.append)
        sent.clear()
        wanted = FileScope(paths=(str(tree),), **scope)
        return await collect_files(host, wanted, last=last, full=last is not None, budget_s=60)

    return run


def verbs(sent: list[bytes]) -> list[bytes]:
    return [piece.partition(b"\n")[0].split(b" ")[0] for piece in sent]


async def test_a_first_scan_asks_once_and_finds_what_asking_one_by_one_finds(scan, connect, later, tree, split, sent):
    found = await scan()

    assert verbs(sent).count(b"raw") == 1
    assert not {b"sum", b"sum-all", b"hash", b"each"} & set(verbs(sent))
    extras = {path: extra.partition(b" ")[0] for path, (_, _, extra) in split(found.snapshot).items()}
    assert extras == {
        **{os.fsencode(path): b"-" for path in (tree, tree / "sub", tree / "sub" / "link")},
        **{os.fsencode(tree / str(number)): digest(b"%d" % number * (MUCH // 4)) for number in range(4)},
        os.fsencode(tree / "sub" / "odd\nna\\me"): digest(b"odd"),
    }
    assert found.hashed == 5


async def test_a_file_that_vanishes_is_said_to_and_the_others_keep_their_digests(scan, tree, split):
    def vanish(piece: bytes) -> None:
        if piece.startswith(b"raw"):
            (tree / "1").unlink()

    found = await scan(on_write=vanish)

    assert [(each.what, each.reason) for each in found.failures if each.reason is not Reason.NO_TOOL] == [
        (str(tree / "1"), Reason.VANISHED)
    ]
    extras = {path: extra for path, (_, _, extra) in split(found.snapshot).items()}
    assert extras[os.fsencode(tree / "1")] == b"!vanished"
    assert extras[os.fsencode(tree / "2")] == digest((tree / "2").read_bytes())


@pytest.mark.usefixtures("plain_names")
async def test_a_full_scan_of_what_did_not_change_asks_once_and_keeps_the_snapshot(scan, sent):
    first = await scan()

    found = await scan(first.snapshot)

    assert verbs(sent) == [b"raw"]
    assert found.snapshot is first.snapshot
    assert (found.hashed, found.reused) == (4, 0)
    assert msgspec.structs.replace(found, clock_skew_s=0) == msgspec.structs.replace(first, clock_skew_s=0)


@pytest.fixture
def plain_names(tree: Path) -> None:
    (tree / "sub" / "odd\nna\\me").unlink()


@pytest.mark.usefixtures("plain_names")
async def test_a_full_scan_sees_what_a_forged_listing_hides(scan, tree, split):
    """Whoever can set the clock back can keep ctime too; only reading helps."""
    first = await scan()
    forged = first.snapshot.extras.replace(digest((tree / "1").read_bytes()), digest(b"what was there before"))

    found = await scan(Snapshot(listing=first.snapshot.listing, extras=forged))

    assert found.snapshot == first.snapshot
    assert found.hashed == 4


@pytest.mark.usefixtures("plain_names")
@pytest.mark.skipif(shutil.which("getfattr") is None, reason="getfattr is not installed")
async def test_attributes_are_compared_too(scan, tree, split):
    try:
        os.setxattr(tree / "1", "user.t", b"1")
        os.setxattr(tree / "sub", "user.t", b"2")
    except OSError:
        pytest.skip("the file system keeps no attributes")
    first = await scan()
    same = await scan(first.snapshot)
    forged = Snapshot(listing=first.snapshot.listing, extras=first.snapshot.extras.replace(b"0x31", b"0x33"))
    found = await scan(forged)

    assert split(first.snapshot)[os.fsencode(tree / "sub")][2] == b"- xattr=user.t:0x32"
    assert same.snapshot is first.snapshot
    assert found.snapshot == first.snapshot


async def test_attributes_of_a_tree_behind_a_link_are_found_under_its_name(connect, later, tree, split):
    if shutil.which("getfattr") is None:
        pytest.skip("getfattr is not installed")
    try:
        os.setxattr(tree / "1", "user.t", b"1")
    except OSError:
        pytest.skip("the file system keeps no attributes")
    (tree / "sub" / "odd\nna\\me").unlink()
    top = tree.with_name("top")
    top.symlink_to(tree)
    scope = FileScope(paths=(str(top),))

    found = await collect_files(connect(path=later), scope, last=None, full=False, budget_s=60)

    extra = split(found.snapshot)[os.fsencode(top / "1")][2]
    assert extra == digest((tree / "1").read_bytes()) + b" xattr=user.t:0x31"


@pytest.mark.usefixtures("plain_names")
async def test_text_to_keep_is_read_again_by_a_full_scan(scan, tree):
    (tree / "sub" / "note").write_bytes(b"text")
    first = await scan(keep_text=("*/note",))

    found = await scan(first.snapshot, keep_text=("*/note",))

    assert found.texts == {os.fsencode(tree / "sub" / "note"): b"text"}


@pytest.mark.usefixtures("plain_names")
async def test_files_that_may_grow_are_not_read_by_a_full_scan(scan, tree, split):
    first = await scan(growing=("*/3",))

    found = await scan(first.snapshot, growing=("*/3",))

    assert found.snapshot == first.snapshot
    assert split(found.snapshot)[os.fsencode(tree / "3")][2] == b"-"
