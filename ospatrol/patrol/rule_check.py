"""All that is wrong, or may be meant otherwise, in rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ospatrol.engine.check import each_condition
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.rulebook import Rulebook
from ospatrol.engine.unreachable import warnings
from ospatrol.model.decoder import Decoder, Semantics
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Operator, Rule
from ospatrol.patrol.lines import LINE_LIMIT
from ospatrol.patrol.log_rules import read_folders, semantics_of
from ospatrol.patrol.rule_tests import read_tests
from ospatrol.pattern.facts import read_tree
from ospatrol.pattern.search import most_seen

_SHOWN = 120


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong.

    Attributes:
        place: Where it is written.
        problem: What is wrong.
        fatal: Whether the rules cannot be used so; a warning otherwise.
    """

    place: Place
    problem: str
    fatal: bool


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, and what is wrong with it.

    Attributes:
        decoders: How many can be used.
        rules: Likewise.
        tests: Likewise.
        mistakes: How many findings are fatal.
        warnings: How many are not.
        findings: By place.
    """

    decoders: int
    rules: int
    tests: int
    mistakes: int
    warnings: int
    findings: tuple[Finding, ...]


def check_folders(folders: Sequence[Path], dialect: Semantics | None, only: Sequence[Path] = ()) -> Checked:
    """Everything that is wrong in some folders of OSSEC or Wazuh content, their tests among it.

    Args:
        folders: Of the ruleset.
        dialect: Whose it is; None to guess.
        only: Files whose problems are wanted; empty for all.

    Raises:
        UsageError: a folder is none, or none of them holds rules.
    """
    for each in only:
        if not each.exists():
            raise UsageError(f"{each}: no such file")
    whose = dialect or semantics_of(folders)
    read = read_folders(folders, whose, lenient=True)
    findings = [Finding(place=each.place, problem=each.problem, fatal=each.fatal) for each in read.problems]
    tests = 0
    for file in (file for each in folders for file in sorted((each / "tests").glob("*.ini"))):
        try:
            tests += len(read_tests([file], whose))
        except ConfigErrors as errors:
            findings += [Finding(place=each.place, problem=each.problem, fatal=True) for each in errors.errors]
    if read.rules:
        findings += _warnings(compile_rules(read.rules, lists=read.lists), read.decoders)
    wanted = {each.resolve() for each in only}
    chosen = [each for each in findings if not wanted or Path(each.place.path).resolve() in wanted]
    return _checked(len(read.decoders), len(read.rules), tests, chosen)


def check_rulebook(rulebook: Rulebook) -> Checked:
    """OSPatrol's own rules, in which there is no mistake any more."""
    tests = len(rulebook.tests) + len(rulebook.log_tests)
    findings = _warnings(rulebook.ruleset, rulebook.decoders)
    return _checked(len(rulebook.decoders), len(rulebook.ruleset.rules), tests, findings)


def _warnings(ruleset: Ruleset, decoders: Iterable[Decoder]) -> Iterator[Finding]:
    for each in warnings(ruleset):
        yield Finding(place=each.place, problem=each.problem, fatal=False)
    for place, expression in _expressions(ruleset.rules.values(), decoders):
        seen = _most_seen(expression)
        if seen is not None and seen < LINE_LIMIT:
            problem = f"a pattern that could take long is looked for in the first {seen:,} characters only: "
            yield Finding(place=place, problem=f"{problem}{expression.text[:_SHOWN]}", fatal=False)


def _most_seen(expression: Expression) -> int | None:
    """How much of a subject is looked at at most; None for all of it."""
    if expression.syntax in {Syntax.OSMATCH, Syntax.OSREGEX}:
        return None  # these never go back
    return most_seen(read_tree(expression))


def _expressions(rules: Iterable[Rule], decoders: Iterable[Decoder]) -> Iterator[tuple[Place, Expression]]:
    for rule in rules:
        for condition in each_condition(rule.conditions):
            for text in condition.operands if condition.operator is Operator.REGEX else ():
                yield (
                    condition.place if condition.place.path else rule.place,
                    Expression(text=text, syntax=condition.syntax),
                )
        if rule.correlation and rule.correlation.expression:
            yield rule.place, rule.correlation.expression
    for decoder in decoders:
        for expression in (decoder.program, decoder.prematch, decoder.regex):
            if expression is not None:
                yield decoder.place, expression


def _checked(decoders: int, rules: int, tests: int, findings: Iterable[Finding]) -> Checked:
    ordered = tuple(sorted(findings, key=lambda each: each.place))
    mistakes = sum(each.fatal for each in ordered)
    return Checked(
        decoders=decoders,
        rules=rules,
        tests=tests,
        mistakes=mistakes,
        warnings=len(ordered) - mistakes,
        findings=ordered,
    )
