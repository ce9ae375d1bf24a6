"""Configurations of which each line is a statement: JunOS, VyOS, ScreenOS, Gaia, PAN-OS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.config_lines import Ends, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.model.config import Block

_SCREENOS = re.compile(
    r'set (?:vrouter "?[^"\s]+"?|policy id \d+|vsys "?[^"\s]+"?|crypto-policy|url protocol \S+)', re.ASCII
)
"""What `exit` ends, in ScreenOS; none of it stands alone anywhere else."""
_BEGINS = ("set ", "unset ", "add ", "delete ", "deactivate ")


def read_set(lines: Sequence[str]) -> list[Block]:
    """The statements; what stands between `set policy id 1` and `exit` in ScreenOS belongs to the former.

    A text in quotes may span several lines, of which none may look like a statement.
    """
    tree, ends = Tree(), Ends(lines)
    index = 0
    while index < len(lines):
        text = lines[index].strip()
        number = index + 1
        index += 1
        if not text or text.startswith(("#", "!")):
            continue
        if text == "exit":
            tree.leave()
        elif _SCREENOS.fullmatch(text):
            tree.enter(number, text)
        elif text.count('"') % 2 and text.count('"') != text.count('\\"'):
            end = ends.find(index, '"', lambda line: line.count('"') % 2 == 1 or line.startswith(_BEGINS))
            if end is None or lines[end].startswith(_BEGINS):
                tree.add(number, text)
            else:
                tree.add(number, text, tuple(line.rstrip("\r") for line in lines[index : end + 1]))
                index = end + 1
        else:
            tree.add(number, text)
    return tree.blocks()
