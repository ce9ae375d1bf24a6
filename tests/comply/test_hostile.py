"""Hosts that answer with anything: no verdict fails, and none takes long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.comply.changes import changes
from ospatrol.comply.judge import judge
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.dialect.rcl import read_rcl
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.pattern import Syntax
from tests.comply.conftest import policy_of

pytestmark = pytest.mark.no_cover

LIST = """[A] [any] []
f:/a -> !r:^# && r:a\\.+b;
d:/d -> r:x -> !r:y;
[B] [all required] []
p:r:a*;
[C] [any] []
f:/a -> <:m;
"""
RULES = [
    "f:/a",
    r"f:/a -> !r:^# && r:(\S+)\s*\S*$",
    r"f:/a,/d/x -> n:(\d+) compare <= 4",
    "not d:/d",
    "d:/d -> r:x -> n:x(.*) compare = 1",
    r"c:x -> r:\S+a\.*b\s*c && !n:(\S+) compare > 1",
    "not c:x -> !r:a",
    "p:!n:x compare > 1",
]
SYNTAXES = [Syntax.OSREGEX, Syntax.OSMATCH, Syntax.OSSEC_PCRE2, Syntax.PCRE2]
CONTENT = st.one_of(
    st.text(st.characters(max_codepoint=255)), st.text("ab#x \n\r\\0159\x00\x1b"), st.integers(0, 3000).map("a".__mul__)
)
ANSWERS = st.builds(
    Answer,
    state=st.sampled_from(State),
    content=CONTENT,
    status=st.sampled_from([None, 0, 1, 127]),
    entries=st.lists(st.sampled_from(["/d/x", "/d/y/x", "x", "", "/"])).map(tuple),
)
QUESTIONS = [
    *(Question(Ask.FILE, path) for path in ("/a", "/d/x", "/d/y/x")),
    Question(Ask.DIRECTORY, "/d"),
    Question(Ask.COMMAND, "x"),
    Question(Ask.PROCESSES),
]


def policies():
    checks = [(condition, RULES[at:]) for at in range(len(RULES)) for condition in ("all", "any", "none")]
    return [*(policy_of(*checks, syntax=syntax) for syntax in SYNTAXES), read_rcl(LIST, "x").policy]


POLICIES = policies()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(QUESTIONS), ANSWERS))
def test_no_answers_whatever_raise_and_what_is_not_known_is_never_decided(answers):
    facts = Facts(host="h", at=0.0, answers=answers)
    nothing = Facts(host="h", at=0.0, answers={})

    for policy in POLICIES:
        verdict = judge(policy, facts)
        assert len(verdict.findings) == len(policy.checks)
        assert all(
            each.shown.isprintable() and len(each.shown) <= 200 for one in verdict.findings for each in one.evidence
        )
        assert all(bool(one.reason) is (one.status.value not in {"pass", "fail"}) for one in verdict.findings)
        assert changes(judge(policy, nothing), verdict) is not None
    assert len(follow_up(POLICIES, facts)) <= len(QUESTIONS) + 3


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(QUESTIONS), ANSWERS), st.sampled_from(QUESTIONS), ANSWERS)
def test_a_verdict_is_the_same_whatever_an_answer_that_it_did_not_need_would_have_been(answers, question, answer):
    without = Facts(host="h", at=0.0, answers={key: value for key, value in answers.items() if key != question})
    unasked = Facts(host="h", at=0.0, answers={**without.answers, question: Answer(state=State.NOT_ASKED)})
    told = Facts(host="h", at=0.0, answers={**without.answers, question: answer})

    for policy in POLICIES[:2]:
        for blind, seeing in zip(judge(policy, unasked).findings, judge(policy, told).findings, strict=True):
            assert blind.status.value == "not assessed" or blind.status is seeing.status


@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "content",
    [
        "a" * 2**20,
        "\n" * 2**20,
        "a b\\\n" * 200_000,
        "1" * 2**20,
        "\x00\x1b[2J" * 200_000,
        ("#" + "a " * 999 + "\n") * 500,
    ],
    ids=["one line", "newlines", "joined", "digits", "controls", "long lines"],
)
def test_a_megabyte_is_judged_in_bounded_time(content):
    answers = {question: Answer(state=State.OK, content=content, status=0, entries=("/d/x",)) for question in QUESTIONS}
    facts = Facts(host="h", at=0.0, answers=answers)

    verdicts = [judge(policy, facts) for policy in POLICIES]

    assert all(verdict.findings for verdict in verdicts)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(\S+)*\s(\S*)*x", r"\S*\S*\S*\S*\S*b", r"a{1000}{1000}"])
def test_no_pattern_takes_long(pattern, syntax):
    policy = policy_of(
        ("all", [f"f:/a -> r:{pattern}"]), ("all", [f"f:/a -> n:{pattern}(1) compare > 1"]), syntax=syntax
    )
    facts = Facts(host="h", at=0.0, answers={Question(Ask.FILE, "/a"): Answer(state=State.OK, content="a" * 100_000)})

    verdict = judge(policy, facts)

    assert len(verdict.findings) == 2


def test_every_question_is_answered_by_a_host_that_answers_all():
    asked = questions_of(POLICIES)

    assert set(asked) <= set(QUESTIONS)
