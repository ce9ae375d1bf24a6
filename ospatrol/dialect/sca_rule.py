"""One rule of an SCA policy: `not f:/etc/ssh/sshd_config -> !r:^# && r:PermitRootLogin yes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.native_words import as_read
from ospatrol.model.assertion import Operator
from ospatrol.model.policy import PolicyRule, Target, Term, TermKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.model.place import Place

ARROW = " -> "
AND = " && "
_COMPARE = " compare "
_LONGEST = 65_536  # characters of a location, once variables are filled in
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_LARGEST = 2**63 - 1
_OPERATORS = (
    ("!=", Operator.NOT_EQUAL),
    ("<=", Operator.LESS_OR_EQUAL),
    (">=", Operator.GREATER_OR_EQUAL),
    ("<", Operator.LESS),
    (">", Operator.GREATER),
)


class RuleRefused(ValueError):
    """What is written is no rule; says why."""


def read_rule(text: str, place: Place, variables: Mapping[str, str], *, in_bytes: bool = False) -> PolicyRule:
    """A rule.

    Args:
        text: As written.
        place: Where.
        variables: Name, with its `$`, to value; filled in only in front of the first arrow.
        in_bytes: Whether each character of the text is one byte already; terms are in bytes always.

    Raises:
        RuleRefused: if it names no known target.
    """
    negate, rest = False, text
    if text[:4] in {"not ", "NOT "}:
        negate, rest = True, text[4:].lstrip(" ")
    letters, colon, value = rest.partition(":")
    try:
        target = Target(letters[:1])
    except ValueError:
        raise RuleRefused(f"the rule {text!r} begins with none of f:, d:, p:, c:, r:") from None
    if not colon:
        raise RuleRefused(f"the rule {text!r} has no `:` behind its first letter")
    where, arrow, pattern = value.partition(ARROW)
    where = filled_in(where, variables)
    if target is Target.PROCESS:
        where, arrow, pattern = where + arrow + pattern, ARROW, where + arrow + pattern
    name: Term | None = None
    if target in {Target.DIRECTORY, Target.REGISTRY} and arrow:
        written, arrow, pattern = pattern.partition(ARROW)
        name = _name(written if in_bytes else as_read(written), target)
    listed = target in {Target.FILE, Target.DIRECTORY}
    return PolicyRule(
        text=text,
        target=target,
        locations=tuple(where.split(",")) if listed else (where,),
        name=name,
        terms=read_terms(pattern if in_bytes else as_read(pattern)) if arrow else (),
        negate=negate,
        place=place,
    )


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """A text with variables filled in, the longest names first.

    Raises:
        RuleRefused: if it grows past bounds.
    """
    for name in sorted(variables, key=lambda name: (-len(name), name)):
        if name in text:
            if len(text) + text.count(name) * len(variables[name]) > _LONGEST:
                raise RuleRefused("its location, with variables filled in, is too long")
            text = text.replace(name, variables[name])
    return text


def read_terms(text: str) -> tuple[Term, ...]:
    """The parts of a pattern that ` && ` joins; each character is one byte."""
    return tuple(map(_term, text.split(AND)))


def _name(text: str, target: Target) -> Term:
    if target is Target.DIRECTORY and text.startswith("r:"):
        return Term(kind=TermKind.REGEX, text=text[2:])
    return Term(kind=TermKind.LITERAL, text=text)


def _term(text: str) -> Term:
    negate = text.startswith("!")
    asked = text[1:] if negate else text
    if asked.startswith("r:"):
        return Term(kind=TermKind.REGEX, text=asked[2:], negate=negate)
    if asked.startswith("n:"):
        return _number(asked[2:], negate=negate)
    return Term(kind=TermKind.LITERAL, text=asked, negate=negate)


def _number(text: str, *, negate: bool) -> Term:
    """A comparison; one without ` compare ` has neither operator nor number, and can never be decided."""
    regex, compare, comparison = text.partition(_COMPARE)
    if not compare:
        return Term(kind=TermKind.NUMBER, text=text, negate=negate)
    operator = _operator(comparison)
    found = _DIGITS.search(comparison)
    number = min(int(found[0][:20]), _LARGEST) if found else None
    if operator is None and number is None:
        number = 0  # so that a line in which the expression is not found still counts as such
    return Term(kind=TermKind.NUMBER, text=regex, negate=negate, operator=operator, number=number)


def _operator(comparison: str) -> Operator | None:
    """Whatever begins with `=` is equality, the slips `=>` and `=<` too."""
    if comparison.startswith("="):
        return Operator.EQUAL
    return next((operator for sign, operator in _OPERATORS if sign in comparison), None)
