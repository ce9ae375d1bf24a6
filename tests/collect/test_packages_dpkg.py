"""Real dpkg databases: packages built and installed below a root of the test's own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from hashlib import md5
from pathlib import Path

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.model.files import FileScope
from ospatrol.model.packages import PackagedFile, PackageSystem

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed"),
]
SLICE = "usr/lib/systemd/system/system-x\\x2dy.slice"


def digest(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


class Machine:
    """A directory with a dpkg database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        for name in ("usr/bin", "usr/lib", "etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (self.root / name).mkdir(parents=True)
        for name in ("bin", "lib"):
            (self.root / name).symlink_to(f"usr/{name}")
        for name in ("status", "available"):
            (self.root / "var/lib/dpkg" / name).touch()

    def build(self, name: str, version: str, files: dict[str, bytes], *, conffiles: str = "", extra: str = "") -> Path:
        staged = self.folder / f"{name}-{version}"
        (staged / "DEBIAN").mkdir(parents=True)
        sums = ""
        for path, content in files.items():
            (staged / path).parent.mkdir(parents=True, exist_ok=True)
            (staged / path).write_bytes(content)
            if f"/{path}" not in conffiles.split():
                sums += f"{digest(content)}  {path}\n"
        (staged / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: {version}\nMaintainer: T <t@example.org>\n"
            f"{extra or 'Architecture: all'}\nDescription: test\n long: Package: not-this-one\n"
        )
        (staged / "DEBIAN/md5sums").write_text(sums)
        if conffiles:
            (staged / "DEBIAN/conffiles").write_text(conffiles)
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", staged], check=True, capture_output=True)
        return staged.with_name(staged.name + ".deb")

    def dpkg(self, *words: str | Path) -> None:
        self._run("dpkg", "--force-not-root", "--force-bad-path", "--force-script-chrootless", *words)

    def divert(self, *words: str) -> None:
        self._run("dpkg-divert", *words)

    def _run(self, program: str, *words: str | Path) -> None:
        done = subprocess.run([program, f"--root={self.root}", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def scope(self, *paths: str) -> FileScope:
        return FileScope(paths=paths or ("/etc", "/usr"), root=str(self.root))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    files = {
        "bin/tool": b"tool 1",
        "usr/bin/other": b"other 1",
        SLICE: b"slice 1",
        "etc/tool.conf": b"conf 1",
        "usr/share/doc/tool/a file": b"doc",
    }
    made.dpkg("--install", made.build("tool", "1.0-1", files, conffiles="/etc/tool.conf\n"))
    multi = f"Architecture: {machine_architecture()}\nMulti-Arch: same"
    made.dpkg("--install", made.build("libx", "2:3.1", {"usr/lib/libx.so": b"lib"}, extra=multi))
    made.dpkg(
        "--install",
        made.build("gone", "9", {"usr/bin/gone": b"gone", "etc/gone.conf": b"g"}, conffiles="/etc/gone.conf\n"),
    )
    made.dpkg("--remove", "gone")
    return made


def machine_architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


async def test_versions_and_owners_are_those_of_the_database(connect, machine):
    packages = await collect_packages(connect(), machine.scope(), "dpkg:1:2:3")

    library = f"libx:{machine_architecture()}"
    assert packages.system is PackageSystem.DPKG
    assert packages.signature == "dpkg:1:2:3"
    assert packages.versions == {"tool": "1.0-1", library: "2:3.1"}
    files = {path: name for path, name in packages.owners.items() if (machine.root / os.fsdecode(path[1:])).is_file()}
    assert files == {
        b"/usr/bin/tool": "tool",
        b"/usr/bin/other": "tool",
        b"/" + SLICE.encode(): "tool",
        b"/etc/tool.conf": "tool",
        b"/usr/share/doc/tool/a file": "tool",
        b"/usr/lib/libx.so": library,
        b"/etc/gone.conf": "gone",  # removed, and its configuration file is still there
    }


async def test_owners_are_only_of_the_trees_that_were_asked_for(connect, machine):
    packages = await collect_packages(connect(), machine.scope("/etc"), "x")

    assert {path for path in packages.owners if path != b"/etc"} == {b"/etc/tool.conf", b"/etc/gone.conf"}


@pytest.mark.parametrize("paths", [("/bin",), ("/bin", "/usr"), ("/lib/systemd",), ("/bin/tool",), ("/",)])
async def test_owners_have_the_names_that_the_snapshot_has(connect, machine, split, paths):
    """`/bin` may be a link to `/usr/bin`, and packages may record either."""
    scope = machine.scope(*paths)
    found = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    packages = await collect_packages(connect(), scope, found.package_signature)

    listed = {
        path
        for path, (meta, _, _) in split(found.snapshot).items()
        if meta[0] == b"f" and not path.startswith(b"/var/")
    }
    assert listed
    assert {path for path in packages.owners if path in listed} == listed


async def test_packaged_files_have_recorded_and_found_digests(connect, machine):
    (machine.root / "usr/bin/other").write_bytes(b"tampered")
    (machine.root / "etc/tool.conf").write_bytes(b"edited")
    (machine.root / "usr/share/doc/tool/a file").unlink()
    paths = ["/usr/bin/tool", "/usr/bin/other", f"/{SLICE}", "/etc/tool.conf", "/usr/share/doc/tool/a file"]
    asked = [*map(os.fsencode, paths), b"/usr/bin/unowned", b"/etc/new\nline", b"/usr/bin"]

    files = await collect_packaged_files(connect(), machine.scope(), asked)

    def told(path: str, recorded: bytes, found: bytes | None, *, config: bool = False) -> PackagedFile:
        shown = "" if found is None else digest(found)
        return PackagedFile(
            path=path.encode(), package="tool", algorithm="md5", recorded=digest(recorded), found=shown, config=config
        )

    assert [file for file in files if file.path != b"/usr/bin"] == [
        told("/usr/bin/tool", b"tool 1", b"tool 1"),
        told("/usr/bin/other", b"other 1", b"tampered"),
        told(f"/{SLICE}", b"slice 1", b"slice 1"),
        told("/etc/tool.conf", b"conf 1", b"edited", config=True),
        told("/usr/share/doc/tool/a file", b"doc", None),
    ]


async def test_a_multi_arch_package_has_one_name_everywhere(connect, machine):
    packages = await collect_packages(connect(), machine.scope(), "x")
    (file,) = await collect_packaged_files(connect(), machine.scope(), [b"/usr/lib/libx.so"])

    assert file.package == packages.owners[b"/usr/lib/libx.so"]
    assert file.package in packages.versions
    assert file.recorded == file.found == digest(b"lib")


async def test_an_alias_of_a_path_is_the_same_file(connect, machine):
    files = await collect_packaged_files(connect(), machine.scope(), [b"/bin/tool", b"/usr/bin/tool", b"/bin/other"])

    assert [(file.path, file.found == file.recorded != "") for file in files] == [
        (b"/bin/tool", True),
        (b"/usr/bin/tool", True),
        (b"/bin/other", True),
    ]


async def test_a_diverted_file_is_its_owners_under_its_new_name(connect, machine):
    machine.divert("--package", "wrapper", "--add", "--rename", "--divert", "/usr/bin/other.real", "/usr/bin/other")
    machine.dpkg("--install", machine.build("wrapper", "1", {"usr/bin/other": b"wrapper"}))

    packages = await collect_packages(connect(), machine.scope(), "x")
    files = await collect_packaged_files(connect(), machine.scope(), [b"/usr/bin/other", b"/usr/bin/other.real"])

    assert packages.owners[b"/usr/bin/other"] == "wrapper"
    assert packages.owners[b"/usr/bin/other.real"] == "tool"
    assert [(file.path, file.package, file.recorded, file.found) for file in files] == [
        (b"/usr/bin/other", "wrapper", digest(b"wrapper"), digest(b"wrapper")),
        (b"/usr/bin/other.real", "tool", digest(b"other 1"), digest(b"other 1")),
    ]


async def test_links_and_fifos_in_a_files_place_are_not_read(connect, machine):
    (machine.root / "usr/bin/other").unlink()
    os.mkfifo(machine.root / "usr/bin/other")
    (machine.root / "usr/bin/tool").unlink()
    (machine.root / "usr/bin/tool").symlink_to("/dev/zero")

    files = await collect_packaged_files(connect(), machine.scope(), [b"/usr/bin/other", b"/usr/bin/tool"])

    assert [file.found for file in files] == ["", ""]


async def test_thousands_of_paths_are_fine(connect, machine):
    machine.dpkg(
        "--install", machine.build("big", "1", {f"usr/share/big/{'d' * 60}/{n}": b"%d" % n for n in range(3000)})
    )
    asked = [f"/usr/share/big/{'d' * 60}/{n}".encode() for n in range(3000)]

    files = await collect_packaged_files(connect(), machine.scope(), asked)

    assert [(file.path, file.recorded) for file in files] == [(path, digest(b"%d" % n)) for n, path in enumerate(asked)]
    assert all(file.found == file.recorded for file in files)


@pytest.mark.parametrize("shell", [("dash",), ("bash",), ("ksh",), ("mksh",), ("zsh", "--emulate", "sh")], ids=" ".join)
async def test_every_shell_gives_the_same(connect, machine, shell):
    wanted = await collect_packages(connect(), machine.scope(), "x")

    assert await collect_packages(connect(shell=shell), machine.scope(), "x") == wanted
    assert len(await collect_packaged_files(connect(shell=shell), machine.scope(), [b"/usr/bin/tool"])) == 1


async def test_busybox_gives_the_same(connect, busybox, machine):
    wanted = await collect_packages(connect(), machine.scope(), "x")
    host = connect(shell=("busybox", "sh"), path=busybox)

    assert await collect_packages(host, machine.scope(), "x") == wanted
    asked = [b"/usr/bin/tool", b"/etc/tool.conf", b"/" + SLICE.encode()]
    assert await collect_packaged_files(host, machine.scope(), asked) == await collect_packaged_files(
        connect(), machine.scope(), asked
    )


@pytest.mark.skipif(not Path("/var/lib/dpkg/info/coreutils.list").exists(), reason="this machine is not run by dpkg")
async def test_this_machine_answers_as_dpkg_query_does(connect):
    form = "${db:Status-Status}\t${binary:Package}\t${Version}\n"
    process = await asyncio.create_subprocess_exec("dpkg-query", "-W", "-f", form, stdout=asyncio.subprocess.PIPE)
    lines = (await process.communicate())[0].decode().splitlines()
    wanted = {line.split("\t")[1]: line.split("\t")[2] for line in lines if line.startswith("installed\t")}

    packages = await collect_packages(connect(), FileScope(paths=("/etc", "/usr/bin")), "x")

    assert {name: packages.versions.get(name) for name in wanted} == wanted
    assert packages.owners[b"/usr/bin/ls"] == "coreutils"


async def test_a_host_without_a_database_has_no_packages(connect, tmp_path):
    scope = FileScope(paths=("/etc",), root=str(tmp_path))

    assert (await collect_packages(connect(), scope, "")).system is PackageSystem.NONE
    assert await collect_packaged_files(connect(), scope, [b"/etc/x"]) == ()
