"""Configurations in which a deeper line belongs to the one above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.config_lines import Ends, Growing, finished
from ospatrol.model.config import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.config import Block

_BANNER = re.compile(
    r"(?:banner +\S+|menu +\S+ +\S+|aaa authentication +(?:banner|fail-message))(?: +(\^C|\x03|[!-/:-@\[-`{-~]))?(.*)",
    re.ASCII,
)
_CERTIFICATE = re.compile(r"certificate +(?:\S+ +)?[0-9A-Fa-f]{2,}\b|key-string$", re.ASCII)
_MACRO = re.compile(r"macro name +\S", re.ASCII)
_COMMENTS = ("!", "#", ":")
_FAMILY, _FAMILY_END = "address-family ", "exit-address-family"


def read_indent(lines: Sequence[str]) -> list[Block]:
    """The outermost blocks.

    Comments are lines that begin with `!`, `#` or `:`. A banner ends where what it is opened with comes again (in EOS,
    at `EOF`), a certificate at `quit`, a macro at `@`; one that does not end within a thousand lines is a line like
    any other, so that nothing hides what stands behind it.
    """
    root: list[Growing] = []
    opened: list[tuple[int, list[Growing]]] = [(-1, root)]
    ends = Ends(lines)
    index = 0
    while index < len(lines):
        written = lines[index].rstrip()
        text = written.lstrip()
        number = index + 1
        index += 1
        if not text or text.startswith(_COMMENTS):
            continue
        indent = len(written) - len(text) if "\t" not in written else _indent(written, text)
        while indent <= opened[-1][0]:
            opened.pop()
        body: tuple[str, ...] = ()
        end = _end_of_body(lines, index, text, ends)
        if end is not None:
            body, index = tuple(line.rstrip("\r") for line in lines[index : end + 1]), end + 1
        block = Growing(number, text, body)
        opened[-1][1].append(block)
        if len(opened) < DEEPEST:
            opened.append((indent, block.parts))
    _gather_families(root)
    return finished(root)


def _indent(written: str, text: str) -> int:
    return len(written[: len(written) - len(text)].expandtabs())


def _end_of_body(lines: Sequence[str], start: int, text: str, ends: Ends) -> int | None:
    """The index of the last line of a text that spans several; None if it is but one line."""
    if text.startswith(("banner ", "menu ", "aaa authentication ")):
        return _end_of_banner(lines, start, text, ends)
    if _CERTIFICATE.match(text):
        return ends.find(start, "quit", lambda line: line.strip() == "quit")
    if _MACRO.match(text):
        return ends.find(start, "@", lambda line: line.strip() == "@")
    return None


def _end_of_banner(lines: Sequence[str], start: int, text: str, ends: Ends) -> int | None:
    found = _BANNER.fullmatch(text)
    if found is None:
        return None
    delimiter, rest = found[1], found[2]
    if delimiter is None:
        return None if rest else ends.find(start, "EOF", lambda line: line.strip() == "EOF")
    if delimiter in rest:
        return None
    end = ends.find(start, f"banner {delimiter}", lambda line: delimiter in line)
    if end is None or delimiter in {"^C", "\x03"}:
        return end
    if any(line.startswith("banner ") for line in lines[start : end + 1]):
        return None  # each line of an ASA's banner is a command of its own
    return end


def _gather_families(parts: list[Growing]) -> None:
    """Old IOS writes what belongs to an address family as deep as the family itself, up to `exit-address-family`."""
    for part in parts:
        if part.parts and part.text.startswith("router "):
            part.parts = _with_families(part.parts)


def _with_families(parts: list[Growing]) -> list[Growing]:
    found: list[Growing] = []
    ends = sum(part.text == _FAMILY_END for part in parts)
    family: Growing | None = None
    for part in parts:
        if family is not None:
            family.parts.append(part)
            if part.text == _FAMILY_END:
                family = None
            continue
        found.append(part)
        if part.text == _FAMILY_END:
            ends -= 1
        elif part.text.startswith(_FAMILY) and not part.parts and ends:
            family, ends = part, ends - 1
    return found
