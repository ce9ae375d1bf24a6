"""Rules of every dialect compiled into the one form that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ospatrol.engine.check import kinds_of, mistakes
from ospatrol.engine.condition import Check, compile_condition
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.event import Event
from ospatrol.model.rule import Condition, Rule


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in the tree; it hangs below each of its parents.

    Attributes:
        rule: As written.
        checks: Its conditions, in their order.
        children: In the order in which they are tried.
    """

    rule: Rule
    checks: tuple[Check, ...]
    children: tuple[Node, ...] = ()

    def failing(self, event: Event) -> Condition | None:
        """The first condition that the event does not meet; None if it meets all."""
        for check in self.checks:
            if not check.holds(event):
                return check.condition
        return None


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """Compiled rules; never changes, and can be swapped for another between two events.

    Attributes:
        rules: By id.
        by_kind: Kind of event to the roots that can judge it, in the order in which they are tried.
        others: The roots for every kind that is not in `by_kind`.
    """

    rules: Mapping[int, Rule]
    by_kind: Mapping[str, tuple[Node, ...]]
    others: tuple[Node, ...]

    def roots(self, kind: str) -> tuple[Node, ...]:
        """The roots to try on an event of a kind."""
        return self.by_kind.get(kind, self.others)


def compile_rules(rules: Sequence[Rule], fields: Mapping[str, Sequence[str]] | None = None) -> Ruleset:
    """The rules, ready to judge.

    Children are tried in this order: those of level 0 first, so that exceptions win, then by falling level, then by
    id. Roots are tried by falling level, so that a root of level 0, the trunk of a kind, comes last; then by id.

    Args:
        rules: Of all dialects together.
        fields: Kind of event to the fields that it may have; if given, names of kinds and fields are checked.

    Raises:
        ConfigErrors: every mistake that `check.mistakes` finds.
    """
    found = mistakes(rules, fields or {})
    if found:
        raise ConfigErrors(found)
    by_id = {rule.id: rule for rule in rules}
    nodes = _nodes(by_id)
    roots = [nodes[rule.id] for rule in sorted(rules, key=_root_order) if not rule.parents]
    kinds = {node.rule.id: kinds_of(node.rule, by_id) for node in roots}
    by_kind: dict[str, list[Node]] = {kind: [] for kind in frozenset[str]().union(*kinds.values())}
    for node in roots:
        for kind in kinds[node.rule.id] or by_kind:
            by_kind[kind].append(node)
    return Ruleset(
        rules=by_id,
        by_kind={kind: tuple(nodes) for kind, nodes in by_kind.items()},
        others=tuple(node for node in roots if not kinds[node.rule.id]),
    )


def _root_order(rule: Rule) -> tuple[int, int]:
    return -rule.level, rule.id


def _child_order(rule: Rule) -> tuple[int, int]:
    return (-rule.level if rule.level else -99), rule.id


def _nodes(by_id: Mapping[int, Rule]) -> dict[int, Node]:
    """A node for each rule; the rules have no loops."""
    children: dict[int, list[Rule]] = {}
    for rule in sorted(by_id.values(), key=_child_order):
        for parent in dict.fromkeys(rule.parents):
            children.setdefault(parent, []).append(rule)
    nodes: dict[int, Node] = {}
    for rule in by_id.values():
        _build(rule, children, nodes)
    return nodes


def _build(rule: Rule, children: Mapping[int, Iterable[Rule]], nodes: dict[int, Node]) -> Node:
    if rule.id not in nodes:
        below = tuple(_build(child, children, nodes) for child in children.get(rule.id, ()))
        checks = tuple(map(compile_condition, rule.conditions))
        nodes[rule.id] = Node(rule=rule, checks=checks, children=below)
    return nodes[rule.id]
