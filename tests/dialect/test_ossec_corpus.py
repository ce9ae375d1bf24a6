"""The rules, decoders and tests of OSSEC 4.3 and Wazuh 4.14."""

import json
import os
from pathlib import Path

import pytest

from ospatrol.dialect.ossec_decoders import read_decoders
from ospatrol.dialect.ossec_lists import read_list
from ospatrol.dialect.ossec_order import order_files
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.dialect.ossec_tests import for_log_tests, read_log_tests
from ospatrol.model.decoder import Semantics

pytestmark = pytest.mark.no_cover

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH
CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
LISTS = (
    *("etc/lists/audit-keys", "etc/lists/amazon/aws-eventnames", "etc/lists/security-eventchannel"),
    *(f"etc/lists/malicious-ioc/{name}" for name in ("malware-hashes", "malicious-ip", "malicious-domains")),
)
LOCAL = (
    '<group name="local,syslog,sshd,"><rule id="100001" level="5"><if_sid>5716</if_sid><srcip>1.1.1.1</srcip>'
    "<description>local</description></rule></group>"
)


@pytest.fixture(scope="module", autouse=True)
def corpus():
    there = (CORPUS / "ossec").is_dir() and (CORPUS / "wazuh").is_dir()
    if not there and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus/{ossec,wazuh} are not beside this repository")
    assert there


def files(semantics, *patterns, more=None, **options):
    found = {path.as_posix(): path.read_text(encoding="latin-1") for p in patterns for path in sorted(CORPUS.glob(p))}
    found |= more or {}
    return [(name, found[name]) for name in order_files(found, semantics, **options)]


def ossec():
    decoders = read_decoders(files(OSSEC, "ossec/decoder.xml"), OSSEC)
    found = files(OSSEC, "ossec/rules/**/*.xml")
    found = [(name, dict(found)[name]) for name in order_files(dict(found), OSSEC, texts=dict(found))]
    return decoders, read_rules(found, OSSEC, decoder_names=decoders.names)


def wazuh(*, tests, more=None):
    decoders = read_decoders(files(WAZUH, "wazuh/decoders/*.xml", *["wazuh/test-ruleset/*decoders.xml"] * tests), WAZUH)
    rules = files(WAZUH, "wazuh/rules/*.xml", *["wazuh/test-ruleset/*rules.xml"] * tests, more=more)
    return decoders, read_rules(rules, WAZUH, decoder_names=decoders.names, lists=LISTS)


def test_ossec_loads_whole():
    decoders, rules = ossec()

    assert (len(decoders.decoders), len(rules.rules)) == (335, 1306)
    assert decoders.problems == rules.problems == ()


def test_ossec_loads_whole_in_the_order_of_names_alone():
    found = files(OSSEC, "ossec/rules/**/*.xml")
    names = read_decoders(files(OSSEC, "ossec/decoder.xml"), OSSEC).names

    assert not [p for p in read_rules(found, OSSEC, decoder_names=names).problems if p.fatal]


def test_wazuh_loads_whole():
    decoders, rules = wazuh(tests=False)

    assert (len(decoders.decoders), len(rules.rules)) == (1575, 4512 - 2)
    assert decoders.problems == rules.problems == ()


def test_wazuhs_own_test_rules_load_with_the_known_warnings():
    decoders, rules = wazuh(tests=True)
    dropped = [problem.problem for problem in rules.problems if "is left out" in problem.problem]

    assert (len(decoders.decoders), decoders.problems) == (1575 + 60, ())
    assert not [problem for problem in rules.problems if problem.fatal]
    assert len([problem for problem in dropped if "is already that of" in problem]) == 68
    assert [problem for problem in dropped if "is already that of" not in problem] == [
        "the list 'etc/lists/black_list' is not configured; rule 999918 is left out",
        "if_sid: '999275|1' is no list of ids; rule 999276 is left out",
    ]


def test_the_tree_has_as_many_places_as_the_original_makes():
    _, rules = wazuh(tests=True, more={"etc/rules/local_rules.xml": LOCAL})

    assert sum(rule.places for rule in rules.rules) == 17_045


def test_levels_descriptions_and_groups_are_those_of_the_originals_alerts():
    by_id = {rule.id: rule for rule in wazuh(tests=True)[1].rules}
    events = [event for case in json.loads((CORPUS / "wazuh/expected.json").read_text()) for event in case["events"]]
    judged = [(event, by_id[int(event["rule"])]) for event in events if event.get("rule")]

    assert len(judged) > 800
    for event, rule in judged:
        required = {f"{name}_{number}" for name, numbers in rule.compliance.items() for number in numbers}
        assert event["level"] == rule.level
        assert event["groups"] == [group for group in rule.groups if group not in required]
        assert "$(" in rule.description or event["description"] == rule.description


def test_wazuhs_tests_are_read_as_its_runner_reads_them():
    folder = CORPUS / "wazuh/tests"
    read = {
        (path.name, case.section, case.key): (case.lines, case.rule, case.level, case.decoder, case.passes)
        for path in folder.glob("*.ini")
        for case in read_log_tests(path.read_text(encoding="utf-8"), path.name, WAZUH)
    }
    expected = {
        (case["file"], case["section"], case["key"]): (
            *(tuple(case["logs"]), *case["expected"].values(), case["kind"] == "pass"),
        )
        for case in json.loads((CORPUS / "wazuh/expected.json").read_text())
    }

    assert read == expected


def test_ossecs_tests_are_read_as_they_are_meant():
    read = [
        (path.name, case.section, case.key, *case.lines, case.rule, case.level, case.decoder)
        for path in (CORPUS / "ossec/tests").glob("*.ini")
        for case in read_log_tests(path.read_text(encoding="latin-1"), path.name, OSSEC)
    ]
    expected = [
        (case["file"], case["section"], case["key"], case["log"], *case["expected"].values())
        for case in json.loads((CORPUS / "ossec/expected.json").read_text())["cases"]
    ]

    assert sorted(read) == sorted(expected)


def test_windows_rules_hang_below_syslog_in_tests():
    rules = {rule.id: rule for rule in for_log_tests(wazuh(tests=False)[1].rules)}

    assert rules[60000].parents == (1,)
    assert rules[60000].conditions[0].operands == ("json",)


def test_lists_are_read():
    keys = read_list((CORPUS / "wazuh/lists/audit-keys").read_text(encoding="latin-1"), WAZUH)

    assert keys["audit-wazuh-w"] == "write"
