"""Two configurations compared block by block; the order of lines counts where it does for the platform."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.config_tree import parse_config, read_config
from ospatrol.model.config import MASKED, Block, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ospatrol.integrity.config_profile import ReadyProfile

COMMENTS = "comments"
"""The topic of a change that no statement takes part in."""
_MASK = re.compile(re.escape(MASKED) + r"[0-9a-z-]{1,20}>")
_HIDDEN = re.compile(r"\*{5,}")
_SET = re.compile(r"(?:set|unset|add|delete|deactivate|activate|/\S+)(?: \S+){0,2}")


class SectionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in one block, or among the lines of one topic that are in no block.

    Attributes:
        section: The texts of the blocks, from the outermost; empty for lines that are in none.
        removed: Lines that are gone, indented below the section.
        added: Lines that are new.
        moved: Lines whose place among their neighbours is another, where that matters.
        topic: What it is about.
    """

    section: tuple[str, ...]
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    topic: str = "other"

    @property
    def touches_secret(self) -> bool:
        """Whether a line that changed holds a secret."""
        return any(MASKED in line for line in (*self.removed, *self.added))

    @property
    def only_secrets(self) -> bool:
        """Whether nothing but secrets changed: the words around them are the same."""
        return self.touches_secret and _unmasked(self.removed) == _unmasked(self.added)


def diff_configs(before: str, after: str, ready: ReadyProfile, *, plain: bool = False) -> tuple[SectionChange, ...]:
    """What changed between two normalised texts, in the order of the text that is new, removed blocks first.

    Args:
        before: As it was.
        after: As it is.
        ready: The device's profile: it knows where order matters, and what lines are about.
        plain: Whether it is no configuration but other output of the device.
    """
    if before == after:
        return ()
    platform = ready.profile.platform
    old, new = (read_config(text, Style.INDENT) if plain else parse_config(text, platform) for text in (before, after))
    changes = tuple(_grouped(_Comparer(ready).compare(old.blocks, new.blocks, ()), ready))
    return changes or _comments(before, after)


def unsaved(startup: str, running: str, ready: ReadyProfile) -> tuple[SectionChange, ...]:
    """What would be lost, or come back, at the next start.

    Some devices hide the secrets of one of the two: then secrets are not compared.
    """
    if startup == running:
        return ()
    if _HIDDEN.search(startup) or _HIDDEN.search(running):
        startup, running = (_HIDDEN.sub("*****", _MASK.sub("*****", text)) for text in (startup, running))
    changes = diff_configs(startup, running, ready)
    return tuple(change for change in changes if change.topic != COMMENTS)


class _Comparer:
    def __init__(self, ready: ReadyProfile) -> None:
        self._ready = ready

    def compare(
        self, before: Sequence[Block], after: Sequence[Block], section: tuple[str, ...]
    ) -> Iterator[SectionChange]:
        """Changes among blocks that are side by side, and below those that are in both."""
        pairs, gone, new = _paired(before, after)
        for block in gone:
            yield _whole(block, section, added=False)
        moved = self._moved(before, pairs, section)
        if moved:
            yield SectionChange(section=section, moved=tuple(block.text for block in moved))
        for block in new:
            yield _whole(block, section, added=True)
        for was, now in pairs:
            if was.body != now.body:
                yield SectionChange(
                    section=(*section, now.text),
                    removed=_missing(was.body, now.body),
                    added=_missing(now.body, was.body),
                )
            if was.children or now.children:
                yield from self.compare(was.children, now.children, (*section, now.text))

    def _moved(
        self, before: Sequence[Block], pairs: Sequence[tuple[Block, Block]], section: tuple[str, ...]
    ) -> list[Block]:
        place = {id(block): at for at, block in enumerate(before)}
        if section and any(self._ready.ordered_blocks.matches(text) for text in section):
            return _out_of_order([(place[id(was)], now) for was, now in pairs])
        groups: dict[tuple[str, ...], list[tuple[int, Block]]] = {}
        for was, now in pairs:
            for pattern in self._ready.ordered_lines:
                texts = pattern.texts(now.text)
                if texts is not None:
                    groups.setdefault(texts, []).append((place[id(was)], now))
                    break
        return [block for group in groups.values() for block in _out_of_order(group)]


