from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

REFUSED = "badge 4711 refused at cellar"
HOSTILE = [
    b"badge 4711 refused at " + b"x" * 1_000_000,
    b"badge 4711 refused at \x1b[2J\x1b]0;owned\x07",
    b"badge 4711 refused at \xff\xfe\xc3(\x9b31m",
    "badge 4711 refused at \u202egate\u2066 \u2028".encode(),
    b"badge 4711 refused at $(touch owned)`id`${HOME}",
    bytes(byte for byte in range(256) if byte not in b"\n"),
    b"\x00" * 100,
    b"badge 4711 refused at [bold red]x[/] {{ 7*7 }} %s %(x)s",
]


def ospatrol(*words: str, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ospatrol.cli.main", *words], input=stdin, capture_output=True, check=False, cwd=cwd
    )


def steers(text: str) -> list[str]:
    """Characters that a terminal obeys."""
    return sorted({each for each in text if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"})


@pytest.mark.parametrize("dialect", ["ossec", "wazuh"])
def test_an_alert_is_a_json_line(workspace: Any, doors: Any, dialect: str) -> None:
    told = workspace(
        "analyse", "--ruleset", getattr(doors, dialect)(), "-o", "jsonl", doors.log(REFUSED, REFUSED, REFUSED)
    )

    alerts = [json.loads(line) for line in told.out.splitlines()]
    assert told.status == 3
    assert [(each["rule"], each["level"]) for each in alerts] == [(100101, 5), (100101, 5), (100103, 10)]
    assert alerts[0]["decoder"] == "doord"
    assert alerts[0]["fields"]["id"] == "4711"
    assert alerts[0]["location"].endswith("door.log")
    assert alerts[0]["at"] == "2026-12-10T06:55:46Z"
    assert "3 lines judged; 3 alerts" in told.err


def test_an_alert_can_be_read_as_a_line(workspace: Any, doors: Any) -> None:
    told = workspace("analyse", "--ruleset", doors.ossec(), "-o", "text", doors.log(REFUSED))

    assert told.out.startswith("2026-12-10T06:55:46Z level  5 rule 100101 gate ")
    assert "A badge was refused. | 2026-12-10T06:55:46+00:00 gate doord[9]" in told.out
    assert told.out.count("\n") == 1


def test_nothing_to_tell_is_a_zero(workspace: Any, doors: Any) -> None:
    told = workspace("analyse", "--ruleset", doors.ossec(), doors.log("badge 4711 let in at cellar"))

    assert (told.status, told.out) == (0, "")


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_no_line_of_an_attacker_steers_a_terminal(doors: Any, form: str) -> None:
    log = doors.log(*HOSTILE)

    told = ospatrol("analyse", "--ruleset", doors.ossec(), "-o", form, log)

    assert told.returncode == 3, told.stderr
    assert steers(told.stdout.decode("utf-8")) == []
    assert steers(told.stderr.decode("utf-8")) == []
    assert b"of them cut at 65,536 characters" in told.stderr
    assert not Path("owned").exists()


def test_levels_below_the_one_asked_for_raise_no_alert(workspace: Any, doors: Any) -> None:
    told = workspace("analyse", "--ruleset", doors.ossec(), "--level", "6", doors.log(REFUSED, REFUSED, REFUSED))

    assert [json.loads(line)["rule"] for line in told.out.splitlines()] == [100103]


def test_lines_count_by_their_own_time_unless_told_otherwise(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()
    slow = workspace.folder / "slow.log"
    slow.write_text("".join(f"2026-12-10T0{n}:00:00+00:00 gate doord[9]: {REFUSED}\n" for n in (1, 2, 3)))

    by_line = workspace("analyse", "--ruleset", rules, str(slow))
    by_arrival = workspace("analyse", "--ruleset", rules, "--clock", "received", str(slow))

    assert [json.loads(line)["rule"] for line in by_line.out.splitlines()] == [100101] * 3
    assert [json.loads(line)["rule"] for line in by_arrival.out.splitlines()] == [100101, 100101, 100103]


def test_what_is_remembered_outlives_the_process(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()
    first, second = doors.log(REFUSED, REFUSED, name="a.log"), doors.log(REFUSED, name="b.log", start=50)

    workspace("analyse", "--ruleset", rules, "--state", "memory", first)
    told = workspace("analyse", "--ruleset", rules, "--state", "memory", second)

    assert json.loads(told.out)["rule"] == 100103


def test_standard_input_and_packed_files_are_read(workspace: Any, doors: Any) -> None:
    rules, log = doors.ossec(), Path(doors.log(REFUSED))
    packed = workspace.folder / "door.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))

    piped = ospatrol("analyse", "--ruleset", rules, "-", stdin=log.read_bytes(), cwd=workspace.folder)
    unpacked = workspace("analyse", "--ruleset", rules, str(packed))

    assert json.loads(piped.stdout)["location"] == "stdin"
    assert json.loads(unpacked.out)["rule"] == 100101


def test_a_file_that_breaks_off_is_never_complete(workspace: Any, doors: Any) -> None:
    packed = workspace.folder / "door.log.gz"
    packed.write_bytes(gzip.compress(os.urandom(4096))[:2000])

    told = workspace("analyse", "--ruleset", doors.ossec(), str(packed))

    assert told.status == 4
    assert "door.log.gz: cannot be read to its end" in told.err


def test_several_processes_tell_what_one_tells(doors: Any) -> None:
    rules = doors.ossec()
    log = doors.log(*[REFUSED, "badge 0007 refused at roof", "badge 12 let in at roof"] * 4)

    alone, shared = (ospatrol("analyse", "--ruleset", rules, "--workers", n, log) for n in ("1", "3"))

    assert alone.stdout == shared.stdout
    assert alone.returncode == shared.returncode == 3


def test_alerts_go_to_a_file(workspace: Any, doors: Any) -> None:
    told = workspace("analyse", "--ruleset", doors.ossec(), "-o", "jsonl:alerts.jsonl", doors.log(REFUSED))

    assert told.out == ""
    assert json.loads((workspace.folder / "alerts.jsonl").read_text())["rule"] == 100101


def test_own_rules_judge_where_no_ruleset_is_named(workspace: Any, doors: Any, own_rules: Path) -> None:
    told = workspace("analyse", doors.log(REFUSED, REFUSED, REFUSED))

    alerts = [json.loads(line) for line in told.out.splitlines()]
    assert [each["rule"] for each in alerts] == [100100, 100100, 100101]
    assert alerts[0]["description"] == "Badge 4711 was refused at cellar"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.log"], "nowhere.log: no such file"),
        (["."], ".: a folder; name the files in it"),
        (["-o", "xml", "play.yml"], "no format 'xml'"),
        (["-o", "jsonl:/nowhere/x", "play.yml"], "/nowhere/x cannot be written"),
        (["--state", "play.yml", "play.yml"], "no state of an engine can be read from it"),
    ],
)
def test_what_cannot_be_judged_is_said_before_anything_is(
    workspace: Any, doors: Any, words: list[str], said: str
) -> None:
    told = workspace("analyse", "--ruleset", doors.ossec(), *words)

    assert (told.status, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize("ruleset", ["nowhere", "."])
def test_a_folder_without_rules_is_refused(workspace: Any, doors: Any, ruleset: str) -> None:
    told = workspace("analyse", "--ruleset", ruleset, doors.log(REFUSED))

    assert told.status == 2
    assert any(
        text in told.err
        for text in (
            "no such folder",
            "no rules; expected rules/*.xml",
            "play.yml:1: expected a mapping with the key 'rules'",
        )
    )


def test_what_the_original_refuses_is_fatal_unless_lenient(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()
    wrong = Path(rules) / "rules" / "wrong_rules.xml"
    wrong.write_text(
        '<group name="x,"><rule id="100200" level="3"><if_sid>100100</if_sid><colour>red</colour></rule></group>'
    )

    refused = workspace("analyse", "--ruleset", rules, doors.log(REFUSED))
    taken = workspace("analyse", "--ruleset", rules, "--lenient", doors.log(REFUSED))

    assert refused.status == 2
    assert "wrong_rules.xml:1: " in refused.err
    assert taken.status == 3
    assert "wrong_rules.xml:1: " in taken.err
    assert "1 that the original refuses, left out" in taken.err


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_reader_that_goes_away_is_no_error(doors: Any, workers: str) -> None:
    log = Path(doors.log(*[REFUSED] * 50))
    log.write_bytes(log.read_bytes() * 100)
    command = [sys.executable, "-m", "ospatrol.cli.main", "analyse", "--ruleset", doors.ossec(), "--workers", workers]

    with subprocess.Popen([*command, str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        said = running.stderr.read()

    assert running.returncode == 0
    assert b"Traceback" not in said


def test_levels_have_colours_on_a_terminal_only(doors: Any) -> None:
    import pty

    log = doors.log(REFUSED, REFUSED, REFUSED)
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "ospatrol.cli.main", "analyse", "--ruleset", doors.ossec(), log]

    subprocess.run(command, stdout=slave, stderr=subprocess.DEVNULL, check=False)
    os.close(slave)
    shown = os.read(master, 65536)
    os.close(master)

    lines = shown.splitlines()
    assert lines[0].startswith(b"2026-12-10T06:55:46Z level  5 ")
    assert lines[2].startswith(b"\x1b[33m2026-12-10T06:55:48Z level 10 ")
    assert lines[2].endswith(b"\x1b[0m")
