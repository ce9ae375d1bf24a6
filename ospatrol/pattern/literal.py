"""Patterns without classes and repetitions: texts, each found anywhere, in front, at the end, or being the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Literal(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One text.

    Attributes:
        text: With its ASCII letters in lower case.
        begins: Whether the subject must begin with it.
        ends: Whether the subject must end with it.
    """

    text: str
    begins: bool = False
    ends: bool = False


class Literals(msgspec.Struct, frozen=True, array_like=True):
    """Texts of which one must be there, in any case of their ASCII letters.

    Attributes:
        alternatives: In the order in which they are tried.
        negate: Whether none may be there instead.
    """

    alternatives: tuple[Literal, ...]
    negate: bool = False

    @property
    def foldable(self) -> bool:
        """Whether `str.lower` on a subject changes no answer: all texts are ASCII."""
        return all(literal.text.isascii() for literal in self.alternatives)

    def only(self, *, begins: bool, ends: bool) -> frozenset[str] | None:
        """The texts, if all are tied to the subject in this very way and ask for something."""
        fitting = frozenset(
            literal.text for literal in self.alternatives if (literal.begins, literal.ends) == (begins, ends)
        )
        tied = all((literal.begins, literal.ends) == (begins, ends) for literal in self.alternatives)
        return fitting if tied and not self.negate and self.foldable else None


def read_osmatch(text: str) -> Literals:
    """A Wazuh `osmatch` pattern; every text is one."""
    negate = text.startswith("!")
    parts = text[negate:].split("|")
    return Literals(tuple(_tied(ascii_lower(part)) for part in parts), negate)


def _tied(text: str) -> Literal:
    begins = text.startswith("^")
    ends = text.endswith("$") and len(text) > begins
    return Literal(text[begins : len(text) - ends], begins, ends)


def ascii_lower(text: str) -> str:
    """A text of bytes with its ASCII letters in lower case, and nothing else changed."""
    if text.isascii():
        return text.lower()
    return text.encode("latin-1", "replace").lower().decode("latin-1")


def test_of(literals: Literals) -> Callable[[str], bool]:
    """The cheapest test of a subject whose ASCII letters are in lower case."""
    test = _positive(literals.alternatives)
    if literals.negate:
        return lambda subject: not test(subject)
    return test


def _positive(alternatives: tuple[Literal, ...]) -> Callable[[str], bool]:
    inside = tuple(one.text for one in alternatives if not one.begins and not one.ends)
    front = tuple(one.text for one in alternatives if one.begins and not one.ends)
    back = tuple(one.text for one in alternatives if one.ends and not one.begins)
    whole = frozenset(one.text for one in alternatives if one.begins and one.ends)
    kinds = [kind for kind in (inside, front, back, whole) if kind]
    if "" in inside + front + back:
        return lambda _subject: True
    if len(kinds) == 1:
        return _one_kind(inside, front, back, whole)

    def test(subject: str) -> bool:
        return (
            subject in whole
            or subject.startswith(front)
            or subject.endswith(back)
            or any([text in subject for text in inside])  # noqa: C419 - a list is quicker for few
        )

    return test


def _one_kind(
    inside: tuple[str, ...], front: tuple[str, ...], back: tuple[str, ...], whole: frozenset[str]
) -> Callable[[str], bool]:
    if front:
        return lambda subject: subject.startswith(front)
    if back:
        return lambda subject: subject.endswith(back)
    return whole.__contains__ if whole else _inside(inside)


def _inside(inside: tuple[str, ...]) -> Callable[[str], bool]:
    if len(inside) == 1:
        (text,) = inside
        return lambda subject: text in subject
    if len(inside) == 2:
        one, other = inside
        return lambda subject: one in subject or other in subject

    def test(subject: str) -> bool:
        for text in inside:  # noqa: SIM110 - a generator costs more than the search
            if text in subject:
                return True
        return False

    return test


def end_of(literals: Literals, subject: str) -> int | None:
    """Where the first alternative that is there ends, its first occurrence counting; None if none is there.

    Args:
        literals: What is looked for.
        subject: Its ASCII letters in lower case.
    """
    if literals.negate:
        return None if _positive(literals.alternatives)(subject) else 0
    for one in literals.alternatives:
        if one.ends:
            if subject == one.text if one.begins else subject.endswith(one.text):
                return len(subject)
        elif one.begins:
            if subject.startswith(one.text):
                return len(one.text)
        else:
            found = subject.find(one.text)
            if found >= 0:
                return found + len(one.text)
    return None
