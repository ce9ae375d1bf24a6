"""Blocks of a configuration that a path of patterns names, and what must stand among some lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ospatrol.comply.network_lines import Undecidable, compares, fits, generic, pattern_of
from ospatrol.comply.outcome import Outcome, Result
from ospatrol.model.assertion import ANY_DEPTH, Assertion, Meaning
from ospatrol.model.config import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ospatrol.model.pattern import Syntax

Found: TypeAlias = tuple[Block, tuple[Block, ...]]
"""A block, and the blocks among which it stands, itself included."""

_MOST_LOOKS = 4_000_000  # lines that are compared with others

PARTIAL = "only a part of the configuration is known"
"""Why nothing can be said of what is not there."""


class Seen(msgspec.Struct, frozen=True):
    """What is asked, and what is known of the configuration.

    Attributes:
        said: What is asked.
        whole: Whether all of the configuration is known.
        version: That it names; None if it is not known.
    """

    said: Assertion
    whole: bool
    version: tuple[int, ...] | None


def paths_to(path: Sequence[str], blocks: tuple[Block, ...], syntax: Syntax) -> list[Found]:
    """The blocks that a path names, in the order of the text; `**` in it stands for any number of levels.

    Raises:
        Undecidable: if a pattern is refused.
    """
    levels: list[tuple[Block, ...]] = [blocks]
    found: list[Found] = []
    for text in path:
        if text == ANY_DEPTH:
            levels = [*levels, *(each.children for level in levels for each in _walk(level) if each.children)]
            continue
        pattern = pattern_of(text, syntax)
        found = [(block, level) for level in levels for block in level if pattern.matches(block.text)]
        levels = [block.children for block, _ in found if block.children]
    return found


def pooled(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """What stands in some blocks, together."""
    return tuple(child for block in blocks for child in block.children)


class Peers:
    """Looks for lines that stand beside others.

    What could match at all is found once for each block; the work is bounded, for a configuration may have as many
    neighbours as lines.

    Args:
        said: What is asked.
    """

    def __init__(self, said: Assertion) -> None:
        self._syntax = said.syntax
        self._likely: dict[tuple[str, int], list[Block]] = {}
        self._known: dict[tuple[str, int, tuple[str, ...] | None], Block | None] = {}
        self._left = _MOST_LOOKS

    def find(self, text: str, level: tuple[Block, ...], groups: tuple[str, ...] | None) -> Block | None:
        """The first line of a block that matches a pattern; None if none does.

        Args:
            text: The pattern.
            level: The lines of the block.
            groups: What `%1` and so on stand for.

        Raises:
            Undecidable: if a pattern is refused, or there is too much to look at.
        """
        key = (text, id(level), groups)
        if key not in self._known:
            self._known[key] = self._look(text, level, groups)
        return self._known[key]

    def _look(self, text: str, level: tuple[Block, ...], groups: tuple[str, ...] | None) -> Block | None:
        likely = self._likely.get((text, id(level)))
        if likely is None:
            anyone = pattern_of(generic(text), self._syntax)
            likely = self._likely[text, id(level)] = [block for block in level if anyone.matches(block.text)]
        wanted = pattern_of(text, self._syntax, groups)
        self._left -= len(likely) + 1
        if self._left < 0:
            raise Undecidable("there are too many lines to compare with each other")
        return next((block for block in likely if wanted.matches(block.text)), None)


def in_scope(seen: Seen, blocks: tuple[Block, ...], groups: tuple[str, ...] | None = None) -> Result:
    """What `lacks` and `has` come to among some lines.

    Raises:
        Undecidable: if a pattern is refused.
    """
    said = seen.said
    lines = list(_walk(blocks)) if said.anywhere else blocks
    if said.lacks:
        unwanted = pattern_of(said.lacks, said.syntax, groups)
        bad = next((block for block in lines if unwanted.matches(block.text)), None)
        if bad is not None:
            return Result(Outcome.NOT_FOUND, _shown(bad))
    if said.has:
        return _has(seen, lines, groups)
    if not seen.whole:
        return Result(Outcome.UNKNOWN, PARTIAL, PARTIAL)
    return Result(Outcome.FOUND, f"no line meets {said.lacks}")


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from block.walk()


def _has(seen: Seen, lines: Sequence[Block], groups: tuple[str, ...] | None) -> Result:
    said = seen.said
    wanted = pattern_of(said.has, said.syntax, groups)
    found = [block for block in lines if wanted.matches(block.text)]
    if not found:
        return _absent(seen)
    if said.number:
        wrong = next((block for block in found if not compares(wanted.number(block.text), said.number)), None)
        if wrong is not None:
            return Result(Outcome.NOT_FOUND, _shown(wrong))
    if said.at_least > 1:
        different = {(wanted.captured(block.text) or ("",))[0] or block.text for block in found}
        if len(different) < said.at_least:
            shown = f"{len(different)} instead of {said.at_least}: {_shown(found[0])}"
            return Result(Outcome.NOT_FOUND, shown) if seen.whole else Result(Outcome.UNKNOWN, PARTIAL, PARTIAL)
    return Result(Outcome.FOUND, _shown(found[0])) if seen.whole or not said.lacks else _partial()


def _absent(seen: Seen) -> Result:
    """What it means that there is no such line."""
    said = seen.said
    if not seen.whole:
        return _partial()
    shown = f"no line meets {said.has}"
    meaning = said.absent
    if said.absent_by_version:
        if seen.version is None:
            reason = f"{shown}, and the default depends on the version, which the configuration does not name"
            return Result(Outcome.UNKNOWN, reason, reason)
        version = seen.version
        meaning = next(
            (case.meaning for case in said.absent_by_version if fits(version, case.bound)), Meaning.NOT_ASSESSED
        )
        shown = f"{shown}, in version {'.'.join(map(str, version))}"
    if isinstance(meaning, int):
        outcome = Outcome.FOUND if compares(meaning, said.number) else Outcome.NOT_FOUND
        return Result(outcome, f"{shown}: the default is {meaning}")
    return _meant(meaning, shown)


def _meant(meaning: Meaning, shown: str) -> Result:
    match meaning:
        case Meaning.PASS:
            return Result(Outcome.FOUND, f"{shown}: the default holds")
        case Meaning.FAIL:
            return Result(Outcome.NOT_FOUND, shown)
        case Meaning.NOT_APPLICABLE:
            return Result(Outcome.INVALID, shown, shown)
        case Meaning.NOT_ASSESSED:
            reason = f"{shown}, and what the default is cannot be told from the configuration"
            return Result(Outcome.UNKNOWN, reason, reason)


def _partial() -> Result:
    return Result(Outcome.UNKNOWN, PARTIAL, PARTIAL)


def _shown(block: Block) -> str:
    return f"line {block.line}: {block.text}"
