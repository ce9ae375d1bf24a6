"""`ospatrol config` and `ospatrol device`, as a user sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from ospatrol.cli.config import COMMAND as CONFIG
from ospatrol.cli.device import COMMAND as DEVICE
from ospatrol.integrity.config_normal import normalise
from ospatrol.model.errors import OSPatrolError
from ospatrol.store.config_history import ConfigHistory, Note
from ospatrol.store.config_states import ConfigState, ConfigStates
from tests.integrity.config_ready import KEY, ready

FIRST = "hostname r1\nsnmp-server community PLANTED1 RO\ninterface Gi0/1\n description old\nend\n"
SECOND = FIRST.replace("description old", "description new\n shutdown")


class Shell:
    """The commands in a workspace where r1 was captured twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, command: click.Command, *words: str) -> tuple[int, str]:
        result: Result = CliRunner().invoke(command, list(words), standalone_mode=False)
        if isinstance(result.exception, OSPatrolError | click.ClickException):
            return 2, str(result.exception)
        if result.exception:
            raise result.exception
        return int(result.return_value or 0), result.output

    def json(self, command: click.Command, *words: str) -> Any:
        return json.loads(self(command, *words, "--json")[1])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".ospatrol"
    history, states = ConfigHistory(state), ConfigStates(state)
    digests = []
    for number, text in enumerate((FIRST, SECOND), start=1):
        kept = normalise(text, ready("ios"), KEY)
        digests.append(kept.digest)
        history.append(
            Note(
                host="r1", at=1_760_000_000.0 + number, run=f"run{number}", task="config", author="ann",
                subject=f"change {number}", changed_by="eve" if number > 1 else "", digests={"running": kept.digest},
            ),
            {"running": kept.text, **({"startup": kept.text} if number == 1 else {})},
        )  # fmt: skip
    states.put(
        ConfigState(
            host="r1", task="config", platform="cisco_ios", captured_at=1_760_000_002.0,
            captures={"running": digests[1]}, proposed=digests[0], unsaved="x",
        )
    )  # fmt: skip
    return Shell(tmp_path)


def test_a_configuration_is_shown_as_it_is_and_as_it_was(shell: Shell) -> None:
    status, text = shell(CONFIG, "show", "r1")
    oldest = shell(CONFIG, "show", "r1", "--at", "2")[1]
    by_time = shell(CONFIG, "show", "r1", "--at", "2025-10-09T08:53:21Z")[1]

    assert status == 0
    assert "description new\n shutdown\n" in text
    assert "PLANTED1" not in text
    assert "description old\n" in oldest
    assert by_time == oldest
    assert shell.json(CONFIG, "show", "r1", "--capture", "startup")["text"] == oldest


def test_where_all_devices_stand_is_shown(shell: Shell) -> None:
    _, text = shell(CONFIG, "show")
    (one,) = shell.json(CONFIG, "show")

    assert "PROPOSED, not approved" in text
    assert " startup " in text
    assert (one["host"], one["pending"], one["baseline"], one["unsaved"]) == ("r1", 1, "proposed", True)


def test_what_differs_is_shown_block_by_block_or_line_by_line(shell: Shell) -> None:
    status, text = shell(CONFIG, "diff", "r1")

    assert status == 3
    assert text == "[interface Gi0/1] interfaces\n  - description old\n  + description new\n  + shutdown\n"
    assert shell(CONFIG, "diff", "r1", "--from", "1") == (0, "")
    assert shell(CONFIG, "diff", "r1", "--from", "2", "--to", "1")[1] == text
    assert shell(CONFIG, "diff", "r1", "--startup")[0] == 3
    assert "+ shutdown" in shell(CONFIG, "diff", "r1", "--lines")[1]
    assert shell.json(CONFIG, "diff", "r1")[0]["added"] == ["description new", "shutdown"]


def test_the_history_and_who_brought_each_line_are_shown(shell: Shell) -> None:
    _, text = shell(CONFIG, "history", "r1")
    revisions = shell.json(CONFIG, "history", "r1")
    _, blamed = shell(CONFIG, "blame", "r1", "--match", "description")
    lines = shell.json(CONFIG, "blame", "r1", "--at", revisions[1]["id"][:10])

    assert "change 2" in text
    assert [revision["note"]["run"] for revision in revisions] == ["run2", "run1"]
    assert "eve" in blamed
    assert "hostname" not in blamed
    assert {line["run"] for line in lines} == {"run1"}


def test_an_approval_is_written_once(shell: Shell) -> None:
    status, text = shell(CONFIG, "approve", "all", "--why", "new uplink", "--by", "ann")

    assert status == 0
    assert "r1: config: approved 6 lines (1 sections differed)" in text
    assert "nothing awaits approval" in shell(CONFIG, "approve", "r1", "--why", "again", "--by", "ann")[1]
    assert shell(CONFIG, "diff", "r1") == (0, "")
    assert "approved by ann" in shell(CONFIG, "show")[1]
    assert shell(CONFIG, "approve", "r1", "--why", " ") == (
        2,
        "--why needs a reason; whoever reviews the approval will ask",
    )
    assert shell.json(CONFIG, "approve", "r1", "--why", "x", "--by", "ann") == []


