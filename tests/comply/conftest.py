"""What tests of verdicts share: one check from its rules, and a host from what it answers."""

import pytest

from ospatrol.comply.judge import judge
from ospatrol.dialect.sca import read_sca
from ospatrol.model.facts import Answer, Ask, Facts, Question, State

HEAD = """policy: {id: p, file: p.yml, name: P, description: D}
checks:
"""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def policy_text(*checks, head=HEAD):
    """A policy of (condition, rules) pairs, numbered from 1."""
    lines = [head]
    for number, (condition, rules) in enumerate(checks, 1):
        lines.append(f"  - id: {number}\n    title: T{number}\n    condition: {condition}\n    rules:\n")
        lines += [f"      - {quoted(rule)}\n" for rule in rules]
    return "".join(lines)


def policy_of(*checks, **options):
    found = read_sca(policy_text(*checks), "p.yml", **options)
    assert found.policy is not None, [str(problem) for problem in found.problems]
    return found.policy


def answer(value):
    if isinstance(value, Answer):
        return value
    if isinstance(value, State):
        return Answer(state=value)
    if isinstance(value, tuple):
        return Answer(state=State.OK, entries=value)
    return Answer(state=State.OK, content=value, status=0)


def facts_of(files=(), commands=(), dirs=(), processes=None):
    asked = {Question(Ask.FILE, key): answer(value) for key, value in dict(files).items()}
    asked |= {Question(Ask.COMMAND, key): answer(value) for key, value in dict(commands).items()}
    asked |= {Question(Ask.DIRECTORY, key): answer(value) for key, value in dict(dirs).items()}
    if processes is not None:
        asked[Question(Ask.PROCESSES)] = answer(processes)
    return Facts(host="web1", at=0.0, answers=asked)


@pytest.fixture
def finding_of():
    """The only finding of a check of some rules on a host of some answers."""

    def find(rules, condition="all", **answers):
        policy = policy_of((condition, [rules] if isinstance(rules, str) else rules))
        return judge(policy, facts_of(**answers)).findings[0]

    return find


@pytest.fixture
def status_of(finding_of):
    """The status of that finding as a word."""
    return lambda rules, condition="all", **answers: finding_of(rules, condition, **answers).status.value
