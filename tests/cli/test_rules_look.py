"""`rules list`, `show`, `check` and `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

WARNED = (
    '<group name="w,"><rule id="100101" level="9"><if_sid>1</if_sid><description>Again.</description></rule></group>'
)


def add(rules: str, text: str, name: str = "more_rules.xml") -> str:
    (Path(rules) / "rules" / name).write_text(text)
    return rules


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ([], [1, 100100, 100101, 100102, 100103]),
        (["--level", "5"], [100101, 100103]),
        (["--group", "doors"], [100100, 100101, 100102, 100103]),
        (["--decoder", "doord"], [100100, 100101, 100102, 100103]),
        (["--decoder", "sshd"], []),
        (["--below", "100101"], [100102, 100103]),
    ],
)
def test_rules_of_a_ruleset_are_listed(workspace: Any, doors: Any, words: list[str], ids: list[int]) -> None:
    told = workspace("rules", "list", "--ruleset", doors.ossec(), "--json", *words)

    assert [rule["id"] for rule in told.json] == ids


def test_a_rule_is_shown_with_all_that_belongs_to_it(workspace: Any, doors: Any) -> None:
    rules = doors.ossec()

    counting = workspace("rules", "show", "--ruleset", rules, "100103").out
    above = workspace("rules", "show", "--ruleset", rules, "100101").out

    assert "parents     100101\n" in counting
    assert "earlier     2 earlier events of rule 100101 within 60 s, with the same id\n" in counting
    assert "doors_rules.xml:27\n" in counting
    assert counting.endswith("  </rule>\n")
    assert "children    100102, 100103\n" in above
    assert "conditions  action equals 'refused'\n" in above


def test_the_source_of_an_own_rule_ends_where_the_next_one_begins(workspace: Any) -> None:
    told = workspace("rules", "show", "910821").out

    assert "- id: 910821\n" in told
    assert "910823" not in told.split("written at")[1]


def test_a_sound_ruleset_has_no_mistake(workspace: Any, doors: Any) -> None:
    told = workspace("rules", "check", "--ruleset", doors.ossec())

    assert (told.status, told.out) == (0, "2 decoders, 5 rules, 2 tests, no mistake\n")


def test_every_mistake_is_told_with_its_line(workspace: Any, doors: Any) -> None:
    rules = add(
        doors.ossec(),
        '<group name="x,">\n'
        '<rule id="100200" level="3"><if_sid>100100</if_sid><colour>red</colour></rule>\n'
        '<rule id="100201" level="3"><if_sid>999</if_sid><description>d</description></rule>\n'
        '<rule id="100202" level="3"><if_sid>1</if_sid><pcre2>(</pcre2><description>d</description></rule>\n'
        '<rule id="100203" level="3"><if_sid>1</if_sid><pcre2>(?=(a+)+$)(a+)+$</pcre2></rule>\n'
        "</group>",
    )
    (Path(rules) / "tests" / "wrong.ini").write_text("nonsense\n")

    told = workspace("rules", "check", "--ruleset", rules)
    lenient = workspace("rules", "check", "--ruleset", rules, "--lenient")

    assert told.status == 2
    assert lenient.status == 0
    for line in (2, 3, 4, 5):
        assert f"more_rules.xml:{line}: " in told.out, told.out
    assert "wrong.ini:1: " in told.out
    assert "could take too long" in told.out


def test_what_the_original_warns_of_is_a_warning(workspace: Any, doors: Any) -> None:
    rules = add(doors.wazuh(), WARNED)

    told = workspace("rules", "check", "--ruleset", rules)
    strict = workspace("rules", "check", "--ruleset", rules, "--strict", "--json")

    assert told.status == 0
    assert "more_rules.xml:1: warning: the id 100101 is already that of " in told.out
    assert strict.status == 3
    assert strict.json["warnings"] == 1


def test_rules_that_never_fire_and_patterns_that_see_little_are_warned_of(workspace: Any, doors: Any) -> None:
    rules = add(
        doors.ossec(),
        '<group name="x,">\n'
        '<rule id="100200" level="3"><if_sid>100101</if_sid><action>let</action><description>d</description></rule>\n'
        '<rule id="100201" level="3"><if_sid>1</if_sid><pcre2>(?=x)a*b*c*</pcre2><description>d</description></rule>\n'
        "</group>",
    )

    told = workspace("rules", "check", "--ruleset", rules)

    assert "more_rules.xml:2: warning: the rule 100200 never fires" in told.out
    assert "more_rules.xml:3: warning: a pattern that could take long is looked for in the first " in told.out


def test_files_choose_whose_mistakes_are_told(workspace: Any, doors: Any) -> None:
    rules = add(doors.wazuh(), WARNED)

    told = workspace("rules", "check", "--ruleset", rules, f"{rules}/rules/doors_rules.xml")
    missing = workspace("rules", "check", "--ruleset", rules, "nowhere.xml")
    homeless = workspace("rules", "check", f"{rules}/rules/doors_rules.xml")

    assert "no mistake" in told.out
    assert "nowhere.xml: no such file" in missing.err
    assert "name its ruleset: --ruleset DIR" in homeless.err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_bench_measures_what_it_promises(doors: Any, workers: str) -> None:
    import json
    import subprocess
    import sys

    log = doors.log(*["badge 4711 refused at cellar", "badge 1 let in at roof"] * 6)
    command = [sys.executable, "-m", "ospatrol.cli.main", "rules", "bench", "--ruleset", doors.ossec(), "--workers"]

    done = subprocess.run([*command, workers, "--profile", "-o", "json", log], capture_output=True, check=False)

    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["events"], found["alerts"], found["workers"]) == (12, 6, int(workers))
    assert found["cpu_seconds"] > 0
    assert found["wall_seconds"] > 0
    assert found["load_seconds"] > 0
    assert found["calibration_seconds"] > 0
    assert found["max_rss_bytes"] > 1 << 20
    assert found["events_per_cpu_second"] == pytest.approx(12 / found["cpu_seconds"], rel=0.01)
    assert set(found["profile"]) == {"header", "decode", "match", "correlate", "alert"}
    assert sum(found["profile"].values()) == pytest.approx(1, abs=0.01)


def test_a_bench_can_be_read(workspace: Any, doors: Any) -> None:
    told = workspace("rules", "bench", "--ruleset", doors.ossec(), "--repeat", "2", doors.log("badge 1 refused at x"))
    refused = workspace("rules", "bench", "--ruleset", doors.ossec("again"), "--repeat", "2", "-")

    assert told.out.startswith("1 lines, 1 alerts\n")
    assert "lines a CPU second" in told.out
    assert (refused.status, refused.out) == (2, "")
