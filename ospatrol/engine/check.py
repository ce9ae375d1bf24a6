"""What is wrong with a set of rules as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from ospatrol.engine.condition import Check, compile_condition
from ospatrol.engine.field import EVENT_ATTRIBUTES, LOG_KIND
from ospatrol.engine.lists import Lists
from ospatrol.engine.named import NAMED
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule, Source
from ospatrol.pattern.compiled import PatternRefused
from ospatrol.pattern.facts import pattern_facts

REFERENCE = re.compile(r"\$\(([^()$]{0,128})\)")
"""`$(field)` in a description."""

FIELDLESS = frozenset({Operator.ALL, Operator.ANY, Operator.TEST, Operator.TIME, Operator.WEEKDAY})
"""What is not asked of a field."""

_DEPTH_LIMIT = 64
_DIGITS = "0123456789"


def mistakes(
    rules: Sequence[Rule],
    fields: Mapping[str, Sequence[str]],
    *,
    refused: Iterable[ConfigError] | None = None,
    lists: Collection[str] | None = None,
) -> tuple[ConfigError, ...]:
    """Every mistake that shows only when all rules are known, and every pattern that is refused.

    Args:
        rules: Of all dialects together.
        fields: Kind of event to the fields that it may have. If it is empty, kinds and fields are not checked.
        refused: What `compile_checks` found, for a caller that compiles the rules anyway; None to find it here.
        lists: Names of the lists that there are; None if that is not known.
    """
    by_id: dict[int, Rule] = {}
    found: list[ConfigError] = []
    for rule in rules:
        if rule.id in by_id:
            found.append(ConfigError(rule.place, f"the rule {rule.id} stands already at {by_id[rule.id].place}"))
        by_id.setdefault(rule.id, rule)
    for rule in rules:
        found.extend(_parents(rule, by_id))
    found.extend(compile_checks(rules, {})[1] if refused is None else refused)
    found.extend(() if lists is None else unknown_lists(rules, lists))
    endless = _endless(by_id)
    found.extend(_loop(rule) for rule in endless.values())
    if fields:
        names = _Names({identity: rule for identity, rule in by_id.items() if identity not in endless}, fields)
        for rule in rules:
            if rule.id not in endless:
                found.extend(names.mistakes(rule))
    return tuple(sorted(found, key=lambda error: error.place))


def compile_checks(rules: Iterable[Rule], lists: Lists) -> tuple[dict[int, tuple[Check, ...]], tuple[ConfigError, ...]]:
    """The conditions of each rule, ready to be asked, by the rule's id; and every pattern that is refused.

    Args:
        rules: Of all dialects together. Conditions that are refused are left out.
        lists: What LISTED conditions ask, by name.
    """
    compiled: dict[int, tuple[Check, ...]] = {}
    refused: list[ConfigError] = []
    for rule in rules:
        checks: list[Check] = []
        checked = rule.semantics is not Semantics.NATIVE  # the readers of other dialects have looked at each pattern
        for condition in rule.conditions:
            try:
                checks.append(compile_condition(condition, lists, checked=checked))
            except PatternRefused as error:
                place = condition.place if condition.place.path else rule.place
                refused.append(ConfigError(place, f"{condition.field or condition.operator}: {error}"))
            except KeyError:
                refused.extend(_unknown_tests(condition, rule.place))
        compiled[rule.id] = tuple(checks)
        if rule.correlation is not None and rule.correlation.expression is not None:
            try:
                pattern_facts(rule.correlation.expression)
            except PatternRefused as error:
                refused.append(ConfigError(rule.place, f"of: {error}"))
    return compiled, tuple(refused)


def unknown_lists(rules: Iterable[Rule], lists: Collection[str]) -> Iterator[ConfigError]:
    """Each list that a native rule asks and nobody wrote; to those of other dialects it is an empty one."""
    for rule in rules:
        if rule.semantics is Semantics.NATIVE:
            for condition in each_condition(rule.conditions):
                if condition.operator is Operator.LISTED and condition.operands[0] not in lists:
                    name = condition.operands[0]
                    yield ConfigError(condition.place, f"{condition.field}: unknown list {name!r}{near(name, lists)}")


def kinds_of(rule: Rule, by_id: Mapping[int, Rule], known: dict[int, frozenset[str]] | None = None) -> frozenset[str]:
    """The kinds of event that a rule can judge: its own, or else its parents'; empty if nothing narrows them down.

    Args:
        rule: Which; it is not its own ancestor.
        by_id: All rules.
        known: The kinds of rules that were asked for already; gets those of the rule and its ancestors.
    """
    known = {} if known is None else known
    if rule.id not in known:
        own = [c.operands for c in rule.conditions if _names_kinds(c)]
        if own:
            known[rule.id] = frozenset(own[0]).intersection(*own[1:])
        else:
            parents = [by_id[parent] for parent in rule.parents if parent in by_id]
            every = [kinds_of(parent, by_id, known) for parent in parents]
            known[rule.id] = frozenset().union(*every) if every and all(every) else frozenset()
    return known[rule.id]


def each_condition(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Conditions and, instead of those that are put together, their parts."""
    for condition in conditions:
        if condition.operator in {Operator.ALL, Operator.ANY}:
            yield from each_condition(condition.parts)
        else:
            yield condition


