"""Wazuh's own policies and OSSEC's own lists, as they are shipped."""

import os
import re
from pathlib import Path

import pytest

from ospatrol.dialect.rcl import read_rcl
from ospatrol.dialect.rootkit import read_rootkit_files, read_trojans
from ospatrol.dialect.sca import read_sca

pytestmark = pytest.mark.no_cover

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SCA = SHARED / "corpus" / "sca"
RCL = SHARED / "corpus" / "rcl"
POLICIES = sorted(str(path.relative_to(SCA)) for path in SCA.rglob("*.yml"))
LISTS = sorted(path.name for path in RCL.glob("*.txt") if not path.name.startswith("rootkit_"))
ROW = re.compile(r"\| (\S+\.yml)(?: \(-req\))? \| (\d+) \| (\d+) \|(.*)\|", re.ASCII)

# entries and rules; what RULE_SEMANTICS states, and what the files were counted to hold
ENTRIES = {
    "cis_apache2224_rcl.txt": (41, 305),
    "cis_debian_linux_rcl.txt": (42, 50),
    "cis_rhel7_linux_rcl.txt": (77, 109),
    "system_audit_rcl.txt": (16, 16),
    "system_audit_ssh.txt": (9, 17),
}
DEAD_RULES = 51
"""Rules of the shipped policies that cannot work under OS_Regex: nested brackets, `\\[`, no ` compare `, no ` -> `."""


def read(path):
    return path.read_bytes().decode("utf-8", "surrogateescape")


def counts():
    text = (SHARED / "RULE_SEMANTICS.md").read_text()
    return {row[1]: (int(row[2]), int(row[3]), row[4]) for row in ROW.finditer(text)}


def test_the_corpus_is_there():
    if not POLICIES and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus/sca is not beside this repository")

    assert len(POLICIES) == 48
    assert len(LISTS) == 24


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_has_all_its_checks_and_rules(name):
    checks, rules, kinds = counts()[name]

    policy = read_sca(read(SCA / name), name).policy

    assert len(policy.checks) == checks
    assert sum(len(check.rules) for check in policy.checks) == rules
    for letter, count in zip("cfdrp", kinds.split("|"), strict=True):
        assert sum(rule.target == letter for check in policy.checks for rule in check.rules) == int(count.strip() or 0)


def test_what_cannot_work_in_shipped_policies_is_told():
    if not POLICIES:
        pytest.skip("../shared/corpus/sca is not beside this repository")
    problems = [problem for name in POLICIES for problem in read_sca(read(SCA / name), name).problems]

    assert len(problems) == DEAD_RULES
    assert {problem.effect.value for problem in problems} == {"the rule cannot work as written"}


@pytest.mark.parametrize("name", LISTS)
def test_a_shipped_list_has_all_its_entries_and_rules(name):
    text = read(RCL / name)
    headers = len(re.findall(r"^\[", text, re.MULTILINE))
    lines = len(re.findall(r"^[ \t]*!?[fdpr]:.*;", text, re.MULTILINE))

    found = read_rcl(text, name)

    read_entries = len(found.policy.checks), sum(len(check.rules) for check in found.policy.checks)
    assert read_entries == ENTRIES.get(name, read_entries)
    assert read_entries == (headers, lines)


def test_the_one_entry_without_rules_is_told():
    if not LISTS:
        pytest.skip("../shared/corpus/rcl is not beside this repository")
    problems = [str(problem) for name in LISTS for problem in read_rcl(read(RCL / name), name).problems]

    assert len(problems) == 1
    assert problems[0].startswith("cis_sles11_linux_rcl.txt:210: the entry 'CIS - SLES11 - 5.1.9")


def test_the_shipped_signatures_are_read():
    if not LISTS:
        pytest.skip("../shared/corpus/rcl is not beside this repository")
    files = read_rootkit_files(read(RCL / "rootkit_files.txt"), "rootkit_files.txt")
    trojans = read_trojans(read(RCL / "rootkit_trojans.txt"), "rootkit_trojans.txt")

    assert len(files.files) == 277
    assert sum(file.anywhere for file in files.files) == 34
    assert [str(problem.place) for problem in files.problems] == ["rootkit_files.txt:341"]
    assert (len(trojans.trojans), trojans.problems) == (77, ())
