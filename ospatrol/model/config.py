"""Configurations of devices, as a tree of lines."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

DEEPEST = 64
"""Levels of a tree; what lies deeper stands on the last of them."""

MASKED = "<secret:"
"""What a masked secret begins with: `<secret:HEX>` stands for it, and the words around it, such as the type, stay."""

WELL_KNOWN = frozenset(
    {
        *("public", "private", "cisco", "netscreen"),
        "8Ry2YjIyt7RRXU24",  # ASA and PIX: the empty password
        "2KFQnbNIdI.2KYOU",  # ASA and PIX: `cisco`
        "nKVUM2rwMUzPcrkG5sWIHdCtqkAibn",  # ScreenOS: `netscreen`
    }
)
"""Values that everybody knows: a mask leaves them as they are, so that a policy can tell that they are in use."""


class Style(StrEnum):
    """How a device writes its configuration."""

    INDENT = "indent"
    """A deeper line belongs to the one above it: IOS, IOS-XE, IOS-XR, NX-OS, ASA, PIX, FWSM, EOS, ProCurve, FRR."""
    BRACES = "braces"
    """JunOS, VyOS and PAN-OS, as `show configuration` writes it."""
    SET = "set"
    """A line is a whole statement: JunOS, VyOS, ScreenOS, Gaia, PAN-OS."""
    FORTINET = "fortinet"
    """`config`, `edit`, `next`, `end`."""
    ROUTEROS = "routeros"
    """A path that begins with `/`, and commands below it."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A line and what belongs to it.

    Attributes:
        line: Its number in the text, from 1.
        text: Without the blanks around it, and without what opens or ends a block or a statement (` {`, `;`).
        children: In the order of the text.
        body: Further lines of a text that spans several (a banner, a certificate), as they are; no blocks.
    """

    line: int
    text: str
    children: tuple[Block, ...] = ()
    body: tuple[str, ...] = ()

    def walk(self) -> Iterator[Block]:
        """All blocks below it, each in front of its own children."""
        return _walk(self.children)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration.

    Attributes:
        style: How it is written.
        blocks: Of the outermost level, in the order of the text; comments are left out.
        lines: How many lines the text has.
        cut: Whether some of it is missing because it is beyond the bounds.
    """

    style: Style
    blocks: tuple[Block, ...]
    lines: int = 0
    cut: bool = False

    def walk(self) -> Iterator[Block]:
        """All blocks, each in front of its own children."""
        return _walk(self.blocks)


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    waiting = list(reversed(blocks))
    while waiting:
        block = waiting.pop()
        yield block
        waiting.extend(reversed(block.children))
