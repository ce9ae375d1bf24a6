"""Rules, as every dialect is read into."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.event import Event
from ospatrol.model.place import Place


class Operator(StrEnum):
    """How a condition compares a field."""

    EQUALS = "equals"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    CONTAINS = "contains"
    GLOB = "glob"
    REGEX = "regex"
    EXISTS = "exists"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one field; it holds if any operand does, and `negate` turns it round.

    Attributes:
        field: `host`, `kind`, `location`, `text`, or the name of an event field.
        operator: How to compare.
        operands: What to compare with; a missing field compares as absent, and only EXISTS and a negation can hold.
        negate: Whether the condition holds where the comparison does not.
        place: Where it was written.
    """

    field: str
    operator: Operator
    operands: tuple[str, ...] = ()
    negate: bool = False
    place: Place = Place("")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What to say about events that meet every condition.

    Attributes:
        id: For ever: never renamed, never used again.
        level: 0 to 15; 0 raises no alert and stops less specific rules from doing so.
        description: With `$(field)` for values of the event.
        parents: Rules of which one must have matched first; none for a root.
        conditions: All must hold.
        groups: For reports and for choosing.
        mitre: ATT&CK technique ids.
        compliance: Standard (`pci_dss`) to its requirement numbers.
        place: Where it was written.
    """

    id: int
    level: int
    description: str
    place: Place
    parents: tuple[int, ...] = ()
    conditions: tuple[Condition, ...] = ()
    groups: tuple[str, ...] = ()
    mitre: tuple[str, ...] = ()
    compliance: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class RuleTest(msgspec.Struct, frozen=True, kw_only=True):
    """An event on which a rule must, or must not, have the last word.

    Attributes:
        rule: The rule's id.
        fires: Whether this rule must be the one that judges the event.
        event: What is judged; its kind is empty where the rule and its parents leave only one.
        place: Where it was written.
    """

    rule: int
    fires: bool
    event: Event
    place: Place
