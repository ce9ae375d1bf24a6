"""Which rule has the last word on an event; stateless."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from ospatrol.engine.condition import Test
from ospatrol.model.event import Event
from ospatrol.model.rule import Condition, Rule

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset


class Candidate(Protocol):
    """What can be tried on an event: a node of the rule tree, or of a view on it."""

    rule: Rule
    tests: tuple[Test, ...]
    stateful: bool

    def children(self) -> Sequence[Candidate]:
        """What to try when it holds."""

    def failing(self, event: Event) -> Condition | None:
        """The first condition that does not hold."""


class Held:
    """A rule that held, and where the search goes on if it is not to have the last word.

    Attributes:
        node: The rule.
        siblings: Those among which it was found.
        behind: Index of the first sibling that was not tried.
        above: What held above it; None for a root.
        rest: What judges the event if it is not to have the last word, once somebody asked.
    """

    __slots__ = ("above", "behind", "node", "rest", "siblings")

    def __init__(self, node: Candidate, siblings: Sequence[Candidate], behind: int, above: Held | None) -> None:
        self.node = node
        self.siblings = siblings
        self.behind = behind
        self.above = above
        self.rest: tuple[Decision, ...] = ()

    @property
    def via(self) -> tuple[int, ...]:
        """Ids from the root down to this rule, itself included."""
        path: list[int] = []
        at: Held | None = self
        while at is not None:
            path.append(at.node.rule.id)
            at = at.above
        return tuple(reversed(path))


class Fork(msgspec.Struct, frozen=True):
    """A rule whose own conditions hold; what happened before decides which way the search goes.

    Attributes:
        node: The rule.
        held: What judges the event if it holds.
        otherwise: What judges the event if it does not.
        above: The rule that held above it; 0 for a root.
    """

    node: Candidate
    held: Decision
    otherwise: Decision
    above: int = 0


Decision: TypeAlias = "Held | Fork | None"
"""The rule that judges an event, as far as the event alone decides; None if no rule does."""


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
        depth: How many rules above it had matched.
        stateful: Whether earlier events decide too: what is tried if it holds and if it does not is both told.
    """

    rule: Rule
    failed: Condition | None = None
    depth: int = 0
    stateful: bool = False


def match(ruleset: Ruleset, event: Event) -> Match | None:
    """The rule that judges an event that came alone, level 0 included; None if no root matches.

    Roots are tried in order, and the first that matches decides. Its children are tried likewise, and theirs: where
    no child matches, the parent has the last word, unless it is silent. Rules that ask for earlier events do not hold.
    """
    decision = walk(ruleset.roots(event.kind), event)
    while isinstance(decision, Fork):
        decision = decision.otherwise
    return Match(rule=decision.node.rule, via=decision.via) if decision else None


def walk(
    siblings: Sequence[Candidate],
    event: Event,
    above: Held | None = None,
    behind: int = 0,
    steps: list[Step] | None = None,
) -> Decision:
    """The one way through the rules, for judging and for explaining.

    Args:
        siblings: In the order in which they are tried.
        event: What is judged.
        above: What held above them.
        behind: Index of the first sibling to try.
        steps: Gets every rule tried; None if nobody asks.
    """
    forks: list[tuple[Candidate, Decision, bool]] = []
    for index in range(behind, len(siblings)):
        node = siblings[index]
        if not (_meets(node, event) if steps is None else _told(node, event, above, steps)):
            continue
        children = node.children()
        if not children and node.rule.silent:  # it has no say: the search goes on
            forks += [(node, None, True)] if node.stateful else ()
            continue
        here = Held(node, siblings, index + 1, above)
        decision = walk(children, event, here, 0, steps) if children else here
        if not node.stateful:
            return _forked(forks, decision, above) if forks else decision
        forks.append((node, decision, False))
        if here.rest:  # worked out already, where nothing below held
            return _forked(forks, here.rest[0], above)
    return _forked(forks, _fallen(above, event, steps), above)


def _meets(node: Candidate, event: Event) -> bool:
    for test in node.tests:  # noqa: SIM110 - a generator costs more
        if not test(event):
            return False
    return True


def _forked(forks: Sequence[tuple[Candidate, Decision, bool]], otherwise: Decision, above: Held | None) -> Decision:
    """Forks one behind the other: each a node, what judges if it holds, and whether that is what judges if not."""
    for node, held, falls in reversed(forks):
        otherwise = Fork(node, otherwise if falls else held, otherwise, above.node.rule.id if above else 0)
    return otherwise


def _fallen(held: Held | None, event: Event, steps: list[Step] | None) -> Decision:
    """What judges an event where nothing below a rule holds."""
    if held is None or not held.node.rule.silent:
        return held
    if not held.rest:
        held.rest = (walk(held.siblings, event, held.above, held.behind, steps),)
    return held.rest[0]


def _told(node: Candidate, event: Event, above: Held | None, steps: list[Step]) -> bool:
    failed = node.failing(event)
    steps.append(Step(rule=node.rule, failed=failed, depth=len(above.via) if above else 0, stateful=node.stateful))
    return failed is None
