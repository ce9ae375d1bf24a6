"""Rules, as every dialect is read into."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place


class Operator(StrEnum):
    """How a condition compares a field."""

    EQUALS = "equals"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    CONTAINS = "contains"
    GLOB = "glob"
    REGEX = "regex"
    """A pattern in the condition's `syntax`."""
    EXISTS = "exists"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    NETWORK = "network"
    """An address in one of the networks; an operand that begins with `!` says where it must not be (OSSEC)."""
    LISTED = "listed"
    """A key of a list; the operand names the list."""
    TIME = "time"
    """The event's local time of day: `HH:MM-HH:MM`, both minutes included; `!` in front for the rest of the day."""
    WEEKDAY = "weekday"
    """The local day of the event: `mon` to `sun`."""
    TEST = "test"
    """One of the named tests of whole events that OSSEC has built in, such as `is_simple_http_request`."""
    ALL = "all"
    """Every one of the condition's `parts`."""
    ANY = "any"
    """One of the condition's `parts`, at least."""


class Lookup(StrEnum):
    """How a list is asked."""

    KEY = "match_key"
    NOT_KEY = "not_match_key"
    KEY_VALUE = "match_key_value"
    ADDRESS = "address_match_key"
    NOT_ADDRESS = "not_address_match_key"
    ADDRESS_VALUE = "address_match_key_value"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one field; it holds if any operand does, and `negate` turns it round.

    Attributes:
        field: `host`, `kind`, `location`, `text`, `log`, `size` (of the log), `hostname`, `program_name`, `decoder`,
            `category`, or the name of an event field; `a|b` for the first that the event has.
        operator: How to compare.
        operands: What to compare with; a missing field compares as absent, and only EXISTS and a negation can hold.
        negate: Whether the condition holds where the comparison does not.
        place: Where it was written.
        syntax: Of the patterns of REGEX.
        required: Whether the event must have the field even for a negation to hold, as in OSSEC and Wazuh.
        captured: Whether a field that a decoder found is meant, though an event has something of its own by this name.
        lookup: How LISTED asks.
        value: What the list must say of the key, where `lookup` asks for it.
        parts: Conditions that ALL and ANY put together.
    """

    field: str
    operator: Operator
    operands: tuple[str, ...] = ()
    negate: bool = False
    place: Place = Place("")
    syntax: Syntax = Syntax.RE2
    required: bool = False
    captured: bool = False
    lookup: Lookup = Lookup.KEY
    value: Expression | None = None
    parts: tuple[Condition, ...] = ()


class Source(StrEnum):
    """Which earlier events a correlation counts."""

    RULE = "rule"
    GROUP = "group"
    REGEX = "regex"


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """What must have happened before.

    Attributes:
        source: Which earlier events count: those that given rules judged, or rules of a group, or any with a pattern.
        rules: For RULE: the ids.
        expression: For GROUP (found in the rule's groups, each followed by a comma) and REGEX.
        earlier: How many earlier events are needed beside the present one.
        timeframe_s: How old they may be, in seconds of the events' own clock.
        same: Fields that each must have in common with the present event; both must have them. `hostname` and
            `location` are the event's own; so is `agent`, the host that sent it.
        different: Fields that must not be the same in both; what is missing differs.
        different_set: Likewise, but both must have them (OSSEC).
        different_all: Captured fields of which none may be the same (Wazuh's `different_field`).
        across_agents: Whether events of other hosts count too.
        distinct: Field of which the events, the present one among them, must have `earlier + 1` different values; empty
            where events are counted, whatever they have.
        every: Whether each of `rules` must have judged one of the events, the present one among them.
    """

    source: Source
    rules: tuple[int, ...] = ()
    expression: Expression | None = None
    earlier: int = 1
    timeframe_s: int = 360
    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    different_set: tuple[str, ...] = ()
    different_all: tuple[str, ...] = ()
    across_agents: bool = True
    distinct: str = ""
    every: bool = False


class Option(StrEnum):
    """What a rule says of its alert."""

    LOG = "log_alert"
    NO_LOG = "no_log"
    MAIL = "alert_by_email"
    NO_MAIL = "no_email_alert"
    NO_RESPONSE = "no_ar"
    NO_FULL_LOG = "no_full_log"
    NO_COUNTER = "no_counter"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What to say about events that meet every condition.

    Attributes:
        id: For ever: never renamed, never used again.
        level: 0 to 15 (OSSEC and Wazuh: 16); 0 raises no alert and stops less specific rules from doing so.
        description: With `$(field)` for values of the event.
        parents: Rules of which one must have matched first; none for a root.
        conditions: All must hold.
        groups: For reports and for choosing.
        mitre: ATT&CK technique ids.
        compliance: Standard (`pci_dss`) to its requirement numbers.
        place: Where it was written.
        semantics: Whose correlation, silence and order of things it was written for.
        independent: Whether it is judged beside the tree, whatever else fires (Sigma).
        rank: Siblings are tried by falling rank; None for what the level says: 99 for level 0, else the level itself.
        loaded: Siblings of one rank are tried in this order, then by id.
        places: How often it stands in the tree: below each place of each parent.
        correlation: What must have happened before.
        first_time: Whether the decoder's first-time fields must be new.
        changed: Whether the log must differ from the last one that this rule saw of the same host (`check_diff`).
        ignore_s: For how many seconds it stays silent after it has fired.
        remember: Fields that it writes down when it fires, for rules that `unless_remembered`.
        unless_remembered: Fields that, written down earlier, silence it.
        silent: Whether it never has the last word itself: it only leads to its children (`noalert`).
        options: What it says of its alert.
        info: Links and notes.
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
    semantics: Semantics = Semantics.NATIVE
    independent: bool = False
    rank: int | None = None
    loaded: int = 0
    places: int = 1
    correlation: Correlation | None = None
    first_time: bool = False
    changed: bool = False
    ignore_s: int = 0
    remember: tuple[str, ...] = ()
    unless_remembered: tuple[str, ...] = ()
    silent: bool = False
    options: tuple[Option, ...] = ()
    info: tuple[str, ...] = ()


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


class LogTest(msgspec.Struct, frozen=True, kw_only=True):
    """Log lines, and what the last of them must, or must not, be judged as.

    Attributes:
        file: As the person named it.
        section: The title of the expectation.
        key: Of this case within it, such as `log 1 pass`.
        lines: Fed to a fresh engine in this order.
        rule: The expected rule's id.
        level: Its level.
        decoder: The expected decoder's name.
        passes: Whether rule, level and decoder must all be as expected; otherwise they must not.
        place: Where it was written.
    """

    file: str
    section: str
    key: str
    lines: tuple[str, ...]
    rule: str
    level: str
    decoder: str
    passes: bool
    place: Place
