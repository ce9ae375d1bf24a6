"""A scope as words for the script, and patterns as find reads them."""

from __future__ import annotations

import ctypes
import os
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.collect.files import collect_files
from ospatrol.collect.scope import host_root, trees, words
from ospatrol.integrity.scope import any_of, selected
from ospatrol.model.files import FileScope, FileType

PIECES = st.sampled_from(
    ["a", "b", "z", "/", "*", "?", "[", "]", "!", "^", "-", "\\", "[:alpha:]", "[:digit:]", ".", "0", "[a-c]", "é"]
)
TEXTS = st.text(alphabet="abcz/-[]\\.0^!*é", max_size=5)


def fnmatch(pattern: bytes, text: bytes) -> bool:
    """The C library's own, as find uses it, in the C locale."""
    libc = ctypes.CDLL(None)
    libc.newlocale.restype = libc.uselocale.restype = ctypes.c_void_p
    libc.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
    libc.uselocale.argtypes = [ctypes.c_void_p]
    before = libc.uselocale(libc.newlocale(0x1FBF, b"C", None))
    try:
        return libc.fnmatch(pattern, text, 0) == 0
    finally:
        libc.uselocale(before)


@settings(max_examples=2000)
@given(pattern=st.lists(PIECES, min_size=1, max_size=6).map("".join), text=TEXTS)
def test_patterns_mean_what_the_c_library_says(pattern, text):
    if "-[:" in pattern or pattern.endswith("/"):  # a range that ends in a class means nothing; a slash at the end goes
        return

    found = any_of((pattern,)).fullmatch(text.encode()) is not None

    assert found == fnmatch(pattern.encode(), text.encode())


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("[[:space:]]x", b"\tx", True),
        ("[[:nonsense:]]x", b"nx", False),
        ("[z-a]", b"m", False),
        ("a\\", b"a\\", False),
        ("\\*", b"*", True),
        ("/", b"/", True),
        ("\udcff*", b"\xffx", True),
    ],
)
def test_odd_patterns(pattern, text, matches):
    assert (any_of((pattern,)).fullmatch(text) is not None) is matches


def test_no_patterns_match_nothing_at_all():
    assert any_of(()) is None


def test_trees_are_normal_and_not_listed_twice():
    scope = FileScope(paths=("/etc/", "//usr//bin/.", "/etc/ssh", "/etc", "/usr/binary"))

    assert trees(scope) == ("/etc", "/usr/bin", "/usr/binary")


@pytest.mark.parametrize("more", [{"depth": 1}, {"one_filesystem": True}])
def test_a_tree_in_another_counts_where_the_other_may_not_reach_it(more):
    assert trees(FileScope(paths=("/", "/boot"), **more)) == ("/", "/boot")


def test_a_root_has_no_slash_at_its_end():
    assert [host_root(FileScope(paths=("/",), root=root)) for root in ("", "/", "/a/", "//a//b")] == [
        "",
        "",
        "/a",
        "/a/b",
    ]


def test_the_words_say_all_of_the_scope():
    scope = FileScope(
        paths=("/etc", "/x y"),
        root="/img*",
        ignore=("*.swp", "/etc/a/"),
        include=("/etc/*",),
        depth=3,
        one_filesystem=True,
        types=(FileType.FILE, FileType.LINK),
    )

    assert words(scope, known="find:/bin/find", style="printf") == (
        "known=find:/bin/find",
        "style=printf",
        "root=/img*",
        "sign",
        "path=/etc",
        "path=/x y",
        "depth=3",
        "xdev",
        "skip=/img\\**.swp",
        "skip=/img\\*/etc/a",
        "type=f",
        "type=l",
        "keep=/img\\*/etc/*",
        "list",
    )
    assert words(msgspec.structs.replace(scope, packages=False), listing=False) == ("root=/img*",)


async def test_the_host_selects_what_the_controller_thinks_it_does(connect, tmp_path, split):
    """The same patterns on real names, through find on the host and through `selected` here."""
    names = ["a", "ab", "b.conf", ".hidden", "a/b", "a/.x/y", "x y", "[z]", "a*b", "-n", "é", "deep/er/still/on"]
    root = tmp_path / "root"
    for name in names:
        path = root / "t" / f"{name}.d" / "f"
        path.parent.mkdir(parents=True)
        path.touch()
    every = {b"/" + os.fsencode(path.relative_to(root)) for path in [root / "t", *(root / "t").rglob("*")]}
    patterns = ["/t/a*", "*.conf*", "*/f", "*[[]z]*", "/t/?.d", "*\\**", "/t", "*/.*", "*é*", "/t/-n.d/f", "nothing"]
    chance = random.Random(7)
    for _ in range(25):
        scope = FileScope(
            paths=tuple(chance.sample(["/t", "/t/a.d", "/t/deep"], chance.randint(1, 2))),
            root=str(root),
            ignore=tuple(chance.sample(patterns, chance.randint(0, 2))),
            include=tuple(chance.sample(patterns, chance.randint(0, 2))),
            depth=chance.choice([None, 1, 2]),
        )
        present = msgspec.structs.replace(
            scope, paths=tuple(path for path in scope.paths if path != "/t/deep") or ("/t",)
        )

        found = await collect_files(connect(), present, last=None, full=False, budget_s=60)

        assert set(split(found.snapshot)) == {path for path in every if selected(path, present)}, present
