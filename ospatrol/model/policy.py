"""Policies: what a host should be like, as every dialect is read into."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.assertion import Assertion, Operator
from ospatrol.model.pattern import Syntax
from ospatrol.model.place import Place


class Target(StrEnum):
    """What a rule looks at."""

    FILE = "f"
    DIRECTORY = "d"
    COMMAND = "c"
    PROCESS = "p"
    REGISTRY = "r"
    CONFIG = "config"
    """The configuration of a device; native policies only."""


class Condition(StrEnum):
    """How the rules of a check make its verdict."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class TermKind(StrEnum):
    """What a term asks of a line."""

    LITERAL = "literal"
    """To be this text, upper and lower case alike."""
    REGEX = "regex"
    NUMBER = "number"
    """A regular expression whose first group is a number that compares so."""
    BEFORE = "before"
    """That this text sorts before it (RCL)."""
    BEHIND = "behind"
    """That this text sorts behind it (RCL)."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One of the things that a line must meet, all of them together.

    Attributes:
        kind: What is asked.
        text: The literal or the regular expression.
        negate: Whether it must not be so.
        operator: For NUMBER; None where what is written is no comparison, so that it can never be decided.
        number: Likewise.
    """

    kind: TermKind
    text: str
    negate: bool = False
    operator: Operator | None = None
    number: int | None = None


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a check.

    Attributes:
        text: As written.
        target: What it looks at.
        locations: Paths; the command; the pattern of a process; the key of a registry. Variables are filled in. Of
            CONFIG the command whose output is the configuration.
        name: For DIRECTORY: what the name of a file must be; for REGISTRY: the value's name.
        terms: What a line must meet; none if it is enough that the thing is there.
        negate: Whether what is found turns round; what could not be decided stays so.
        place: Where it was written.
        assertion: Of CONFIG: what it says; None for all others.
    """

    text: str
    target: Target
    locations: tuple[str, ...]
    name: Term | None = None
    terms: tuple[Term, ...] = ()
    negate: bool = False
    place: Place = Place("")
    assertion: Assertion | None = None


class Severity(StrEnum):
    """How bad it is if a check fails."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that should be so.

    Attributes:
        id: Within the policy, for ever.
        title: A line.
        condition: How the rules make the verdict.
        rules: At least one.
        place: Where it was written.
        description: What it is about.
        rationale: Why.
        remediation: How to set it right.
        impact: What that may break.
        snippet: Commands or lines that set it right, to copy.
        references: Addresses and titles.
        compliance: Standard to its requirement numbers.
        severity: How bad it is if it fails.
        syntax: Of the regular expressions in its rules.
        platforms: Operating systems it is for (`debian`, `rhel`, ...); none for all that the policy is for.
        found_is_bad: Whether it fails when its rules are found (RCL), not when they are not.
        ends_file: Whether nothing behind it counts where it is not found (RCL's `required`).
    """

    id: str
    title: str
    condition: Condition
    rules: tuple[PolicyRule, ...]
    place: Place
    description: str = ""
    rationale: str = ""
    remediation: str = ""
    impact: str = ""
    snippet: str = ""
    references: tuple[str, ...] = ()
    compliance: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    severity: Severity = Severity.MEDIUM
    syntax: Syntax = Syntax.OSREGEX
    platforms: tuple[str, ...] = ()
    found_is_bad: bool = False
    ends_file: bool = False


class Manner(StrEnum):
    """Whose quirks decide what is undecided."""

    NATIVE = "native"
    SCA = "sca"
    RCL = "rcl"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A set of checks for one sort of host.

    Attributes:
        id: For ever.
        name: A line.
        file: The file's name as the policy says it.
        description: What it is.
        manner: Whose quirks count.
        checks: In the order of the file.
        place: Where it was written.
        requirement: What must be found for the policy to apply; None for always.
        references: Addresses and titles.
        platforms: Operating systems it is for; none for all.
    """

    id: str
    name: str
    file: str
    description: str
    manner: Manner
    checks: tuple[Check, ...]
    place: Place
    requirement: Check | None = None
    references: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


class Status(StrEnum):
    """What is known of a check on a host."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSED = "not assessed"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule came to.

    Attributes:
        rule: As written.
        outcome: `found`, `not found` or `undecided`.
        shown: The line, or the lack of one, that decided; control characters escaped, secrets masked, cut.
    """

    rule: str
    outcome: str
    shown: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one check on one host.

    Attributes:
        host: The inventory name.
        policy: The policy's id.
        check: The check's id.
        title: The check's.
        status: The verdict.
        reason: Why it is not pass or fail: a word of `facts.State`, or a sentence; empty for those.
        severity: The check's.
        evidence: Rule by rule, as far as they were looked at.
        compliance: The check's.
        waiver: The id of the waiver that covers it; empty for none. It stays visible and never causes exit status 3.
    """

    host: str
    policy: str
    check: str
    title: str
    status: Status
    reason: str = ""
    severity: Severity = Severity.MEDIUM
    evidence: tuple[Evidence, ...] = ()
    compliance: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    waiver: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """All findings of one policy on one host.

    Attributes:
        host: The inventory name.
        policy: The policy.
        findings: One a check, in the order of the policy.
        applies: Whether its requirement was met; if not, every finding is not applicable.
    """

    host: str
    policy: str
    findings: tuple[Finding, ...]
    applies: bool = True

    @property
    def score(self) -> int | None:
        """Hundredths of the decided checks that pass; None if none was decided."""
        passed = sum(each.status is Status.PASS for each in self.findings)
        decided = passed + sum(each.status is Status.FAIL for each in self.findings)
        return 100 * passed // decided if decided else None


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A decision to live with something.

    Attributes:
        id: Unique within the file.
        place: Where it was written.
        hosts: A host pattern; `all` for every host.
        reason: Why.
        owner: Who answers for it.
        approver: Who agreed.
        expires: Day on whose end, UTC, it ends: `YYYY-MM-DD`.
        ticket: Where it is tracked.
        policies: Policy ids or globs; none if it is not about policies.
        checks: Check ids or globs.
        rules: Ids of alert rules.
        paths: Globs of paths, for integrity changes and alerts about them.
    """

    id: str
    place: Place
    hosts: str
    reason: str
    owner: str
    approver: str
    expires: str
    ticket: str = ""
    policies: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rules: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
