"""Vouching from the command line: who, why, and what is printed."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

Workspace = Any


@pytest.fixture
def scanned(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace that has seen a folder of this machine."""
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/motd").write_text("hello\n")
    workspace.inventory({"here": {"ansible_connection": "local", "tree": str(tree)}})
    assert workspace.scan().status == 0
    return workspace


def test_a_reason_of_blanks_is_none(scanned: Workspace) -> None:
    refused = scanned("baseline", "approve", "here", "--why", " ")

    assert refused.status == 2
    assert "--why needs a reason" in refused.err


def test_an_approval_is_told_as_json(scanned: Workspace) -> None:
    (approved,) = scanned("baseline", "approve", "here", "--why", "checked", "--json").json

    assert (approved["host"], approved["task"], approved["accepted"]) == ("here", "files", 0)
    assert approved["path"] == "baselines/here.yml"


def test_an_item_of_a_state_chooses_no_file(scanned: Workspace, tmp_path: Path) -> None:
    scanned("baseline", "approve", "here", "--why", "checked")
    (tmp_path / "tree/etc/motd").write_text("changed\n")
    scanned.scan()

    refused = scanned("baseline", "approve", "here", "--item", "*", "--why", "x")

    assert refused.status == 2
    assert "nothing that awaits approval is `item *`" in refused.err


@pytest.mark.parametrize(
    ("configured", "who"),
    [
        ("[user]\n\temail = ann@example.net\n\tname = Ann\n", "ann@example.net"),
        ("[user]\n\tname = Ann\n", "Ann"),
        ("", ""),
    ],
)
def test_who_approves_is_who_git_says_you_are_or_the_system(
    scanned: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str, who: str
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(configured)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.delenv("OSPATROL_APPROVER")

    scanned("baseline", "approve", "here", "--why", "checked")

    (shown,) = json.loads(scanned("baseline", "show", "--json").out)
    assert shown["approval"]["by"] == (who or getpass.getuser())


def test_without_git_it_is_who_the_system_says(
    scanned: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OSPATROL_APPROVER")
    monkeypatch.setenv("PATH", str(tmp_path))

    scanned("baseline", "approve", "here", "--why", "checked")

    (shown,) = scanned("baseline", "show", "--json").json
    assert shown["approval"]["by"] == getpass.getuser()
