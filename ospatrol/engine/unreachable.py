"""Rules that can never fire, whatever comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from ospatrol.engine.check import FIELDLESS
from ospatrol.engine.compile import Node, Ruleset
from ospatrol.engine.condition import Check
from ospatrol.engine.field import LOG_KIND
from ospatrol.model.errors import ConfigError
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule

Field: TypeAlias = tuple[str, bool]
"""What a condition asks: the field's name, and whether a captured one is meant."""
Known: TypeAlias = Mapping[Field, frozenset[str | None]]
"""Fields to all that an event can have there which came so far; None for an event without."""

_ALWAYS = {"host": "host", "kind": "kind", "location": "location", "text": "text", "log": "log", "category": "category"}
_PERHAPS = {"hostname": "hostname", "program_name": "program", "decoder": "decoder"}
_BLANK = Event(at=0.0, host="", kind=LOG_KIND, location="")
_MANY = 200


def warnings(ruleset: Ruleset) -> tuple[ConfigError, ...]:
    """Rules that never fire: they contradict what is above them, another always comes first, or they count in vain.

    What cannot be told for sure is passed over.

    Args:
        ruleset: All rules, compiled.
    """
    search = _Search(ruleset)
    found = [*search.unreachable()]
    found.extend(_uncounted(ruleset, search.never))
    return tuple(sorted(found, key=lambda error: error.place))


