"""Patterns ready to run; the regular expressions behind them are compiled when they are first needed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.facts import PatternFacts, pattern_facts, read_tree
from ospatrol.pattern.literal import Literals, ascii_lower, end_of, test_of
from ospatrol.pattern.osregex_run import OsRegex
from ospatrol.pattern.search import Search, Spans
from ospatrol.pattern.tree import PatternBeyondLimits, PatternRefused

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Captures",
    "Found",
    "Pattern",
    "PatternBeyondLimits",
    "PatternRefused",
    "compile_expression",
    "compile_later",
]

Captures: TypeAlias = tuple[str | None, ...]
"""The texts of the groups; None for one that has no value."""

Found: TypeAlias = tuple[int, Captures]
"""The index in the whole subject from which a decoder goes on, and the texts of the groups."""


class Engine(Protocol):
    """What runs a pattern over a subject."""

    @property
    def test(self) -> Callable[[str], bool]:
        """Whether it is found."""

    @property
    def test_lower(self) -> Callable[[str], bool]:
        """The same for a subject in lower case."""

    def found(self, subject: str) -> Found | None:
        """Where a decoder goes on, and what was captured."""

    def captures(self, subject: str) -> Captures | None:
        """What was captured, where nobody goes on behind it."""

    def end(self, subject: str) -> int | None:
        """Where a decoder goes on, where nobody asks what was captured."""


class Pattern:
    """A pattern.

    The callables replace themselves when first called: `pattern.test(subject)` is quicker than a kept `pattern.test`.
    None of them looks at `Expression.negate`, which is for the caller; the `!` of an `osmatch` is part of the pattern.

    Attributes:
        expression: As written.
        facts: What is known of it.
        groups: How many texts it can capture.
        atoms: See `PatternFacts`.
        literal: See `PatternFacts`.
        prefixes: See `PatternFacts`.
        equals: See `PatternFacts`.
        test: Whether it is found in a subject.
        test_lower: The same, given `subject.lower()`; None if that is not enough to tell.
        find: Where it is found in a subject from an index on, which counts as the subject's start.
        capture: What `find` captures, without the index; quicker.
        end: Where it is found as an index behind it, for a pattern that is to capture nothing, whatever its groups.
    """

    __slots__ = (
        "_built", "atoms", "capture", "end", "equals", "expression", "facts", "find", "groups", "literal", "prefixes",
        "test", "test_lower",
    )  # fmt: skip

    def __init__(self, expression: Expression, facts: PatternFacts | None) -> None:
        """A pattern.

        Args:
            expression: As written.
            facts: What is known of it; None to find that out when it is first used.
        """
        self.expression = expression
        if facts is not None:
            self._learn(facts)

    def __getattr__(self, name: str) -> object:
        """Called for what was not set yet: finds out all that there is to know."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._learn(pattern_facts(self.expression))
        return getattr(self, name)

    def _learn(self, facts: PatternFacts) -> None:
        self.facts = facts
        self.groups = facts.groups
        self.atoms = facts.atoms
        self.literal = facts.literal
        self.prefixes = facts.prefixes
        self.equals = facts.equals
        self._built: Engine | None = None
        self.test: Callable[[str], bool] = self._first_test
        self.find: Callable[[str, int], Found | None] = self._find
        self.capture: Callable[[str, int], Captures | None] = self._capture
        self.end: Callable[[str, int], int | None] = self._end
        self.test_lower: Callable[[str], bool] | None = self._first_test if facts.caseless else None
        if facts.literals is not None:
            self._take_literal(test_of(facts.literals))

    def __reduce__(self) -> tuple[type[Pattern], tuple[Expression, PatternFacts]]:
        return Pattern, (self.expression, self.facts)

    def _take_literal(self, test: Callable[[str], bool]) -> None:
        if self.facts.caseless:
            self.test_lower = test
            self.test = lambda subject: test(subject.lower())
        else:
            self.test = lambda subject: test(ascii_lower(subject))

    def _engine(self) -> Engine:
        if self._built is None:
            self._built = built = _engine_of(self.expression, self.facts)
            if self.facts.literals is None:
                self.test = built.test
                self.test_lower = built.test_lower if self.facts.caseless else None
        return self._built

    def _first_test(self, subject: str) -> bool:
        return self._engine().test(subject)

    def _find(self, subject: str, start: int) -> Found | None:
        if not start:
            return self._engine().found(subject)
        found = self._engine().found(subject[start:])
        return None if found is None else (found[0] + start, found[1])

    def _capture(self, subject: str, start: int) -> Captures | None:
        return self._engine().captures(subject[start:])

    def _end(self, subject: str, start: int) -> int | None:
        end = self._engine().end(subject[start:])
        return None if end is None else end + start


