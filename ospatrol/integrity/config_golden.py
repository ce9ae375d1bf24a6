"""A configuration against a golden one: what every device of its kind must, and must not, have.

A golden text is written as the platform writes its configurations, and is read as if it came from a device: secrets in
it are masked in the same way, and so compared. Besides plain lines, which must be there, a line may begin with

    ~ PATTERN    some line matches this RE2 pattern as a whole; before a block: every block that matches is compared
    - LINE       this line (or `- ~ PATTERN`) must not be there
    = LINE       the block holds the lines below it and no others
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.config_tree import parse_config, read_config
from ospatrol.integrity.config_patterns import LinePattern, refused
from ospatrol.integrity.config_secrets import mask_lines
from ospatrol.model.config import Block, Style
from ospatrol.model.device_profile import Written
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ospatrol.integrity.config_profile import ReadyProfile

_LIKE = "~ "
_NEVER = "- "
_ONLY = "= "


class GoldenDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How one block differs from what it must be.

    Attributes:
        section: The texts of the blocks, from the outermost.
        missing: Lines that must be there and are not.
        extra: Lines that are there and must not be.
    """

    section: tuple[str, ...]
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a golden text, its marks read; `text` holds no secret."""

    text: str
    never: bool
    only: bool
    pattern: LinePattern | None
    children: tuple[_Wanted, ...]

    def takes(self, block: Block) -> bool:
        return self.pattern.matches(block.text) if self.pattern else block.text == self.text


class _Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a golden text as it was written: its blanks and marks, and the rest."""

    blanks: str
    never: bool
    only: bool
    like: bool
    rest: str


class Golden:
    """A golden text, ready to be compared with.

    Args:
        text: As a person wrote it.
        path: The file, for messages.
        ready: The profile of the devices that it is for.
        key: Keys the masks of secrets.

    Raises:
        ConfigErrors: every pattern that cannot be used.
    """

    def __init__(self, text: str, path: str, ready: ReadyProfile, key: bytes) -> None:
        self.platform = ready.profile.platform
        marked = [_marked(line) for line in text.expandtabs(8).splitlines()]
        patterns = {
            number: Written(f"^(?:{line.rest})$", Place(path, number))
            for number, line in enumerate(marked, start=1)
            if line.like
        }
        problems = refused(patterns.values())
        if problems:
            raise ConfigErrors(problems)
        self._marked = marked
        self._patterns = patterns
        masked = mask_lines([line.blanks + line.rest for line in marked], ready, key).lines
        tree = parse_config("\n".join(masked), self.platform)
        if tree.style is Style.SET:
            tree = read_config("\n".join(masked), Style.INDENT)  # a pattern is no statement
        self._wanted = tuple(self._read(block) for block in tree.blocks)

    def _read(self, block: Block) -> _Wanted:
        line = self._marked[block.line - 1]
        written = self._patterns.get(block.line)
        return _Wanted(
            text=block.text,
            never=line.never,
            only=line.only,
            pattern=LinePattern(written) if written else None,
            children=tuple(self._read(child) for child in block.children),
        )

    def drift(self, text: str) -> tuple[GoldenDrift, ...]:
        """How a normalised configuration differs; empty if it is as it must be."""
        found = tuple(_compared(self._wanted, parse_config(text, self.platform).blocks, (), only=False))
        return tuple(each for each in found if each.missing or each.extra)


def _marked(line: str) -> _Marked:
    rest = line.strip()
    blanks = line[: len(line) - len(line.lstrip())]
    never, only = rest.startswith(_NEVER), rest.startswith(_ONLY)
    if never or only:
        rest = rest[2:].lstrip()
    like = rest.startswith(_LIKE)
    return _Marked(blanks=blanks, never=never, only=only, like=like, rest=rest[2:].strip() if like else rest)


def _compared(
    wanted: Sequence[_Wanted], blocks: Sequence[Block], section: tuple[str, ...], *, only: bool
) -> Iterator[GoldenDrift]:
    missing: list[str] = []
    extra: list[str] = []
    below: list[GoldenDrift] = []
    allowed: set[int] = set()
    for each in wanted:
        found = [block for block in blocks if each.takes(block)]
        allowed |= {id(block) for block in found}
        if each.never:
            extra += [block.text for block in found]
        elif not found:
            missing += _lines(each, 0)
        else:
            for block in found:
                below += _compared(each.children, block.children, (*section, block.text), only=each.only)
    if only:
        extra += [block.text for block in blocks if id(block) not in allowed]
    yield GoldenDrift(section=section, missing=tuple(missing), extra=tuple(extra))
    yield from below


def _lines(wanted: _Wanted, depth: int) -> Iterator[str]:
    yield " " * depth + wanted.text
    for child in wanted.children:
        if not child.never:
            yield from _lines(child, depth + 1)