class _Search:
    """Goes through the tree from above.

    Attributes:
        known: By the id of a rule that can hold.
        never: Ids of the others.
        before: Rule to those that are tried before it and hold whenever it would, by the parent; 0 for roots.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.known: dict[int, Known] = {}
        self.never: set[int] = set()
        self.before: dict[int, dict[int, int]] = {}

    def unreachable(self) -> Iterator[ConfigError]:
        self._compare_roots()
        for node in _from_above(self.ruleset):
            rule = node.rule
            reason = self._reason(node)
            if reason:
                self.never.add(rule.id)
                yield ConfigError(rule.place, f"the rule {rule.id} never fires: {reason}")
            else:
                for child, shadow in _shadows(node.below, self.known[rule.id]).items():
                    self.before.setdefault(child, {})[rule.id] = shadow

    def _reason(self, node: Node) -> str:
        """Why a rule can never hold; empty if it can. Its parents were asked before."""
        rule = node.rule
        parents = [parent for parent in dict.fromkeys(rule.parents) if parent not in self.never]
        if rule.parents and not parents:
            return f"the rule {rule.parents[0]} above it never holds"
        shadows = self.before.get(rule.id, {})
        ways = parents or [0]
        if all(way in shadows for way in ways):
            return f"the rule {shadows[ways[0]]} is tried before it, and holds whenever this one would"
        known, contradiction = _narrowed(node.checks, _common([self.known[parent] for parent in parents]))
        if contradiction is not None:
            asked = contradiction.field or contradiction.operator.value
            return f"its condition on {asked!r} contradicts another one, its own or of a rule above it"
        self.known[rule.id] = known
        return ""

    def _compare_roots(self) -> None:
        """One root is before another only if it is so for every kind of event that both judge."""
        ways: list[dict[int, int]] = []
        for kind in (*self.ruleset.by_kind, ""):
            siblings = self.ruleset.roots(kind)
            shadows = _shadows(siblings, {("kind", False): frozenset({kind})} if kind else {})
            ways.append({node.rule.id: shadows.get(node.rule.id, -1) for node in siblings})
        for rule in frozenset[int]().union(*ways):
            found = [way[rule] for way in ways if rule in way]
            if -1 not in found:
                self.before[rule] = {0: found[0]}


def _from_above(ruleset: Ruleset) -> Iterator[Node]:
    """Every node, behind all its parents."""
    waiting = {identity: len(set(node.rule.parents)) for identity, node in ruleset.nodes.items()}
    ready = [ruleset.nodes[identity] for identity, parents in waiting.items() if not parents]
    for node in ready:
        yield node
        for child in node.below:
            waiting[child.rule.id] -= 1
            if not waiting[child.rule.id]:
                ready.append(child)


def _common(every: Sequence[Known]) -> Known:
    """What is known whichever way an event came."""
    if len(every) < 2:
        return every[0] if every else {}
    fields = set(every[0]).intersection(*every[1:])
    return {field: frozenset[str | None]().union(*(known[field] for known in every)) for field in fields}


def _narrowed(checks: Iterable[Check], above: Known) -> tuple[Known, Condition | None]:
    """What is known of events that meet some conditions, and the first condition that none can meet."""
    known: dict[Field, frozenset[str | None]] = {}
    for check in checks:
        asked = check.condition
        field = (asked.field, asked.captured)
        if asked.operator in FIELDLESS or "|" in asked.field or asked.field == "size":
            continue
        values = known.get(field, above.get(field))
        if values is not None and len(values) <= _MANY:
            known[field] = frozenset(value for value in values if check.test(_having(field, value)))
        elif values is None and asked.operator is Operator.EQUALS and not asked.negate:
            known[field] = frozenset(asked.operands)
        elif values is None and asked.operator is Operator.EXISTS and asked.negate and asked.field not in _ALWAYS:
            known[field] = frozenset({None})
        if not known.get(field, True):
            return above, asked
    return ({**above, **known} if known else above), None


def _having(field: Field, value: str | None) -> Event:
    """An event that has, or lacks, a value where a condition asks for it."""
    name, captured = field
    attribute = None if captured else _ALWAYS.get(name, _PERHAPS.get(name))
    if attribute is not None:
        return msgspec.structs.replace(_BLANK, **{attribute: value})
    return _BLANK if value is None else msgspec.structs.replace(_BLANK, fields={name: value})


class _Asked:
    """What a rule asks, so that it can be compared with what others ask.

    Attributes:
        equal: Fields to the values of which an event must have one.
        others: Every other condition.
    """

    __slots__ = ("equal", "others")

    def __init__(self, conditions: Iterable[Condition], known: Known | None = None) -> None:
        """All that is asked, or only what is not known anyway."""
        self.equal: dict[Field, frozenset[str]] = {}
        self.others: set[Hashable] = set()
        for each in conditions:
            field = (each.field, each.captured)
            if each.operator is not Operator.EQUALS or each.negate:
                self.others.add(_bare(each))
                continue
            values = frozenset(each.operands)
            certain = known.get(field) if known else None
            if certain is None or not certain <= values:
                self.equal[field] = values & self.equal.get(field, values)

    def found_by(self) -> list[Hashable]:
        """What it can be found by: each condition, or each of the values that it wants."""
        return [*self.others, *((field, value) for field, values in self.equal.items() for value in values)]

    def follows_from(self, other: _Asked) -> bool:
        """Whether all of it holds whenever the other does."""
        if not self.others <= other.others:
            return False
        return all(field in other.equal and other.equal[field] <= values for field, values in self.equal.items())


def _bare(condition: Condition) -> Condition:
    parts = tuple(_bare(part) for part in condition.parts)
    return msgspec.structs.replace(condition, place=Place(""), parts=parts)


def _shadows(siblings: Sequence[Node], known: Known) -> dict[int, int]:
    """Rules that are never tried among their siblings, each with one before it that holds whenever it would.

    Args:
        siblings: In the order in which they are tried.
        known: Of events that come to them.
    """
    if len(siblings) < 2:
        return {}
    every = [(node, _Asked(node.rule.conditions), _Asked(node.rule.conditions, known)) for node in siblings]
    often = Counter(key for _, asked, _ in every for key in asked.found_by())
    found: dict[int, int] = {}
    by_key: dict[Hashable, list[tuple[int, _Asked]]] = {}
    always: int | None = None
    for node, asked, needed in every:
        rule = node.rule
        if always is not None:
            found[rule.id] = always
            continue
        earlier = (pair for key in asked.found_by() for pair in by_key.get(key, ()))
        shadow = next((identity for identity, other in earlier if other.follows_from(asked)), None)
        if shadow is not None:
            found[rule.id] = shadow
        elif not node.stateful and not rule.silent:
            if not needed.others and not needed.equal:
                always = rule.id
            for key in _rarest(needed, often):
                by_key.setdefault(key, []).append((rule.id, needed))
    return found


def _rarest(asked: _Asked, often: Mapping[Hashable, int]) -> list[Hashable]:
    """What to find a rule by: its rarest condition, or all values of one that wants one of several."""
    choices: list[list[Hashable]] = [[other] for other in asked.others]
    choices += [[(field, value) for value in values] for field, values in asked.equal.items() if values]
    return min(choices, key=lambda keys: sum(often[key] for key in keys), default=[])


def _uncounted(ruleset: Ruleset, never: Container[int]) -> Iterator[ConfigError]:
    """Rules that count events of others whose events are never counted."""
    for rule in ruleset.rules.values():
        asked = rule.correlation
        if asked is None or not asked.rules or rule.id in never:
            continue
        vain = [each for each in asked.rules if each in ruleset.rules and _is_never_counted(ruleset.rules[each])]
        if len(vain) == len(asked.rules) or (asked.every and vain):
            why = f"it counts events of rule {vain[0]}, and those of level 0 or of silent rules are not counted"
            yield ConfigError(rule.place, f"the rule {rule.id} never fires: {why}")


def _is_never_counted(rule: Rule) -> bool:
    return not rule.level or rule.silent
