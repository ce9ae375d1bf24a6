"""ACLs, extended attributes and capabilities, by whichever tool the host has."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope

TOOLS = ("find", "stat", "xargs", "head", "sha256sum", "readlink", "date", "sh", "tr", "cat", "sleep")
ACL = b"user::rw-,user:1000:rw-,group::r--,mask::rw-,other::r--"


def run(*command: str | Path) -> None:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]}: {done.stderr.strip()}")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "sub").mkdir(parents=True)
    (top / "plain").write_bytes(b"p")
    for name in ("with acl", "odd = na\nme\\"):
        (top / name).write_bytes(b"a")
        run("setfacl", "-m", "u:1000:rw", top / name)
    run("setfacl", "-d", "-m", "u:1000:rx", top / "sub")
    return top


def only(tmp_path: Path, *names: str) -> str:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (*TOOLS, *names):
        program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
        if program is None:
            pytest.skip(f"{name} is not installed")
        (folder / name).symlink_to(program)
    return str(folder)


async def scan(connection, top: Path, split, **more):
    found = await collect_files(connection, FileScope(paths=(str(top),)), last=None, full=False, budget_s=60, **more)
    return found, {
        Path(os.fsdecode(path)).name: {
            name: unquote_to_bytes(value) for name, _, value in (each.partition(b"=") for each in extra.split(b" ")[1:])
        }
        for path, (_, _, extra) in split(found.snapshot).items()
    }


@pytest.mark.parametrize("tool", ["getfattr", "getfacl"])
async def test_acls_are_the_same_by_either_tool(connect, tree, tmp_path, split, tool):
    found, attributes = await scan(connect(path=only(tmp_path, tool)), tree, split)

    assert attributes["with acl"] == {b"acl": ACL}
    assert attributes["odd = na\nme\\"] == {b"acl": ACL}
    assert attributes["plain"] == {}
    defaults = b"default:user::rwx,default:user:1000:r-x,default:group::r-x,default:mask::r-x,default:other::r-x"
    assert attributes["sub"] == {b"acl": defaults}
    missing = {failure.what for failure in found.failures if failure.reason is Reason.NO_TOOL}
    assert missing == ({"xattr", "caps"} if tool == "getfacl" else set())


async def test_extended_attributes_are_told_and_long_ones_by_their_digest(connect, tree, split):
    run("setfattr", "-n", "user.note", "-v", "hello", tree / "plain")
    run("setfattr", "-n", "user.long", "-v", "x" * 1000, tree / "plain")
    run("setfattr", "-n", "user.empty", tree / "plain")

    _, attributes = await scan(connect(), tree, split)

    told = attributes["plain"][b"xattr"].split(b",")
    assert told[0].startswith(b"user.empty:")
    assert told[1].startswith(b"user.long:sha256:")
    assert told[2] == b"user.note:0x68656c6c6f"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give capabilities")
@pytest.mark.parametrize("tool", ["getfattr", "getcap"])
@pytest.mark.parametrize("caps", ["cap_net_raw=ep", "cap_net_bind_service,cap_net_admin=eip", "cap_chown=p"])
async def test_capabilities_are_the_same_by_either_tool(connect, tree, tmp_path, split, tool, caps):
    run("setcap", caps, tree / "plain")
    run("setcap", caps, tree / "with acl")

    _, attributes = await scan(connect(path=only(tmp_path, tool)), tree, split)

    assert attributes["plain"] == {b"caps": caps.encode()}
    assert attributes["with acl"][b"caps"] == caps.encode()


async def test_a_new_acl_is_seen_and_an_unchanged_one_kept(connect, tree, split):
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    run("setfacl", "-m", "u:1001:r", tree / "plain")

    found = await collect_files(connect(), scope, last=first.snapshot, full=False, budget_s=60)

    plain, other = os.fsencode(tree / "plain"), os.fsencode(tree / "with acl")
    assert b"acl=" in split(found.snapshot)[plain][2]
    assert split(found.snapshot)[other] == split(first.snapshot)[other]


async def test_what_cannot_be_read_any_more_stays_as_it_was_known(connect, tree, tmp_path, split):
    """The tool is gone, and the file moved: that is no changed ACL."""
    scope = FileScope(paths=(str(tree),))
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    (tree / "with acl").write_bytes(b"b")

    found = await collect_files(
        connect(path=only(tmp_path)), scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools
    )

    path = os.fsencode(tree / "with acl")
    assert split(found.snapshot)[path][2].split(b" ")[1] == split(first.snapshot)[path][2].split(b" ")[1]
    assert "acl" in {failure.what for failure in found.failures}
