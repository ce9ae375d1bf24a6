"""Shell text, word by word: what is known of a word before it runs; whatever is not understood is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

UNKNOWN = "\0"
"""Stands in a word for what only the host knows."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLANKS = " \t"
_ENDS_WORD = " \t\n;&|()<>"


class NotUnderstoodError(Exception):
    """The text holds something that cannot be judged; the message says what."""


class Arg(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a command.

    Attributes:
        text: What it is, without quotes; `UNKNOWN` stands for each part that only the host knows.
        wild: Whether it may become several words that begin with anything, or none.
        quoted: Whether any part of it was quoted, so that it is no word of the shell's grammar.
        assigns: Whether it sets a variable where it stands before a command.
    """

    text: str
    wild: bool = False
    quoted: bool = False
    assigns: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it is known to the last character."""
        return UNKNOWN not in self.text and not self.wild


class Reader:
    """Reads words from shell text.

    Args:
        text: What a POSIX shell would be given.
        substitution: Reads a command substitution whose `$(` was just read, up to its `)`.

    Attributes:
        at: Index of the next character.
    """

    def __init__(self, text: str, substitution: Callable[[], None]) -> None:
        odd = next((char for char in text if char < " " and char not in "\t\n"), None)
        if odd is not None or "\x7f" in text:
            raise NotUnderstoodError("a control character")
        self.text = text
        self.at = 0
        self._substitution = substitution

    def peek(self, count: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.at : self.at + count]

    def skip_blanks(self) -> None:
        """Go to the next character that is no blank."""
        while self.peek() and (self.peek() in _BLANKS or self.peek(2) == "\\\n"):
            self.at += 1 if self.peek() in _BLANKS else 2
        if self.peek() == "#":
            raise NotUnderstoodError("a comment")

    def word(self) -> Arg | None:
        """The next word; None where none begins."""
        text, wild, quoted, assigns, start = "", False, False, False, self.at
        while (char := self.peek()) and char not in _ENDS_WORD:
            self.at += 1
            if char == "'":
                text, quoted = text + self._single(), True
            elif char == '"':
                part = self._double()
                text, quoted = text + part, True
            elif char == "\\":
                text, quoted = text + self._escaped(), True
            elif char == "$":
                part = self._dollar(quoted=False)
                text, wild = text + part, wild or part == UNKNOWN
            else:
                assigns = assigns or (char == "=" and not quoted and _NAME.fullmatch(text) is not None)
                text += self._plain(char, first=self.at - 1 == start)
        if self.at == start:
            return None
        return Arg(text=text, wild=wild, quoted=quoted, assigns=assigns)

    def _plain(self, char: str, *, first: bool) -> str:
        if char == "`":
            raise NotUnderstoodError("a backquote")
        if char in "*?":
            return UNKNOWN
        if char == "[":
            alone = first and (not self.peek() or self.peek() in _ENDS_WORD)
            return char if alone else UNKNOWN
        if char == "~":
            return UNKNOWN
        if char == "{":
            # braces may become several words
            if self.peek() == "}" or (first and (not self.peek() or self.peek() in _BLANKS + "\n")):
                return char
            raise NotUnderstoodError("braces")
        return char

    def _single(self) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise NotUnderstoodError("a quote that is not closed")
        text = self.text[self.at : end]
        self.at = end + 1
        return text

    def _double(self) -> str:
        text = ""
        while (char := self.peek()) != '"':
            if not char:
                raise NotUnderstoodError("a quote that is not closed")
            self.at += 1
            if char == "`":
                raise NotUnderstoodError("a backquote")
            if char == "$":
                text += self._dollar(quoted=True)
            elif char == "\\" and self.peek() and self.peek() in '$`"\\\n':
                text += self._escaped()
            else:
                text += char
        self.at += 1
        return text

    def _escaped(self) -> str:
        char = self.peek()
        if not char:
            raise NotUnderstoodError("a backslash at the end")
        self.at += 1
        return "" if char == "\n" else char

    def _dollar(self, *, quoted: bool) -> str:
        """What a `$` that was just read stands for."""
        if self.peek(2) == "((":
            raise NotUnderstoodError("arithmetic")
        if self.peek() == "(":
            self.at += 1
            self._substitution()
            return UNKNOWN
        if name := _NAME.match(self.text, self.at):
            self.at = name.end()
            return UNKNOWN
        if self.peek() == "{":
            braced = _NAME.match(self.text, self.at + 1)
            if braced is None or self.text[braced.end() : braced.end() + 1] != "}":
                raise NotUnderstoodError("an expansion other than ${NAME}")
            self.at = braced.end() + 1
            return UNKNOWN
        if self.peek() == "?":
            self.at += 1
            return UNKNOWN
        follows = self.peek()
        if follows and (follows in "@*#!-$[" or follows.isdigit() or (follows in "'\"" and not quoted)):
            raise NotUnderstoodError(f"${follows}")
        return "$"
