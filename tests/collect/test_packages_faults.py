"""A package database that does not answer as it should."""

from __future__ import annotations

import pytest

from ospatrol.collect import packages
from ospatrol.collect.package_places import Places, owned_in_scope, read_places, scope_match
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.model.errors import CommandFailed, CommandTimedOut, OutputTooLarge
from ospatrol.model.files import FileScope

SCOPE = FileScope(paths=("/etc",))


@pytest.fixture
def machine(tmp_path):
    for name in ("info", "updates"):
        (tmp_path / "var/lib/dpkg" / name).mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text("Package: x\nStatus: install ok installed\nVersion: 1\n")
    (tmp_path / "var/lib/dpkg/info/x.list").write_text("/.\n/etc\n/etc/x\n")
    return FileScope(paths=("/etc",), root=str(tmp_path))


async def test_more_output_than_the_limit_is_an_error(connect, machine):
    with pytest.raises(OutputTooLarge):
        await collect_packages(connect(limit_bytes=20), machine, "x")


async def test_a_database_that_takes_too_long_is_an_error(connect, machine, monkeypatch):
    monkeypatch.setattr(packages, "_LIMIT_S", 0.0)

    with pytest.raises(CommandTimedOut):
        await collect_packages(connect(), machine, "x")


async def test_something_else_than_the_script_is_an_error(connect):
    with pytest.raises(CommandFailed, match="something else"):
        await collect_packages(connect(shell=("printf", "nonsense\\000\\000")), SCOPE, "x")


async def test_names_that_no_package_can_own_are_not_asked_for(connect):
    host = connect()

    assert await collect_packaged_files(host, SCOPE, [b"/etc/a\nb"]) == ()
    assert host.commands == []


async def test_a_package_without_digests_owns_all_the_same(connect, machine):
    (file,) = await collect_packaged_files(connect(), machine, [b"/etc/x"])

    assert (file.package, file.recorded, file.found) == ("x", "", "")


def test_everything_matches_the_root_of_all_trees():
    assert scope_match(FileScope(paths=("/", "/etc"), depth=1), Places()) == "^/"


def test_special_characters_of_names_are_taken_as_they_are():
    assert scope_match(FileScope(paths=("/a+b", "/c.d(e)")), Places()) == "^(/a\\+b|/c\\.d\\(e\\))(/|$)"


def test_an_alias_may_be_absolute_or_relative_and_a_cut_diversion_is_left_out():
    places = read_places(b"system=dpkg\nalias=/bin=usr/bin\nalias=/lib=/usr/lib\nalias=/x=", b"/a\n/b\npackage\n/c\n/d")

    assert places.aliases == {b"/bin": b"/usr/bin", b"/lib": b"/usr/lib"}
    assert places.diversions == {b"/a": (b"/b", b"package")}


def test_a_local_diversion_moves_every_packages_file():
    places = read_places(b"", b"/etc/a\n/etc/a.local\n:")

    assert owned_in_scope([("p:amd64", b"/etc/a")], SCOPE, places) == {b"/etc/a.local": "p:amd64"}
