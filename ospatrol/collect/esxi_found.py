"""What was made of an ESXi host's answers so far: items, kinds that are whole, and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from ospatrol.collect.esxi_csv import NotRowsError, Row, read_rows
from ospatrol.collect.esxi_dump import Part, read_dump
from ospatrol.collect.esxi_questions import command
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.facts import Answer, Facts, State
from ospatrol.model.state import Item
from ospatrol.model.text import show_bytes

_LONGEST = 400
_REASONS = {
    State.NO_PERMISSION: Reason.DENIED,
    State.NOT_FOUND: Reason.NO_TOOL,
    State.TIMEOUT: Reason.BUDGET,
    State.NOT_ASKED: Reason.BUDGET,
    State.CUT: Reason.CUT,
    State.MISSING: Reason.VANISHED,
}
_UNKNOWN_COMMAND = "Unknown command or namespace"


def shown(text: str) -> str:
    """Text of a host, each character one byte, made fit to keep; of a long one the beginning and a digest."""
    raw = text.encode("latin-1", "replace")
    whole = show_bytes(raw, len(raw) + 1)
    if len(whole) <= _LONGEST:
        return whole
    return f"{whole[:_LONGEST]}... sha256 {sha256(raw).hexdigest()[:16]}"


class Found:
    """Gathers what is found.

    Args:
        facts: What the host said.

    Attributes:
        items: In the order of their finding.
        whole: Kinds of which every item is known.
        failures: What is not known, and why.
        missing: Kind and guest of what is not known of single guests, though the kind is whole without it.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.items: list[Item] = []
        self.whole: set[str] = set()
        self.failures: list[Failure] = []
        self.missing: list[tuple[str, str]] = []

    def add(self, kind: str, key: str, fields: Mapping[str, str]) -> None:
        """One thing more; fields without a value are left out."""
        kept = {name: shown(value) for name, value in fields.items() if value}
        self.items.append(Item(kind, shown(key), kept))

    def gap(self, what: str, reason: Reason, detail: str) -> None:
        """One thing that is not known."""
        self.failures.append(Failure(what=what, reason=reason, detail=shown(detail)))

    def rows(self, kind: str, words: str, *needed: str, some: bool = False) -> tuple[Row, ...] | None:
        """The rows that an esxcli command gave; None, and a gap, where it gave none.

        Args:
            kind: What they tell of.
            words: The command.
            needed: Columns that must be there.
            some: Whether there is always a row: a host without any did not answer.
        """
        text = self.text(kind, words)
        if text is None:
            return None
        try:
            rows = read_rows(text, *needed)
        except NotRowsError as problem:
            self.gap(kind, Reason.ERROR, f"{words}: {problem}")
            return None
        if some and not rows:
            self.gap(kind, Reason.ERROR, f"{words}: nothing in it")
            return None
        return rows

    def dump(self, kind: str, words: str) -> Part | None:
        """The object that a vim-cmd command printed; None, and a gap, where it printed none."""
        text = self.text(kind, words)
        part = None if text is None else read_dump(text)
        if text is not None and part is None:
            self.gap(kind, Reason.ERROR, f"{words}: no object, or not all of it")
        if part is not None and part.doubled:
            self.gap(kind, Reason.ERROR, f"{words}: a text in it may pretend to be values")
        return part

    def text(self, kind: str, words: str) -> str | None:
        """What a command printed; None, and a gap, where it failed."""
        answer = self.facts.answer(command(words))
        if answer.state is State.OK and answer.status == 0:
            return answer.content
        self.gap(kind, reason_of(answer), f"{words}: {said_of(answer)}")
        return None

    def lacks(self, words: str) -> bool:
        """Whether this release of ESXi does not know a command."""
        answer = self.facts.answer(command(words))
        return answer.state is State.OK and answer.status != 0 and _UNKNOWN_COMMAND in answer.content


def reason_of(answer: Answer) -> Reason:
    """Why an answer is none."""
    return _REASONS.get(answer.state, Reason.ERROR)


def said_of(answer: Answer) -> str:
    """What a host said instead of an answer."""
    if answer.state is not State.OK:
        return answer.content if answer.state is State.NOT_ALLOWED else answer.state.value
    first = answer.content.strip().partition("\n")[0]
    return f"status {answer.status}: {first or 'it said nothing'}"
