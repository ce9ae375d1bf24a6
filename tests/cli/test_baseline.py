"""Vouching from the command line: who, why, and what is printed."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from ospatrol.model.errors import UsageError
from ospatrol.patrol.approve import Signature, Wanted, approve
from ospatrol.store.store import Store

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


@pytest.fixture
def proposed(scanned: Workspace, tmp_path: Path) -> Workspace:
    """The same, after a change that nobody approved, as nobody did the whole."""
    (tmp_path / "tree/etc/motd").write_text("changed\n")
    (tmp_path / "tree/etc/issue").write_text("new\n")
    scanned.scan()
    return scanned


@pytest.mark.parametrize("choice", [("--path", "*motd"), ("--path", "/nowhere"), ("--package", "x"), ("--explained",)])
def test_a_part_of_what_nobody_approved_is_refused(proposed: Workspace, choice: tuple[str, ...]) -> None:
    refused = proposed("baseline", "approve", "here", *choice, "--why", "x")

    assert refused.status == 2
    told = "here: nobody has approved the baseline of 'files' yet; approve the whole first, without"
    assert refused.err == f"ospatrol: {told} {choice[0]}\n"
    assert not (proposed.folder / "baselines").exists()
    assert proposed("baseline", "diff", "here").status == 3


def test_a_part_is_refused_of_all_hosts_if_one_is_only_proposed(proposed: Workspace, tmp_path: Path) -> None:
    local = {"ansible_connection": "local", "tree": str(tmp_path / "tree")}
    proposed.inventory({"first": local, "here": local})
    proposed.scan()
    assert proposed("baseline", "approve", "first", "--why", "checked").status == 0
    (tmp_path / "tree/etc/motd").write_text("again\n")
    proposed.scan()
    before = (proposed.folder / "baselines/first.yml").read_text()

    refused = proposed("baseline", "approve", "all", "--path", "*motd", "--why", "x")
    taken = proposed("baseline", "approve", "first", "--path", "*motd", "--why", "x")

    assert (refused.status, taken.status) == (2, 0)
    assert "here: nobody has approved" in refused.err
    assert before in (proposed.folder / "baselines/first.yml").read_text()
    assert len(taken.out.splitlines()) == 2


def test_a_part_of_what_nobody_approved_is_refused_by_those_who_write_it_too(
    proposed: Workspace,
) -> None:
    folder = proposed.folder / ".ospatrol"
    with Store.open(folder) as store:
        (state,) = store.scan_states()

        with pytest.raises(UsageError, match="nobody has approved the baseline of 'files' yet"):
            approve(store, Path("baselines"), state, Wanted(paths=("*",)), Signature(by="ann", at=0.0, why="x"))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("here", "--task", "file"), "no task 'file' was done on here; did you mean 'files'?"),
        (("here", "--task", "zzz"), "no task 'zzz' was done on here; known are files"),
        (("heer",), "heer: no such host was scanned yet; did you mean 'here'?"),
        (("zzz",), "zzz: no such host was scanned yet; HOST is an inventory name, a shell pattern, or `all`."),
        (("here", "--item", "ports:x"), "--item ports:x: no kind of items has the name 'ports'; did you mean 'port'?"),
        (("here", "--item", "vibs:x"), "--item vibs:x: no kind of items has the name 'vibs'; did you mean 'vib'?"),
    ],
)
def test_what_there_is_not_is_a_mistake_of_usage(scanned: Workspace, words: tuple[str, ...], problem: str) -> None:
    refused = scanned("baseline", "approve", *words, "--why", "x")

    assert (refused.status, refused.err) == (2, f"ospatrol: {problem}\n")


def test_before_the_first_scan_nothing_is_made(workspace: Workspace) -> None:
    for words in (
        ("baseline", "approve", "all", "--why", "x"),
        ("baseline", "show"),
        ("store", "stats"),
        ("store", "verify"),
        ("store", "gc"),
        ("store", "unpin", "web1"),
        ("transcript",),
    ):
        told = workspace(*words)
        assert told.status == 2, words
        assert "nothing is remembered yet" in told.err
    assert not (workspace.folder / ".ospatrol").exists()


def test_a_store_without_a_run_says_so(workspace: Workspace) -> None:
    Store.open(workspace.folder / ".ospatrol").close()

    shown, approved, sent = workspace("baseline", "show"), workspace("baseline", "diff", "all"), workspace("transcript")

    assert (shown.status, approved.status, sent.status) == (2, 2, 2)
    assert "nothing was scanned yet" in shown.err
    assert "nothing was scanned yet" in approved.err
    assert "nothing is remembered yet" in sent.err


def test_mistakes_in_approvals_are_told_one_after_the_other(scanned: Workspace) -> None:
    scanned("baseline", "approve", "here", "--why", "checked")
    path = scanned.folder / "baselines/here.yml"
    path.write_text(path.read_text().replace("why:", "wyh:").replace("entries:", "entires:"))

    run = scanned.scan()
    shown = scanned("baseline", "show")

    problem = run.json["hosts"][0]["problem"]
    assert "\\x0a" not in problem
    assert [each.rpartition("unknown key ")[2] for each in problem.split("; baselines")] == [
        "'wyh'; did you mean 'why'?",
        "'entires'; did you mean 'entries'?",
    ]
    assert len(shown.err.splitlines()) == 2
