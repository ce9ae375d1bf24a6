"""A small, tolerant reader of XML: elements, attributes, text; no entities, no declarations, nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

DEEPEST = 32
MOST_ELEMENTS = 4096

_TAG = re.compile(r"<(?:(/)|(?![?!]))([^\s<>/=]++)([^<>]*+)>", re.ASCII)
_ATTRIBUTE = re.compile(r"([^\s=\"'/]{1,64}+)\s?+=\s?+(?:\"([^\"]*+)\"|'([^']*+)')", re.ASCII)


class Element(msgspec.Struct, kw_only=True):
    """One element.

    Attributes:
        name: As written.
        attributes: As written; of those that are there twice the first.
        children: In their order.
        parts: The pieces of text that stand directly in it, as written; entities are not decoded.
    """

    name: str
    attributes: Mapping[str, str]
    children: list[Element] = msgspec.field(default_factory=list)
    parts: list[str] = msgspec.field(default_factory=list)

    @property
    def text(self) -> str:
        """All that stands directly in it."""
        return "".join(self.parts)


def read_xml(text: str) -> Element:
    """A nameless element with what a text holds.

    What is not closed ends with its parent, an end that nothing began is passed over, what is nested deeper than
    `DEEPEST` counts as standing beside, and the first `MOST_ELEMENTS` elements are kept.
    """
    root = Element(name="", attributes={})
    open_elements = [root]
    end = count = 0
    for tag in _TAG.finditer(text):
        open_elements[-1].parts.append(text[end : tag.start()])
        end = tag.end()
        if tag[1]:
            _close(open_elements, tag[2])
            continue
        count += 1
        if count > MOST_ELEMENTS:
            break
        element = Element(name=tag[2], attributes=_attributes(tag[3]))
        open_elements[-1].children.append(element)
        if not tag[3].endswith("/") and len(open_elements) < DEEPEST:
            open_elements.append(element)
    open_elements[-1].parts.append(text[end:])
    return root


def _close(open_elements: list[Element], name: str) -> None:
    for index in range(len(open_elements) - 1, 0, -1):
        if open_elements[index].name == name:
            del open_elements[index:]
            return


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(text):
        double: str | None = attribute[2]
        found.setdefault(attribute[1], attribute[3] if double is None else double)
    return found
