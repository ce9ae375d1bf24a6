"""The CIS benchmark on a recorded Debian 12 host, beside two other judges."""

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ospatrol.comply.judge import judge
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.dialect.sca import read_sca
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.pattern import Syntax

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
ORACLE = CORPUS / "oracle"
WORDS = {"passed": "pass", "failed": "fail", "not applicable": "not applicable"}

# what the policy's requirement asks for and the recording leaves out
RELEASE = {
    "/etc/debian_version": "12.5\n",
    "/proc/sys/kernel/ostype": "Linux\n",
    "/etc/os-release": 'NAME="Debian GNU/Linux"\nVERSION="12 (bookworm)"\n',
}

# Where the recorded verdicts, of a weaker reader of the policy language, differ: (theirs, ours, why)
NO_PCRE = (
    r"`\.*ACCEPT\.*all\.*lo\.**\.*0.0.0.0/0` is valid OS_Regex, in which the second star of `\.**` is a star; it is no "
    "PCRE2, and the other reader calls that not applicable, where Wazuh takes a pattern that is not valid as not found"
)
NO_MATCH = (
    r"no line of /etc/sudoers has `timestamp_timeout=(\d+)`: Wazuh takes that as not found, which ends the condition "
    "`all`; the other reader takes it as undecidable"
)
DIFFERENCES = {
    "33147": ("not applicable", "fail", NO_PCRE),
    "33151": ("not applicable", "fail", NO_PCRE),
    "33181": ("not applicable", "fail", NO_MATCH),
}


def as_bytes(text):
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def answer_of(file):
    if "error" in file:
        return Answer(state={"FileNotFoundError": State.MISSING}[file["error"]])
    return Answer(state=State.OK, content=as_bytes(file["text"]))


@cache
def recorded():
    replay = json.loads((ORACLE / "deb12" / "sca-replay.json").read_text())
    answers = {Question(Ask.FILE, path): Answer(state=State.OK, content=text) for path, text in RELEASE.items()}
    answers |= {Question(Ask.FILE, path): answer_of(file) for path, file in replay["files"].items()}
    for command, said in replay["commands"].items():
        answers[Question(Ask.COMMAND, command)] = Answer(
            state=State.OK, content=as_bytes(said["out"]), status=said["rc"]
        )
    for folder, files in replay["dirs"].items():
        paths = {f"{folder.rstrip('/')}/{name}": file for name, file in (files or {}).items()}
        state = State.MISSING if files is None else State.OK
        answers[Question(Ask.DIRECTORY, folder)] = Answer(state=state, entries=tuple(paths))
        answers |= {Question(Ask.FILE, path): answer_of(file) for path, file in paths.items()}
    answers[Question(Ask.PROCESSES)] = Answer(state=State.OK, content="\n".join(replay["processes"]))
    return Facts(host="deb12", at=0.0, answers=answers)


@cache
def policy(syntax=Syntax.OSREGEX):
    text = (CORPUS / "sca" / "debian" / "cis_debian12.yml").read_text(encoding="utf-8")
    return read_sca(text, "cis_debian12.yml", syntax=syntax).policy


@cache
def statuses(syntax=Syntax.OSREGEX):
    return {finding.check: finding.status.value for finding in judge(policy(syntax), recorded()).findings}


@pytest.fixture(autouse=True)
def _corpus():
    if not ORACLE.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/corpus/oracle is not beside this repository")
        pytest.skip("../shared/corpus/oracle is not beside this repository")


def test_the_recording_answers_all_that_is_asked():
    asked = (*questions_of([policy()]), *follow_up([policy()], recorded()))

    assert [question for question in asked if question not in recorded().answers] == []


def test_the_host_has_a_score():
    verdict = judge(policy(), recorded())

    assert verdict.applies
    assert Counter(statuses().values()) == {"fail": 110, "pass": 82, "not applicable": 15}
    assert verdict.score == 42


@pytest.mark.parametrize("syntax", [Syntax.OSREGEX, Syntax.OSSEC_PCRE2])
def test_another_reader_of_the_policy_agrees_but_where_it_is_known_why_not(syntax):
    theirs = json.loads((ORACLE / "deb12" / "wazuh-sca-verdicts.json").read_text())
    ours = statuses(syntax)

    differing = {
        check: (WORDS[verdict["result"]], ours[check])
        for check, verdict in theirs.items()
        if ours[check] != WORDS[verdict["result"]]
    }

    assert len(theirs) == len(ours) == 207
    assert differing == {check: (their, our) for check, (their, our, _) in DIFFERENCES.items()}


def agreed_pairs():
    pairs = json.loads((ORACLE / "wazuh_ssg_pairs.json").read_text())
    return [
        pair
        for pair in pairs
        if all(
            WORDS.get(pair[host]["sca"]) == pair[host]["oscap_verdict"] in {"pass", "fail"}
            for host in ("deb12", "deb12h")
        )
    ]


def test_openscap_agrees_on_every_pair_on_which_two_judges_agreed():
    pairs = agreed_pairs()

    differing = [pair["wazuh"] for pair in pairs if statuses()[str(pair["wazuh"])] != pair["deb12"]["oscap_verdict"]]

    assert len(pairs) == 96
    assert differing == []
