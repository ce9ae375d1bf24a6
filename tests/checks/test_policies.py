"""What every shipped policy keeps to."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import msgspec
import pytest

from ospatrol.collect.command_policy import Allowed, allowed
from ospatrol.load.yaml import Lined, LinedList, Node
from ospatrol.model.policy import Severity, Target
from tests.checks.content import CHECKS, CORPUS, NAMES, all_checks, policy_of, written

LEAST = {
    "debian_12": 60,
    "ubuntu_2404": 60,
    "rhel_9": 60,
    "linux_ssh_generic": 60,
    "freebsd": 25,
    "openbsd": 20,
    "macos": 25,
    "vmware_esxi_7": 40,
    "vmware_esxi_8": 40,
    "cisco_ios": 40,
    "cisco_asa": 25,
    "cisco_nxos": 25,
    "juniper_junos": 25,
    "juniper_screenos": 15,
    "checkpoint_gaia": 15,
    "frr": 10,
}
SHAPES = {
    "cis": r"[1-9]\d*(\.\d+)+",
    "nist_sp_800-53": r"[A-Z]{2}-[1-9]\d*(\([1-9]\d*\))?",
    "disa_stig": r"[A-Z]{4}-[A-Z]{2}-\d{6}",
    "pci_dss_v4.0": r"(1[0-2]|[1-9])(\.[1-9]\d*){1,3}",
}
SENTENCE = re.compile(r"(?<=[.!?;:])\s+")
WORD = re.compile(r"[a-z0-9/._-]*[a-z0-9]")
PROSE = ("title", "description", "rationale", "remediation", "impact")


@pytest.mark.parametrize("name", LEAST)
def test_a_policy_has_the_checks_it_promises(name: str):
    assert len(policy_of(name).checks) >= LEAST[name]


def test_an_id_is_given_once():
    ids = Counter(check.id for check in all_checks())
    ids.update(policy_of(name).id for name in NAMES)

    assert [each for each, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_is_called_like_its_file(name: str):
    policy = policy_of(name)

    assert (policy.id, policy.file) == (name, f"{name}.yml")
    assert policy.platforms


@pytest.mark.parametrize("name", NAMES)
def test_a_title_stands_once_in_a_policy(name: str):
    titles = Counter(check.title for check in policy_of(name).checks)

    assert [each for each, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_check_says_what_why_and_how(name: str):
    for node in written(name):
        for key in ("title", "rationale", "remediation", "severity", "condition"):
            assert node.get(key), f"{node.place}: {key}"
        assert str(node["severity"]) in list(Severity)
        assert not str(node["title"]).endswith(".")
        assert all(str(node[key]).strip().endswith(".") for key in ("rationale", "remediation")), node.place


def test_a_reference_number_has_the_shape_of_its_standard():
    for check in all_checks():
        for standard, numbers in check.compliance.items():
            assert numbers, check.id
            assert len(set(numbers)) == len(numbers), check.id
            assert all(re.fullmatch(SHAPES[standard], number) for number in numbers), (check.id, numbers)


def test_a_section_of_the_cis_benchmark_is_one_that_was_checked():
    others = [
        check.id
        for name in NAMES
        if name != "debian_12"
        for check in policy_of(name).checks
        if "cis" in check.compliance
    ]
    assert others == []

    mapping = CORPUS / "oracle" / "wazuh_ssg_pairs.json"
    if not mapping.exists():
        pytest.skip(f"{mapping} is not here")
    known = {pair["cis"] for pair in msgspec.json.decode(mapping.read_bytes())}
    said = {number for check in policy_of("debian_12").checks for number in check.compliance.get("cis", ())}
    assert said <= known


def test_a_command_is_known_to_only_read():
    commands = {rule.locations[0] for check in all_checks() for rule in check.rules if rule.target is Target.COMMAND}
    decisions = {command: allowed(command) for command in commands}

    assert {command: each for command, each in decisions.items() if not isinstance(each, Allowed)} == {}


def test_a_rule_does_not_fall_into_the_traps_of_the_format():
    for check in all_checks():
        for rule in check.rules:
            assert rule.terms or rule.target is not Target.COMMAND, f"{rule.text}: found without being run"
            assert not rule.terms or not all(term.negate for term in rule.terms), f"{rule.text}: an empty line meets it"


def test_no_sentence_is_taken_from_the_policies_that_we_compare_with():
    theirs = _their_sentences()
    if not theirs:
        pytest.skip(f"{CORPUS / 'sca'} is not here")

    taken = [text for name in NAMES for node in written(name) for text in _sentences(node) if text in theirs]

    assert taken == []


@cache
def _their_sentences() -> frozenset[str]:
    """Prose of the corpus: read line by line, since half a second for each of its files is too long for a test."""
    found: set[str] = set()
    for path in (CORPUS / "sca").rglob("*.yml"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            key, colon, text = line.strip().removeprefix("- ").partition(": ")
            if colon and key in PROSE:
                found.update(_long(text.strip("\"'")))
    return frozenset(found)


def _sentences(node: Lined) -> list[str]:
    return [sentence for key in PROSE if key in node for sentence in _long(_text(node[key]))]


def _text(value: Node) -> str:
    return " ".join(map(str, value)) if isinstance(value, LinedList) else str(value)


def _long(text: str) -> list[str]:
    """Its sentences of eight words or more, without punctuation."""
    spoken = [WORD.findall(sentence.lower()) for sentence in SENTENCE.split(text)]
    return [" ".join(words) for words in spoken if len(words) >= 8]


def test_the_page_counts_as_the_policies_do():
    page = (CHECKS / "README.md").read_text(encoding="utf-8")
    told = {name: int(count) for name, count in re.findall(r"^\| `(\w+)\.yml` \|.*\| (\d+) \|$", page, re.MULTILINE)}

    assert told == {name: len(policy_of(name).checks) for name in NAMES}
