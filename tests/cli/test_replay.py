from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REFUSED, GUARD, OTHER = "badge 4711 refused at cellar", "badge 0007 refused at cellar", "badge 12 let at roof"


def ruleset(doors: Any, name: str, *changes: tuple[str, str]) -> str:
    folder = doors.ossec(name)
    rules = Path(folder) / "rules" / "doors_rules.xml"
    text = rules.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    rules.write_text(text)
    return str(folder)


def test_the_same_rules_raise_the_same_alerts(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()

    told = workspace("replay", doors.log(REFUSED, GUARD, OTHER), "--rules", rules, "--against", rules)

    assert told.status == 0
    assert told.out == "3 lines: 1 alerts the same, 0 gained, 0 lost, 0 of another level, 0 of another rule\n"


def test_another_level_is_told_by_rule_and_line(workspace: Any, doors: Any) -> None:
    old = ruleset(doors, "old")
    new = ruleset(doors, "new", ('id="100101" level="5"', 'id="100101" level="7"'))

    told = workspace("replay", doors.log("", REFUSED, REFUSED), "--rules", new, "--against", old, "--json")

    assert told.status == 3
    (kind,) = told.json["kinds"]
    assert (kind["change"], kind["count"]) == ("level", 2)
    assert (kind["before"]["level"], kind["after"]["level"]) == (5, 7)
    assert [each["line"] for each in kind["examples"]] == [2, 3]
    assert told.json["level"] == 2


def test_alerts_are_gained_and_lost(workspace: Any, doors: Any) -> None:
    old = ruleset(doors, "old")
    new = ruleset(doors, "new", ("<id>^0007$</id>", "<id>^4711$</id>"))

    told = workspace("replay", doors.log(REFUSED, GUARD), "--rules", new, "--against", old)

    assert told.status == 3
    assert "1 lost: rule 100101 level 5 (A badge was refused.) -> no alert" in told.out
    assert "1 gained: no alert -> rule 100101 level 5 (A badge was refused.)" in told.out
    assert "door.log:2: 2026-12-10T06:55:47+00:00 gate doord[9]: badge 0007 refused at cellar" in told.out


def test_another_rule_is_neither_gained_nor_lost(workspace: Any, doors: Any) -> None:
    old = ruleset(doors, "old")
    new = ruleset(doors, "new", ('frequency="1"', 'frequency="5"'))

    told = workspace("replay", doors.log(REFUSED, REFUSED, REFUSED), "--rules", new, "--against", old, "-o", "jsonl")

    (line,) = map(json.loads, told.out.splitlines())
    assert (line["change"], line["line"]) == ("rule", 3)
    assert (line["before"]["rule"], line["after"]["rule"]) == (100103, 100101)


def test_rulesets_of_two_dialects_are_compared(workspace: Any, doors: Any) -> None:
    log = doors.log(REFUSED, REFUSED, REFUSED)

    told = workspace("replay", log, "--rules", doors.wazuh(), "--against", doors.ossec())

    assert told.status == 0, told.out


def test_own_rules_are_compared(workspace: Any, doors: Any) -> None:
    (workspace.folder / "new").mkdir()
    (workspace.folder / "new" / "ours.yml").write_text(
        "rules:\n  - {id: 100001, level: 4, description: refused, match: {kind: log, log: {contains: refused}}}\n"
    )
    (workspace.folder / "old.yml").write_text("rules: []\n")

    told = workspace("replay", doors.log(REFUSED, OTHER), "--rules", "new", "--against", "old.yml", "--json")

    assert told.status == 3, told.err
    assert (told.json["gained"], told.json["lost"]) == (1, 0)


def test_lines_of_an_attacker_are_escaped(workspace: Any, doors: Any) -> None:
    old = ruleset(doors, "old")
    new = ruleset(doors, "new", ('id="100101" level="5"', 'id="100101" level="7"'))
    log = doors.log(b"badge 1 refused at \x1b[2J\xff\x00" + b"y" * 1_000_000)

    for form in ("text", "json", "jsonl"):
        told = workspace("replay", log, "--rules", new, "--against", old, "-o", form)

        assert told.status == 3
        assert "\\x1b" in told.out
        assert not set(told.out) & {chr(code) for code in (*range(10), *range(11, 32), 127)}


def test_what_cannot_be_compared_is_refused(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()

    for words in (["nowhere.log", "--rules", rules], [doors.log(REFUSED), "--rules", "nowhere"]):
        told = workspace("replay", *words, "--against", rules)

        assert (told.status, told.out) == (2, "")
        assert "no such f" in told.err