def compile_later(expression: Expression) -> Pattern:
    """A pattern that was found valid before; nothing is looked at until it is first used.

    Raises:
        PatternRefused: not now, but from its first use, if it is not valid after all.
    """
    return Pattern(expression, None)


def compile_expression(expression: Expression) -> Pattern:
    """A pattern ready to run; only its syntax is looked at now.

    Raises:
        PatternRefused: if it is not valid; as PatternBeyondLimits, if it could take too long.
    """
    return Pattern(expression, pattern_facts(expression))


def _engine_of(expression: Expression, facts: PatternFacts) -> Engine:
    if facts.literals is not None and not facts.groups and _is_told_by_texts(expression, facts.literals):
        return _Texts(facts)
    if expression.syntax is Syntax.OSREGEX:
        return OsRegex(expression.text)
    return _Common(expression)


def _is_told_by_texts(expression: Expression, literals: Literals) -> bool:
    """Whether the end of a match follows from the texts alone.

    Wazuh's own languages try one alternative after the other; elsewhere the leftmost counts, and there the first.
    """
    if expression.syntax in {Syntax.OSMATCH, Syntax.OSREGEX} or len(literals.alternatives) == 1:
        return True
    texts = sorted(one.text for one in literals.alternatives)
    one_at_most = not any(after.startswith(text) for text, after in pairwise(texts))
    return one_at_most and all(one.begins for one in literals.alternatives)


class _Texts:
    """A pattern that is but texts."""

    def __init__(self, facts: PatternFacts) -> None:
        assert facts.literals is not None  # noqa: S101 - said to mypy
        self._literals = facts.literals
        self.test_lower = test = test_of(facts.literals)
        self.test: Callable[[str], bool] = lambda subject: test(ascii_lower(subject))

    def found(self, subject: str) -> Found | None:
        end = end_of(self._literals, ascii_lower(subject))
        return None if end is None else (end, ())

    def captures(self, subject: str) -> Captures | None:
        return () if self.test(subject) else None

    def end(self, subject: str) -> int | None:
        return end_of(self._literals, ascii_lower(subject))


class _Common:
    """A pattern in a language that RE2 or `re` can be asked."""

    def __init__(self, expression: Expression) -> None:
        search = Search(read_tree(expression))
        self._lowered = search.lowered
        self._spans = search.spans
        self._in_place = expression.syntax in {Syntax.PCRE2, Syntax.RE2}
        self.test_lower = found = search.found
        self.test: Callable[[str], bool] = (lambda subject: found(subject.lower())) if search.lowered else found

    def found(self, subject: str) -> Found | None:
        spans = self._spans(subject.lower() if self._lowered else subject)
        return None if spans is None else (spans[0][1], self._texts(subject, spans))

    def captures(self, subject: str) -> Captures | None:
        spans = self._spans(subject.lower() if self._lowered else subject)
        return None if spans is None else self._texts(subject, spans)

    def end(self, subject: str) -> int | None:
        spans = self._spans(subject.lower() if self._lowered else subject)
        return None if spans is None else spans[0][1]

    def _texts(self, subject: str, spans: Spans) -> Captures:
        if not self._in_place:
            return tuple([subject[begin:end] for begin, end in spans[1:] if begin >= 0])
        while spans[-1][0] < 0:
            spans.pop()
        return tuple([subject[begin:end] if begin >= 0 else "" for begin, end in spans[1:]])
