"""The shipped policies, their golden facts, and facts made of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ospatrol.comply.network_facts import device_questions, is_for_devices
from ospatrol.comply.network_facts import facts_of as device_facts
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.dialect.sca import read_sca
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.policy import Check, Policy

CHECKS = Path(__file__).parents[2] / "checks"
NAMES = tuple(sorted(path.stem for path in CHECKS.glob("*.yml")))
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@cache
def policy_of(name: str) -> Policy:
    path = CHECKS / f"{name}.yml"
    read = read_sca(path.read_text(encoding="utf-8"), str(path))
    assert not read.problems, "\n".join(str(each.problem) for each in read.problems)
    assert read.policy is not None
    return read.policy


@cache
def written(name: str) -> tuple[Lined, ...]:
    """The checks of a policy as YAML has them."""
    path = CHECKS / f"{name}.yml"
    node = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(node, Lined)
    checks = node["checks"]
    assert isinstance(checks, LinedList)
    return tuple(each for each in checks if isinstance(each, Lined))


@cache
def golden_of(name: str) -> dict[str, dict[str, dict[str, Any]]]:
    return msgspec.json.decode((CHECKS / "golden" / f"{name}.json").read_bytes())


def all_checks() -> Iterator[Check]:
    """Each check of each policy."""
    for name in NAMES:
        yield from policy_of(name).checks


def alone(policy: Policy, check: Check) -> Policy:
    """A policy of one check, for every host."""
    return msgspec.structs.replace(policy, checks=(check,), requirement=None)


def facts_of(policy: Policy, said: dict[str, Any]) -> Facts:
    """What a host says that has what a golden set names, and nothing else."""
    if is_for_devices(policy):
        captures = dict.fromkeys(device_questions([policy]), said["config"])
        return device_facts("golden", 0.0, captures, platform=policy.platforms[0])
    answers = {each: _answer(each, said) for each in questions_of([policy])}
    facts = Facts(host="golden", at=0.0, answers=answers)
    more = {each: _answer(each, said) for each in follow_up([policy], facts)}
    return msgspec.structs.replace(facts, answers=answers | more)


def dark_facts(policy: Policy) -> Facts:
    """What a host says that lets nothing be read."""
    if is_for_devices(policy):
        captures = dict.fromkeys(device_questions([policy]), State.NO_PERMISSION)
        return device_facts("dark", 0.0, captures, platform=policy.platforms[0])
    return Facts(host="dark", at=0.0, answers={each: Answer(state=_DARK[each.ask]) for each in questions_of([policy])})


_DARK = {
    Ask.FILE: State.NO_PERMISSION,
    Ask.DIRECTORY: State.NO_PERMISSION,
    Ask.COMMAND: State.NOT_FOUND,
    Ask.PROCESSES: State.NOT_FOUND,
}


def _answer(question: Question, said: dict[str, Any]) -> Answer:
    match question.ask:
        case Ask.FILE:
            text = said.get("files", {}).get(question.key)
            return Answer(state=State.MISSING) if text is None else Answer(state=State.OK, content=text)
        case Ask.DIRECTORY:
            entries = said.get("dirs", {}).get(question.key)
            return Answer(state=State.MISSING) if entries is None else Answer(state=State.OK, entries=tuple(entries))
        case Ask.COMMAND:
            ran = said.get("commands", {}).get(question.key)
            if ran is None:
                return Answer(state=State.NOT_FOUND)
            return Answer(state=State.OK, content=ran["out"], status=ran["rc"])
        case Ask.PROCESSES:
            return Answer(state=State.OK, content="".join(f"{line}\n" for line in said.get("processes", ())))
