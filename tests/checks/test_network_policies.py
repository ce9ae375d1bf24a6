"""Network policies give configurations of real devices the verdicts that facts collected elsewhere give them."""

from __future__ import annotations

import csv
import os
import random
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ospatrol.cli.policy_config import masked
from ospatrol.comply.judge import judge
from ospatrol.comply.network_facts import device_questions, facts_of
from ospatrol.dialect.config_tree import style_of
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.config import Style
from ospatrol.model.policy import Finding, Policy, Status
from ospatrol.patrol.config_profiles import ProfileLibrary
from tests.checks.content import CORPUS, policy_of
from tests.checks.network_controls import CONTROLS

CONFIGS = CORPUS / "devices" / "cli"
PLATFORMS = {
    "cisco_ios": ("cisco_ios",),
    "cisco_asa": ("cisco_asa", "cisco_pix", "cisco_fwsm"),
    "cisco_nxos": ("cisco_nxos",),
    "juniper_junos": ("juniper_junos", "juniper_junos_set"),
    "juniper_screenos": ("juniper_screenos",),
    "checkpoint_gaia": ("checkpoint_gaia",),
}
PASS, FAIL, NONE, UNKNOWN = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.NOT_ASSESSED
DEFAULTS = (
    *("930203", "930204", "930205"),  # exec-timeout 10 0
    *("930211", "930705"),  # idle 180; logging trap informational
    *("931309", "931319"),  # ssh timeout 5; five sessions from 9.12 on
    *("932101", "932109"),  # version 2 alone; no forwarding from 22.2 on
    *("932215", "932309", "932506"),  # no auxiliary port; UTC; 49 rollbacks
    "933105",  # three attempts
)
"""What holds where the line is not shown is wanted, so that it passes."""
BY_RELEASE = ("930201", "930207", "930603", "930903", "932101", "932109")
"""What the default is depends on the release, which a configuration may not name."""
WHERE_USED = (
    *("930210", "930211", "930505", "930907", "931206", "931313", "931502"),
    *("932101", "932117", "932404", "932504", "932509", "932510", "933309"),
)
"""What is wanted where a service is used, and not where it is not."""
OTHERWISE = {
    *((check, FAIL, PASS) for check in DEFAULTS),
    *((check, FAIL, UNKNOWN) for check in BY_RELEASE),
    *((check, FAIL, NONE) for check in WHERE_USED),
    # There is nothing of the kind to judge.
    *((check, PASS, NONE) for check in ("930504", "930803", "930907", "930908", "931206", "932202")),
    # A configuration log that nobody configured is none.
    ("930709", NONE, FAIL),
    # A network by its name is one, and so is one of IPv6.
    ("931304", FAIL, PASS),
    # Nobody can be a neighbour on an interface that is passive.
    ("932510", FAIL, PASS),
}
"""Check, and what the fact says and what the check says where they need not agree."""
EXACTER = {
    "930105": "it counts servers, not lines, and servers of AAA alone",
    "930504": "it takes lower case and communities without `RO` or `RW` for what no access list limits",
    "930804": "it counts servers, not lines",
    "931311": "it knows networks by their names",
}
"""Checks that look closer than the fact, and so pass less."""


def present() -> None:
    if not (CONFIGS / "configs" / "INDEX.tsv").is_file() and os.environ.get("CI") != "true":
        pytest.skip(f"{CONFIGS} is not here")


