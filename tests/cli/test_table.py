"""What a person sees on a terminal, through a real one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


def on_terminal(folder: Path, *words: str, **environment: str) -> str:
    """What `ospatrol WORDS...` prints on a terminal of 400 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ospatrol.cli.main", *words],
        cwd=folder,
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "400", **environment},
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        said += piece
    process.wait()
    os.close(ours)
    return said.decode()


def scan(folder: Path, tree: Path, **environment: str) -> str:
    return on_terminal(folder, "scan", "localhost", "--path", str(tree), **environment)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "[bold]x").write_text("1")
    return tree


def test_a_terminal_gets_colour_a_bar_and_no_markup_of_an_attackers(tmp_path: Path, tree: Path) -> None:
    scan(tmp_path, tree)
    (tree / "[bold]x").write_text("2")
    (tree / "[red]\x1b[2Jy").write_text("3")

    said = scan(tmp_path, tree)

    assert "patrolling" in said
    assert "[bold]x" in said
    assert "\\x1b[2Jy" in said
    assert "\x1b[2J" not in said
    assert "\x1b[33m" in said


def test_no_color_is_honoured(tmp_path: Path, tree: Path) -> None:
    scan(tmp_path, tree)
    (tree / "new").write_text("2")

    said = scan(tmp_path, tree, NO_COLOR="1")

    assert "new was added" in said
    assert "\x1b[33m" not in said
    assert "\x1b[1;31m" not in said


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m ospatrol.cli.main rules list | head -n 1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("ID")
    assert done.stderr == ""
