"""What cannot be seen is said, and what was known of it stands."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.collect.found import FilesFound
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import CommandFailed
from ospatrol.model.files import FileScope, Snapshot


def told(found: FilesFound) -> list[tuple[str, Reason, bool]]:
    return sorted(
        (failure.what, failure.reason, failure.subtree)
        for failure in found.failures
        if failure.reason is not Reason.NO_TOOL
    )


@pytest.fixture
def tree(open_path: Path) -> Path:
    top = open_path / "tree"
    (top / "sub" / "deep").mkdir(parents=True)
    (top / "a").write_bytes(b"aaaa")
    (top / "sub" / "b").write_bytes(b"bbbb")
    (top / "sub" / "deep" / "c").write_bytes(b"cccc")
    return top


@pytest.fixture
def stand_in(tmp_path: Path):
    """Puts a script of the test's own before a program on PATH; gives the PATH."""

    def put(name: str, text: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    return put


@pytest.fixture(params=["GNU", "busybox"])
def as_nobody(request, connect, nobody):
    if request.param == "GNU":
        return connect(prefix=nobody)
    path = request.getfixturevalue("busybox")
    return connect(shell=("busybox", "sh"), path=path, prefix=nobody)


async def test_an_ordinary_user_is_told_what_is_closed_to_him(as_nobody, tree, split):
    scope = FileScope(paths=(str(tree),))
    (tree / "a").chmod(0o600 if os.geteuid() == 0 else 0)
    (tree / "sub" / "deep").chmod(0o700 if os.geteuid() == 0 else 0)
    (tree / "names only").mkdir()
    (tree / "names only" / "x").touch()
    (tree / "names only").chmod(0o744 if os.geteuid() == 0 else 0o400)

    found = await collect_files(as_nobody, scope, last=None, full=False, budget_s=60)

    (tree / "sub" / "deep").chmod(0o755)
    (tree / "names only").chmod(0o755)
    assert told(found) == [
        (str(tree / "a"), Reason.DENIED, False),
        (str(tree / "names only" / "x"), Reason.DENIED, True),
        (str(tree / "sub" / "deep"), Reason.DENIED, True),
    ]
    entries = split(found.snapshot)
    assert entries[os.fsencode(tree / "a")][2] == b"!denied"
    assert os.fsencode(tree / "sub" / "deep") in entries
    assert not found.partial


async def test_what_is_closed_now_is_not_lost(as_nobody, tree, split):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(as_nobody, scope, last=None, full=False, budget_s=60)
    (tree / "sub").chmod(0)

    found = await collect_files(as_nobody, scope, last=first.snapshot, full=False, budget_s=60)

    (tree / "sub").chmod(0o755)
    old, new = split(first.snapshot), split(found.snapshot)
    assert set(new) == set(old)
    below = os.fsencode(tree / "sub") + b"/"
    assert all(new[path] == old[path] for path in old if path.startswith(below))
    assert (str(tree / "sub"), Reason.DENIED, True) in told(found)


async def test_what_can_be_read_again_is_read_again(as_nobody, tree, split):
    scope = FileScope(paths=(str(tree),))
    closed = 0o600 if os.geteuid() == 0 else 0
    (tree / "a").chmod(closed)
    first = await collect_files(as_nobody, scope, last=None, full=False, budget_s=60)
    second = await collect_files(as_nobody, scope, last=first.snapshot, full=False, budget_s=60)
    (tree / "a").chmod(0o644)

    found = await collect_files(as_nobody, scope, last=second.snapshot, full=False, budget_s=60)

    assert told(second) == [(str(tree / "a"), Reason.DENIED, False)]
    assert told(found) == []
    assert len(split(found.snapshot)[os.fsencode(tree / "a")][2]) == 64


async def test_names_cannot_fake_complaints_that_hide_others(connect, busybox, nobody, tree, split):
    """busybox writes names into its complaints as they are."""
    scope = FileScope(paths=(str(tree),))
    host = connect(shell=("busybox", "sh"), path=busybox, prefix=nobody)
    faked = tree / f"x\nfind: {tree}/sub"
    faked.mkdir(parents=True)
    first = await collect_files(host, scope, last=None, full=False, budget_s=60)
    faked.chmod(0o700 if os.geteuid() == 0 else 0)
    (tree / "sub" / "b").unlink()

    found = await collect_files(host, scope, last=first.snapshot, full=False, budget_s=60)

    faked.chmod(0o755)
    assert os.fsencode(tree / "sub" / "b") not in split(found.snapshot)
    assert [failure.what for failure in found.failures if failure.reason is Reason.DENIED] == [
        str(faked).replace("\n", "\\x0a")
    ]


@pytest.mark.parametrize("userland", ["GNU", "busybox"])
async def test_a_tree_that_is_not_there_is_a_failure_and_its_files_are_gone(connect, request, userland, tree, split):
    path = request.getfixturevalue("busybox") if userland == "busybox" else os.environ["PATH"]
    host = connect(shell=("busybox", "sh") if userland == "busybox" else ("sh",), path=path)
    scope = FileScope(paths=(str(tree), str(tree) + "2"))
    shutil.copytree(tree, str(tree) + "2")
    first = await collect_files(host, scope, last=None, full=False, budget_s=60)
    shutil.rmtree(str(tree) + "2")

    found = await collect_files(host, scope, last=first.snapshot, full=False, budget_s=60)

    assert told(found) == [(str(tree) + "2", Reason.VANISHED, True)]
    assert all(path.startswith(os.fsencode(tree) + b"/") or path == os.fsencode(tree) for path in split(found.snapshot))


async def test_a_file_that_vanishes_after_it_was_listed_is_said_to(connect, tree, split):
    def vanish(piece: bytes) -> None:
        if piece.startswith(b"sum"):
            (tree / "a").unlink()

    found = await collect_files(
        connect(on_write=vanish), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60
    )

    assert told(found) == [(str(tree / "a"), Reason.VANISHED, False)]
    assert split(found.snapshot)[os.fsencode(tree / "a")][2] == b"!vanished"


async def test_a_host_that_lists_without_end_is_left_at_the_limit(connect, tree, split):
    for number in range(300):
        (tree / f"{number:03}").write_bytes(b"x")
    scope = FileScope(paths=(str(tree),), entry_limit=100)

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert found.snapshot.count == 100
    assert found.partial
    assert [(what, reason) for what, reason, _ in told(found)] == [("*", Reason.LIMIT)]
    files = [extra for meta, _, extra in split(found.snapshot).values() if meta[0] == b"f"]
    assert files
    assert all(len(extra) == 64 for extra in files)


async def test_a_listing_that_goes_on_and_on_is_left_and_another_script_hashes(connect, tree):
    for number in range(20_000):
        (tree / f"{number:05}-{'x' * 100}").symlink_to("x")
    scope = FileScope(paths=(str(tree),), entry_limit=100)
    host = connect()

    found = await collect_files(host, scope, last=None, full=False, budget_s=60)

    assert len(host.commands) == 2
    assert (found.snapshot.count, found.partial) == (100, True)


async def test_a_tree_just_as_big_as_the_limit_is_whole(connect, tree):
    scope = FileScope(paths=(str(tree),), entry_limit=6)

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert (found.snapshot.count, found.partial, told(found)) == (6, False, [])


async def test_what_is_beyond_the_limit_now_is_not_lost(connect, tree, split):
    whole = await collect_files(connect(), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60)

    found = await collect_files(
        connect(), FileScope(paths=(str(tree),), entry_limit=2), last=whole.snapshot, full=False, budget_s=60
    )

    assert split(found.snapshot) == split(whole.snapshot)
    assert found.partial


async def test_a_hasher_that_hangs_costs_its_files_when_the_budget_is_spent(connect, tree, split, stand_in, tmp_path):
    os.mkfifo(tmp_path / "never")
    with (tree / "sub" / "b").open("r+b") as file:
        file.truncate(100 << 20)  # much content is not waited for until a whole piece of answers is there
    path = stand_in("openssl", f"echo {'0' * 64} \\*$4; cat {tmp_path}/never")
    scope = FileScope(paths=(str(tree),))

    found = await collect_files(connect(path=path), scope, last=None, full=False, budget_s=0.7)

    words = sorted(extra[:7] for meta, _, extra in split(found.snapshot).values() if meta[0] == b"f")
    assert found.partial
    assert found.hashed == 1
    assert words.count(b"!budget") == 2
    assert {reason for _, reason, _ in told(found)} == {Reason.BUDGET}


async def test_a_digest_stands_where_there_was_no_time_to_read_again(connect, tree, split, stand_in, tmp_path):
    os.mkfifo(tmp_path / "never")
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    path = stand_in("sha256sum", f"cat {tmp_path}/never")

    found = await collect_files(connect(path=path), scope, last=first.snapshot, full=True, budget_s=0.7)

    assert found.snapshot == first.snapshot
    assert (found.hashed, found.partial) == (0, True)
    assert len(told(found)) == 3


async def test_a_listing_that_hangs_keeps_what_came_and_what_was_known(connect, tree, split, stand_in, tmp_path):
    os.mkfifo(tmp_path / "never")
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    path = stand_in("find", f'{shutil.which("find")} "$@" | head -c 200; cat {tmp_path}/never')

    found = await collect_files(connect(path=path), scope, last=first.snapshot, full=False, budget_s=0.7)

    assert found.partial
    assert split(found.snapshot) == split(first.snapshot)
    assert told(found) == [("*", Reason.BUDGET, True)]


async def test_a_host_that_never_greets_leaves_everything_as_it_was(connect, tree, stand_in, tmp_path):
    os.mkfifo(tmp_path / "never")
    last = Snapshot(listing=b"f 644 0 0 1 1 1 1 1 1 /etc/x\0\0", extras=b"-\0")
    path = stand_in("date", f"cat {tmp_path}/never")

    found = await collect_files(connect(path=path), FileScope(paths=(str(tree),)), last=last, full=False, budget_s=0.5)

    assert (found.snapshot, found.partial, found.tools) == (last, True, None)
    assert told(found) == [("*", Reason.BUDGET, True)]


async def test_a_find_that_is_killed_hides_no_deletion_and_is_a_failure(connect, tree, split, stand_in):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    path = stand_in("find", f'{shutil.which("find")} "$@" | head -c 200; kill -9 $$')

    found = await collect_files(connect(path=path), scope, last=first.snapshot, full=False, budget_s=60)

    assert split(found.snapshot) == split(first.snapshot)
    assert {(what, reason, hides) for what, reason, hides in told(found)} == {("*", Reason.ERROR, True)}
    assert found.failures[-1].detail == "find ended with status 137"


async def test_output_past_the_limit_is_cut_and_said_to_be(connect, tree, split):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    (tree / "a").write_bytes(b"moved")

    found = await collect_files(
        connect(limit_bytes=300), scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools
    )

    assert found.partial
    assert ("*", Reason.CUT, True) in told(found)
    assert set(split(found.snapshot)) == set(split(first.snapshot))


async def test_what_find_says_and_nobody_understands_is_passed_on_escaped(connect, tree, split, stand_in):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    path = stand_in("find", f"printf 'find: what\\033[31m?\\n' >&2; {shutil.which('find')} \"$@\"; exit 1")
    (tree / "a").unlink()

    found = await collect_files(connect(path=path), scope, last=first.snapshot, full=False, budget_s=60)

    assert found.failures[-1] == Failure(what="*", reason=Reason.ERROR, detail="find: what\\x1b[31m?", subtree=True)
    assert os.fsencode(tree / "a") in split(found.snapshot)


async def test_a_flood_of_complaints_is_counted(connect, tree, stand_in):
    path = stand_in("find", "awk 'BEGIN { for (n = 0; n < 3000; n++) print \"find: oh\" }' >&2; exit 1")

    found = await collect_files(connect(path=path), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60)

    assert len(found.failures) < 520
    assert "2500 more complaints" in [failure.detail for failure in found.failures]


@pytest.mark.parametrize("shell", [("false",), ("echo",), ("printf", "nonsense\\000")])
async def test_what_is_no_answer_of_the_script_is_an_error(connect, tree, shell):
    with pytest.raises(CommandFailed):
        await collect_files(connect(shell=shell), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60)


async def test_a_directory_of_very_many_names_is_listed_in_linear_time(connect, tmp_path):
    top = tmp_path / "many"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    try:
        for number in range(50_000):
            os.symlink("x", f"{number:06}", dir_fd=here)
    finally:
        os.close(here)
    scope = FileScope(paths=(str(top),))

    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    again = await collect_files(connect(), scope, last=first.snapshot, full=False, budget_s=60)

    assert first.snapshot.count == 50_001
    assert again.snapshot == first.snapshot


async def test_many_files_are_asked_for_in_several_requests(connect, tmp_path):
    top = tmp_path / "many"
    top.mkdir()
    for number in range(4000):
        (top / f"{number}-{'x' * 80}").write_bytes(b"%d" % number)
    sent: list[bytes] = []

    found = await collect_files(
        connect(on_write=sent.append), FileScope(paths=(str(top),)), last=None, full=False, budget_s=60
    )

    assert found.hashed == 4000
    assert len([piece for piece in sent if piece.startswith(b"sum ")]) > 2
    assert max(map(len, sent)) < 150_000


async def test_a_link_that_vanishes_after_it_was_listed_has_no_target_and_is_a_failure(connect, busybox, tree, split):
    (tree / "link").symlink_to("a")

    def vanish(piece: bytes) -> None:
        if piece.startswith(b"point"):
            (tree / "link").unlink()

    host = connect(shell=("busybox", "sh"), path=busybox, on_write=vanish)
    found = await collect_files(host, FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60)

    assert told(found) == [(str(tree / "link"), Reason.ERROR, False)]
    assert split(found.snapshot)[os.fsencode(tree / "link")][1] == b""


async def test_what_was_not_reached_when_the_budget_ended_is_not_asked_for(connect, tree, stand_in, tmp_path):
    os.mkfifo(tmp_path / "never")
    for number in range(2000):
        (tree / f"{number}-{'x' * 100}").touch()
    sent: list[bytes] = []
    path = stand_in("sha256sum", f"cat {tmp_path}/never")

    found = await collect_files(
        connect(path=path, on_write=sent.append), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=0.7
    )

    assert len([piece for piece in sent if piece.startswith(b"sum")]) == 1
    assert found.hashed == 0
    assert "1903 more" in [failure.what for failure in found.failures]
