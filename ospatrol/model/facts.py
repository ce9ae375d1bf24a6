"""What hosts are asked for policies, and what they answer; kept, so that it can be judged again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Ask(StrEnum):
    """What sort of thing is asked for."""

    FILE = "file"
    """The content of a file; the key is its path."""
    DIRECTORY = "directory"
    """The files below a directory, whatever their names, without content; the key is its path."""
    COMMAND = "command"
    """The output of a command, both streams together; the key is the command as written."""
    PROCESSES = "processes"
    """The command lines of all processes; the key is empty."""


class Question(msgspec.Struct, frozen=True, order=True):
    """One thing that is asked of a host.

    Attributes:
        ask: What sort of thing.
        key: Which.
    """

    ask: Ask
    key: str = ""


class State(StrEnum):
    """How an answer came out."""

    OK = "ok"
    MISSING = "missing"
    """There is no such file or directory."""
    OTHER_KIND = "other kind"
    """It is no regular file, or no directory."""
    NO_PERMISSION = "no permission"
    NOT_FOUND = "tool missing"
    """There is no such program."""
    TIMEOUT = "timeout"
    NOT_ALLOWED = "command not allowed"
    CUT = "cut"
    """It is longer than the limit; what there is of it is kept."""
    NOT_ASKED = "not asked"
    """The host was not reached, or its budget was spent before."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a host says to one question.

    Attributes:
        state: How it came out.
        content: Of a file, or output of a command; each character is one byte. For PROCESSES a command line a line.
        status: What a command ended with; None if it did not end by itself.
        entries: Of a DIRECTORY: the paths of all files below it that are no directories, in order; each character is
            one byte.
    """

    state: State
    content: str = ""
    status: int | None = None
    entries: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a host said at one time.

    Attributes:
        host: The inventory name.
        at: When: seconds since the epoch, UTC.
        answers: To each question.
    """

    host: str
    at: float
    answers: Mapping[Question, Answer]

    def answer(self, question: Question) -> Answer:
        """What the host said; that it was not asked, where it was not."""
        return self.answers.get(question, NOT_ASKED)


NOT_ASKED = Answer(state=State.NOT_ASKED)
