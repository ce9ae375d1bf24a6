r"""The one way on which Wazuh's automaton goes straight through, as a regular expression for `re`.

A class with a sign hands over at the first byte that what follows takes, or at the first that it does not take itself.
Where no attempt fails, that is all the automaton does; so what matches this expression at the first place where the
automaton can begin is matched by the automaton too, with the same groups, and the end follows from the last element.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from ospatrol.pattern.emit import one_byte
from ospatrol.pattern.osregex import MARK, Alternative, Token
from ospatrol.pattern.tree import ALL, without_upper

if TYPE_CHECKING:
    from collections.abc import Callable


SHORT = 2048
"""Shorter subjects may be gone through more than once."""


class Strict(msgspec.Struct, frozen=True):
    """An expression whose match is a promise; where it does not match, nothing is known.

    Attributes:
        begin: Finds the first place where the automaton gets past all that stands in front of the first sign; None if
            it must begin where the subject does.
        further: The same for all in which it never has to guess, which short subjects are searched for.
        once: Whether a search for `further` goes through a subject once only, so that any subject is short enough.
        through: The whole, from there.
        tail: Which group holds the last element, if that is a class with a sign; 0 if it is not.
        sign: The sign of that class.
        grouped: Whether the last group ends with it.
        groups: Which groups are those of the pattern.
    """

    begin: re.Pattern[str] | None
    further: re.Pattern[str] | None
    once: bool
    through: re.Pattern[str]
    tail: int
    sign: str
    grouped: bool
    groups: tuple[int, ...]

    def end(self, found: re.Match[str], length: int) -> int:
        """The index of the byte that the automaton says was the last."""
        if not self.tail:
            return found.end() - 1
        begin, end = found.span(self.tail)
        if self.sign == "+":
            return begin if self.grouped or end == length else end
        if end == length:
            return begin - 1
        return end - 1 if self.grouped or begin == end else end


def strict_of(alternative: Alternative, *, lowered: bool) -> Strict | None:
    """The expression, if the alternative is of a kind for which it can be written."""
    tokens = alternative.tokens
    if not _is_kind(alternative):
        return None
    writer = _Writer(tokens, lowered=lowered)
    text = writer.write()
    many = next((at for at, token in enumerate(tokens) if token.many), len(tokens))
    further, runs = writer.sure()
    unmarked = [token for token in tokens if token is not MARK]
    return Strict(
        once=runs == 0 or (runs == 1 and bool(unmarked[0].many)),
        begin=None if alternative.begins else writer.first(many),
        further=None if alternative.begins else further,
        through=re.compile(text + (r"\Z" if alternative.ends else ""), re.DOTALL | re.ASCII),
        tail=writer.tail,
        sign=unmarked[-1].many,
        grouped=tokens[-1] is MARK,
        groups=tuple(writer.groups),
    )


def _is_kind(alternative: Alternative) -> bool:
    tokens = alternative.tokens
    unmarked = [token for token in tokens if token is not MARK]
    if not unmarked or not any(token.many != "*" for token in unmarked):
        return False
    for token, after in pairwise(tokens):
        if token is MARK and after is MARK:
            return False
    for at, (token, after) in enumerate(pairwise(unmarked)):
        if token.many and after.is_set and token.mask & after.mask and not _is_harmless(after, unmarked[at + 2 :]):
            return False
    if len(unmarked) > 1 and unmarked[-1].many == "*" == unmarked[-2].many:
        return False
    return not (unmarked[0].many == "*" and not alternative.begins)


def _is_harmless(token: Token, rest: list[Token]) -> bool:
    """Whether a class that takes the byte a run was left at is followed by nothing that would believe in that run."""
    return not token.many and not any(other.is_set for other in rest)


class _Writer:
    def __init__(self, tokens: tuple[Token, ...], *, lowered: bool) -> None:
        self._tokens = tokens
        self._lowered = lowered
        self.groups: list[int] = []
        self.tail = 0
        self._opened = 0

    def _one(self, mask: int) -> str:
        return one_byte(without_upper(mask) if self._lowered else mask)

    def first(self, many: int) -> re.Pattern[str]:
        """What stands in front of the first sign: a failure in there leaves no trace."""
        masks = [token.mask for token in self._tokens[:many] if token is not MARK] or [self._tokens[many].mask]
        return re.compile("".join([self._one(mask) for mask in masks]), re.DOTALL)

    def sure(self) -> tuple[re.Pattern[str], int]:
        """All in which there is nothing to guess, and how many signs it has.

        It ends in front of the first class with a sign that is not followed by one byte that it cannot take.

        A failure in there leads to the next place to begin, as in any search. To begin in the midst of a run of bytes
        is no other attempt than to begin with its first.
        """
        tokens = [token for token in self._tokens if token is not MARK]
        runs = 0
        parts = []
        if tokens[0].many:
            parts.append(f"(?<!{self._one(tokens[0].mask)})")
        for token, after in pairwise([*tokens, Token(ALL)]):
            if token.many and (token.many == "*" or after.many or token.mask & after.mask):
                parts.append(self._one(token.mask) if len(parts) == 1 and token.many == "+" else "")
                break
            parts.append(self._one(token.mask) + token.many * 2)
            runs += bool(token.many)
        return re.compile("".join(parts), re.DOTALL), runs

    def write(self) -> str:
        """All of it."""
        parts = []
        is_open = False
        for at, token in enumerate(self._tokens):
            if token is MARK:
                parts.append(self._mark(at, is_open=is_open))
                is_open = not is_open
            elif token.many:
                parts.append(self._many(at, token))
            else:
                parts.append(self._one(token.mask))
        return "".join(parts)

    def _mark(self, at: int, *, is_open: bool) -> str:
        """A bracket; where but an optional class follows it, the automaton does not get past it at a subject's end."""
        rest = [token for token in self._tokens[at:] if token is not MARK]
        guard = "(?=.)" if len(rest) == 1 and rest[0].many == "*" else ""
        if is_open:
            return ")" + guard
        self._opened += 1
        self.groups.append(self._opened)
        return guard + "("

    def _many(self, at: int, token: Token) -> str:
        after = next((other for other in self._tokens[at + 1 :] if other is not MARK), None)
        if after is None:
            self._opened += 1
            self.tail = self._opened
            # a run that ends with the subject is left without a look at the marks behind what follows it
            guard = "(?=.)" if token.many == "*" and at and self._tokens[at - 1].many else ""
            return f"{guard}({self._one(token.mask)}{token.many}+)"
        shared = token.mask & after.mask
        if not shared:
            return f"{self._one(token.mask)}{token.many}+"
        first = self._one(token.mask) if token.many == "+" else ""
        return f"{first}{self._one(token.mask & ~after.mask)}*+"


def straight(strict: Strict) -> Callable[[str], re.Match[str] | None]:
    """The match, if the automaton would go straight through a subject."""
    through = strict.through.match
    if strict.begin is None:
        return through
    search = strict.begin.search
    search_further = search if strict.further is None else strict.further.search
    if strict.once:
        search = search_further

    def found(subject: str) -> re.Match[str] | None:
        first = search_further(subject) if len(subject) <= SHORT else search(subject)
        return None if first is None else through(subject, first.start())

    return found
