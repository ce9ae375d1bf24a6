"""Configurations in files are judged as what a device said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ospatrol.cli.policy_config import config_facts, masked
from ospatrol.comply.judge import judge
from ospatrol.comply.network_facts import platform_of
from ospatrol.model.errors import UsageError
from ospatrol.model.policy import Policy, Status
from ospatrol.patrol.policy_library import PolicyLibrary

CONFIG = (
    "version 15.2\nhostname r1\nenable secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM\n"
    "username ops password 7 0822455D0A16\nsnmp-server community public RO\nsnmp-server community s3cr3t RW\n"
    "line vty 0 4\n transport input telnet\n"
)


def policies_of(*names: str) -> tuple[Policy, ...]:
    return PolicyLibrary().choose((), names).policies


def write(path: Path, text: str = CONFIG) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_configuration_is_judged_by_the_policy_that_was_named(tmp_path: Path, ends: str):
    policies = policies_of("cisco_ios")
    (facts,) = config_facts([write(tmp_path / "router.cfg", CONFIG.replace("\n", ends))], None, policies)
    verdict = judge(policies[0], facts)
    statuses = {finding.check: finding for finding in verdict.findings}

    assert (facts.host, platform_of(facts)) == ("router", "cisco_ios")
    assert facts.at == (tmp_path / "router.cfg").stat().st_mtime
    assert {check: statuses[check].status for check in ("930401", "930201", "930405", "930501", "930503")} == {
        "930401": Status.PASS,
        "930201": Status.FAIL,
        "930405": Status.FAIL,
        "930501": Status.FAIL,
        "930503": Status.FAIL,
    }
    assert "line 8: transport input telnet" in statuses["930201"].evidence[0].shown


def test_no_secret_of_the_file_is_in_what_is_judged(tmp_path: Path):
    (facts,) = config_facts([write(tmp_path / "router.cfg")], "cisco_ios", policies_of("cisco_ios"))
    said = "".join(answer.content for answer in facts.answers.values())

    assert [each for each in ("nhEmQVczB7dqsO", "0822455D0A16", "s3cr3t") if each in said] == []
    assert "secret 9 <secret:" in said
    assert "community public RO" in said


def test_files_of_one_name_are_told_apart(tmp_path: Path):
    files = [write(tmp_path / "a" / "r.cfg"), write(tmp_path / "b" / "r.cfg"), write(tmp_path / "c.cfg")]

    hosts = [facts.host for facts in config_facts(files, None, policies_of("cisco_ios"))]

    assert hosts == [files[0], files[1], "c"]


def test_a_platform_without_a_profile_is_masked_by_the_general_one():
    assert "<secret:" in masked("set password hunter22\n", "unheard_of")


@pytest.mark.parametrize(
    ("platform", "names", "problem"),
    [
        (None, ("cisco_ios", "cisco_asa"), "say `--platform`"),
        (None, ("debian_12",), "say `--platform`"),
        ("cisco_asa", ("cisco_ios",), "no policy is for 'cisco_asa'"),
        ("cisco_iso", (), "no policy is for 'cisco_iso'"),
    ],
)
def test_it_must_be_known_what_a_configuration_is_of(
    tmp_path: Path, platform: str | None, names: tuple[str, ...], problem: str
):
    with pytest.raises(UsageError, match=problem):
        list(config_facts([write(tmp_path / "r.cfg")], platform, policies_of(*names)))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    policies = policies_of("cisco_ios")
    with pytest.raises(UsageError, match="cannot be read"):
        list(config_facts([str(tmp_path / "none.cfg")], None, policies))
    monkeypatch.setattr("ospatrol.cli.policy_config._LARGEST_BYTES", 10)
    with pytest.raises(UsageError, match="is no configuration"):
        list(config_facts([write(tmp_path / "r.cfg")], None, policies))


def test_a_configuration_is_judged_from_the_command_line(workspace: Any, tmp_path: Path):
    router = write(tmp_path / "router.cfg")

    named = workspace("policy", "evaluate", "cisco_ios", "--config", router)
    chosen = workspace("policy", "evaluate", "--config", router, "--platform", "ios", "--json")
    unknown = workspace("policy", "evaluate", "--config", router)

    assert (named.status, chosen.status) == (7, 7)
    assert "line 8: transport input telnet" in named.out
    assert "0822455D0A16" not in named.out + chosen.out
    assert [(each["host"], each["policy"]) for each in chosen.json["verdicts"]] == [("router", "cisco_ios")]
    assert (unknown.status, "--platform" in unknown.err) == (2, True)
