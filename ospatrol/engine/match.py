"""Which rule has the last word on an event; stateless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.rule import Condition, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.engine.compile import Node, Ruleset
    from ospatrol.model.event import Event


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that has the last word.

    Attributes:
        rule: The deepest that matched.
        via: Ids from the root down to this rule, itself included.
    """

    rule: Rule
    via: tuple[int, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was tried.

    Attributes:
        rule: Which.
        failed: The first condition that did not hold; None if the rule matched.
        below: The children that were tried then, in their order.
    """

    rule: Rule
    failed: Condition | None = None
    below: tuple[Step, ...] = ()


def match(ruleset: Ruleset, event: Event) -> Match | None:
    """The rule that judges an event, level 0 included; None if no root matches.

    Roots are tried in order, and the first that matches decides. Its children are tried likewise, and theirs: where
    no child matches, the parent has the last word.
    """
    return walk(ruleset.roots(event.kind), event, None)


def walk(nodes: Sequence[Node], event: Event, steps: list[Step] | None) -> Match | None:
    """The one way through the rules, for judging and for explaining.

    Args:
        nodes: Siblings, in order.
        event: What is judged.
        steps: Gets every rule tried; None if nobody asks.
    """
    for node in nodes:
        failed = node.failing(event)
        below: list[Step] | None = None if steps is None else []
        deeper = walk(node.children, event, below) if failed is None else None
        if steps is not None:
            steps.append(Step(rule=node.rule, failed=failed, below=tuple(below or ())))
        if deeper is not None:
            return Match(rule=deeper.rule, via=(node.rule.id, *deeper.via))
        if failed is None:
            return Match(rule=node.rule, via=(node.rule.id,))
    return None
