"""Configurations of FortiOS: `config`, `edit`, `next`, `end`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.config_lines import Ends, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.config import Block


def read_fortinet(lines: Sequence[str]) -> list[Block]:
    """The outermost blocks; `next` ends an `edit`, and `end` a `config` with the `edit` that is open in it."""
    tree, ends = Tree(), Ends(lines)
    opened: list[str] = []
    index = 0
    while index < len(lines):
        text = lines[index].strip()
        number = index + 1
        index += 1
        if not text or text.startswith("#"):
            continue
        word = text.split(" ", 1)[0]
        if word in {"config", "edit"} and " " in text:
            tree.enter(number, text)
            opened.append(word)
        elif text in {"next", "end"}:
            _leave(tree, opened, "edit" if text == "next" else "config")
        elif text.startswith("set ") and _is_open(text):
            end = ends.find(index, '"', _is_open)
            body = () if end is None else tuple(line.rstrip("\r") for line in lines[index : end + 1])
            tree.add(number, text, body)
            index = index if end is None else end + 1
        else:
            tree.add(number, text)
    return tree.blocks()


def _leave(tree: Tree, opened: list[str], word: str) -> None:
    """Leaves the innermost block of a sort, and those in it; nothing happens where none is open."""
    if word == "edit" and (not opened or opened[-1] != "edit"):
        return
    while opened:
        last = opened.pop()
        tree.leave()
        if last == word:
            return


def _is_open(text: str) -> bool:
    """Whether a line begins or ends a text in quotes, but not both."""
    return '"' in text and (text.count('"') - text.count('\\"')) % 2 == 1
