"""What collectors of states share: answers of a host on one side, items and gaps on the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from ospatrol.integrity.scrub import scrub
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.facts import Ask, Facts, Question, State
from ospatrol.model.state import Item
from ospatrol.model.text import show_bytes

LARGEST = 50_000
"""How many items of one kind are taken in."""

_KEY_LIMIT = 300
_VALUE_LIMIT = 500
_NAMED = 3
_REASONS = {
    State.NO_PERMISSION: Reason.DENIED,
    State.NOT_FOUND: Reason.NO_TOOL,
    State.TIMEOUT: Reason.BUDGET,
    State.NOT_ASKED: Reason.BUDGET,
    State.CUT: Reason.CUT,
}
_USER = Question(Ask.COMMAND, "id -u")


class Kind(StrEnum):
    """The kinds of items that a host can be asked for."""

    ACCOUNT = "account"
    PASSWORD = "password"  # noqa: S105  # a kind of item: whether there is one, never which
    GROUP = "group"
    AUTHORIZED_KEY = "authorized_key"
    SUDO_RULE = "sudo_rule"
    CRON_JOB = "cron_job"
    UNIT = "unit"
    PORT = "port"
    KERNEL_MODULE = "kernel_module"
    PACKAGE = "package"
    SUID_FILE = "suid_file"
    CAPABILITY_FILE = "capability_file"
    MOUNT = "mount"
    PRELOAD = "preload"
    SHELL = "shell"
    HOST_ENTRY = "host_entry"


class Reading:
    """The items of one kind, as they are read out of a host's answers.

    Args:
        facts: What the host said.
        kind: Of the items.
        key: Keys the placeholders of secrets in lines of files.

    Attributes:
        items: So far.
    """

    def __init__(self, facts: Facts, kind: Kind, key: bytes) -> None:
        self.facts = facts
        self.kind = kind
        self.items: list[Item] = []
        self._key = key
        self._counts: dict[str, int] = {}
        self._missed: dict[tuple[str, Reason], list[str]] = {}

    @property
    def as_root(self) -> bool:
        """Whether the host was asked as root."""
        return self.facts.answer(_USER).content.strip() == "0"

    def file(self, path: str, *, odd: bool = False) -> str:
        """A file's content, a byte a character; empty if there is none, or what keeps it from being read is noted.

        Args:
            path: Absolute.
            odd: Whether what is no regular file counts as empty, as it does for the program that reads it.
        """
        answer = self.facts.answer(file(path))
        if answer.state is State.OK:
            return answer.content
        if answer.state is not State.MISSING and not (odd and answer.state is State.OTHER_KIND):
            self.miss(_REASONS.get(answer.state, Reason.ERROR), f"{shown(path)}: {answer.state.value}")
        return ""

    def scrubbed(self, path: str) -> list[str]:
        """A file's lines, fit to show, without the secrets in them."""
        content = self.file(path).replace("\t", " ")  # which would be shown as a code, and part no words
        return scrub(content.encode("latin-1"), path.encode("latin-1"), self._key).split("\n")

    def masked(self, text: str) -> str:
        """Text, a byte a character, fit to show, without the secrets in it."""
        return scrub(text.encode("latin-1"), b"", self._key)[:_VALUE_LIMIT]

    def folder(self, path: str) -> tuple[str, ...]:
        """What lies below a folder, a byte a character; nothing if it is missing, or what keeps it is noted."""
        answer = self.facts.answer(folder(path))
        if answer.state not in {State.OK, State.MISSING, State.OTHER_KIND}:
            self.miss(_REASONS.get(answer.state, Reason.ERROR), f"{shown(path)}: {answer.state.value}")
        return answer.entries

    def has(self, question: Question) -> bool:
        """Whether the host has what was asked for: a program that ran, a file or folder that is there."""
        state = self.facts.answer(question).state
        return state not in {State.MISSING, State.NOT_FOUND, State.OTHER_KIND}

    def output(self, question: Question) -> str | None:
        """What a command said, a byte a character; None if it did not run to its end, which is noted."""
        answer = self.facts.answer(question)
        if answer.state is State.OK:
            return answer.content
        self.miss(_REASONS.get(answer.state, Reason.ERROR), f"{shown(question.key.split()[0])}: {answer.state.value}")
        return None

    def miss(self, reason: Reason, detail: str, what: str = "") -> None:
        """Note that something of the kind was not assessed.

        Args:
            reason: Why.
            detail: For a person; escaped.
            what: What is missing; the kind unless said.
        """
        self._missed.setdefault((what or self.kind.value, reason), []).append(detail)

    def add(self, key: str, **fields: str) -> None:
        """Add an item whose name and fields are as the host wrote them, a byte a character."""
        self.add_shown(shown(key, 4 * _KEY_LIMIT), **{name: shown(value) for name, value in fields.items()})

    def add_shown(self, key: str, **fields: str) -> None:
        """Add an item whose name and fields are fit to show; a second one of a name gets a number."""
        if len(self.items) >= LARGEST:
            self.miss(Reason.LIMIT, f"more than {LARGEST:,} items")
            return
        if len(key) > _KEY_LIMIT:
            key = f"{key[:_KEY_LIMIT]}...#{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        count = self._counts[key] = self._counts.get(key, 0) + 1
        name = key if count == 1 else f"{key} ({count})"
        kept = {field: value for field, value in sorted(fields.items()) if value}
        self.items.append(Item(self.kind.value, name, kept))

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What was not assessed, once for each reason."""
        return tuple(
            Failure(what=what, reason=reason, detail=_several(details))
            for (what, reason), details in self._missed.items()
        )


class Source(NamedTuple):
    """How items of one kind are collected.

    Attributes:
        asks: What to ask a host, in view of what it said so far; the same answers give the same questions.
        reads: Reads its answers.
    """

    asks: Callable[[Facts], Iterable[Question]]
    reads: Callable[[Reading], None]


def shown(text: str, limit: int = _VALUE_LIMIT) -> str:
    """Bytes of a host, a byte a character, as a printable line."""
    return show_bytes(text.encode("latin-1", "replace"), limit)


def file(path: str) -> Question:
    """The question for a file's content; its path has a byte a character, as answers of hosts have."""
    return Question(Ask.FILE, _asked(path))


def folder(path: str) -> Question:
    """The question for what lies below a folder, likewise."""
    return Question(Ask.DIRECTORY, _asked(path))


def shell(text: str) -> Question:
    """The question for what a line of shell says, which is one of ours and known to only read."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return Question(Ask.COMMAND, f'sh -c "{escaped}"')


def command(text: str) -> Question:
    """The question for the output of a command, which is one of ours and known to only read."""
    return Question(Ask.COMMAND, text)


def user() -> Question:
    """The question who is asked."""
    return _USER


def lines_of(text: str) -> list[str]:
    """Lines without comments and blank lines."""
    return [line for each in text.split("\n") if (line := re.sub(r"(?:^|\s)#.*", "", each[:8192]).strip())]


def _asked(path: str) -> str:
    """A path in the form in which questions name it: the same bytes as UTF-8, what is none escaped (PEP 383)."""
    return path.encode("latin-1").decode("utf-8", "surrogateescape")


def _several(details: list[str]) -> str:
    more = len(details) - _NAMED
    return "; ".join(details[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
