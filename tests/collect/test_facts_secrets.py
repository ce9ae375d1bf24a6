"""Hashes and keys leave no trace in facts, and no verdict changes by it."""

from __future__ import annotations

import re

import msgspec
import pytest

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_secrets import without_secrets
from ospatrol.comply.judge import judge
from ospatrol.comply.questions import questions_of
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.policy import Check, Policy, Verdict
from ospatrol.patrol.policies import files_below, read_policy_file
from tests.checks.content import CHECKS, CORPUS

pytestmark = pytest.mark.no_cover

SHA512 = "$6$rounds=5000$saltsalt$" + "Ab1./" * 17 + "Z"
YESCRYPT = "$y$j9T$" + "F5Jx5fExrKuPp53xLKQ..1" + "$" + "X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
SHADOW = (
    f"root:{SHA512}:19000:0:99999:7:::\nann:{YESCRYPT}:19000:0:99999:7:::\nbob:!{YESCRYPT}:19000:1:365:7:30::\n"
    "old:abJnggxhB/yWI:19000:0:99999:7:::\nlocked:!abJnggxhB/yWI:1:0:9:7:::\n"
    "daemon:*:19000:0:99999:7:::\nopen::19000:0:99999:7:::\nsshd:!:19000::::::\n"
)
KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\nMIIEpQIBAAKCAQEA7bq+/=\n"
    "c2VjcmV0c2VjcmV0\n-----END RSA PRIVATE KEY-----\n"
)
GRUB = "password_pbkdf2 root grub.pbkdf2.sha512.10000.0A1B2C3D4E5F60718293.A4B5C6D7E8F90A1B2C3D\n"


def masked(text: str) -> str:
    return without_secrets(Answer(state=State.OK, content=text)).content


@pytest.mark.parametrize("text", [SHADOW, KEY, GRUB, f"ann = '{YESCRYPT}'\n"])
def test_a_mask_has_the_same_shape_and_is_its_own(text: str) -> None:
    once = masked(text)

    assert once != text
    assert list(map(len, once.split("\n"))) == list(map(len, text.split("\n")))
    assert masked(once) == once


@pytest.mark.parametrize(
    "secret", ["saltsalt", "Ab1./", "F5Jx5", "X3DX6M", "abJnggxhB", "MIIEpQ", "c2VjcmV0", "0A1B2C", "A4B5C6"]
)
def test_nothing_of_a_hash_or_a_key_is_left(secret: str) -> None:
    assert secret not in masked(SHADOW + KEY + GRUB)


def test_methods_costs_and_markers_stay() -> None:
    lines = masked(SHADOW + KEY + GRUB).splitlines()

    assert lines[0].startswith("root:$6$rounds=5000$xxxxxxxx$xxx./xxx")
    assert lines[1].startswith("ann:$y$j9T$xxxx")
    assert lines[3] == "old:xxxxxxxxx/xxx:19000:0:99999:7:::"
    assert lines[4] == "locked:!xxxxxxxxx/xxx:1:0:9:7:::"
    assert lines[5:8] == SHADOW.splitlines()[5:8]
    assert "Proc-Type: 4,ENCRYPTED" in lines
    assert "grub.pbkdf2.sha512.10000.00000000000000000000.00000000000000000000" in lines[-1]


@pytest.mark.parametrize(
    "text",
    [
        "root:x:0:0:root:/root:/bin/bash\n",
        "password requisite pam_pwquality.so retry=3\n",
        "/usr/sbin/nologin\n$1 $2\nawk '{print $1}'\n",
        "-----BEGIN CERTIFICATE-----\nMIIEpQIB\n-----END CERTIFICATE-----\n",
        "abcdefghijklm:1:2\n",
        "",
    ],
)
def test_what_is_no_secret_stays_and_is_not_copied(text: str) -> None:
    answer = Answer(state=State.OK, content=text)

    assert without_secrets(answer) is answer


def test_a_hostile_file_takes_no_time() -> None:
    for text in ("$6$" * 300_000, "-----BEGIN PRIVATE KEY-----" * 40_000, "a:" * 500_000, "grub.pbkdf2." * 80_000):
        assert len(masked(text)) == len(text)


async def test_facts_come_without_them(connect, tmp_path) -> None:
    (tmp_path / "shadow").write_text(SHADOW)
    (tmp_path / "key").write_text(KEY)
    questions = [
        Question(Ask.FILE, f"{tmp_path}/shadow"),
        Question(Ask.FILE, f"{tmp_path}/key"),
        Question(Ask.COMMAND, f"cat {tmp_path}/shadow"),
    ]

    facts = await collect_facts(connect(shell=("sh",)), questions)

    said = msgspec.json.encode(facts.answers[questions[0]]) + msgspec.json.encode([*facts.answers.values()])
    assert b"saltsalt" not in said
    assert b"MIIEpQ" not in said
    assert facts.answers[questions[0]].content == facts.answers[questions[2]].content == masked(SHADOW)


def policies() -> list[Policy]:
    folders = [CHECKS, *([CORPUS / "sca"] if CORPUS.exists() else [])]
    found = [read_policy_file(path).policy for folder in folders for path in files_below(folder)]
    return [policy for policy in found if policy is not None]


def test_no_policy_sees_a_difference() -> None:
    told = 0
    for each in policies():
        checks = tuple(check for check in each.checks if re.search("shadow|passwd|grub", "".join(_rules(check))))
        policy = msgspec.structs.replace(each, requirement=None, checks=checks)
        questions = questions_of([policy])
        plain = {ask: Answer(state=State.OK, content=SHADOW + GRUB, status=0) for ask in questions}
        bare = {ask: without_secrets(answer) for ask, answer in plain.items()}
        before = judge(policy, Facts(host="h", at=0.0, answers=plain))
        after = judge(policy, Facts(host="h", at=0.0, answers=bare))
        assert _statuses(after) == _statuses(before), policy.id
        told += sum(status in {"pass", "fail"} for status in _statuses(after).values())

    assert told >= 100


def _rules(check: Check) -> list[str]:
    return [rule.text for rule in check.rules]


def _statuses(verdict: Verdict) -> dict[str, str]:
    return {finding.check: finding.status.value for finding in verdict.findings}
