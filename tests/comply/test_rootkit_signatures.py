"""Signatures as OSSEC writes them, in POSIX's own grammar."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ospatrol.comply.rootkit_signatures import Signatures, first_match, pattern_of, sort_out
from ospatrol.dialect.rootkit import read_rootkit_files, read_trojans
from ospatrol.pattern.compiled import PatternRefused

RCL = Path(__file__).parents[2].parent / "shared" / "corpus" / "rcl"


@pytest.mark.parametrize(
    ("regex", "found", "missed"),
    [
        (r"bash|^/bin/sh", ["a bash", "/bin/sh"], ["x/bin/sh", "BASH"]),
        (r"/dev/[^clu]", ["/dev/x"], ["/dev/", "/dev/c"]),
        (r"file\.h", ["file.h"], ["fileh"]),
        (r"[\w]x", ["\\x", "wx"], ["ax"]),
        (r"[]x]y", ["]y", "xy"], ["[y"]),
        (r"[^]x]y", ["ay"], ["]y"]),
        (r"[[:digit:]]z", ["7z"], ["dz", ":z"]),
        (r"[a[]z", ["[z"], ["bz"]),
        (r"a\d", ["ad"], ["a1"]),
        (r"a.c$", ["abc"], ["abcd"]),
        (r"/dev/[^cln]]", ["/dev/x]"], ["/dev/x"]),
    ],
)
def test_a_regular_expression_means_what_posix_says(regex, found, missed):
    pattern = pattern_of(regex)

    assert [text for text in found if not pattern.test(text)] == []
    assert [text for text in missed if pattern.test(text)] == []


def test_what_cannot_be_run_is_sorted_out():
    trojans = read_trojans("ls !fine!\nps !(((!\n", "t").trojans

    good, bad = sort_out(trojans)

    assert [each.regex for each in good] == ["fine"]
    assert [(each.trojan.place.line, bool(each.because)) for each in bad] == [(2, True)]
    with pytest.raises(PatternRefused):
        pattern_of("(((")


def test_paths_names_and_programs_stand_once():
    files = read_rootkit_files("tmp/a ! A ::\ntmp/a ! B ::\n*/c ! C ::\n*/c ! D ::\n", "f").files
    trojans = read_trojans("/etc/hosts !a!\n/etc/hosts !b!\n", "t").trojans

    every = Signatures(files=files, trojans=trojans)

    assert (every.paths, every.names, every.programs) == (("/tmp/a",), ("c",), ("/etc/hosts",))


def corpus(name: str) -> str:
    if not RCL.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the shared corpus is not there")
        pytest.skip("the shared corpus is not there")
    return (RCL / name).read_text(encoding="utf-8", errors="surrogateescape")


def test_every_signature_of_ossec_can_be_used():
    trojans = read_trojans(corpus("rootkit_trojans.txt"), "t").trojans

    good, bad = sort_out(trojans)

    assert (len(good), bad) == (len(trojans), ())
    assert len(trojans) > 70


@pytest.mark.skipif(shutil.which("grep") is None, reason="grep is not installed")
def test_the_signatures_of_ossec_find_what_grep_finds():
    trojans = read_trojans(corpus("rootkit_trojans.txt"), "t").trojans
    texts = [
        "/bin/sh",
        "/dev/x",
        "bash",
        "/dev/ttyo",
        "proc.h",
        "x/dev/null",
        "w0rm",
        "#avp.ch",
        "127.0.0.1 avp.ch",
        "/prof",
    ]

    ours = [[text for text in texts if first_match(each, [text])] for each in trojans]

    for each, found in zip(trojans, ours, strict=True):
        words = ["grep", "-E", "-e", each.regex]
        said = subprocess.run(
            words, input="\n".join(texts), capture_output=True, text=True, env={"LC_ALL": "C"}, check=False
        )
        assert found == said.stdout.splitlines(), each.regex
