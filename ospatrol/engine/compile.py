"""Rules of every dialect compiled into the one form that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ospatrol.engine.check import compile_checks, kinds_of, mistakes
from ospatrol.engine.condition import Check, Test
from ospatrol.engine.contexts import Contexts, contexts_of
from ospatrol.engine.lists import Lists
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.event import Event
from ospatrol.model.rule import Condition, Operator, Rule


class Node:
    """A rule in the tree; it hangs below each of its parents.

    Attributes:
        rule: As written.
        checks: Its conditions, in their order.
        tests: What they were compiled to; all must hold.
        late: What must hold too, but is asked once it was noted that the log is another one, or new.
        stateful: Whether what happened before decides too.
        below: Its children, in the order in which they are tried.
    """

    __slots__ = ("below", "checks", "late", "rule", "stateful", "tests")

    def __init__(self, rule: Rule, checks: tuple[Check, ...]) -> None:
        self.rule = rule
        late = _late(rule, checks)
        self.checks = tuple(each for each in checks if each not in late)
        self.late: tuple[Test, ...] = tuple(each.test for each in late)
        self.tests: tuple[Test, ...] = tuple(each.test for each in self.checks)
        self.stateful = is_stateful(rule)
        self.below: tuple[Node, ...] = ()

    def children(self) -> Sequence[Node]:
        """The rules to try when this one holds."""
        return self.below

    def failing(self, event: Event) -> Condition | None:
        """The first condition that the event does not meet; None if it meets all."""
        for check in self.checks:
            if not check.test(event):
                return check.condition
        return None


def _late(rule: Rule, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """OSSEC and Wazuh ask lists last: what a rule notes it has noted, though a list then says no."""
    if rule.semantics is Semantics.NATIVE or not (rule.changed or rule.first_time):
        return ()
    return tuple(each for each in checks if each.condition.operator is Operator.LISTED)


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """Compiled rules; never changes, and can be swapped for another between two events.

    Attributes:
        rules: By id, in the order in which they were loaded.
        by_kind: Kind of event to the roots that can judge it, in the order in which they are tried.
        others: The roots for every kind that is not in `by_kind`.
        beside: Rules that are judged each for itself, whatever else fires.
        nodes: Every node, by the rule's id.
        contexts: What the rules need to be remembered.
    """

    rules: Mapping[int, Rule]
    by_kind: Mapping[str, tuple[Node, ...]]
    others: tuple[Node, ...]
    beside: tuple[Node, ...]
    nodes: Mapping[int, Node]
    contexts: Contexts

    def node(self, rule: int) -> Node:
        """The node of a rule."""
        return self.nodes[rule]

    def roots(self, kind: str) -> tuple[Node, ...]:
        """The roots to try on an event of a kind."""
        return self.by_kind.get(kind, self.others)


def is_stateful(rule: Rule) -> bool:
    """Whether earlier events decide, beside the present one, if a rule holds."""
    return rule.correlation is not None or rule.first_time or rule.changed


def compile_rules(
    rules: Sequence[Rule],
    fields: Mapping[str, Sequence[str]] | None = None,
    lists: Lists | None = None,
) -> Ruleset:
    """The rules, ready to judge.

    Children are tried in this order: those of level 0 first, so that exceptions win, then by falling level, then as
    they were loaded, then by id. Roots are tried by falling level, so that a root of level 0, the trunk of a kind,
    comes last; then by id.

    Args:
        rules: Of all dialects together, in the order in which they were loaded.
        fields: Kind of event to the fields that it may have; if given, names of kinds and fields are checked.
        lists: What LISTED conditions ask, by name.

    Raises:
        ConfigErrors: every mistake that `check.mistakes` finds.
    """
    checks, refused = compile_checks(rules, lists or {})
    found = mistakes(rules, fields or {}, refused=refused, lists=lists)
    if found:
        raise ConfigErrors(found)
    by_id = {rule.id: rule for rule in rules}
    nodes = _nodes(by_id, checks)
    roots = [nodes[rule.id] for rule in sorted(rules, key=_root_order) if not rule.parents and not rule.independent]
    known: dict[int, frozenset[str]] = {}
    kinds = {node.rule.id: kinds_of(node.rule, by_id, known) for node in roots}
    by_kind: dict[str, list[Node]] = {kind: [] for kind in frozenset[str]().union(*kinds.values())}
    for node in roots:
        for kind in kinds[node.rule.id] or by_kind:
            by_kind[kind].append(node)
    return Ruleset(
        rules=by_id,
        by_kind={kind: tuple(nodes) for kind, nodes in by_kind.items()},
        others=tuple(node for node in roots if not kinds[node.rule.id]),
        beside=tuple(nodes[rule.id] for rule in rules if rule.independent and not rule.parents),
        nodes=nodes,
        contexts=contexts_of(rules),
    )


def _root_order(rule: Rule) -> tuple[int, bool, int]:
    # OSSEC's root of a category takes every line, and would leave nothing to roots behind it
    return -rule.level, rule.semantics is not Semantics.NATIVE, rule.id


def _child_order(rule: Rule) -> tuple[int, int, int]:
    rank = rule.rank if rule.rank is not None else rule.level or 99
    return -rank, rule.loaded, rule.id


def _nodes(by_id: Mapping[int, Rule], checks: Mapping[int, tuple[Check, ...]]) -> dict[int, Node]:
    """A node for each rule; the rules have no loops."""
    nodes = {rule.id: Node(rule, checks[rule.id]) for rule in by_id.values()}
    below: dict[int, list[Node]] = {}
    for rule in sorted(by_id.values(), key=_child_order):
        for parent in dict.fromkeys(rule.parents):
            below.setdefault(parent, []).append(nodes[rule.id])
    for parent, children in below.items():
        nodes[parent].below = tuple(children)
    return nodes


def every_node(roots: Iterable[Node]) -> Iterable[Node]:
    """Each node once, from the roots down."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node.rule.id not in seen:
            seen.add(node.rule.id)
            yield node
            waiting.extend(node.below)
