from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ospatrol.cli.main import main

DOCS = Path(__file__).parents[2] / "docs"
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w*\n(.*?)```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
LINE = "Dec 10 06:55:{} gate doord[9]: badge {} at cellar"
REFUSED = LINE.format(46, "4711 refused")


def shown(page: str) -> list[tuple[str, str]]:
    """The commands on a page, with what they print."""
    blocks = CONSOLE.findall((DOCS / page).read_text())
    parts = [part for block in blocks for part in re.split(r"^\$ ospatrol ", block, flags=re.MULTILINE) if part]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


@pytest.mark.parametrize("page", ["explain.md", "analysing-logs.md"])
def test_what_the_page_shows_is_what_is_printed(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for each in ("explain.md", "analysing-logs.md"):
        for name, text in FILE.findall((DOCS / each).read_text()):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
    commands = shown(page)

    for words, printed in commands:
        capsys.readouterr()
        main(shlex.split(words))
        assert capsys.readouterr().out == printed, words
    assert len(commands) >= 5


def test_lines_are_judged_in_one_memory(workspace: Any, doors: Any) -> None:
    lines = [LINE.format(second, "4711 refused") for second in (46, 47, 48)]

    told = workspace("rules", "explain", "--ruleset", doors.ossec(), "--json", *lines)

    assert [trace["outcomes"][0]["rule"] for trace in told.json] == [100101, 100101, 100103]
    counting = [next(rule for rule in trace["rules"] if rule["rule"] == 100103) for trace in told.json]
    assert [(rule["found"], rule["needed"]) for rule in counting] == [(0, 2), (1, 2), (2, 2)]
    assert told.json[0]["header"]["program"] == "doord"
    assert told.json[0]["fields"]["id"] == "4711"
    assert [each["name"] for each in told.json[0]["decoders"] if each["matched"]] == ["doord", "doord-badge"]


@pytest.mark.parametrize(
    ("rule", "said", "answer"),
    [
        (100101, "4711 refused", "it has the last word: it fired"),
        (100102, "0007 refused", "it has the last word, and raises no alert: rule 100102 is of level 0"),
        (100101, "0007 refused", "it holds, but rule 100102 below it holds too and has the last word"),
        (100102, "4711 refused", "rule 100102 fails: id ossec_match '^0007$', but it is '4711'"),
        (100103, "4711 let", "rule 100101, which stands above it, fails: action equals 'refused', but it is 'let'"),
        (100103, "0007 refused", "rule 100102 is tried before rule 100103 and holds"),
        (100103, "4711 refused", "rule 100103 asks for 2 earlier events of rule 100101 within 60 s, with the same id"),
    ],
)
def test_why_a_rule_did_not_fire_is_one_sentence(workspace: Any, doors: Any, rule: int, said: str, answer: str) -> None:
    line = LINE.format(46, said)

    told = workspace("rules", "explain", "--ruleset", doors.ossec(), "--rule", str(rule), line)
    as_json = workspace("rules", "explain", "--ruleset", doors.ossec("again"), "--rule", str(rule), "-o", "json", line)

    assert told.status == 0
    assert answer in told.out.splitlines()[-1]
    assert as_json.json[0]["why_not"]["path"][-1]["rule"] == rule


def test_an_alert_below_the_level_asked_for_says_so(workspace: Any, doors: Any) -> None:
    told = workspace("rules", "explain", "--ruleset", doors.wazuh(), "--level", "6", REFUSED)

    assert told.out.splitlines()[-1] == "no alert  the level of rule 100101 is below 6"


def test_many_rules_that_fail_alike_are_one_line_unless_all_are_asked_for(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()
    asks = "<if_sid>100100</if_sid><match>number {}</match><description>d</description>"
    many = "".join(f'<rule id="10020{n}" level="3">{asks.format(n)}</rule>' for n in range(8))
    (Path(rules) / "rules" / "many_rules.xml").write_text(f'<group name="many,">{many}</group>')

    short = workspace("rules", "explain", "--ruleset", rules, LINE.format(46, "4711 let"))
    full = workspace("rules", "explain", "--ruleset", rules, "--verbose", LINE.format(46, "4711 let"))

    assert "8 rules fail at log: 100200, 100201, 100202, 100203, 100204, ..." in short.out
    assert "100207 level 3: fails: log ossec_match 'number 7', but it does not" in full.out
    assert "doord-badge: takes it" in full.out


def test_what_explain_says_is_what_analyse_does(workspace: Any, doors: Any) -> None:
    said = ["4711 refused", "4711 refused", "0007 refused", "12 let", "4711 refused", "4711 refused"]
    log = workspace.folder / "door.log"
    lines = [LINE.format(46 + number, text) for number, text in enumerate(said)]
    log.write_text("\n".join(lines))
    rules = doors.ossec()

    judged = workspace("analyse", "--ruleset", rules, "-o", "jsonl", "door.log")
    explained = workspace("rules", "explain", "--ruleset", rules, "--json", *lines)

    alerts = [out["rule"] for trace in explained.json for out in trace["outcomes"] if out["alert"]]
    assert re.findall(r'"rule":(\d+)', judged.out) == [str(each) for each in alerts]


def test_hostile_lines_are_explained_and_steer_nothing(workspace: Any, doors: Any) -> None:
    hostile = [
        b"Dec 10 06:55:46 gate doord[9]: badge 1 refused at \x1b[2J\x07\xff\xc3(" + b"x" * 1_000_000,
        b"\x1b]0;owned\x07 \xe2\x80\xae $(touch owned) `id`",
        bytes(each for each in range(256) if each not in b"\n"),
        b"Dec 10 06:55:46 ga\x1bte doo\x07rd[9]: badge",
    ]

    for form in ("text", "json"):
        told = subprocess.run(
            [
                sys.executable,
                "-m",
                "ospatrol.cli.main",
                "rules",
                "explain",
                "--ruleset",
                doors.ossec(form),
                "--rule",
                "100103",
                "-o",
                form,
                "-",
            ],
            input=b"\n".join(hostile),
            capture_output=True,
            check=False,
        )

        assert told.returncode == 0, told.stderr
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]", told.stdout)
        told.stdout.decode("utf-8")
    assert not Path("owned").exists()


def test_bytes_on_the_command_line_are_taken_as_they_are(doors: Any) -> None:
    told = subprocess.run(
        [
            os.fsencode(sys.executable),
            b"-m",
            b"ospatrol.cli.main",
            b"rules",
            b"explain",
            b"--ruleset",
            os.fsencode(doors.ossec()),
            b"Dec 10 06:55:46 gate doord[9]: badge 1 refused at caf\xe9",
        ],
        capture_output=True,
        check=False,
    )

    assert b"data = caf\\xe9" in told.stdout, told.stderr


def test_an_unknown_rule_is_refused(workspace: Any, doors: Any) -> None:
    told = workspace("rules", "explain", "--ruleset", doors.ossec(), "--rule", "4", REFUSED)

    assert told.status == 2
    assert "no rule has the id 4" in told.err


@pytest.mark.parametrize(
    ("dialect", "change", "last", "answer"),
    [
        (
            "ossec",
            ('level="5"', 'level="5" ignore="30"'),
            "no alert  rule 100101 fired less than 30 s ago, and is silent for so long",
            "it has the last word, and raises no alert: rule 100101 fired less than 30 s ago",
        ),
        (
            "wazuh",
            ('level="5"', 'level="5" ignore="30"'),
            "alert     rule 100100, for rule 100101, which fired a moment ago: What the doors say.",
            "it has the last word, but fired a moment ago: rule 100100 above it raises the alert instead",
        ),
        (
            "ossec",
            ("<description>A badge", "<options>no_log</options><description>A badge"),
            "no alert  rule 100101 says no_log",
            "it has the last word, and raises no alert: rule 100101 says no_log",
        ),
    ],
)
def test_silence_has_its_reason(
    workspace: Any, doors: Any, dialect: str, change: tuple[str, str], last: str, answer: str
) -> None:
    rules = Path(getattr(doors, dialect)())
    file = rules / "rules" / "doors_rules.xml"
    louder = file.read_text().replace('id="100100" level="0" noalert="1"', 'id="100100" level="3"')
    file.write_text(louder.replace(*change))

    told = workspace("rules", "explain", "--ruleset", str(rules), "--rule", "100101", REFUSED, REFUSED).out.splitlines()

    assert last in told
    assert answer in told[-1]


def test_a_rule_that_counts_on_the_way_is_named(workspace: Any, doors: Any) -> None:
    rules = Path(doors.ossec())
    (rules / "rules" / "more_rules.xml").write_text(
        '<group name="x,"><rule id="100110" level="12"><if_sid>100103</if_sid><match>roof</match>'
        "<description>d</description></rule></group>"
    )
    line = LINE.format(46, "4711 refused").replace("cellar", "roof")

    told = workspace("rules", "explain", "--ruleset", str(rules), "--rule", "100110", line)

    assert told.out.splitlines()[-1].strip().startswith("rule 100103, which stands above it, asks for 2 earlier events")


def test_own_rules_are_explained_with_their_decoders(workspace: Any, own_rules: Path) -> None:
    told = workspace("rules", "explain", "--rule", "100101", REFUSED)

    assert "  doord (rules/doors.yml:2)\n" in told.out
    assert "  badge = 4711\n" in told.out
    assert "alert     rule 100100, level 5: Badge 4711 was refused at cellar\n" in told.out
    assert "there are 0 of 2" in told.out.splitlines()[-1]
