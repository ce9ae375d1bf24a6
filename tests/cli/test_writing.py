"""Results in files: there as a whole or as they were, and nothing but files is replaced."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from ospatrol.cli.writing import written

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_there_as_a_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with written(path) as file:
        file.write("first")
        assert not path.exists()

    with pytest.raises(TypeError), written(path) as file:
        file.writelines(["half", 1])  # type: ignore[list-item]

    assert path.read_text() == "first"


def test_a_file_keeps_its_permissions_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.touch(0o600)
    with written(path) as file:
        file.write("x")
    with pytest.raises(TypeError), written(path) as file:
        file.writelines([1])  # type: ignore[list-item]

    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make links of others")
def test_somebody_elses_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    os.lchown(tmp_path / "link", 65534, 65534)

    with pytest.raises(PermissionError, match="somebody else's link"), written(tmp_path / "link"):
        pass

    assert not (tmp_path / "real").exists()


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    with written(tmp_path / "link") as file:
        file.write("x")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with written(pipe) as file:
        file.write("x")
    reader.join()

    assert read == ["x"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
