from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
import pytest

from ospatrol.cli import main as command
from ospatrol.cli.exit import ExitStatus, status_of
from ospatrol.model.errors import OutputTooLarge


@pytest.mark.parametrize(
    ("findings", "incomplete", "interrupted", "status"),
    [
        (False, False, False, 0),
        (True, False, False, 3),
        (False, True, False, 4),
        (True, True, False, 7),
        (True, True, True, 130),
    ],
)
def test_the_exit_status_is_that_of_the_table(findings: bool, incomplete: bool, interrupted: bool, status: int) -> None:
    assert status_of(findings=findings, incomplete=incomplete, interrupted=interrupted) == status


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--version"], 0, ""),
        (["--help"], 0, ""),
        (["run", "--help"], 0, ""),
        (["rnu"], 2, "no command 'rnu'; did you mean 'run'?"),
        (["run"], 2, "Missing argument 'PLAYBOOK...'"),
        (["run", "--froks"], 2, "No such option"),
        (["run", "nowhere.yml"], 2, "nowhere.yml: cannot be read: No such file or directory"),
        (["run", "play.yml"], 2, "no inventory: inventories does not exist here"),
        (["run", "play.yml", "-i", "a,", "-e", "novalue"], 2, "say KEY=VALUE"),
        (["scan", "localhost", "-o", "xml"], 2, "no format 'xml'"),
        (["scan", "localhost", "-o", "json", "--json"], 2, "only one -o can go to standard output"),
        (["scan", "localhost", "--path", "etc"], 2, "'etc' is not an absolute path"),
        (["scan", "ssh://a:b@c"], 2, "does not belong on the command line"),
        (["alerts", "list"], 2, "ospatrol"),
        (["alerts", "list", "--since", "soon"], 2, "neither an age such as 2d"),
        (["alerts", "show"], 2, "ospatrol"),
        (["baseline", "show", "web1"], 2, "ospatrol"),
        (["baseline", "approve", "all", "--why", " "], 2, "--why needs a reason"),
        (["rules", "show", "1"], 2, "no rule has the id 1"),
        (["rules", "check", "nowhere.yml"], 2, "nowhere.yml: no such file"),
        (["transcript"], 2, "ospatrol"),
        (["completion", "cmd"], 2, "'cmd' is not one of"),
    ],
)
def test_a_mistake_is_told_on_stderr_and_nothing_is_done(
    workspace: Any, words: list[str], status: int, said: str
) -> None:
    outcome = workspace(*words)

    assert outcome.status == status
    assert said in outcome.err
    assert (outcome.out == "") is (status != 0)


def test_every_mistake_of_a_playbook_and_an_inventory_has_its_line(workspace: Any) -> None:
    (workspace.folder / "play.yml").write_text("- hosts: all\n  tasks:\n    - fils: {}\n    - files: {path: [/etc]}\n")
    (workspace.folder / "other.yml").write_text("- hosts: all\n  tasks:\n    - files: {paths: ['{{ nope }}']}\n")

    wrong = workspace("run", "play.yml", "-i", "a,b,")
    undefined = workspace("run", "other.yml", "-i", "a,b,")

    assert (wrong.status, undefined.status) == (2, 2)
    assert "ospatrol: play.yml:3: unknown key 'fils' in a task; did you mean 'files'?" in wrong.err
    assert "ospatrol: play.yml:4: unknown key 'path'; did you mean 'paths'?" in wrong.err
    assert "other.yml:3: " in undefined.err
    assert "nope" in undefined.err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), ExitStatus.INTERRUPTED),
        (click.Abort(), ExitStatus.INTERRUPTED),
        (ZeroDivisionError("x"), ExitStatus.INTERNAL),
        (OutputTooLarge("web1: too much"), ExitStatus.INCOMPLETE),
    ],
)
def test_what_escapes_a_command_has_its_status(
    error: BaseException, status: ExitStatus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.delenv("OSPATROL_TRACEBACK", raising=False)
    monkeypatch.setattr(command.cli, "main", fail)

    assert command.main([]) == status
    assert capsys.readouterr().err.startswith("ospatrol: ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(workspace: Any, shell: str) -> None:
    assert "_OSPATROL_COMPLETE" in workspace("completion", shell).out


def test_bash_completes_commands(workspace: Any) -> None:
    environment = {
        "_OSPATROL_COMPLETE": "bash_complete",
        "COMP_WORDS": "ospatrol ba",
        "COMP_CWORD": "1",
        "PATH": "/usr/bin",
    }
    done = subprocess.run(
        [sys.executable, "-m", "ospatrol.cli.main"], capture_output=True, text=True, check=False, env=environment
    )

    assert "baseline" in done.stdout


def test_help_needs_no_ssh_library() -> None:
    script = "import sys; from ospatrol.cli.main import main; main(['--help']); main(['run', '--help'])\n"
    script += "print({'asyncssh', 'rich', 'jinja2', 'yaml', 'sqlite3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert not {"asyncssh", "sqlite3", "rich"} & set(done.stdout.splitlines()[-1].replace("'", " ").split())


def test_rules_are_listed_shown_checked_and_tested(workspace: Any) -> None:
    (workspace.folder / "rules").mkdir()
    (workspace.folder / "rules/ours.yml").write_text(
        "rules:\n  - id: 100001\n    level: 12\n    description: our motd $(path)\n    parent: 910000\n"
        "    match: {path: /etc/motd}\n    tests:\n      fires: [{path: /etc/motd, change: modified}]\n"
        "      silent: [{path: /etc/issue, change: modified}]\n"
    )

    assert "100001" in workspace("rules", "list", "--level", "12").out
    assert workspace("rules", "list", "--group", "integrity", "--json").json
    assert "written at  rules/ours.yml:2" in workspace("rules", "show", "100001").out
    assert workspace("rules", "show", "100001", "--json").json["level"] == 12
    assert "no mistake" in workspace("rules", "check").out
    assert workspace("rules", "test").status == 0
    (workspace.folder / "rules/ours.yml").write_text("rules:\n  - {id: 1, levle: 3}\n")
    wrong = workspace("rules", "check")
    assert wrong.status == 2
    assert "rules/ours.yml:2" in wrong.err
    assert "did you mean 'level'?" in wrong.err


def test_a_failing_rule_test_is_told(workspace: Any) -> None:
    (workspace.folder / "rules").mkdir()
    (workspace.folder / "rules/ours.yml").write_text(
        "rules:\n  - id: 100001\n    level: 12\n    description: x\n    parent: 910000\n"
        "    match: {path: /etc/motd}\n    tests:\n      fires: [{path: /etc/issue, change: added}]\n"
    )

    failed = workspace("rules", "test")

    assert failed.status == 3
    assert "rule 100001 should fire" in failed.out
    assert "100001" in failed.out.splitlines()[-2]


@pytest.mark.parametrize(
    "noun", ["alerts", "baseline", "config", "device", "inventory", "policy", "rules", "state", "store"]
)
def test_the_help_of_a_group_cuts_no_sentence(workspace: Any, noun: str) -> None:
    told = workspace(noun, "--help").out

    commands = told.partition("Commands:\n")[2].partition("\n\n")[0]
    assert commands
    assert "..." not in commands
