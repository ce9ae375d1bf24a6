"""The same tree through every shell and userland that is here."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.collect.tools import Style
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope, Snapshot

SHELLS = {
    "dash": ("dash",),
    "bash": ("bash",),
    "bash as sh": ("bash", "--posix"),
    "ksh": ("ksh",),
    "mksh": ("mksh",),
    "zsh": ("zsh", "--emulate", "sh"),
    "busybox with GNU tools": ("busybox", "sh"),
}


@pytest.fixture(params=list(SHELLS))
def shell(request) -> tuple[str, ...]:
    words = SHELLS[request.param]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


def facts(path: bytes) -> list[bytes]:
    """What an independent reader, Python's own lstat, says of a path."""
    found = os.lstat(path)
    letters = {0o1: "p", 0o4: "d", 0o10: "f", 0o12: "l", 0o14: "s"}
    fields = (
        letters[found.st_mode >> 12],
        f"{found.st_mode & 0o7777:o}",
        found.st_uid,
        found.st_gid,
        found.st_size,
        int(found.st_mtime_ns // 10**9),
        int(found.st_ctime_ns // 10**9),
        found.st_ino,
        found.st_nlink,
        found.st_dev,
    )
    return [str(field).encode() for field in fields]


def check_against_lstat(entries, top: Path) -> None:
    """Every entry of the tree is there, once, and as lstat and open see it."""
    raw = os.fsencode(top)
    expected = {raw}
    for folder, folders, files in os.walk(raw):
        expected |= {folder + b"/" + name for name in folders + files}
    assert set(entries) == expected
    for path, (meta, target, extra) in entries.items():
        whole = [field.partition(b".")[0] if at in {5, 6} else field for at, field in enumerate(meta)]
        assert whole == facts(path), path
        assert target == (os.fsencode(Path(os.fsdecode(path)).readlink()) if meta[0] == b"l" else b""), path
        if meta[0] == b"f" and (os.geteuid() == 0 or os.access(path, os.R_OK)):
            content = Path(os.fsdecode(path)).read_bytes()
            assert extra.split(b" ")[0] == sha256(content).hexdigest().encode(), path
        elif meta[0] != b"f":
            assert extra.split(b" ")[0] == b"-", path


async def test_every_shell_lists_every_odd_name_as_it_is(connect, shell, odd_tree, split):
    found = await collect_files(
        connect(shell=shell), FileScope(paths=(str(odd_tree),)), last=None, full=False, budget_s=60
    )

    check_against_lstat(split(found.snapshot), odd_tree)
    assert not found.partial
    assert not (Path.cwd() / "injected").exists()


async def test_every_shell_finds_nothing_new_on_an_unchanged_tree(connect, shell, odd_tree):
    scope = FileScope(paths=(str(odd_tree),))
    first = await collect_files(connect(shell=shell), scope, last=None, full=False, budget_s=60)

    again = await collect_files(
        connect(shell=shell), scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools
    )

    assert again.snapshot == first.snapshot
    assert again.reused == first.hashed
    assert again.tools == first.tools


async def test_busybox_alone_gives_the_same_snapshot_apart_from_fractions_of_seconds(connect, busybox, odd_tree, split):
    scope = FileScope(paths=(str(odd_tree),))
    gnu = split((await collect_files(connect(), scope, last=None, full=False, budget_s=60)).snapshot)

    found = await collect_files(
        connect(shell=("busybox", "sh"), path=busybox), scope, last=None, full=False, budget_s=60
    )

    assert found.tools.style is Style.STAT_C
    entries = split(found.snapshot)
    check_against_lstat(entries, odd_tree)
    assert {path: (target, extra.split(b" ")[0]) for path, (_, target, extra) in entries.items()} == {
        path: (target, extra.split(b" ")[0]) for path, (_, target, extra) in gnu.items()
    }
    missing = {failure.what for failure in found.failures if failure.reason is Reason.NO_TOOL}
    assert missing == {"acl", "xattr", "caps"}


async def test_busybox_alone_reads_only_the_link_targets_that_moved(connect, busybox, odd_tree, split):
    scope = FileScope(paths=(str(odd_tree),))
    host = connect(shell=("busybox", "sh"), path=busybox)
    first = await collect_files(host, scope, last=None, full=False, budget_s=60)
    sent: list[bytes] = []
    (odd_tree / "dangling").unlink()
    (odd_tree / "dangling").symlink_to("elsewhere")

    watched = connect(shell=("busybox", "sh"), path=busybox, on_write=sent.append)
    found = await collect_files(watched, scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools)

    asked = b"".join(sent)
    assert asked.count(b"dangling") == 1
    assert b"loop" not in asked
    assert split(found.snapshot)[os.fsencode(odd_tree / "dangling")][1] == b"elsewhere"


async def test_busybox_finds_nothing_new_on_an_unchanged_tree(connect, busybox, odd_tree):
    scope = FileScope(paths=(str(odd_tree),))
    host = connect(shell=("busybox", "sh"), path=busybox)
    first = await collect_files(host, scope, last=None, full=False, budget_s=60)

    again = await collect_files(host, scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools)

    assert again.snapshot == first.snapshot


async def test_toybox_tools_give_the_same_entries(connect, tmp_path_factory, odd_tree, split):
    program = shutil.which("toybox")
    if program is None:
        pytest.skip("toybox is not installed")
    folder = tmp_path_factory.mktemp("toybox")
    for name in ("find", "stat", "xargs", "head", "sha256sum", "readlink", "date", "cat", "tr", "sleep", "dd"):
        (folder / name).symlink_to(program)
    for name in ("sh", "awk"):  # toybox has neither in a usable state
        (folder / name).symlink_to(shutil.which(name))

    found = await collect_files(
        connect(path=str(folder)), FileScope(paths=(str(odd_tree),)), last=None, full=False, budget_s=60
    )

    check_against_lstat(split(found.snapshot), odd_tree)


async def test_a_host_without_stat_and_printf_is_not_collectable_and_keeps_what_was_known(connect, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("date", "head", "sh"):
        (folder / name).symlink_to(shutil.which(name))
    last = Snapshot(listing=b"f 644 0 0 1 1 1 1 1 1 /etc/x\0\0", extras=b"-\0")

    found = await collect_files(
        connect(path=str(folder)), FileScope(paths=("/etc",)), last=last, full=False, budget_s=60
    )

    assert found.partial
    assert found.snapshot == last
    assert [(failure.what, failure.reason) for failure in found.failures] == [("*", Reason.NO_TOOL)]
