from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.no_cover

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
GENUINE = {"msauth.ini": 2, "web_appsec.ini": 2}
"""Where OSSEC's own tests and rules disagree: the original fails these too."""

RULE_60000 = """\
<group name="windows,">
  <rule id="60000" level="2">
    <category>ossec</category>
    <decoded_as>windows_eventchannel</decoded_as>
    <description>Windows events.</description>
  </rule>
  <rule id="60001" level="4">
    <if_sid>60000</if_sid>
    <field name="win.system.id">^7$</field>
    <description>Seven.</description>
  </rule>
</group>
"""
ROOTS = """\
<group name="syslog,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>Syslog.</description></rule>
  <rule id="2" level="0" noalert="1"><category>firewall</category><description>Firewall.</description></rule>
  <rule id="7" level="0" noalert="1"><category>ossec</category><description>Ossec.</description></rule>
</group>
"""


@pytest.mark.parametrize("dialect", ["ossec", "wazuh"])
def test_tests_beside_a_ruleset_are_run(workspace: Any, doors: Any, dialect: str) -> None:
    told = workspace("rules", "test", "--ruleset", getattr(doors, dialect)(), "--dialect", dialect, "-o", "json")

    assert told.status == 0
    assert {key: told.json[key] for key in ("passed", "failed", "not_assessed")} == {
        "passed": 2,
        "failed": 0,
        "not_assessed": 0,
    }
    first = told.json["cases"][0]
    assert (first["section"], first["key"], first["passed"]) == ("A badge is refused", "log 1 pass", True)
    assert first["expected"] == {"rule": "100101", "level": 5, "decoder": "doord"}
    assert first["actual"]["fields"]["id"] == "4711"
    assert first["actual"]["description"] == "A badge was refused."
    assert (first["actual"]["rule"], first["actual"]["level"], first["actual"]["decoder"]) == ("100101", 5, "doord")


