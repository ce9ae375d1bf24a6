"""The markup of OSSEC and Wazuh files: it looks like XML, but no XML parser would read it.

There are several roots, no entities, bare `&`; a `<` that is meant as text has a backslash in front, which stays.
"""

from __future__ import annotations

import re

import msgspec

from ospatrol.model.decoder import Semantics
from ospatrol.model.place import Place
from ospatrol.model.problem import Problem

LONGEST_TEXT = 20480
LONGEST_VARIABLE = 255

_OPENING = re.compile(
    r"""<([^\s<>/"'=!]+)((?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>""",
)
_CLOSING = re.compile(r"</([^\s<>/]+)\s*>")
_PROLOG = re.compile(r"\s*<\?xml\b[^>]*\?>")
_ATTRIBUTE = re.compile(r"""([^\s<>/"'=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_USE = re.compile(r"\$([^$.|, ]*)")


class Element(msgspec.Struct, kw_only=True):
    """One element as read, its variables replaced.

    Attributes:
        name: As written.
        line: Of its opening tag.
        attributes: In the order written, their names in lower case.
        text: All text directly inside, untrimmed.
        children: The elements inside.
        problem: What is wrong with its text or attributes; empty if nothing is.
    """

    name: str
    line: int
    attributes: dict[str, str] = {}
    text: str = ""
    children: list[Element] = []
    problem: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What one file holds.

    Attributes:
        roots: Its outermost elements in order, variables left out.
        problems: What is wrong with the markup; behind the first such place nothing is read.
    """

    roots: tuple[Element, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_xml(text: str, path: str, semantics: Semantics) -> Document:
    """The elements of a file.

    Args:
        text: Its bytes as latin-1.
        path: As the person named it.
        semantics: OSSEC or Wazuh; they differ in what a `$(` is in a file with variables.
    """
    reader = _Reader(text, semantics)
    problems = []
    try:
        reader.read()
    except _Malformed as error:
        what = f"{error}; nothing behind this place is read"
        problems.append(Problem(place=Place(path, reader.line_of(error.at)), problem=what))
    return Document(roots=tuple(reader.finished()), problems=tuple(problems))


class _Malformed(Exception):
    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at


class _Reader:
    def __init__(self, text: str, semantics: Semantics) -> None:
        self.text = text
        self.semantics = semantics
        self.roots: list[Element] = []
        self.open: list[tuple[Element, list[str]]] = []
        self.variables: dict[str, str] = {}
        self.unknown: list[tuple[Element, str]] = []
        self.line = 1
        self.counted = 0

    def read(self) -> None:
        text = self.text
        prolog = _PROLOG.match(text)
        position = prolog.end() if prolog else 0
        while (at := self._next_tag(position)) >= 0:
            if self.open:
                self.open[-1][1].append(text[position:at])
            if text.startswith("<!", at):
                position = self._comment(at)
            elif text.startswith("</", at):
                position = self._closing(at)
            else:
                position = self._opening(at)
        if self.open:
            element = self.open[-1][0]
            raise _Malformed(len(text), f"<{element.name}> of line {element.line} is never closed")

    def finished(self) -> list[Element]:
        """The roots; of one that is not closed, what is complete in it."""
        if self.open:
            self.roots.append(self.open[0][0])
        if self.variables:
            for element, problem in self.unknown:
                element.problem = problem
        return self.roots

    def line_of(self, at: int) -> int:
        """The line of a place that is not before the last one asked for."""
        self.line += self.text.count("\n", self.counted, at)
        self.counted = max(at, self.counted)
        return self.line

    def _next_tag(self, position: int) -> int:
        """Where the next `<` stands that has no backslash, or an even number of them, in front."""
        text = self.text
        at = text.find("<", position)
        while at > position and text[at - 1] == "\\":
            first = at - 1
            while first > position and text[first - 1] == "\\":
                first -= 1
            if (at - first) % 2 == 0:
                break
            at = text.find("<", at + 1)
        return at

    def _comment(self, at: int) -> int:
        long = self.text.startswith("<!--", at)
        end = self.text.find("-->", at + 4) if long else self.text.find("!>", at + 2)
        if end < 0:
            raise _Malformed(at, "a comment begins here and never ends")
        return end + (3 if long else 2)

    def _opening(self, at: int) -> int:
        found = _OPENING.match(self.text, at)
        if found is None:
            shown = self.text[at : at + 20].split("\n")[0]
            raise _Malformed(at, f"{shown!r} is no tag; a '<' in a text is written '\\<'")
        name, attributes, closed = found.groups()
        element = Element(name=name, line=self.line_of(at))
        if attributes:
            element.attributes = self._attributes(element, attributes, at)
        if closed:
            self._done(element)
        else:
            self.open.append((element, []))
        return found.end()

    def _attributes(self, element: Element, written: str, at: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        for shown, double, single in _ATTRIBUTE.findall(written):
            name = shown.lower()
            if name in attributes:
                raise _Malformed(at, f"<{element.name}> has the attribute {shown!r} twice")
            attributes[name] = self._expanded(double or single, element)
        return attributes

    def _closing(self, at: int) -> int:
        found = _CLOSING.match(self.text, at)
        if found is None:
            raise _Malformed(at, "a closing tag is incomplete")
        if not self.open or self.open[-1][0].name != found[1]:
            expected = f"</{self.open[-1][0].name}> of line {self.open[-1][0].line}" if self.open else "no closing tag"
            raise _Malformed(at, f"</{found[1]}> stands where {expected} is expected")
        element, pieces = self.open.pop()
        element.text = "".join(pieces)
        self._done(element)
        return found.end()

    def _done(self, element: Element) -> None:
        if len(element.text) > LONGEST_TEXT and not element.children:
            element.problem = f"the text of <{element.name}> is longer than {LONGEST_TEXT} bytes"
        if not self.open and element.name.lower() == "var":
            self._define(element)
            return
        if "$" in element.text and not element.children:
            element.text = self._expanded(element.text, element)
        if self.open:
            parent = self.open[-1][0]
            if parent.children:
                parent.children.append(element)
            else:
                parent.children = [element]
        else:
            self.roots.append(element)

    def _define(self, element: Element) -> None:
        name = element.attributes.get("name", "")
        if not name or len(name) > LONGEST_VARIABLE:
            raise _Malformed(self.counted, "<var> needs a name of at most 255 bytes, as <var name=...>")
        self.variables[name.lower()] = element.text

    def _expanded(self, text: str, element: Element) -> str:
        if len(text) <= 2 or "$" not in text:
            return text

        def value(use: re.Match[str]) -> str:
            name = use[1]
            known = self.variables.get(name.lower())
            if known is not None:
                return known
            if name and not (self.semantics is Semantics.WAZUH and name.startswith("(")):
                self.unknown.append((element, f"the variable ${name[:60]} is not defined above in this file"))
            return use[0]

        return _USE.sub(value, text)
