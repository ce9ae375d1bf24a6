"""Runs Wazuh's regular expressions: a quick search says where nothing can be found, the automaton says the rest."""

from __future__ import annotations

from ospatrol.pattern.automaton import Automaton, TooLong
from ospatrol.pattern.osregex import read_alternative, split_alternatives
from ospatrol.pattern.osregex_tree import wide_tree
from ospatrol.pattern.search import Search, Spans, text_of
from ospatrol.pattern.strict import straight, strict_of
from ospatrol.pattern.tree import Node, Sequence


class OsRegex:
    """A pattern in Wazuh's own language."""

    def __init__(self, text: str) -> None:
        self._alternatives = [_Alternative(part) for part in split_alternatives(text)]
        self._capturing = any(alternative.groups for alternative in self._alternatives)

        self._test = self._any

    def test(self, subject: str) -> bool:
        """Whether it is found, without captures: where these are wanted the end of a subject counts differently."""
        return self._test(subject, subject.lower())

    def test_lower(self, lower: str) -> bool:
        """The same for a subject in lower case."""
        return self._test(lower, lower)

    def _any(self, subject: str, lower: str) -> bool:
        for alternative in self._alternatives:  # noqa: SIM110 - a generator costs more
            if alternative.need in lower and alternative.test(subject, lower):
                return True
        return False

    def found(self, subject: str) -> tuple[int, tuple[str | None, ...]] | None:
        """Where a decoder goes on, and what was captured."""
        lower = subject.lower()
        for alternative in self._alternatives:
            if alternative.need not in lower:
                continue
            found = alternative.run(subject, lower, capturing=self._capturing)
            if found is not None:
                return min(found[0] + 1, len(subject)), tuple([subject[begin:end] for begin, end in found[1]])
        return None

    def end(self, subject: str) -> int | None:
        """Where a decoder goes on, where nobody asks for captures, and the end of a subject counts as for `test`."""
        lower = subject.lower()
        for alternative in self._alternatives:
            if alternative.need not in lower:
                continue
            found = alternative.run(subject, lower, capturing=False)
            if found is not None:
                return min(found[0] + 1, len(subject))
        return None

    def captures(self, subject: str) -> tuple[str | None, ...] | None:
        """What was captured."""
        found = self.found(subject)
        return None if found is None else found[1]


class _Alternative:
    """One alternative; what the automaton does not get through in time is taken as found, without captures.

    Attributes:
        groups: How many texts it captures.
        need: A text that a subject in lower case must hold, or it cannot be found.
    """

    def __init__(self, text: str) -> None:
        alternative = read_alternative(text)
        self.groups = alternative.groups
        self._filter = Search(wide_tree(alternative))
        self._strict = strict_of(alternative, lowered=self._filter.lowered)
        self._straight = straight(self._strict) if self._strict is not None else _never
        self._automaton = Automaton(alternative)
        self.need = needed_text(wide_tree(alternative))

    def test(self, subject: str, lower: str) -> bool:
        """Whether it is found."""
        text = lower if self._filter.lowered else subject
        if self._straight(text) is not None:
            return True
        if not self._filter.found(text):
            return False
        try:
            return self._automaton.run(subject, capturing=False) is not None
        except TooLong:
            return True

    def run(self, subject: str, lower: str, *, capturing: bool) -> tuple[int, Spans] | None:
        """Where its last byte is, and the spans of its groups."""
        text = lower if self._filter.lowered else subject
        found = self._straight(text)
        if found is not None and self._strict is not None:
            return self._strict.end(found, len(subject)), [found.span(group) for group in self._strict.groups]
        wide = self._filter.spans(text)
        if wide is None:
            return None
        try:
            return self._automaton.run(subject, capturing=capturing)
        except TooLong:
            return wide[0][1] - 1, []


_EVERYWHERE = frozenset(" :.-/=,0123456789")


def needed_text(wide: Node) -> str:
    """The text among those that must be there, in lower case, that fewest subjects have; empty if there is none."""
    runs = [""]
    for part in wide.parts if isinstance(wide, Sequence) else (wide,):
        text = text_of(part, lowered=True)
        runs = [*runs[:-1], runs[-1] + text] if text is not None else [*runs, ""]
    return max(runs, key=lambda run: sum(map(_rarity, run)))


def _rarity(char: str) -> int:
    if char in _EVERYWHERE:
        return 1
    return 2 if char.isalpha() else 5


def _never(subject: str) -> None:  # noqa: ARG001 - for one that has no such way
    return None
