"""What was looked at and what was not."""

from __future__ import annotations

from enum import StrEnum

import msgspec

ATTRIBUTES = frozenset({"acl", "xattr", "caps", "selinux"})
"""What only some hosts have the tools to tell of a file."""


class Reason(StrEnum):
    """Why something was not assessed."""

    UNREACHABLE = "unreachable"
    DENIED = "permission denied"
    VANISHED = "vanished"
    TOO_BIG = "too big"
    BUDGET = "time budget spent"
    LIMIT = "limit reached"
    NO_TOOL = "tool missing"
    NAME = "name not collectable"
    CUT = "cut"
    UNDECIDED = "cannot be told"
    ERROR = "error"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was to be assessed and was not: a value, never an empty result.

    Attributes:
        what: The path (control characters escaped), the capability (`acl`) or the whole task (`*`).
        reason: Why.
        detail: A sentence for a person; escaped, cut.
        subtree: Whether everything below `what` is missing too.
    """

    what: str
    reason: Reason
    detail: str = ""
    subtree: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether an assessment is incomplete by it.

        An attribute that a host has no tool for is said to be not collectable; that is how the host is, and no gap.
        """
        return not (self.reason is Reason.NO_TOOL and self.what in ATTRIBUTES)
