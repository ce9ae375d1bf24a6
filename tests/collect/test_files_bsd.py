"""The userlands of the BSDs and macOS.

No such machine is at hand. What is golden here was written after the documented formats of their stat(1) (FreeBSD's and
macOS's manual pages and FreeBSD's source of `stat.c`), not recorded. The branch of the script runs for real, with GNU
find and a small stand-in for stat that understands `-f`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from ospatrol.collect.complaints import read_complaints
from ospatrol.collect.files import collect_files
from ospatrol.collect.listing import read_listing
from ospatrol.collect.tools import Style
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope

GOLDEN = Path(__file__).parents[1] / "golden" / "files"

STAT = """#!{python} -IS
import os, sys
if sys.argv[1] != '-f':
    sys.exit('stat: illegal option -- ' + sys.argv[1][1:])
def nanoseconds(ns):
    return b'%d.%09d' % divmod(ns, 10**9)
for name in map(os.fsencode, sys.argv[3:]):
    s = os.lstat(name)
    values = {{b'%p': b'%o' % s.st_mode, b'%u': b'%d' % s.st_uid, b'%g': b'%d' % s.st_gid, b'%z': b'%d' % s.st_size,
        b'%Fm': nanoseconds(s.st_mtime_ns), b'%Fc': nanoseconds(s.st_ctime_ns), b'%i': b'%d' % s.st_ino,
        b'%l': b'%d' % s.st_nlink, b'%d': b'%d' % s.st_dev, b'%N': name}}
    line = b' '.join(values[word] for word in os.fsencode(sys.argv[2]).split(b' '))
    sys.stdout.buffer.write(line + b'\\n')
"""


@pytest.fixture
def bsd_path(tmp_path: Path) -> str:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("xargs", "head", "readlink", "date", "sh", "tr", "cat", "shasum", "perl", "sleep"):
        program = shutil.which(name)
        if program is None:
            pytest.skip(f"{name} is not installed")
        (folder / name).symlink_to(program)
    (folder / "stat").write_text(STAT.format(python=sys.executable))
    refuse = (
        "for word do case $word in -printf) echo 'find: -printf: unknown primary or operator' >&2; exit 1;; esac; done"
    )
    (folder / "find").write_text(f'#!/bin/sh\n{refuse}\nexec {shutil.which("find")} "$@"\n')
    for name in ("stat", "find"):
        (folder / name).chmod(0o755)
    return str(folder)


async def test_the_branch_for_stat_f_gives_what_gnu_find_gives(connect, bsd_path, odd_tree, split):
    scope = FileScope(paths=(str(odd_tree),))
    gnu = split((await collect_files(connect(), scope, last=None, full=False, budget_s=60)).snapshot)

    found = await collect_files(connect(path=bsd_path), scope, last=None, full=False, budget_s=60)

    assert found.tools.style is Style.STAT_F
    bsd = split(found.snapshot)
    assert set(bsd) == set(gnu)
    for path, (meta, target, extra) in bsd.items():
        wanted = list(gnu[path][0])
        wanted[5], wanted[6] = wanted[5][:-1], wanted[6][:-1]  # GNU find adds a tenth digit
        assert (meta, target, extra.split(b" ")[0]) == (wanted, gnu[path][1], gnu[path][2].split(b" ")[0])
    missing = {failure.what for failure in found.failures if failure.reason is Reason.NO_TOOL}
    assert missing == {"acl", "xattr"}
    again = await collect_files(connect(path=bsd_path), scope, last=found.snapshot, full=False, budget_s=60)
    assert (again.snapshot, again.hashed) == (found.snapshot, 0)


@pytest.mark.parametrize("userland", ["freebsd", "macos", "busybox"])
def test_documented_listings_come_into_the_one_form(userland):
    raw = (GOLDEN / f"{userland}.listing").read_bytes().replace(b"<NUL>", b"\0")
    style = Style.STAT_C if userland == "busybox" else Style.STAT_F

    listing = read_listing(raw, style, b"", limit=1000)

    assert listing.targets is None
    assert b"\n".join(listing.entries) + b"\n" == (GOLDEN / f"{userland}.entries").read_bytes()


@pytest.mark.parametrize("userland", ["freebsd", "macos", "busybox", "gnu", "toybox"])
def test_complaints_of_every_userland_are_understood(userland):
    raw = (GOLDEN / f"{userland}.complaints").read_bytes()
    style = Style.PRINTF if userland == "gnu" else Style.STAT_F

    complaints = read_complaints(raw, style)

    shown = [f"{each.reason.value}: {os.fsdecode(each.path)}\n" for each in complaints.each]
    assert "".join(shown) == (GOLDEN / f"{userland}.reasons").read_text()
    assert complaints.status == 1
