"""What a rule comes to, and how several of them make one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.policy import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(Enum):
    """What is known of a rule, a line or a whole condition."""

    FOUND = "found"
    NOT_FOUND = "not found"
    INVALID = "invalid"
    """It is known that it has no answer: the file whose lines are asked for is missing."""
    UNKNOWN = "unknown"
    """The host did not say: any of the others may be true."""


class Result(msgspec.Struct, frozen=True):
    """An outcome and why it is so.

    Attributes:
        outcome: What is known.
        shown: The line, or the lack of one, that decided; as the host sent it.
        reason: Of INVALID and UNKNOWN: a sentence, or a word of `facts.State`.
        private: Whether the line is part of what must not be shown.
    """

    outcome: Outcome
    shown: str = ""
    reason: str = ""
    private: bool = False


_TURNED = {Outcome.FOUND: Outcome.NOT_FOUND, Outcome.NOT_FOUND: Outcome.FOUND}


def turned(result: Result) -> Result:
    """Found for not found and the other way round; what is neither stays."""
    return msgspec.structs.replace(result, outcome=_TURNED.get(result.outcome, result.outcome))


def any_of(results: Iterable[Result], nothing: str = "") -> Result:
    """Found if one is; else not known if one is not; else invalid if one is; else not found.

    Nothing is taken from `results` behind the first that is found.

    Args:
        results: Of places that are alternatives.
        nothing: What to show where there is none.
    """
    best = Result(Outcome.NOT_FOUND, nothing)
    rank = 0
    for result in results:
        if result.outcome is Outcome.FOUND:
            return result
        weight = _WEIGHTS[result.outcome]
        if weight > rank:
            best, rank = result, weight
    return best


_WEIGHTS = {Outcome.NOT_FOUND: 1, Outcome.INVALID: 2, Outcome.UNKNOWN: 3}


def stops(condition: Condition, outcome: Outcome) -> bool:
    """Whether nothing that comes behind can change the verdict of a condition."""
    return outcome is (Outcome.NOT_FOUND if condition is Condition.ALL else Outcome.FOUND)


def concluded(condition: Condition, results: list[Result]) -> Result:
    """What a condition comes to, given its rules up to the first that stops it.

    Where none stops it, one that is not known leaves it not known, even beside one that is invalid: it might have
    stopped it.
    """
    last = results[-1]
    if stops(condition, last.outcome):
        return turned(last) if condition is Condition.NONE else last
    for outcome in (Outcome.UNKNOWN, Outcome.INVALID):
        for result in results:
            if result.outcome is outcome:
                return result
    return turned(last) if condition is Condition.NONE else last
