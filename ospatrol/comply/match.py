"""Whether a line meets the terms of a rule."""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, TypeAlias

from ospatrol.comply.compare import HOLDS
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.policy import Manner, Term, TermKind
from ospatrol.pattern.compiled import Pattern, PatternBeyondLimits, PatternRefused, compile_expression

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = int
"""1 found, 0 not found, 2 invalid, others the products and turned values of these; UNKNOWN below 0."""

UNKNOWN: Value = -1

_INVALID: Value = 2
_WHOLE = re.compile(r"[ \t\n\v\f\r]*([-+]?[0-9]{1,24})", re.ASCII)
_LARGEST = 2**63 - 1
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # a byte beyond ASCII is the same as no other


class Terms:
    """The terms of a rule, ready to be asked of lines.

    Attributes:
        all_negated: Whether each must not be so.
        numbers: Whether one is a comparison, so that a line can be invalid.
    """

    def __init__(self, terms: tuple[Term, ...], syntax: Syntax) -> None:
        self.all_negated = all(term.negate for term in terms)
        self.numbers = any(term.kind is TermKind.NUMBER for term in terms)
        likely_nothing_first = sorted(terms, key=lambda term: (term.negate, term.kind is TermKind.NUMBER))
        self._tests = tuple(_tested(term, syntax) for term in likely_nothing_first)
        self._needs = tuple(filter(None, (_needed(term, syntax) for term in terms)))

    def value(self, line: str) -> Value:
        """The product of what all terms say of a line."""
        product = 1
        unknown = False
        for test in self._tests:
            value = test(line)
            if not value:
                return 0
            if value < 0:
                unknown = True
            else:
                product *= value
        return UNKNOWN if unknown else product

    def hopeless(self, lower: str) -> bool:
        """Whether no line of a text can meet them, which is quicker to tell for all of it; in lower case."""
        return any(not any(word in lower for word in words) for words in self._needs)


@lru_cache(maxsize=16384)
def terms_of(terms: tuple[Term, ...], syntax: Syntax) -> Terms:
    """The terms of a rule, ready to be asked."""
    return Terms(terms, syntax)


@lru_cache(maxsize=4096)
def name_test(term: Term, manner: Manner) -> Callable[[str], Value]:
    """Whether the base name of a file is the one that a rule about a directory wants.

    A literal is an `os_match` and a regular expression an `os_regex`, whatever the check's own syntax.
    """
    ossec = manner is Manner.RCL
    if term.kind is TermKind.REGEX:
        return _tested(term, Syntax.OSSEC_REGEX if ossec else Syntax.OSREGEX)
    named = Term(kind=TermKind.REGEX, text=term.text, negate=term.negate)
    return _tested(named, Syntax.OSSEC_MATCH if ossec else Syntax.OSMATCH)


def _tested(term: Term, syntax: Syntax) -> Callable[[str], Value]:
    test = _plain(term, syntax)
    if not term.negate:
        return test

    def negated(line: str) -> Value:
        value = test(line)
        return value if value < 0 else value ^ 1

    return negated


def _plain(term: Term, syntax: Syntax) -> Callable[[str], Value]:
    text = term.text
    match term.kind:
        case TermKind.LITERAL:
            lower = text.translate(_LOWER)
            return lambda line: int(len(line) == len(lower) and line.translate(_LOWER) == lower)
        case TermKind.BEFORE:
            return lambda line: int(text < line)
        case TermKind.BEHIND:
            return lambda line: int(text > line)
        case TermKind.REGEX:
            return _regex(term, syntax)
        case TermKind.NUMBER:
            return _number(term, syntax)


def _compiled(text: str, syntax: Syntax) -> Pattern | bool:
    """A pattern; if it is refused, whether that is for what it says and not for a limit of ours."""
    try:
        return compile_expression(Expression(text=text, syntax=syntax))
    except PatternRefused as error:
        return not isinstance(error, PatternBeyondLimits)


def _regex(term: Term, syntax: Syntax) -> Callable[[str], Value]:
    pattern = _compiled(term.text, syntax)
    if not isinstance(pattern, Pattern):
        constant = 0 if pattern else UNKNOWN
        return lambda _line: constant

    def test(line: str) -> Value:
        try:
            return int(pattern.test(line))
        except PatternRefused:
            return UNKNOWN

    return test


def _number(term: Term, syntax: Syntax) -> Callable[[str], Value]:
    if term.operator is None and term.number is None:
        return lambda _line: _INVALID
    pattern = _compiled(term.text, syntax)
    if not isinstance(pattern, Pattern):
        constant = _INVALID if pattern else UNKNOWN
        return lambda _line: constant

    def test(line: str) -> Value:
        try:
            captures = pattern.capture(line, 0)
        except PatternRefused:
            return UNKNOWN
        if captures is None:
            return 0
        found = _WHOLE.match(captures[0] or "") if captures else None
        if found is None or term.operator is None or term.number is None:
            return _INVALID
        return int(HOLDS[term.operator]((_clamped(int(found[1])),), (term.number,)))

    return test


def _clamped(number: int) -> int:
    return max(-_LARGEST - 1, min(number, _LARGEST))


def _needed(term: Term, syntax: Syntax) -> tuple[str, ...]:
    """Texts of which a text in lower case must hold one for a line to meet a term; none if that cannot be told."""
    if term.negate or term.kind in {TermKind.BEFORE, TermKind.BEHIND}:
        return ()
    if term.kind is TermKind.LITERAL:
        return (term.text.lower(),) if term.text else ()
    if term.kind is TermKind.NUMBER and term.operator is None and term.number is None:
        return ()
    pattern = _compiled(term.text, syntax)
    if not isinstance(pattern, Pattern) or pattern.atoms is None:
        return ()
    return tuple(sorted(pattern.atoms))
