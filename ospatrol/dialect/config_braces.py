"""Configurations in braces: JunOS, VyOS, PAN-OS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.config_lines import Ends, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.config import Block

_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|[{};]|/\*.*?\*/|#.*|[^"{};/#]+|[/"]', re.ASCII)


def read_braces(lines: Sequence[str]) -> list[Block]:
    """The outermost blocks; a statement ends with `;` or with its line, and a comment is none.

    A brace too many is ignored, and so is one too few. A text in quotes may span a thousand lines.
    """
    tree, ends = Tree(), Ends(lines)
    index = 0
    while index < len(lines):
        text = lines[index].strip()
        number = index + 1
        index += 1
        if text.startswith("/*"):
            if "*/" not in text:
                end = ends.find(index, "*/", lambda line: "*/" in line)
                index = index if end is None else end + 1
            continue
        if _is_open(text):
            end = ends.find(index, '"', _is_open)
            if end is not None:
                _quoted(tree, number, text, lines[index : end + 1])
                index = end + 1
                continue
        _line(tree, number, text)
    return tree.blocks()


def _is_open(text: str) -> bool:
    """Whether a text in quotes does not end on its line."""
    return '"' in text and (text.count('"') - text.count('\\"')) % 2 == 1


def _quoted(tree: Tree, number: int, text: str, more: Sequence[str]) -> None:
    tree.add(number, text, tuple(line.rstrip("\r") for line in more))


def _line(tree: Tree, number: int, text: str) -> None:
    """A line; nearly all are one statement, one opening or one closing brace."""
    if not text or text.startswith("#"):
        return
    if text == "}":
        tree.leave()
        return
    plain = text[:-1]
    if '"' not in text and "#" not in text and "{" not in plain and "}" not in text and ";" not in plain:
        last = text[-1]
        if last == "{":
            tree.enter(number, plain.rstrip())
        else:
            tree.add(number, plain.rstrip() if last == ";" else text)
        return
    _parts(tree, number, text)


def _parts(tree: Tree, number: int, text: str) -> None:
    said = ""
    for part in _PARTS.findall(text):
        if part == "{":
            tree.enter(number, said.strip())
        elif part in {";", "}"} or part.startswith(("#", "/*")):
            if said.strip():
                tree.add(number, said.strip())
            if part == "}":
                tree.leave()
        else:
            said += part
            continue
        said = ""
    if said.strip():
        tree.add(number, said.strip())
