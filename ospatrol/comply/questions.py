"""What a host must be asked so that policies can be judged."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ospatrol.comply.rules import named_entries
from ospatrol.model.facts import Ask, Question
from ospatrol.model.policy import Manner, Policy, PolicyRule, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ospatrol.model.facts import Facts

_FIRST = 16  # files of a name, of which one is enough


def questions_of(policies: Iterable[Policy]) -> tuple[Question, ...]:
    """Every file, directory, command and list of processes that judging can need, each once, in the policies' order.

    Devices are asked otherwise: see `network_facts.device_questions`.
    What a directory holds is known only behind its answer: see `follow_up`.
    """
    asked = (question for rule, manner in _rules(policies) for question in _asked(rule, manner))
    return tuple(dict.fromkeys(question for question in asked if question.key or question.ask is Ask.PROCESSES))


def follow_up(policies: Iterable[Policy], facts: Facts) -> tuple[Question, ...]:
    """The files below directories whose lines are needed and that the host was not asked for yet, each once.

    Where it is enough that a file is there, a few are asked for all the same: what has the name may be no file.

    Args:
        policies: As for `questions_of`.
        facts: With answers to what `questions_of` asks.
    """
    found: dict[Question, None] = {}
    for rule, manner in _rules(policies):
        if rule.target is not Target.DIRECTORY or rule.name is None or (manner is Manner.RCL and not rule.terms):
            continue
        for path in filter(None, rule.locations):
            entries = filter(None, named_entries(rule, facts.answer(Question(Ask.DIRECTORY, path)), manner))
            wanted = entries if rule.terms else islice(entries, _FIRST)
            found |= {Question(Ask.FILE, entry): None for entry in wanted}
    return tuple(question for question in found if question not in facts.answers)


def _rules(policies: Iterable[Policy]) -> Iterator[tuple[PolicyRule, Manner]]:
    for policy in policies:
        for check in (*((policy.requirement,) if policy.requirement else ()), *policy.checks):
            for rule in check.rules:
                yield rule, policy.manner


def _asked(rule: PolicyRule, manner: Manner) -> Iterator[Question]:
    match rule.target:
        case Target.FILE:
            for path in rule.locations[:1] if manner is Manner.RCL else rule.locations:
                yield Question(Ask.FILE, path)
        case Target.DIRECTORY:
            for path in rule.locations:
                yield Question(Ask.DIRECTORY, path)
        case Target.COMMAND:
            if rule.terms:
                yield Question(Ask.COMMAND, rule.locations[0])
        case Target.PROCESS:
            yield Question(Ask.PROCESSES)
        case Target.REGISTRY | Target.CONFIG:
            return
