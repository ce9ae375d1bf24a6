"""What is wrong with a set of rules as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from ospatrol.engine.condition import EVENT_ATTRIBUTES, compile_condition
from ospatrol.engine.pattern import PatternRefused
from ospatrol.model.errors import ConfigError
from ospatrol.model.rule import Condition, Operator, Rule

REFERENCE = re.compile(r"\$\(([^()$]{0,128})\)")
"""`$(field)` in a description."""

_DEPTH_LIMIT = 64


def mistakes(rules: Sequence[Rule], fields: Mapping[str, Sequence[str]]) -> tuple[ConfigError, ...]:
    """Every mistake that shows only when all rules are known, and every pattern that is refused.

    Args:
        rules: Of all dialects together.
        fields: Kind of event to the fields that it may have. If it is empty, kinds and fields are not checked.
    """
    by_id: dict[int, Rule] = {}
    found: list[ConfigError] = []
    for rule in rules:
        if rule.id in by_id:
            found.append(ConfigError(rule.place, f"the rule {rule.id} stands already at {by_id[rule.id].place}"))
        by_id.setdefault(rule.id, rule)
    for rule in rules:
        found.extend(_parents(rule, by_id))
        found.extend(_patterns(rule))
    endless = _endless(by_id)
    found.extend(_loop(rule) for rule in endless.values())
    if fields:
        straight = {identity: rule for identity, rule in by_id.items() if identity not in endless}
        for rule in rules:
            if rule.id in straight:
                found.extend(_names(rule, straight, fields))
    return tuple(sorted(found, key=lambda error: error.place))


def kinds_of(rule: Rule, by_id: Mapping[int, Rule]) -> frozenset[str]:
    """The kinds of event that a rule can judge: its own, or else its parents'; empty if nothing narrows them down."""
    own = [c.operands for c in rule.conditions if _names_kinds(c)]
    if own:
        return frozenset(own[0]).intersection(*own[1:])
    parents = [by_id[parent] for parent in rule.parents if parent in by_id]
    every = [kinds_of(parent, by_id) for parent in parents]
    return frozenset().union(*every) if every and all(every) else frozenset()


def _names_kinds(condition: Condition) -> bool:
    return condition.field == "kind" and condition.operator is Operator.EQUALS and not condition.negate


def _parents(rule: Rule, by_id: Mapping[int, Rule]) -> Iterator[ConfigError]:
    for parent in rule.parents:
        if parent not in by_id:
            near = get_close_matches(str(parent), map(str, by_id), n=1, cutoff=0.8)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield ConfigError(rule.place, f"the parent {parent} of rule {rule.id} does not exist{hint}")


def _patterns(rule: Rule) -> Iterator[ConfigError]:
    for condition in rule.conditions:
        try:
            compile_condition(condition)
        except PatternRefused as error:
            place = condition.place if condition.place.path else rule.place
            yield ConfigError(place, f"{condition.field}: {error}")


def _endless(by_id: Mapping[int, Rule]) -> dict[int, Rule]:
    """Rules that are their own ancestors, or below one that is, or have too many ancestors in a row."""
    waiting = dict(by_id)
    for _ in range(_DEPTH_LIMIT):
        ready = [rule.id for rule in waiting.values() if not waiting.keys() & set(rule.parents)]
        for identity in ready:
            del waiting[identity]
    return waiting


def _loop(rule: Rule) -> ConfigError:
    return ConfigError(
        rule.place, f"the rule {rule.id} is its own ancestor, or below one that is, or more than {_DEPTH_LIMIT} deep"
    )


def _names(rule: Rule, by_id: Mapping[int, Rule], fields: Mapping[str, Sequence[str]]) -> Iterator[ConfigError]:
    for condition in filter(_names_kinds, rule.conditions):
        for kind in condition.operands:
            if kind not in fields:
                yield ConfigError(condition.place, f"unknown kind {kind!r}{_near(kind, fields)}")
    kinds = kinds_of(rule, by_id)
    if not kinds or not kinds <= fields.keys():
        return
    known = EVENT_ATTRIBUTES.union(*(fields[kind] for kind in kinds))
    for condition in rule.conditions:
        if condition.field not in known:
            yield ConfigError(condition.place, f"unknown field {condition.field!r}{_near(condition.field, known)}")
    for reference in REFERENCE.finditer(rule.description):
        if reference[1] not in known:
            yield ConfigError(rule.place, f"unknown field $({reference[1]}){_near(reference[1], known)}")


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
