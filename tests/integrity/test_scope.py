from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ospatrol.integrity.scope import selected
from ospatrol.model.files import FileScope

FIND = shutil.which("find")
NAMES = [b"a", b"b", b"ab", b".h", b"[x]", b"a-b", b"x\ny", b"\xff", b"A", b"*"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three levels of directories with names that patterns trip over."""
    root = tmp_path_factory.mktemp("t")
    names = [os.fsdecode(name) for name in NAMES]
    for one in names:
        for two in names[:6]:
            (root / one / two).mkdir(parents=True)
            for three in names[4:]:
                (root / one / two / three).touch()
    return os.fsencode(root)


def found(scope: FileScope) -> set[bytes]:
    """What find(1) lists for a scope."""
    argv: list[bytes | str] = ["find", *scope.paths]
    if scope.depth is not None:
        argv += ["-maxdepth", str(scope.depth)]
    for pattern in scope.ignore:
        argv += ["-path", pattern, "-prune", "-o"]
    if scope.include:
        argv.append("(")
        for pattern in scope.include:
            argv += ["-path", pattern, "-o"]
        argv[-1] = ")"
    argv.append("-print0")
    raw = [part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape") for part in argv]
    done = subprocess.run(raw, check=False, capture_output=True, env={**os.environ, "LC_ALL": "C"})
    return set(done.stdout.split(b"\0")) - {b""}


PIECES = (
    r"* ? a b / [ab] [!a] [^b] [a-b] []x] [ ] \* \[ [[:alpha:]] [b-a] .h ** [!]] [a \ [[:alnum:]_-] A [a-] [\]] [!b-a]"
)
piece = st.sampled_from([*PIECES.split(), "[[:upper:]]", "\udcff", "x\ny"])
patterns = st.lists(piece, min_size=1, max_size=5).map("".join)


@pytest.mark.skipif(FIND is None, reason="needs find(1)")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ignore=st.lists(st.tuples(st.booleans(), patterns), max_size=2),
    include=st.lists(st.tuples(st.booleans(), patterns), max_size=2),
    depth=st.sampled_from([None, 0, 1, 2, 3]),
    start=st.sampled_from(["", "/a", "/ab/a", "/none"]),
)
@example(ignore=[(True, "a*")], include=[], depth=None, start="")
@example(ignore=[(False, "*")], include=[], depth=None, start="/a")
@example(ignore=[], include=[(False, "*[[:digit:]]"), (False, "*\\\\")], depth=None, start="")
def test_it_selects_what_find_lists(
    tree: bytes,
    ignore: list[tuple[bool, str]],
    include: list[tuple[bool, str]],
    depth: int | None,
    start: str,
) -> None:
    root = os.fsdecode(tree)
    whole = [
        tuple(f"{root}/{pattern}" if below else f"*{pattern}" for below, pattern in given_)
        for given_ in (ignore, include)
    ]
    scope = FileScope(paths=(f"{root}{start}",), ignore=whole[0], include=whole[1], depth=depth)
    everything = found(FileScope(paths=(root,)))

    chosen = {path for path in everything if selected(path, scope)}

    assert chosen == found(scope)


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        (b"/etc", True),
        (b"/etc/passwd", True),
        (b"/etcetera", False),
        (b"/", False),
        (b"/etc/ssl/certs/x", False),
        (b"/etc/ssl", False),
        (b"/etc/ssly", True),
    ],
)
def test_ignoring_a_directory_ignores_what_lies_below(path: bytes, chosen: bool) -> None:
    assert selected(path, FileScope(paths=("/etc//",), ignore=("/etc/ssl",))) is chosen


def test_the_whole_system_can_be_a_start() -> None:
    scope = FileScope(paths=("/",), ignore=("/proc",), depth=2)

    chosen = [path for path in (b"/", b"/a", b"/a/b", b"/a/b/c", b"/proc", b"/proc/1") if selected(path, scope)]

    assert chosen == [b"/", b"/a", b"/a/b"]


def test_a_directory_above_the_start_is_not_asked() -> None:
    assert selected(b"/var/log/x", FileScope(paths=("/var/log",), ignore=("/var",)))
    assert not selected(b"/var/log/x", FileScope(paths=("/var/log", "/var"), ignore=("/var/log",)))
    assert selected(b"/var/log/x", FileScope(paths=("/var", "/var/log/x"), ignore=("/var/log",)))


def test_a_class_that_does_not_exist_matches_nothing() -> None:
    assert not selected(b"/a", FileScope(paths=("/",), include=("/[[:vowel:]]",)))


def test_a_hostile_name_takes_no_long_time() -> None:
    scope = FileScope(paths=("/",), include=("*a*a*a*a*a*a*a*b",))

    assert not selected(b"/" + b"a" * 4000, scope)