def test_a_test_that_fails_is_told_with_its_place(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()
    tests = Path(rules) / "tests" / "doors.ini"
    tests.write_text(tests.read_text().replace("alert = 5", "alert = 6"))

    told = workspace("rules", "test", "--ruleset", rules)
    as_json = workspace("rules", "test", "--ruleset", rules, "--json")

    assert told.status == as_json.status == 3
    assert (
        "doors.ini:2: [A badge is refused] log 1 pass: expected rule 100101, level 6, decoder doord; got " in told.out
    )
    assert told.out.splitlines()[-1] == "1 passed, 1 failed"
    assert [case["passed"] for case in as_json.json["cases"]] == [False, True]


def test_named_tests_are_run_instead_of_those_beside(workspace: Any, doors: Any) -> None:
    (workspace.folder / "other.ini").write_text("[a]\nlog 1 pass = x\nrule = 9\nalert = 1\ndecoder = y\n")

    told = workspace("rules", "test", "--ruleset", doors.ossec(), "other.ini", "--json")

    assert [case["file"] for case in told.json["cases"]] == ["other.ini"]
    assert told.json["cases"][0]["actual"] == {
        "rule": "",
        "level": None,
        "decoder": "",
        "fields": {},
        "description": "",
    }


def test_the_test_ruleset_beside_is_loaded_and_its_faults_are_counted(workspace: Any, doors: Any) -> None:
    rules = Path(doors.wazuh())
    (rules / "test-ruleset").mkdir()
    (rules / "test-ruleset" / "test_rules.xml").write_text(
        '<group name="t,"><rule id="100104" level="6"><if_sid>100100</if_sid><action>let</action>'
        '<description>Let in.</description></rule><rule id="100101" level="9"><if_sid>1</if_sid>'
        "<description>Again.</description></rule></group>"
    )
    (rules / "tests" / "in.ini").write_text(
        "[in]\nlog 1 pass = Dec 10 06:55:46 gate doord[9]: badge 1 let at cellar\n"
        "rule = 100104\nalert = 6\ndecoder = doord\n"
    )

    told = workspace("rules", "test", "--ruleset", str(rules))
    listed = workspace("rules", "test", "--ruleset", str(rules), "--ruleset", str(rules / "test-ruleset"), "--verbose")

    assert told.status == listed.status == 0
    assert "3 passed" in told.out
    assert told.err.count("\n") == 1
    assert "1 problems in the ruleset: 1 that the original warns of (--verbose lists them)" in told.err
    assert "test_rules.xml:1: the id 100101 is already that of " in listed.err


def test_windows_events_are_lines_of_a_log_in_tests(workspace: Any, doors: Any) -> None:
    rules = Path(doors.wazuh(rules=ROOTS))
    (rules / "rules" / "windows_rules.xml").write_text(RULE_60000)
    (rules / "decoders" / "json_decoders.xml").write_text(
        '<decoder name="json"><prematch>^{\\s*"</prematch><plugin_decoder>JSON_Decoder</plugin_decoder></decoder>'
    )
    (rules / "tests" / "doors.ini").write_text(
        '[win]\nlog 1 pass = {"win":{"system":{"id":"7"}}}\nrule = 60001\nalert = 4\ndecoder = json\n'
    )

    told = workspace("rules", "test", "--ruleset", str(rules))

    assert told.status == 0, told.out


def test_what_needs_a_database_of_places_neither_passes_nor_fails(workspace: Any, doors: Any) -> None:
    rules = Path(doors.wazuh())
    (rules / "rules" / "geo_rules.xml").write_text(
        '<group name="t,"><rule id="100110" level="6"><if_sid>100100</if_sid><srcgeoip>^US</srcgeoip>'
        "<description>From there.</description></rule></group>"
    )
    (rules / "tests" / "doors.ini").write_text(
        "[geo]\nlog 1 pass = Dec 10 06:55:46 gate doord[9]: badge 1 let at x\n"
        "rule = 100110\nalert = 6\ndecoder = doord\n"
    )

    told = workspace("rules", "test", "--ruleset", str(rules), "-o", "json", "-o", "junit:out.xml")
    text = workspace("rules", "test", "--ruleset", str(rules))

    assert (told.json["passed"], told.json["failed"], told.json["not_assessed"]) == (0, 0, 1)
    assert "database" in told.json["cases"][0]["reason"]
    assert "1 not assessed: " in text.out
    assert ET.parse(workspace.folder / "out.xml").getroot().get("skipped") == "1"


def test_junit_says_what_failed_whatever_stands_in_the_tests(workspace: Any, doors: Any) -> None:
    rules = Path(doors.ossec())
    (rules / "tests" / "doors.ini").write_bytes(
        b'[<a> & "b" \x1b[2J \xff]\nlog 1 pass = Dec 10 06:55:46 gate doord[9]: badge 1 refused at \x00\x07<&>\n'
        b"rule = 1\x08\nalert = five\ndecoder = \xc3\xa4\n"
    )

    told = workspace("rules", "test", "--ruleset", str(rules), "-o", "junit")

    root = ET.fromstring(told.out)
    assert told.status == 3
    assert root.get("failures") == "1"
    assert "expected rule 1\\x08, decoder ä" in str(root.find(".//failure").get("message"))  # type: ignore[union-attr]


def test_own_rules_are_tested_in_the_same_formats(workspace: Any) -> None:
    told = workspace("rules", "test", "-o", "json")

    assert told.status == 0
    assert told.json["passed"] == len(told.json["cases"]) > 100
    assert told.json["cases"][0]["key"] in {"fires", "silent"}


def test_log_lines_beside_own_rules_are_tests_too(workspace: Any, own_rules: Path) -> None:
    sound = workspace("rules", "test", "--json")
    own_rules.write_text(own_rules.read_text().replace('badge: "4711"', 'badge: "4712"'))
    wrong = workspace("rules", "test")

    lines = [case for case in sound.json["cases"] if case["file"] == "rules/doors.yml"]
    assert sound.status == 0, sound.out
    assert len(lines) == 4
    assert lines[0]["actual"]["fields"] == {"badge": "4711"}
    assert wrong.status == 3
    assert "the field badge should be '4712', but it is '4711'" in wrong.out


def test_tests_of_another_language_need_their_ruleset(workspace: Any, doors: Any) -> None:
    told = workspace("rules", "test", f"{doors.ossec()}/tests/doors.ini")

    assert told.status == 2
    assert "name it: --ruleset DIR" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "yaml"], "no format 'yaml'"),
        (["-o", "json", "-o", "text"], "only one -o can go to standard output"),
        (["-o", "json:/nowhere/x"], "/nowhere/x: cannot be written"),
        (["nowhere.ini"], "nowhere.ini: cannot be read"),
        (["play.yml"], "play.yml:1: "),
    ],
)
def test_what_cannot_be_run_is_refused(workspace: Any, doors: Any, words: list[str], said: str) -> None:
    told = workspace("rules", "test", "--ruleset", doors.ossec(), *words)

    assert told.status == 2
    assert said in told.err


def test_a_ruleset_without_tests_says_where_they_should_be(workspace: Any, doors: Any) -> None:
    rules = Path(doors.ossec())
    (rules / "tests" / "doors.ini").unlink()

    told = workspace("rules", "test", "--ruleset", str(rules))

    assert told.status == 2
    assert "no tests in ossec/tests" in told.err.replace(str(workspace.folder) + "/", "")


def corpus(dialect: str) -> str:
    if not CORPUS.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/corpus is not beside this repository")
        pytest.skip("../shared/corpus is not beside this repository")
    return str(CORPUS / dialect)


def test_ossec_s_own_tests_pass_but_for_those_that_the_original_fails(workspace: Any) -> None:
    told = workspace("rules", "test", "--dialect", "ossec", "--ruleset", corpus("ossec"), "-o", "json")

    failed: dict[str, int] = {}
    for case in told.json["cases"]:
        if not case["passed"]:
            name = Path(case["file"]).name
            failed[name] = failed.get(name, 0) + 1
    assert failed == GENUINE
    assert told.json["passed"] == len(told.json["cases"]) - 4


def test_wazuh_s_own_tests_pass(workspace: Any) -> None:
    told = workspace("rules", "test", "--dialect", "wazuh", "--ruleset", corpus("wazuh"), "-o", "json")

    unknown = [case for case in told.json["cases"] if case.get("reason")]
    said = json.loads((CORPUS / "wazuh" / "expected.json").read_text())
    assert told.status == 0
    assert told.json["failed"] == 0
    assert told.json["not_assessed"] == len(unknown)
    assert {Path(case["file"]).name.rpartition("_")[2] for case in unknown} <= {"geoip.ini"}
    assert (
        told.json["passed"] + len(unknown) >= len({(each["file"], each["section"], each["key"]) for each in said}) - 8
    )