def near(word: str, known: Iterable[str]) -> str:
    """A half-sentence that offers the nearest known word, if one is near."""
    words = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {words[0]!r}?" if words else ""


def _names_kinds(condition: Condition) -> bool:
    return condition.field == "kind" and condition.operator is Operator.EQUALS and not condition.negate


def _unknown_tests(condition: Condition, place: Place) -> Iterator[ConfigError]:
    for each in each_condition([condition]):
        if each.operator is Operator.TEST and each.operands[0] not in NAMED:
            at = each.place if each.place.path else place
            yield ConfigError(at, f"unknown test {each.operands[0]!r}{near(each.operands[0], NAMED)}")


def _parents(rule: Rule, by_id: Mapping[int, Rule]) -> Iterator[ConfigError]:
    for parent in rule.parents:
        if parent not in by_id:
            hint = _near_id(parent, by_id)
            yield ConfigError(rule.place, f"the parent {parent} of rule {rule.id} does not exist{hint}")
    if rule.correlation is not None and rule.semantics is Semantics.NATIVE:
        if rule.correlation.source is Source.GROUP and not rule.parents and not rule.independent:
            yield ConfigError(rule.place, f"no other rule has the group whose events rule {rule.id} counts")
        for counted in rule.correlation.rules:
            if counted not in by_id and counted not in rule.parents:
                hint = _near_id(counted, by_id)
                yield ConfigError(rule.place, f"the rule {counted} that rule {rule.id} counts does not exist{hint}")


def _near_id(wanted: int, known: Collection[int]) -> str:
    """A half-sentence that offers an id that differs in one digit, or in the order of two."""
    text = str(wanted)
    ways: list[str] = []
    for at in range(len(text) - 1, -1, -1):
        ways += [text[:at] + digit + text[at + 1 :] for digit in _DIGITS]
        ways += [text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :], text[:at] + text[at + 1 :]]
    ways += [text[:at] + digit + text[at:] for at in range(len(text), -1, -1) for digit in _DIGITS]
    found = next((way for way in ways if way.isdecimal() and int(way) in known), None)
    return f"; did you mean {int(found)}?" if found else ""


def _endless(by_id: Mapping[int, Rule]) -> dict[int, Rule]:
    """Rules that are their own ancestors, or below one that is, or have too many ancestors in a row."""
    waiting = dict(by_id)
    for _ in range(_DEPTH_LIMIT):
        ready = [rule.id for rule in waiting.values() if not any(parent in waiting for parent in rule.parents)]
        if not ready:
            break
        for identity in ready:
            del waiting[identity]
    return waiting


def _loop(rule: Rule) -> ConfigError:
    return ConfigError(
        rule.place, f"the rule {rule.id} is its own ancestor, or below one that is, or more than {_DEPTH_LIMIT} deep"
    )


class _Names:
    """Kinds and fields that rules name, held against those that are declared; those of logs are not."""

    def __init__(self, by_id: Mapping[int, Rule], fields: Mapping[str, Sequence[str]]) -> None:
        self._by_id = by_id
        self._fields = fields
        self._kinds: dict[int, frozenset[str]] = {}
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def mistakes(self, rule: Rule) -> Iterator[ConfigError]:
        for condition in filter(_names_kinds, rule.conditions):
            for kind in condition.operands:
                if kind not in self._fields and kind != LOG_KIND:
                    yield ConfigError(condition.place, f"unknown kind {kind!r}{near(kind, [*self._fields, LOG_KIND])}")
        kinds = kinds_of(rule, self._by_id, self._kinds)
        if not kinds or not kinds <= self._fields.keys():
            return
        known = self._known.get(kinds)
        if known is None:
            known = self._known[kinds] = EVENT_ATTRIBUTES.union(*(self._fields[kind] for kind in kinds))
        for place, name, shown in _named(rule):
            for each in name.split("|"):
                if each not in known:
                    yield ConfigError(place, f"unknown field {shown.format(each)}{near(each, known)}")


def _named(rule: Rule) -> Iterator[tuple[Place, str, str]]:
    """Each field that a rule names: where, which, and how a mistake shows it."""
    for condition in each_condition(rule.conditions):
        if condition.operator not in FIELDLESS:
            yield condition.place, condition.field, "'{}'"
    asked = rule.correlation
    if asked is not None:
        for name in (*asked.same, *asked.different, *asked.different_set, *asked.different_all, asked.distinct):
            if name:
                yield rule.place, name, "'{}'"
    for reference in REFERENCE.finditer(rule.description):
        yield rule.place, reference[1], "$({})"
