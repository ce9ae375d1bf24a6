"""Configurations of RouterOS, as `/export` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.config_lines import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.config import Block

_MOST_JOINED = 1000  # lines that are one command


def read_routeros(lines: Sequence[str]) -> list[Block]:
    r"""A block for each path, such as `/ip address`, with its commands; a line that ends with `\` goes on."""
    tree = Tree()
    index = 0
    while index < len(lines):
        number = index + 1
        text, index = _joined(lines, index)
        if not text or text.startswith("#"):
            continue
        if text.startswith("/"):
            tree.leave()
            tree.enter(number, text)
        else:
            tree.add(number, text)
    return tree.blocks()


def _joined(lines: Sequence[str], index: int) -> tuple[str, int]:
    """A command, and the index behind its last line."""
    text = lines[index].strip()
    last = min(index + _MOST_JOINED, len(lines) - 1)
    if not text.endswith("\\"):
        return text, index + 1
    pieces: list[str] = []
    while text.endswith("\\") and index < last:
        pieces.append(text[:-1])
        index += 1
        text = lines[index].strip()
    pieces.append(text)
    return "".join(pieces), index + 1
