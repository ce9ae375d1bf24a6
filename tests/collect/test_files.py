"""What moves in a tree is seen, once, and nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ospatrol.collect.files import COLLECTOR, collect_files
from ospatrol.collect.tools import Style
from ospatrol.integrity.scope import selected
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope, FileType, Snapshot


def digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "sub" / "deep").mkdir(parents=True)
    (top / "a").write_bytes(b"aaaa")
    (top / "sub" / "b").write_bytes(b"bbbb")
    (top / "sub" / "deep" / "c").write_bytes(b"cccc")
    (top / "link").symlink_to("a")
    for path in (top / "a", top / "sub" / "b", top / "sub" / "deep" / "c"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return top


class Scans:
    """Scans of one tree, each knowing the one before."""

    def __init__(self, connection, scope: FileScope) -> None:
        self.connection = connection
        self.scope = scope
        self.last = None
        self.sent = bytearray()
        connection.on_write = self.sent.extend

    async def __call__(self, *, full: bool = False, budget_s: float = 60, scope: FileScope | None = None):
        self.sent.clear()
        found = await collect_files(
            self.connection,
            scope or self.scope,
            last=self.last.snapshot if self.last else None,
            full=full,
            budget_s=budget_s,
            tools=self.last.tools if self.last else None,
        )
        self.last = found
        return found


@pytest.fixture
def scans(connect, tree) -> Scans:
    return Scans(connect(), FileScope(paths=(str(tree),)))


@pytest.fixture(params=["GNU", "busybox"])
def userland_scans(request, connect, tree) -> Scans:
    if request.param == "GNU":
        return Scans(connect(), FileScope(paths=(str(tree),)))
    path = request.getfixturevalue("busybox")
    return Scans(connect(shell=("busybox", "sh"), path=path), FileScope(paths=(str(tree),)))


def changed(split, before: Snapshot, after: Snapshot) -> set[bytes]:
    old, new = split(before), split(after)
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def replace_keeping_all_that_can_be_kept(path: Path, content: bytes) -> None:
    """Same size, same mtime, same inode: only ctime tells."""
    times = path.stat()
    assert len(content) == times.st_size
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES = {
    "modified": lambda top: (top / "a").write_bytes(b"modified"),
    "replaced with the same size and mtime": lambda top: replace_keeping_all_that_can_be_kept(top / "a", b"AAAA"),
    "made setuid": lambda top: (top / "a").chmod(0o4755),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
async def test_a_change_is_seen_once_and_only_its_file_is_read_again(userland_scans, tree, split, change):
    first = await userland_scans()
    change(tree)
    found = await userland_scans()
    again = await userland_scans()

    path = os.fsencode(tree / "a")
    assert changed(split, first.snapshot, found.snapshot) == {path}
    assert (first.hashed, found.hashed, found.reused, again.hashed) == (3, 1, 2, 0)
    content = (tree / "a").read_bytes()
    assert split(found.snapshot)[path][2].split(b" ")[0] == digest(content)
    assert again.snapshot == found.snapshot


async def test_added_and_deleted_files_are_seen(userland_scans, tree, split):
    first = await userland_scans()
    (tree / "sub" / "b").unlink()
    (tree / "new").write_bytes(b"new")

    found = await userland_scans()

    moved = changed(split, first.snapshot, found.snapshot)
    assert moved == {os.fsencode(path) for path in (tree, tree / "sub", tree / "sub" / "b", tree / "new")}
    assert os.fsencode(tree / "sub" / "b") not in split(found.snapshot)
    assert found.hashed == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_a_new_owner_is_seen(userland_scans, tree, split):
    await userland_scans()
    os.chown(tree / "a", 1234, 4321)

    found = await userland_scans()

    assert split(found.snapshot)[os.fsencode(tree / "a")][0][2:4] == [b"1234", b"4321"]


async def test_a_link_that_leads_elsewhere_is_seen(userland_scans, tree, split):
    await userland_scans()
    (tree / "link").unlink()
    (tree / "link").symlink_to("sub")

    found = await userland_scans()

    assert split(found.snapshot)[os.fsencode(tree / "link")][1] == b"sub"


async def test_a_change_in_the_very_second_of_the_scan_is_not_lost(connect, busybox, tree, split):
    """Stamps of whole seconds: the second change leaves the same size, mtime and ctime as the first."""
    host = Scans(connect(shell=("busybox", "sh"), path=busybox), FileScope(paths=(str(tree),)))
    (tree / "a").write_bytes(b"AAAA")

    found = await host()
    assert b"pause 1\n" in host.sent
    (tree / "a").write_bytes(b"BBBB")
    again = await host()

    assert split(found.snapshot)[os.fsencode(tree / "a")][2] == digest(b"AAAA")
    assert split(again.snapshot)[os.fsencode(tree / "a")][2] == digest(b"BBBB")


async def test_an_unchanged_tree_is_neither_asked_about_nor_parsed(scans, tree):
    await scans()

    found = await scans()

    assert bytes(scans.sent) == b""
    assert (found.hashed, found.reused) == (0, 3)


async def test_a_full_scan_reads_everything_again(scans, tree):
    first = await scans()

    found = await scans(full=True)

    assert (found.hashed, found.reused) == (3, 0)
    assert found.snapshot == first.snapshot


async def test_a_full_scan_sees_what_a_forged_listing_hides(scans, tree, split):
    """Whoever can set the clock back can keep ctime too; only reading helps."""
    first = await scans()
    path = os.fsencode(tree / "a")
    forged = first.snapshot.extras.replace(digest(b"aaaa"), digest(b"what was there before"))
    scans.last = scans.last.__class__(snapshot=Snapshot(listing=first.snapshot.listing, extras=forged))

    assert split((await scans()).snapshot)[path][2] == digest(b"what was there before")
    assert split((await scans(full=True)).snapshot)[path][2] == digest(b"aaaa")


async def test_a_broken_listing_of_last_time_only_costs_time(connect, tree):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    broken = Snapshot(listing=first.snapshot.listing[:-9], extras=first.snapshot.extras[:-20])

    found = await collect_files(connect(), scope, last=broken, full=False, budget_s=60)

    assert found.snapshot.listing == first.snapshot.listing


async def test_growing_files_are_listed_and_not_read(connect, tree, split):
    scope = FileScope(paths=(str(tree),), growing=("*/sub/*",))

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert split(found.snapshot)[os.fsencode(tree / "sub" / "b")][2] == b"-"
    assert found.hashed == 1


async def test_too_big_files_are_said_to_be_so_each_time(scans, tree, split):
    scans.scope = FileScope(paths=(str(tree),), hash_limit_bytes=3)
    await scans()

    found = await scans()

    assert split(found.snapshot)[os.fsencode(tree / "a")][2] == b"!too-big"
    too_big = [failure.what for failure in found.failures if failure.reason is Reason.TOO_BIG]
    assert sorted(too_big) == sorted(
        str(path) for path in (tree / "a", tree / "sub" / "b", tree / "sub" / "deep" / "c")
    )
    assert not found.partial


async def test_two_trees_with_one_in_the_other_give_each_entry_once(connect, tree, split):
    nested = FileScope(paths=(str(tree), str(tree / "sub")), one_filesystem=True)

    found = await collect_files(connect(), nested, last=None, full=False, budget_s=60)

    plain = await collect_files(connect(), FileScope(paths=(str(tree),)), last=None, full=False, budget_s=60)
    assert split(found.snapshot) == split(plain.snapshot)
    assert not [failure for failure in found.failures if failure.reason is not Reason.NO_TOOL]


async def test_a_tree_below_a_root_is_reported_without_it(connect, tree, split):
    scope = FileScope(paths=("/", "/sub"), root=str(tree), ignore=("/sub/deep",))

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert set(split(found.snapshot)) == {b"/", b"/a", b"/link", b"/sub", b"/sub/b"}
    assert split(found.snapshot)[b"/a"][2] == digest(b"aaaa")
    again = await collect_files(connect(), scope, last=found.snapshot, full=False, budget_s=60)
    assert (again.snapshot, again.hashed) == (found.snapshot, 0)


async def test_a_root_with_characters_of_patterns_in_it_is_taken_as_it_is(connect, tmp_path, split):
    root = tmp_path / "image [1]*"
    (root / "etc" / "x").mkdir(parents=True)
    (root / "etc" / "y").touch()

    scope = FileScope(paths=("/etc",), root=str(root), ignore=("*/x",))
    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert set(split(found.snapshot)) == {b"/etc", b"/etc/y"}


async def test_a_root_that_is_not_there_keeps_what_was_known(connect, tmp_path):
    last = Snapshot(listing=b"f 644 0 0 1 1 1 1 1 1 /etc/x\0\0", extras=b"-\0")
    scope = FileScope(paths=("/etc",), root=str(tmp_path / "unmounted"))

    found = await collect_files(connect(), scope, last=last, full=False, budget_s=60)

    assert (found.snapshot, found.partial) == (last, True)
    assert [(failure.what, failure.reason) for failure in found.failures] == [("*", Reason.VANISHED)]


async def test_only_the_types_that_were_asked_for_are_listed(connect, odd_tree, split):
    scope = FileScope(paths=(str(odd_tree),), types=(FileType.LINK, FileType.FIFO))

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert {meta[0] for meta, _, _ in split(found.snapshot).values()} == {b"l", b"p"}


async def test_depth_ends_where_it_says(connect, tree, split):
    found = await collect_files(connect(), FileScope(paths=(str(tree),), depth=1), last=None, full=False, budget_s=60)

    assert set(split(found.snapshot)) == {os.fsencode(tree / name) for name in ("", "a", "link", "sub")}


async def test_other_file_systems_are_left_out_where_asked(connect, split):
    scope = FileScope(paths=("/",), depth=2, one_filesystem=True, types=(FileType.DIRECTORY,))

    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert b"/proc" in split(found.snapshot)
    assert not [path for path in split(found.snapshot) if path.startswith(b"/proc/")]


async def test_a_tree_whose_top_is_a_link_is_listed_below_the_link(userland_scans, tree, tmp_path, split):
    link = tmp_path / "merged"
    link.symlink_to("tree")
    scope = FileScope(paths=(str(link),), ignore=(f"{link}/sub/deep",))

    found = await userland_scans(scope=scope)

    entries = split(found.snapshot)
    assert entries[os.fsencode(link)][1] == b"tree"
    assert entries[os.fsencode(link) + b"/"][0][0] == b"d"
    names = {os.fsencode(link / name) for name in ("a", "link", "sub", "sub/b")}
    assert set(entries) == names | {os.fsencode(link), os.fsencode(link) + b"/"}
    assert all(selected(path, scope) for path in entries)


async def test_a_link_out_of_the_root_is_a_failure(userland_scans, tree):
    (tree / "bin").symlink_to("/usr")

    found = await userland_scans(scope=FileScope(paths=("/bin",), root=str(tree)))

    assert [(failure.what, failure.subtree) for failure in found.failures if failure.reason is Reason.DENIED] == [
        ("/bin", True)
    ]


async def test_a_link_to_a_tree_that_is_listed_anyway_doubles_nothing(userland_scans, tree, tmp_path, split):
    (tmp_path / "merged").symlink_to("tree/sub")

    found = await userland_scans(scope=FileScope(paths=(str(tmp_path / "merged"), str(tree))))

    assert len(split(found.snapshot)) == 8


async def test_the_clock_and_the_tools_of_the_host_are_told(scans):
    found = await scans()

    assert found.clock_skew_s is not None
    assert abs(found.clock_skew_s) < 5
    assert found.tools is not None
    assert found.tools.style is Style.PRINTF
    assert "sha256sum" in found.tools.programs


async def test_tools_that_changed_since_are_looked_at_anew(connect, busybox, tree, split):
    scope = FileScope(paths=(str(tree),))
    gnu = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    found = await collect_files(
        connect(shell=("busybox", "sh"), path=busybox), scope, last=None, full=False, budget_s=60, tools=gnu.tools
    )

    assert found.tools.style is Style.STAT_C
    assert len(split(found.snapshot)) == 7


@pytest.mark.parametrize(
    "hasher", [("openssl",), ("sha256sum",), ("shasum",), ("sha256sum", "openssl"), ()], ids="+".join
)
async def test_every_hasher_gives_the_same(connect, odd_tree, tmp_path, split, hasher):
    (odd_tree / "none").chmod(0o400)  # else an ordinary user cannot read it
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (*hasher, "find", "stat", "xargs", "head", "readlink", "date", "sh", "tr", "cat", "perl", "sleep"):
        program = shutil.which(name)
        if program is None:
            pytest.skip(f"{name} is not installed")
        (folder / name).symlink_to(program)

    scope = FileScope(paths=(str(odd_tree),))
    found = await collect_files(connect(path=str(folder)), scope, last=None, full=False, budget_s=60)

    files = [path for path in odd_tree.rglob("*") if path.is_file() and not path.is_symlink()]
    contents = {os.fsencode(path): path.read_bytes() for path in files}
    words = {path: extra for path, (meta, _, extra) in split(found.snapshot).items() if meta[0] == b"f"}
    if hasher:
        assert words == {path: digest(content) for path, content in contents.items()}
    else:
        assert set(words.values()) == {b"!error"}
        assert ("content", Reason.NO_TOOL) in [(failure.what, failure.reason) for failure in found.failures]


async def test_much_content_goes_to_openssl_and_little_to_sha256sum(scans, tree):
    await scans()
    assert b" sha256sum\n" in scans.sent
    (tree / "big").write_bytes(bytes(3_000_000))

    await scans()

    assert b" openssl\n" in scans.sent


async def test_the_package_database_signs_itself_where_asked(connect, tree):
    (tree / "var" / "lib" / "dpkg").mkdir(parents=True)
    status = tree / "var" / "lib" / "dpkg" / "status"
    status.write_text("Package: x\n")
    scope = FileScope(paths=("/",), root=str(tree))
    signed = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    status.write_text("Package: y\nPackage: z\n")
    later = await collect_files(connect(), scope, last=None, full=False, budget_s=60, tools=signed.tools)
    silent = msgspec.structs.replace(scope, packages=False)
    unsigned = await collect_files(connect(), silent, last=None, full=False, budget_s=60)

    assert signed.package_signature.startswith(f"dpkg:{status.stat().st_ino}:11:")
    assert later.package_signature.startswith(f"dpkg:{status.stat().st_ino}:22:")
    assert unsigned.package_signature == ""


async def test_the_kept_texts_are_exactly_what_was_hashed(scans, tree, split):
    (tree / "text.conf").write_bytes(b"line\nline without end")
    (tree / "empty.conf").write_bytes(b"")
    (tree / "binary.conf").write_bytes(b"a\0b")
    (tree / "latin.conf").write_bytes(b"gr\xfcn\0"[:-1])
    (tree / "z\nodd.conf").write_bytes(b"odd")
    (tree / "huge.conf").write_bytes(b"x" * 65537)
    (tree / "marker.conf").write_bytes(b"\0\0\0E")
    for number in range(600):
        (tree / f"{number}.conf").write_bytes(b"%d\n" % number * number)
    scans.scope = FileScope(paths=(str(tree),), keep_text=("*.conf",))

    found = await scans()

    names = ["text.conf", "empty.conf", "latin.conf", "z\nodd.conf", *(f"{number}.conf" for number in range(600))]
    assert found.texts == {os.fsencode(tree / name): (tree / name).read_bytes() for name in names}
    assert (await scans()).texts == {}


def test_the_collector_says_what_it_sends():
    assert COLLECTOR.name == "files"
    assert {script.name for script in COLLECTOR.scripts} == {"files", "packages"}
    assert COLLECTOR.arguments is FileScope


@pytest.mark.parametrize("name", ["facts.sh", "files.sh", "packages.sh"])
@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_scripts(name):
    script = Path(__file__).parents[2] / "ospatrol" / "collect" / name

    checked = subprocess.run(
        ["shellcheck", "--shell=sh", "--exclude=SC2016", script], capture_output=True, text=True, check=False
    )

    assert checked.stdout == ""
