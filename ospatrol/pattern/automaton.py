"""Runs Wazuh's regular expressions as Wazuh does: where its matcher differs from a regular expression, so does this.

It looks one element ahead, keeps four places to go back to, forgets none of the marks of a failed attempt and often
ends a match one byte early or late. Verdicts depend on all of it, because decoders go on where a match ended.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ospatrol.pattern.osregex import MARK, Alternative, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOTS = 4
"""So many places to go back to are kept."""

STEPS = 250_000
"""After so many steps a run is given up; a real pattern takes about one for each byte."""

_BRACKET = frozenset("(")


class TooLong(Exception):
    """The steps were used up before there was an answer."""


@lru_cache(maxsize=4096)
def members(mask: int) -> frozenset[str]:
    """The characters of a set."""
    return frozenset([chr(code) for code in range(256) if mask >> code & 1])


class Automaton:
    """One alternative, ready to run."""

    __slots__ = ("_begins", "_ends", "_marks", "_sets", "_tokens")

    def __init__(self, alternative: Alternative) -> None:
        self._tokens = alternative.tokens
        self._begins = alternative.begins
        self._ends = alternative.ends
        self._sets = [members(token.mask) if token is not MARK else _BRACKET for token in alternative.tokens]
        self._marks = [at for at, token in enumerate(alternative.tokens) if token is MARK]

    def run(self, subject: str, *, capturing: bool) -> tuple[int, list[tuple[int, int]]] | None:
        """The index of the last byte by its own account, and the spans of the groups, if somebody asks for them.

        None is no match; nor is one whose groups would end before they begin.

        Raises:
            TooLong: if the subject takes too many steps.
        """
        state = _State(self._tokens, self._sets, begins=self._begins, ends=self._ends)
        if not state.run(subject) and not state.accepts_end(len(subject), capturing=capturing):
            return None
        if state.ret is None:
            return None
        if not capturing:
            return state.ret, []
        spans = list(_pairs([state.marks[at] for at in self._marks]))
        if any(begin > end for begin, end in spans):
            return None
        return state.ret, spans


def _pairs(marks: list[int | None]) -> list[tuple[int, int]]:
    """Begin and end of each group, up to the first mark that was never set."""
    pairs = []
    for begin, end in zip(marks[::2], marks[1::2], strict=True):
        if begin is None or end is None:
            break
        pairs.append((begin, end))
    return pairs


class _State:
    """The registers of a run."""

    __slots__ = ("at", "begins", "ends", "marks", "ret", "seen", "sets", "size", "slots", "start", "steps", "tokens")

    def __init__(self, tokens: tuple[Token, ...], sets: Sequence[frozenset[str]], *, begins: bool, ends: bool) -> None:
        self.tokens = tokens
        self.sets = sets
        self.size = len(tokens)
        self.begins = begins
        self.ends = ends
        self.at = 0
        self.ret: int | None = 0
        self.seen = False
        self.start: int | None = None
        self.slots: list[tuple[int, int]] = []
        self.marks: list[int | None] = [None] * len(tokens)
        self.steps = STEPS

    def run(self, subject: str) -> bool:
        """Whether it succeeds before the subject ends."""
        position, length = 0, len(subject)
        while position < length:
            self.steps -= 1
            if not self.steps:
                raise TooLong
            result = self._byte(subject[position], position, last=position + 1 == length)
            if result is None:
                after = self._go_back(position)
                if after is None:
                    self.ret = None
                    self.at = 0
                    return True
                position = after
            elif result:
                return True
            position += 1
        return False

    def _go_back(self, position: int) -> int | None:
        if self.slots:
            self.at, position = self.slots.pop()
            return position
        if self.begins:
            return None
        if self.start is not None:
            position, self.start = self.start, None
        self.at = 0
        self.ret = None
        return position

    def _byte(self, char: str, position: int, *, last: bool) -> bool | None:
        """Takes one byte: True is success, False goes on with the next, None is a failure."""
        while True:
            if self.at == self.size:
                return None if self.ends else True
            if self.tokens[self.at] is MARK:
                self.marks[self.at] = position
                self.at += 1
                if self.at == self.size:
                    return None if self.ends else True
            token = self.tokens[self.at]
            if not token.is_set:
                return self._plain(char, position)
            if char in self.sets[self.at]:
                if token.many:
                    self._repeated(token, char, position, last=last)
                else:
                    self._step(position)
                return False
            result = self._missed(token, position)
            if result is not False:
                return result

    def _plain(self, char: str, position: int) -> bool | None:
        if char not in self.sets[self.at]:
            return None
        self._step(position)
        return False

    def _step(self, position: int) -> None:
        self.at += 1
        self.ret = position
        if self.start is None:
            self.start = position

    def _repeated(self, token: Token, char: str, position: int, *, last: bool) -> None:
        """A class with a sign takes a byte, or hands it to what follows."""
        if token.many == "*":
            self.seen = True
        after = self.at + 1
        mark = None
        if after < self.size and self.tokens[after] is MARK:
            mark = after
            after += 1
        if not self.seen:
            if mark is not None:
                self.marks[mark] = position + last
            self.seen = True
        elif self._handed(char, position, mark, after):
            return
        self.ret = position

    def _handed(self, char: str, position: int, mark: int | None, after: int) -> bool:
        """Whether this was the end of the pattern, where nothing but a mark changes."""
        if after == self.size:
            if mark is not None:
                self.marks[mark] = position + 1
            return True
        if char not in self.sets[after]:
            return False
        token = self.tokens[after]
        if mark is not None:
            self.marks[mark] = position
        if not token.is_set:
            self.seen = False
        if len(self.slots) < SLOTS:
            self.slots.append((self.at, position))
        self.at = after if token.many else after + 1
        return False

    def _missed(self, token: Token, position: int) -> bool | None:
        """A class does not take a byte: True is success, None a failure, False tries what follows."""
        if self.seen and self.ret is not None and self._nearly_done(token):
            self.ret = position
            return None if self.ends else True
        if token.many == "+" and self.seen:
            self.at += 1
        elif token.many == "*":
            self.at += 1
            self.ret = position - 1
        else:
            self.seen = False
            return None
        self.seen = False
        return False

    def _nearly_done(self, token: Token) -> bool:
        follow = self.size - self.at - 1
        return not follow or (follow == 1 and not token.many and not self.tokens[self.at + 1].is_set)

    def accepts_end(self, length: int, *, capturing: bool) -> bool:
        """Whether the pattern is done where the subject is."""
        tokens, at = self.tokens, self.at
        if capturing:
            while at < self.size and tokens[at].many == "*":
                at += 1
            if at < self.size and tokens[at] is MARK:
                self.marks[at] = length
                at += 1
        if self._is_rest(at):
            return True
        if self.seen and tokens[at].many:
            at += 1
            if self._is_rest(at):
                return True
            if tokens[at].many == "*":
                at += 1
                if self._is_rest(at):
                    return True
        return tokens[at].many == "*" and self._is_rest(at + 1)

    def _is_rest(self, at: int) -> bool:
        return at == self.size or (at + 1 == self.size and self.tokens[at] is MARK)
