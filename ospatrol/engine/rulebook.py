"""Rule files read, checked and compiled at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ospatrol.dialect.native import read_native
from ospatrol.dialect.native_decoder_check import decoder_mistakes
from ospatrol.dialect.native_tests import LineTest
from ospatrol.dialect.native_words import as_read
from ospatrol.engine.check import mistakes, unknown_lists
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.field import LOG_ATTRIBUTES, LOG_KIND
from ospatrol.model.decoder import Decoder, Semantics
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.pattern import Expression
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Rule, RuleTest, Source
from ospatrol.pattern.compiled import compile_expression


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of other dialects, to be compiled together with native rules.

    Attributes:
        rules: In the order in which they were loaded.
        decoders: Likewise.
        lists: Name of a list to its keys and their values.
        semantics: Whose idea of a log line's header the decoders are written for.
    """

    rules: tuple[Rule, ...] = ()
    decoders: tuple[Decoder, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    semantics: Semantics = Semantics.NATIVE


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of rule files comes to.

    Attributes:
        ruleset: Ready to judge.
        tests: As written beside the rules; events.
        log_tests: Likewise; log lines.
        decoders: In the order in which they are tried; native ones first.
        lists: Name of a list to its keys and their values; `ruleset` has them.
        semantics: Whose idea of a log line's header is meant.
    """

    ruleset: Ruleset
    tests: tuple[RuleTest, ...] = ()
    log_tests: tuple[LineTest, ...] = ()
    decoders: tuple[Decoder, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    semantics: Semantics = Semantics.NATIVE


def read_rulebook(files: Sequence[tuple[str, str]], foreign: Foreign | None = None) -> Rulebook:
    """The rules of all files together; they may be each other's parents.

    Args:
        files: Path as the person named it, and text; native YAML.
        foreign: What was read of other dialects; native rules may refine it.

    Raises:
        ConfigErrors: every mistake of every file, those of form and those between rules.
    """
    native = read_native(files)
    foreign = foreign or Foreign()
    lists = {**foreign.lists, **native.lists}
    between = decoder_mistakes(native.decoders) if native.complete else ()
    if native.problems or between or any(unknown_lists(native.rules, lists)):
        every = join_rules((*foreign.rules, *sorted((*native.rules, *native.faulty), key=_place)))
        more = mistakes(every, native.fields, lists=lists) if native.complete else ()
        raise ConfigErrors((*native.problems, *between, *more))
    return Rulebook(
        ruleset=compile_rules(join_rules((*foreign.rules, *native.rules)), native.fields, lists),
        tests=native.tests,
        log_tests=native.log_tests,
        decoders=(*native.decoders, *foreign.decoders),
        lists=lists,
        semantics=foreign.semantics,
    )


def join_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules of all dialects with what native ones say settled that depends on the others.

    A native rule that counts events of a group, and names no parent, hangs below all rules of the group that are not
    themselves below it; it comes behind all others, since what is loaded after a rule is not counted for its group.
    A native rule of log lines compares bytes, as lines are read, whatever letters its author wrote.

    Args:
        rules: In the order in which they were loaded.
    """
    by_id = {rule.id: rule for rule in rules}
    return _below_groups([_of_bytes(rule, by_id) for rule in rules])


def _of_bytes(rule: Rule, by_id: Mapping[int, Rule]) -> Rule:
    if rule.semantics is not Semantics.NATIVE or all(map(_is_ascii, rule.conditions)):
        return rule
    if not _is_of_logs(rule, by_id):
        return rule
    return msgspec.structs.replace(rule, conditions=tuple(map(_in_bytes, rule.conditions)))


def _is_of_logs(rule: Rule, by_id: Mapping[int, Rule]) -> bool:
    """Whether a rule, or all above it by the first way up, ask for log lines."""
    seen: set[int] = set()
    at: Rule | None = rule
    while at is not None and at.id not in seen:
        seen.add(at.id)
        if any(c.field in LOG_ATTRIBUTES or (c.field == "kind" and LOG_KIND in c.operands) for c in at.conditions):
            return True
        at = by_id.get(at.parents[0]) if at.parents else None
    return False


def _is_ascii(condition: Condition) -> bool:
    value = condition.value
    return (
        all(map(str.isascii, condition.operands))
        and all(map(_is_ascii, condition.parts))
        and (value is None or value.text.isascii())
    )


def _in_bytes(condition: Condition) -> Condition:
    value = condition.value
    return msgspec.structs.replace(
        condition,
        operands=tuple(map(as_read, condition.operands)),
        parts=tuple(map(_in_bytes, condition.parts)),
        value=value and msgspec.structs.replace(value, text=as_read(value.text)),
    )


def _below_groups(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    asking = {rule.id: group for rule in rules if (group := _group_of(rule)) is not None}
    if not asking:
        return tuple(rules)
    below = _below(rules, set(asking))
    others = [(rule.id, "".join(f"{group}," for group in rule.groups)) for rule in rules if rule.id not in below]
    last: list[Rule] = []
    for rule in rules:
        if rule.id in asking:
            test = compile_expression(asking[rule.id]).test
            parents = tuple(identity for identity, groups in others if groups and test(groups))
            last.append(msgspec.structs.replace(rule, parents=parents))
    return (*(rule for rule in rules if rule.id not in asking), *last)


def _group_of(rule: Rule) -> Expression | None:
    """The group that a native rule counts, if it is to hang below it."""
    asked = rule.correlation
    if asked is None or asked.source is not Source.GROUP or rule.parents or rule.independent:
        return None
    return asked.expression if rule.semantics is Semantics.NATIVE else None


def _below(rules: Sequence[Rule], asking: set[int]) -> set[int]:
    """Some rules and all that are below them."""
    below = set(asking)
    size = 0
    while size < len(below):
        size = len(below)
        below.update(rule.id for rule in rules if not below.isdisjoint(rule.parents))
    return below


def _place(rule: Rule) -> Place:
    return rule.place
