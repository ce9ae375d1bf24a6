"""Shell text as the simple commands in it; whatever is not understood is refused."""

from __future__ import annotations

import re

import msgspec

from ospatrol.collect.shell_words import Arg, NotUnderstoodError, Reader

_OPENS = frozenset({"if", "while", "until", "for", "{", "!"})
_CLOSES = frozenset({"then", "elif", "else", "fi", "do", "done", "}", "in"})
_REFUSED = frozenset({"case", "esac", "function", "select", "time", "coproc", "[[", "]]"})
_REDIRECTION = re.compile(
    r"(?:[12]?>&[12]|[12]?>>?[ \t]*/dev/null|&>[ \t]*/dev/null|<[ \t]*/dev/null|[12]>&-)(?=[ \t\n;&|)]|$)"
)
_DEPTH = 20


class Simple(msgspec.Struct, frozen=True, kw_only=True):
    """A command and its arguments, variable assignments before it included.

    Attributes:
        args: All words, in order.
        sets: The variable that a loop sets to each of them; empty where this is a command.
    """

    args: tuple[Arg, ...]
    sets: str = ""


def read_shell(text: str) -> tuple[Simple, ...]:
    """Every simple command that shell text can run, those in substitutions included.

    Raises:
        NotUnderstoodError: the text has something in it that cannot be judged.
    """
    return _Parser(text).all()


class _Parser:
    def __init__(self, text: str) -> None:
        self._reader = Reader(text, self._substitution)
        self._found: list[Simple] = []
        self._depth = 0

    def all(self) -> tuple[Simple, ...]:
        self._list(frozenset())
        if self._reader.peek():
            raise NotUnderstoodError(f"{self._reader.peek()!r} where a command should be")
        return tuple(self._found)

    def _substitution(self) -> None:
        self._list(frozenset())
        self._close(")")

    def _close(self, char: str) -> None:
        if self._reader.peek() != char:
            raise NotUnderstoodError(f"a missing {char}")
        self._reader.at += 1

    def _list(self, ends: frozenset[str]) -> str:
        """Commands up to a reserved word that ends them; that word, or nothing at a `)` or the end."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise NotUnderstoodError("too deep a nesting")
        reader, ended, wanted = self._reader, "", True
        while True:
            self._skip_separators(newlines_only=wanted)
            if not reader.peek() or reader.peek() == ")":
                break
            start = reader.at
            first = self._reserved()
            if first in ends:
                ended = first
                break
            reader.at = start
            self._command()
            wanted = self._operator()
        self._depth -= 1
        if ended == "" and ends:
            raise NotUnderstoodError(f"a missing {' or '.join(sorted(ends))}")
        return ended

    def _skip_separators(self, *, newlines_only: bool) -> None:
        reader = self._reader
        reader.skip_blanks()
        while reader.peek() == "\n" or (reader.peek() == ";" and not newlines_only):
            reader.at += 1
            reader.skip_blanks()

    def _operator(self) -> bool:
        """Take what stands between two commands; whether another command must follow."""
        reader = self._reader
        reader.skip_blanks()
        for operator in ("&&", "||"):
            if reader.peek(2) == operator:
                reader.at += 2
                return True
        if reader.peek(2) in {";;", "|&"} or reader.peek(2) == ";&":
            raise NotUnderstoodError(reader.peek(2))
        char = reader.peek()
        if char and char not in "|;&\n)":
            raise NotUnderstoodError(f"{char!r} where a command should end")
        if char and char != ")":
            reader.at += 1
        return char == "|"

    def _reserved(self) -> str:
        word = self._reader.word()
        return word.text if word and word.fixed and not word.quoted else ""

    def _command(self) -> None:
        reader = self._reader
        if reader.peek() == "(":
            reader.at += 1
            if reader.peek() == "(":
                raise NotUnderstoodError("arithmetic")
            self._list(frozenset())
            self._close(")")
            self._redirections()
            return
        start = reader.at
        word = self._reserved()
        if word in _REFUSED or word in _CLOSES:
            raise NotUnderstoodError(f"`{word}`")
        if word in _OPENS:
            self._compound(word)
        else:
            reader.at = start
            self._simple()

    def _compound(self, word: str) -> None:
        if word == "!":
            self._reader.skip_blanks()
            self._command()
            return
        if word == "{":
            self._list(frozenset({"}"}))
        elif word == "if":
            self._list(frozenset({"then"}))
            ends = frozenset({"elif", "else", "fi"})
            while (ended := self._list(ends)) != "fi":
                if ended == "elif":
                    self._list(frozenset({"then"}))
                else:
                    ends = frozenset({"fi"})
        else:
            if word == "for":
                self._for()
            self._list(frozenset({"do"}))
            self._list(frozenset({"done"}))
        self._redirections()

    def _for(self) -> None:
        reader = self._reader
        reader.skip_blanks()
        name = self._reserved()
        reader.skip_blanks()
        if not name or self._reserved() != "in":
            raise NotUnderstoodError("`for` without `in`")
        self._found.append(Simple(args=self._args(), sets=name))
        reader.skip_blanks()
        if reader.peek() not in {";", "\n"}:
            raise NotUnderstoodError("`for` without `do`")
        reader.at += 1

    def _simple(self) -> None:
        args = self._args()
        if not args:
            raise NotUnderstoodError(f"{self._reader.peek()!r} where a command should be")
        if self._reader.peek() == "(":
            raise NotUnderstoodError("a function")
        self._found.append(Simple(args=args))

    def _args(self) -> tuple[Arg, ...]:
        args: list[Arg] = []
        self._redirections()
        while (word := self._reader.word()) is not None:
            args.append(word)
            self._redirections()
        return tuple(args)

    def _redirections(self) -> None:
        reader = self._reader
        reader.skip_blanks()
        while match := _REDIRECTION.match(reader.text, reader.at):
            reader.at = match.end()
            reader.skip_blanks()
        follows = reader.peek()
        if follows in {"<", ">"} or re.match(r"[0-9]+[<>]|&>", reader.text[reader.at :]):
            raise NotUnderstoodError("a redirection other than to /dev/null or of one stream to the other")
