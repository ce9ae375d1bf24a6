"""What stands inside one rule or decoder, gathered by name, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.ossec_xml import Element
from ospatrol.model.decoder import Semantics
from ospatrol.model.place import Place
from ospatrol.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_YES_NO = {"yes": True, "no": False}


class Complaints:
    """Collects what is wrong, and knows whether the present rule or decoder can still be used.

    Attributes:
        problems: All so far.
        lost: Whether the present subject is to be left out.
    """

    def __init__(self, path: str, semantics: Semantics) -> None:
        self.path = path
        self.semantics = semantics
        self.problems: list[Problem] = []
        self.subject = "the file"
        self.lost = False

    def about(self, subject: str) -> None:
        """What is said from now on is about this subject, of which nothing is wrong yet."""
        self.subject = subject
        self.lost = False

    def refuse(self, line: int, problem: str) -> None:
        """Something that the original does not start with."""
        self.lost = True
        self._add(line, f"{problem}; {self.subject} is left out", fatal=True)

    def skip(self, line: int, problem: str) -> None:
        """Something for which the original leaves the rule out and goes on."""
        self.lost = True
        self._add(line, f"{problem}; {self.subject} is left out", fatal=False)

    def warn(self, line: int, problem: str) -> None:
        """Something that the original warns of and then takes in some way, which the text says."""
        self._add(line, problem, fatal=False)

    def soft(self, line: int, problem: str) -> None:
        """Something for which Wazuh leaves the rule out and OSSEC does not start."""
        if self.semantics is Semantics.WAZUH:
            self.skip(line, problem)
        else:
            self.refuse(line, problem)

    def _add(self, line: int, problem: str, *, fatal: bool) -> None:
        self.problems.append(Problem(place=Place(self.path, line), problem=problem, fatal=fatal))


class Parts:
    """The elements of one rule or decoder, by their names in lower case.

    The texts of elements of one name follow each other without anything between; attributes are those of the last.
    """

    def __init__(self, owner: Element) -> None:
        self.owner = owner
        self._elements: dict[str, list[Element]] = {}
        for child in owner.children:
            self._elements.setdefault(child.name.lower(), []).append(child)

    def __contains__(self, name: str) -> bool:
        return name in self._elements

    def names(self) -> Collection[str]:
        """Of all elements, in the order of their first appearance."""
        return self._elements.keys()

    def all(self, *names: str) -> Iterator[Element]:
        """Every element of some names, in the order written."""
        if len(names) == 1:
            yield from self._elements.get(names[0], ())
            return
        for child in self.owner.children:
            if child.name.lower() in names:
                yield child

    def text(self, name: str) -> str | None:
        """All texts of one name as one; None where there is no such element."""
        elements = self._elements.get(name)
        if elements is None:
            return None
        return elements[0].text if len(elements) == 1 else "".join(element.text for element in elements)

    def line(self, name: str) -> int:
        """Where the first element of a name stands; the owner's line if there is none."""
        elements = self._elements.get(name)
        return elements[0].line if elements else self.owner.line

    def attribute(self, name: str, attribute: str) -> str | None:
        """An attribute of the last element of a name."""
        elements = self._elements.get(name)
        return elements[-1].attributes.get(attribute) if elements else None


def check_parts(parts: Parts, known: Collection[str], exact: Collection[str], complaints: Complaints) -> None:
    """Refuses elements that no rule or decoder has, and those whose variables are unknown.

    Args:
        parts: Those of one rule or decoder.
        known: The names that there are.
        exact: Those of them that must be written in lower case.
        complaints: Where to say so.
    """
    if parts.owner.problem:
        complaints.refuse(parts.owner.line, parts.owner.problem)
    for name in parts.names():
        for element in parts.all(name):
            if name not in known or (name in exact and element.name != name):
                complaints.refuse(element.line, f"<{element.name}> is unknown here")
            if element.problem:
                complaints.refuse(element.line, element.problem)


def yes_or_no(written: str | None, line: int, what: str, complaints: Complaints) -> bool:
    """What `yes` or `no` says; anything else counts as no, with a warning."""
    if written is None:
        return False
    said = _YES_NO.get(written.lower())
    if said is None:
        complaints.warn(line, f"{what} is 'yes' or 'no', not {written!r}; it is taken as 'no'")
    return bool(said)