@cache
def texts_of(platforms: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Names and texts of all configurations of some platforms."""
    with (CONFIGS / "configs" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row[0] in platforms]
    paths = [CONFIGS / row[4] for row in rows]
    return tuple((str(path), path.read_bytes().decode("latin-1")) for path in paths if path.is_file())


def findings_of(policy: Policy, text: str) -> dict[str, Finding]:
    (command,) = device_questions([policy])
    facts = facts_of("device", 0.0, {command: text}, platform=policy.platforms[0])
    verdict = judge(policy, facts)
    assert verdict.applies
    return {finding.check: finding for finding in verdict.findings}


def facts_in(name: str) -> dict[str, Lined]:
    path = CORPUS / "controls" / f"controls_{name}.yml"
    node = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(node, Lined)
    controls = node["controls"]
    assert isinstance(controls, LinedList)
    return {str(each["id"]): each["verify"] for each in controls if isinstance(each, Lined)}  # type: ignore[misc]


def said_by(verify: Lined, text: str) -> Status:
    """What a fact says of a text: it knows lines, and blocks by their first line, and nothing else."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    regex = re.compile(str(verify["regex"]), re.MULTILINE)
    match verify["kind"]:
        case "has":
            return PASS if any(map(regex.search, lines)) else FAIL
        case "hasnt" if r"[\s\S]" in regex.pattern:
            return FAIL if regex.search("\n".join(lines)) else PASS
        case "hasnt":
            return FAIL if any(map(regex.search, lines)) else PASS
        case "count":
            return PASS if sum(map(bool, map(regex.search, lines))) >= int(str(verify["min_count"])) else FAIL
        case _:
            return _of_blocks(list(_blocks(lines, re.compile(str(verify["block_header"])))), regex)


def _blocks(lines: list[str], header: re.Pattern[str]) -> Iterator[list[str]]:
    block: list[str] | None = None
    for line in [*lines, "end"]:
        if block is not None and line[:1].strip():
            yield block
            block = None
        if header.search(line):
            block = []
        elif block is not None:
            block.append(line)


def _of_blocks(blocks: list[list[str]], regex: re.Pattern[str]) -> Status:
    if not blocks:
        return NONE
    return PASS if all(any(map(regex.search, block)) for block in blocks) else FAIL


@pytest.mark.no_cover
@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_a_check_says_of_real_configurations_what_the_facts_say(name: str):
    present()
    verify, policy = facts_in(name), policy_of(name)
    agreed, wrong = 0, []
    for path, text in texts_of(PLATFORMS[name]):
        if style_of(policy.platforms[0], text) is Style.BRACES:
            continue  # the facts know lines of `set` alone
        findings = findings_of(policy, text)
        for check, control in CONTROLS[name].items():
            pair = (said_by(verify[control], text), findings[check].status)
            if pair[0] is pair[1]:
                agreed += 1
            elif (check, *pair) not in OTHERWISE and not (check in EXACTER and pair == (PASS, FAIL)):
                wrong.append((check, control, *pair, path, findings[check].evidence))

    assert wrong == []
    assert agreed >= {"checkpoint_gaia": 20, "juniper_screenos": 25}.get(name, 500)


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_configuration_is_judged_in_time_and_shows_lines_that_it_has(name: str):
    present()
    policy = policy_of(name)
    began = time.process_time()
    texts = texts_of(PLATFORMS[name])
    for path, text in texts:
        lines = text.count("\n") + 1
        for finding in findings_of(policy, text).values():
            for evidence in finding.evidence:
                shown = re.match(r"line (\d+):", evidence.shown)
                assert shown is None or 0 < int(shown[1]) <= lines, path

    assert texts
    assert time.process_time() - began < 5 + 0.1 * len(texts)


def test_braces_and_statements_of_one_device_are_judged_alike():
    policy = policy_of("juniper_junos")
    braces = (
        'version 21.2R3;\nsystem {\n    host-name r1;\n    root-authentication {\n        encrypted-password "$6$x";\n'
        "    }\n    services {\n        ssh {\n            root-login deny;\n        }\n"
        "        inactive: telnet;\n    }\n"
        "    syslog {\n        host 192.0.2.5 {\n            any info;\n        }\n    }\n    ntp {\n"
        "        server 192.0.2.3;\n        server 192.0.2.4;\n    }\n}\n"
    )
    statements = (
        'set version 21.2R3\nset system host-name r1\nset system root-authentication encrypted-password "$6$x"\n'
        "set system services ssh root-login deny\nset system services telnet\ndeactivate system services telnet\n"
        "set system syslog host 192.0.2.5 any info\nset system ntp server 192.0.2.3\nset system ntp server 192.0.2.4\n"
    )

    def statuses(text: str) -> dict[str, Status]:
        return {check: finding.status for check, finding in findings_of(policy, text).items()}

    assert statuses(braces) == statuses(statements)
    assert statuses(braces)["932102"] is PASS
    assert statuses(braces)["932111"] is PASS


def test_what_a_login_may_not_see_is_not_assessed():
    present()
    text = (CONFIGS / "configs/h00die-real-devices/juniper_ex2200_access_denied.config").read_text(encoding="utf-8")
    policy = policy_of("juniper_junos")
    facts = facts_of("ex2200", 0.0, {"show configuration": text}, platform="juniper_junos")

    statuses = {finding.status for finding in judge(policy, facts).findings}

    assert statuses == {UNKNOWN}


@pytest.mark.parametrize(
    ("name", "line", "check"),
    [
        ("cisco_ios", "enable secret 9 {}", "930401"),
        ("cisco_ios", "username ops secret 9 {}", "930404"),
        ("cisco_asa", "enable password {} pbkdf2", "931104"),
        ("juniper_screenos", 'set admin password "{}"', "933102"),
    ],
)
def test_a_masked_secret_is_judged_like_the_secret(name: str, line: str, check: str):
    secrets = ("$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM", "<secret:0123456789ab>")
    policy = policy_of(name)

    assert {
        findings_of(policy, "set clock timezone 0\n" * ("screen" in name) + line.format(secret) + "\n")[check].status
        for secret in secrets
    } == {PASS}


def some(texts: tuple[tuple[str, str], ...], count: int) -> list[tuple[str, str]]:
    """Some of many; others with another OSPATROL_SEED."""
    seed = int(os.environ.get("OSPATROL_SEED", "4711"))
    return random.Random(seed).sample(texts, min(count, len(texts)))


@pytest.mark.no_cover
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_configuration_is_judged_alike_with_its_secrets_masked(name: str):
    present()
    policy = policy_of(name)
    other = []
    for path, text in some(texts_of(PLATFORMS[name]), 12):
        plain, hidden = findings_of(policy, text), findings_of(policy, masked(text, policy.platforms[0]))
        pairs = ((check, plain[check].status, hidden[check].status) for check in plain)
        other += [(*pair, path) for pair in pairs if pair[1] is not pair[2]]

    assert other == []


@pytest.mark.parametrize("name", [*PLATFORMS, "frr"])
def test_what_a_policy_asks_of_a_device_is_what_the_profile_of_its_platform_captures(name: str):
    policy, library = policy_of(name), ProfileLibrary()
    profiles = [profile for each in policy.platforms if (profile := library.named(each)) is not None]

    assert profiles
    for profile in profiles:
        captured = {word for each in profile.captures for word in (each.command, each.otherwise)}
        assert set(device_questions([policy])) <= captured


def test_the_corpus_is_where_the_tests_look_for_it():
    present()

    assert all(texts_of(platforms) for platforms in PLATFORMS.values())
    assert Path(CORPUS / "controls" / "controls_coverage.tsv").is_file()
