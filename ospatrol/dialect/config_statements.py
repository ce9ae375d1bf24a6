"""What is in force of a configuration that is made of statements: JunOS, ScreenOS, Gaia."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.config import MASKED, Block, Config, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIST = re.compile(r"(.*?) ?\[ (.*?) \]", re.ASCII)
_APPLIED = re.compile(r"set (?:(?!groups )(.*) )?apply-groups (\S+)", re.ASCII)
_WILDCARD = re.compile(rf"(?:^| )<(?!{re.escape(MASKED[1:])})", re.ASCII)
_MOST = 1_000_000  # statements
_LONGEST = 8192  # characters of a statement


def in_force(config: Config) -> Config:
    """The same as lines of `set`, without what was taken back again.

    Braces become the lines that `display set` of JunOS writes, and so does a list in one line. What is inactive is left
    out; so are a `set` and what stands below it once an `unset` or `delete` names it. What a group says counts where
    the configuration, or a level of it, applies that group. Configurations of other styles stay as they are.
    """
    if config.style not in {Style.BRACES, Style.SET}:
        return config
    blocks = list(_statements(config.blocks)) if config.style is Style.BRACES else _listed(_left(config.blocks))
    blocks += _inherited(blocks)
    cut = config.cut or len(blocks) > _MOST
    return msgspec.structs.replace(config, style=Style.SET, blocks=tuple(blocks[:_MOST]), cut=cut)


def _statements(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Each leaf with the path to it."""
    waiting = [(block, "set") for block in reversed(blocks)]
    made = 0
    while waiting and made <= _MOST:
        block, path = waiting.pop()
        if block.text.startswith("inactive:"):
            continue
        text = f"{path} {block.text.removeprefix('protect: ').removeprefix('replace: ')}"[:_LONGEST]
        if block.children:
            waiting.extend((child, text) for child in reversed(block.children))
            continue
        for line in _each_of_list(text):
            made += 1
            yield Block(line=block.line, text=line, body=block.body)


def _each_of_list(text: str) -> list[str]:
    """`a [ b c ]` is `a b` and `a c`."""
    if not text.endswith(" ]"):
        return [text]
    found = _LIST.fullmatch(text)
    return [f"{found[1]} {word}" for word in found[2].split()] if found else [text]


def _listed(blocks: list[Block]) -> list[Block]:
    """The same with a statement for each word of a list."""
    found: list[Block] = []
    for block in blocks:
        lines = _each_of_list(block.text)
        found += [block] if len(lines) == 1 else [msgspec.structs.replace(block, text=line) for line in lines]
    return found


def _left(blocks: tuple[Block, ...]) -> list[Block]:
    """What is left of statements in their order; what stands in a context of ScreenOS is looked at there."""
    gone = {block.text.split(" ", 1)[0] for block in blocks} & {"unset", "delete", "deactivate"}
    if not gone:
        return [_within(block) for block in blocks]
    kept: dict[int, Block] = {}
    below: dict[str, set[int]] = {}
    for block in blocks:
        word, _, rest = block.text.replace('"', "").partition(" ")
        if word in gone:
            for number in below.pop(rest, ()):
                kept.pop(number, None)
            if word == "unset":
                kept[block.line] = block
        elif word in {"set", "add"}:
            kept[block.line] = _within(block)
            for path in _paths(rest):
                below.setdefault(path, set()).add(block.line)
        else:
            kept[block.line] = block
    return list(kept.values())


def _within(block: Block) -> Block:
    return msgspec.structs.replace(block, children=tuple(_left(block.children))) if block.children else block


def _paths(text: str) -> Iterator[str]:
    """A path and all in front of it, at most sixteen words long."""
    at = -1
    for _ in range(16):
        at = text.find(" ", at + 1)
        if at < 0:
            break
        yield text[:at]
    yield text


def _inherited(blocks: list[Block]) -> list[Block]:
    """What groups say where they are applied; what they say with wildcards is left out."""
    applied = dict.fromkeys(
        (found[1] or "", found[2]) for block in blocks if (found := _APPLIED.fullmatch(block.text)) is not None
    )
    if not applied:
        return []
    names = {name for _, name in applied}
    said: dict[tuple[str, str], list[Block]] = {place: [] for place in applied}
    for block in blocks:
        if not block.text.startswith("set groups "):
            continue
        name, _, rest = block.text.removeprefix("set groups ").partition(" ")
        if name in names and rest and not _WILDCARD.search(rest.partition('"')[0]):
            inherited = msgspec.structs.replace(block, text=f"set {rest}")
            for path in ("", *_paths(rest)):
                if (path, name) in said:
                    said[path, name].append(inherited)
    return [block for found in said.values() for block in found]
