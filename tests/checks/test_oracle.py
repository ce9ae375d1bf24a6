"""Where two judges agree about a real Debian 12 host, ours says the same, for the same section of the benchmark."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ospatrol.comply.judge import judge
from ospatrol.comply.questions import questions_of
from ospatrol.model.facts import Ask, Question
from ospatrol.model.policy import Check, Status
from tests.checks.content import CORPUS, alone, facts_of, policy_of

ORACLE = CORPUS / "oracle"
VERDICTS = {("pass", "passed"): Status.PASS, ("fail", "failed"): Status.FAIL}
OTHERWISE = {
    "920719": "SHA512 is no broken method: one judge wants yescrypt alone, the other cannot match either word",
}

pytestmark = pytest.mark.skipif(not ORACLE.exists(), reason=f"{ORACLE} is not here")


def test_ours_agrees_with_two_judges_who_agree():
    said = msgspec.json.decode((ORACLE / "deb12" / "sca-replay.json").read_bytes())
    replay = {
        "commands": said["commands"],
        "files": {path: file["text"] for path, file in said["files"].items() if "text" in file},
    }
    agreed = _agreed()
    wanted: dict[str, Status | None] = {}
    found: dict[str, Status] = {}
    for check in policy_of("debian_12").checks:
        verdicts = {agreed.get(section) for section in check.compliance.get("cis", ())}
        if len(verdicts) == 1 and None not in verdicts and check.id not in OTHERWISE and _answers(said, check):
            policy = alone(policy_of("debian_12"), check)
            (wanted[check.id],) = verdicts
            found[check.id] = judge(policy, facts_of(policy, replay)).findings[0].status

    assert len(wanted) >= 35
    assert found == wanted


def _agreed() -> dict[str, Status | None]:
    """Section of the benchmark to what both judges say; None where they differ or did not decide."""
    pairs = msgspec.json.decode((ORACLE / "wazuh_ssg_pairs.json").read_bytes())
    return {pair["cis"]: VERDICTS.get((pair["deb12"]["oscap_verdict"], pair["deb12"]["sca"])) for pair in pairs}


def _answers(said: dict[str, Any], check: Check) -> bool:
    """Whether the recording has all that a check asks for."""
    return all(_has(said, question) for question in questions_of([alone(policy_of("debian_12"), check)]))


def _has(said: dict[str, Any], question: Question) -> bool:
    match question.ask:
        case Ask.COMMAND:
            return question.key in said["commands"]
        case Ask.FILE:
            return question.key in said["files"]
        case _:
            return False