def _paired(
    before: Sequence[Block], after: Sequence[Block]
) -> tuple[list[tuple[Block, Block]], list[Block], list[Block]]:
    """Blocks of the same text in both, those that are gone, and those that are new, each in its text's order."""
    waiting: dict[str, list[Block]] = {}
    for block in reversed(before):
        waiting.setdefault(block.text, []).append(block)
    pairs: list[tuple[Block, Block]] = []
    new: list[Block] = []
    for block in after:
        same = waiting.get(block.text)
        if same:
            pairs.append((same.pop(), block))
        else:
            new.append(block)
    left = {id(block) for blocks in waiting.values() for block in blocks}
    return pairs, [block for block in before if id(block) in left], new


def _out_of_order(placed: Sequence[tuple[int, Block]]) -> list[Block]:
    """The fewest blocks without which all others stand in their old order."""
    ends: list[int] = []
    at: list[int] = []
    back: list[int] = []
    for index, (place, _) in enumerate(placed):
        rank = bisect_left(ends, place)
        back.append(at[rank - 1] if rank else -1)
        if rank == len(ends):
            ends.append(place)
            at.append(index)
        else:
            ends[rank], at[rank] = place, index
    kept: set[int] = set()
    index = at[-1] if at else -1
    while index >= 0:
        kept.add(index)
        index = back[index]
    return [block for index, (_, block) in enumerate(placed) if index not in kept]


def _whole(block: Block, section: tuple[str, ...], *, added: bool) -> SectionChange:
    """A block that is only in one of the two, with all that belongs to it."""
    lines = tuple(_lines(block, 0))
    inside = (*section, block.text) if block.children or block.body else section
    return SectionChange(section=inside, added=lines) if added else SectionChange(section=inside, removed=lines)


def _lines(block: Block, depth: int) -> Iterator[str]:
    yield " " * depth + block.text
    yield from block.body
    for child in block.children:
        yield from _lines(child, depth + 1)


def _grouped(changes: Iterable[SectionChange], ready: ReadyProfile) -> Iterator[SectionChange]:
    """One change a section and topic, in the order in which they first came."""
    groups: dict[tuple[tuple[str, ...], str], list[SectionChange]] = {}
    for change in changes:
        lines = (*change.removed, *change.added, *change.moved)
        section = change.section or _of_statement(lines)
        topic = ready.topic(" ".join((*change.section, lines[0].strip() if lines else "")))
        groups.setdefault((section, topic), []).append(change)
    for (section, topic), parts in groups.items():
        yield SectionChange(
            section=section,
            topic=topic,
            removed=tuple(line for part in parts for line in part.removed),
            added=tuple(line for part in parts for line in part.added),
            moved=tuple(line for part in parts for line in part.moved),
        )


def _of_statement(lines: Sequence[str]) -> tuple[str, ...]:
    """The first words of a statement that is a line, where the platform writes such: they are its section."""
    found = _SET.match(lines[0]) if lines else None
    return (found[0],) if found and found.end() < len(lines[0]) else ()


def _comments(before: str, after: str) -> tuple[SectionChange, ...]:
    was, now = before.splitlines(), after.splitlines()
    removed, added = _missing(was, now), _missing(now, was)
    if not removed and not added:
        return ()
    return (SectionChange(section=(), removed=removed, added=added, topic=COMMENTS),)


def _missing(lines: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The lines that the others lack, as often as they lack them."""
    left = Counter(others)
    missing = []
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
        else:
            missing.append(line)
    return tuple(missing)


def _unmasked(lines: Sequence[str]) -> Counter[str]:
    return Counter(_MASK.sub(MASKED, line) for line in lines)
