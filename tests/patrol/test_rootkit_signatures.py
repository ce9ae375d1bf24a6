"""Signatures that ship, and people's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ospatrol.collect.rootkit import RootkitScope
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import ConfigErrors
from ospatrol.patrol.rootkit_signatures import load_signatures, read_signatures, shipped

RCL = Path(__file__).parents[2].parent / "shared" / "corpus" / "rcl"


def test_the_signatures_that_ship_can_be_used():
    files, trojans = shipped()
    loaded = load_signatures(RootkitScope())

    assert loaded.failures == ()
    assert (loaded.signatures.files, loaded.signatures.trojans) == (files, trojans)
    assert len(files) > 120
    assert all(each.anywhere != each.path.startswith("/") for each in files)
    assert all(each.anywhere or os.path.normpath(each.path) == each.path for each in files)
    assert all("/" not in each.path for each in files if each.anywhere)
    assert len({(each.path, each.anywhere, each.name) for each in files}) == len(files)


def test_no_signature_that_ships_is_about_this_machine():
    files, _ = shipped()

    assert [each.path for each in files if not each.anywhere and Path(each.path).exists()] == []


def test_lists_of_ossec_are_added_with_what_of_them_is_lost(tmp_path):
    files, trojans = tmp_path / "files.txt", tmp_path / "trojans.txt"
    files.write_text("# x\ntmp/a ! A ::\nusr/include/. . ! Blank kit\nbroken\n*/.owned$ | Sniffer ::\n")
    trojans.write_text("ls !evil!\nps !(((!\n")

    loaded = load_signatures(RootkitScope(files=(str(files),), trojans=(str(trojans),), shipped=False))

    assert [(each.path, each.anywhere) for each in loaded.signatures.files] == [
        ("/tmp/a", False),
        ("/usr/include/. .", False),
        (".owned$", True),
    ]
    assert [each.regex for each in loaded.signatures.trojans] == ["evil"]
    assert [(each.what, each.reason) for each in loaded.failures] == [
        (f"the signature at {files}:4", Reason.ERROR),
        (f"the signature at {trojans}:2", Reason.ERROR),
    ]


def test_a_list_that_cannot_be_used_is_a_mistake(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n")

    for scope in (RootkitScope(files=(str(empty),)), RootkitScope(trojans=(str(empty),))):
        with pytest.raises(ConfigErrors, match=r"empty\.txt: it holds no entry"):
            load_signatures(scope)
    with pytest.raises(ConfigErrors, match=r"none\.txt: cannot be read: No such file"):
        load_signatures(RootkitScope(files=("none.txt",), trojans=("none.txt",)))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "expected `signatures:`"),
        ("signatures: []", "expected `signatures:`"),
        ("signatures:\n  - {name: A, path: [/x]}", "x.yml:2: unknown key 'path'"),
        ("signatures:\n  - {paths: [/x]}", "x.yml:2: the key 'name' is missing"),
        ("signatures:\n  - {name: A, strings: [{path: /x, regexp: y}]}", "x.yml:2: strings"),
    ],
)
def test_a_mistake_in_the_signatures_is_told_with_its_line(text, problem):
    with pytest.raises(ConfigErrors, match=problem):
        read_signatures(text, "x.yml")


def test_the_lists_of_ossec_can_be_used():
    if not RCL.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the shared corpus is not there")
        pytest.skip("the shared corpus is not there")
    scope = RootkitScope(
        files=(str(RCL / "rootkit_files.txt"),), trojans=(str(RCL / "rootkit_trojans.txt"),), shipped=False
    )

    loaded = load_signatures(scope)

    assert loaded.failures == ()
    assert (len(loaded.signatures.files), len(loaded.signatures.trojans)) == (277, 77)