def test_what_is_not_there_is_said(shell: Shell) -> None:
    for words, said in (
        (("show", "r9"), "no configuration of such a device was captured yet"),
        (("show", "r1", "--capture", "version"), "nothing of 'version' is in the history"),
        (("show", "r1", "--at", "77"), "no revision '77'"),
        (("show", "r1", "--at", "abcdef12"), "no revision 'abcdef12'"),
        (("show", "r1", "--at", "2001-01-01"), "no revision '2001-01-01'"),
        (("blame", "r1", "--capture", "version"), "nothing of 'version' is in the history"),
        (("blame", "r1", "--capture", "version", "--at", "1"), "nothing of 'version' is in the history"),
        (("nonsense",), "no command 'nonsense'"),
    ):
        status, text = shell(CONFIG, *words)
        assert status == 2, words
        assert said in text


def test_a_baseline_that_is_not_in_the_history_is_said(shell: Shell) -> None:
    states = ConfigStates(shell.folder / ".ospatrol")
    kept = states.get("r1", "config")
    states.put(ConfigState(host="r1", task="config", platform="cisco_ios", captures=kept.captures, proposed="0" * 64))

    assert "its baseline is not in the history" in shell(CONFIG, "diff", "r1")[1]


def test_secrets_in_files_are_listed_and_never_shown(shell: Shell) -> None:
    one, two, clean = (shell.folder / name for name in ("one.cfg", "two.cfg", "clean.cfg"))
    one.write_text("enable password 7 13071E151F091C\nusername a secret 9 $9$PLANTEDHASH$PLANTEDHASH\n")
    two.write_text("username a secret 9 $9$PLANTEDHASH$PLANTEDHASH\nusername b secret 9 $9$PLANTEDOTHER$PLANTEDX\n")
    clean.write_text("hostname x\n")

    status, text = shell(CONFIG, "leak-check", "one.cfg", "two.cfg")
    weak = shell.json(CONFIG, "leak-check", "one.cfg", "two.cfg", "--weak")

    assert status == 3
    assert "one.cfg:1" in text
    assert "only encoded, anyone can read it" in text
    assert "used in 2 files" in text
    assert "PLANTED" not in text
    assert [(leak["path"], leak["line"], leak["files"]) for leak in weak] == [
        ("one.cfg", 1, 1),
        ("one.cfg", 2, 2),
        ("two.cfg", 1, 2),
    ]
    assert shell(CONFIG, "leak-check", "clean.cfg") == (0, "")
    assert "cannot be read" in shell(CONFIG, "leak-check", "nowhere.cfg")[1]
    with (shell.folder / "huge.cfg").open("wb") as file:
        file.truncate(65 << 20)
    assert "has more than" in shell(CONFIG, "leak-check", "huge.cfg")[1]


def test_profiles_are_listed_checked_and_learnt(shell: Shell) -> None:
    one, two = shell.folder / "one.txt", shell.folder / "two.txt"
    one.write_text("# made at 10:00\nhostname x\nend\n")
    two.write_text("# made at 10:01\nhostname x\nend\n")

    _, listed = shell(DEVICE, "profiles")
    profiles = {each["platform"]: each for each in shell.json(DEVICE, "profiles")}
    _, checked = shell(DEVICE, "check")
    _, learnt = shell(DEVICE, "learn", "--platform", "ios", "one.txt", "two.txt")

    assert "juniper_screenos" in listed
    assert profiles["cisco_ios"]["captures"]["running"] == "show running-config"
    assert "device profiles are in order" in checked
    assert "  - '^# made at '\n" in learnt
    assert "name one host, or --platform and two files" in shell(DEVICE, "learn", "a", "b", "c")[1]


def test_mistakes_in_profiles_are_told_in_plain_words(shell: Shell) -> None:
    folder = shell.folder / "playbooks" / "devices"
    folder.mkdir(parents=True)
    (folder / "mine.yml").write_text(
        "platform: mine\ncaptures:\n  - {name: running, command: show run, role: inventry, balanced: 3}\n"
    )

    _, told = shell(DEVICE, "check")

    assert "CaptureRole" not in told
    assert "did you mean 'inventory'?" in told
    assert "mine.yml:3: " in told
    assert "`balanced` is true or false" in told


def test_learning_needs_one_network_device(shell: Shell) -> None:
    (shell.folder / "hosts.ini").write_text("a ansible_network_os=ios\nb ansible_network_os=ios\n")

    assert "is more than one host" in shell(DEVICE, "learn", "all", "-i", "hosts.ini")[1]
    assert "is no network device" in shell(DEVICE, "learn", "a", "-i", "hosts.ini")[1]


def test_a_diff_with_a_capture_that_was_never_kept_is_said(shell: Shell) -> None:
    states = ConfigStates(shell.folder / ".ospatrol")
    states.put(ConfigState(host="r2", task="config", platform="cisco_ios"))

    assert "nothing of 'running' is in the history" in shell(CONFIG, "diff", "r2")[1]
    assert CONFIG.get_command(click.Context(CONFIG), "nonsense") is None
