"""Real rpm databases: packages built by rpmbuild and put into a database of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from ospatrol.collect.files import collect_files
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.model.errors import CommandFailed
from ospatrol.model.files import FileScope
from ospatrol.model.packages import PackageSystem

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("rpmbuild") is None, reason="rpmbuild is not installed"),
]
SPEC = """Name: {name}
Version: {version}
Release: 1
Epoch: {epoch}
Summary: test
License: none
BuildArch: noarch
%global _build_id_links none
%global __os_install_post %nil
%description
test
%install
mkdir -p %buildroot/usr/bin %buildroot/etc %buildroot/var/log
printf 'tool {version}' >%buildroot/usr/bin/{name}
printf 'conf {version}' >%buildroot/etc/{name}.conf
printf 'x' >"%buildroot/usr/bin/{name} with blank"
ln -s {name} %buildroot/usr/bin/{name}-link
: >%buildroot/var/log/{name}.log
%files
%attr(4755,root,root) /usr/bin/{name}
"/usr/bin/{name} with blank"
/usr/bin/{name}-link
%config(noreplace) /etc/{name}.conf
%ghost /var/log/{name}.log
"""


class Machine:
    """A directory with an rpm database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        for name in ("usr/bin", "etc", "var/log", "var/lib/rpm"):
            (self.root / name).mkdir(parents=True)
        (self.root / "bin").symlink_to("usr/bin")

    def install(self, name: str, version: str, epoch: str = "0") -> None:
        top = self.folder / "build"
        top.mkdir(exist_ok=True)
        (top / f"{name}.spec").write_text(SPEC.format(name=name, version=version, epoch=epoch))
        self._run("rpmbuild", "-bb", f"--define=_topdir {top}", top / f"{name}.spec")
        package = top / "RPMS" / "noarch" / f"{name}-{version}-1.noarch.rpm"
        database = self.root / "var/lib/rpm"
        self._run("rpm", "--dbpath", database, "-U", "--justdb", "--nodeps", "--ignoreos", package)
        (self.root / "usr/bin" / name).write_text(f"tool {version}")
        (self.root / "usr/bin" / name).chmod(0o4755)
        (self.root / "etc" / f"{name}.conf").write_text(f"conf {version}")
        (self.root / "usr/bin" / f"{name} with blank").write_text("x")
        (self.root / "var/log" / f"{name}.log").write_text("log")

    def _run(self, *words: str | Path) -> None:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(self.folder)}
        )
        assert done.returncode == 0, done.stderr

    def scope(self, *paths: str) -> FileScope:
        return FileScope(paths=paths or ("/etc", "/usr"), root=str(self.root))


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    made = Machine(tmp_path_factory.mktemp("rpm"))
    made.install("tool", "1.0")
    made.install("other", "2.0", epoch="3")
    return made


@pytest.fixture
def machine(installed: Machine, tmp_path: Path) -> Machine:
    made = Machine.__new__(Machine)
    made.folder, made.root = tmp_path, tmp_path / "root"
    shutil.copytree(installed.root, made.root, symlinks=True)
    return made


async def test_versions_and_owners_are_those_of_the_database(connect, machine):
    packages = await collect_packages(connect(), machine.scope(), "rpm:1:2:3")

    assert packages.system is PackageSystem.RPM
    assert packages.versions == {"tool.noarch": "0:1.0-1", "other.noarch": "3:2.0-1"}
    assert packages.owners == {
        b"/usr/bin/tool": "tool.noarch",
        b"/usr/bin/tool with blank": "tool.noarch",
        b"/usr/bin/tool-link": "tool.noarch",
        b"/etc/tool.conf": "tool.noarch",
        b"/usr/bin/other": "other.noarch",
        b"/usr/bin/other with blank": "other.noarch",
        b"/usr/bin/other-link": "other.noarch",
        b"/etc/other.conf": "other.noarch",
    }


async def test_packaged_files_have_digests_modes_and_config_flags(connect, machine):
    (machine.root / "usr/bin/other").write_bytes(b"tampered")
    (machine.root / "etc/tool.conf").write_bytes(b"edited")
    names = ["/usr/bin/tool", "/usr/bin/other", "/etc/tool.conf", "/usr/bin/tool with blank", "/usr/bin/tool-link"]

    files = await collect_packaged_files(
        connect(), machine.scope(), [*map(str.encode, names), b"/usr/bin/unowned", b"/var/log/tool.log"]
    )

    assert [
        (file.path.decode(), file.package, file.recorded, file.found, file.config, file.mode) for file in files
    ] == [
        (names[0], "tool.noarch", digest(b"tool 1.0"), digest(b"tool 1.0"), False, 0o4755),
        (names[1], "other.noarch", digest(b"tool 2.0"), digest(b"tampered"), False, 0o4755),
        (names[2], "tool.noarch", digest(b"conf 1.0"), digest(b"edited"), True, 0o644),
        (names[3], "tool.noarch", digest(b"x"), digest(b"x"), False, 0o644),
        (names[4], "tool.noarch", "", "", False, 0o777),
        ("/var/log/tool.log", "tool.noarch", "", "", False, 0o644),
    ]
    assert {file.algorithm for file in files} == {"sha256"}


async def test_the_signature_moves_with_the_database_and_not_with_reading_it(connect, machine):
    scope = machine.scope()
    first = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    await collect_packages(connect(), scope, first.package_signature)
    second = await collect_files(connect(), scope, last=None, full=False, budget_s=60)
    machine.install("third", "1")

    third = await collect_files(connect(), scope, last=None, full=False, budget_s=60)

    assert first.package_signature.startswith("rpm:")
    assert first.package_signature == second.package_signature
    assert third.package_signature != second.package_signature


async def test_a_path_below_a_merged_directory_has_its_owner(connect, machine):
    (file,) = await collect_packaged_files(connect(), machine.scope(), [b"/bin/tool"])
    packages = await collect_packages(connect(), machine.scope("/bin"), "x")

    assert file.found == file.recorded == digest(b"tool 1.0")
    assert packages.owners[b"/bin/tool"] == "tool.noarch"


async def test_a_database_that_nothing_can_read_is_an_error(connect, machine, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "head", "cat", "readlink", "awk", "tr"):
        (folder / name).symlink_to(shutil.which(name))

    with pytest.raises(CommandFailed, match="no rpm"):
        await collect_packages(connect(path=str(folder)), machine.scope(), "x")
