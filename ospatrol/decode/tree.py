"""Decoders compiled into the tree that is searched: two levels, two lists of roots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ospatrol.model.decoder import STATIC_FIELDS, Decoder, Offset, Semantics
from ospatrol.model.pattern import Expression
from ospatrol.pattern.compiled import Pattern, compile_later
from ospatrol.pattern.scan import Scanner

_LONG = 6
_SHAPES = 4096

Take: TypeAlias = tuple[str, bool]
"""A field that a group fills, in lower case, and whether it replaces what is there."""


class Identity:
    """The decoder that an event is said to come from.

    Attributes:
        name: What rules know it by.
        category: Which tree of rules judges the event.
        decoder: As written.
    """

    __slots__ = ("category", "decoder", "name")

    def __init__(self, name: str, decoder: Decoder) -> None:
        self.name = name
        self.category = decoder.category
        self.decoder = decoder


class Link:
    """A decoder below a root, or a root that stands alone: what it looks for and what it takes.

    Attributes:
        decoder: As written.
        identity: What the event is said to come from if this is the last word.
        prematch: What must be found for it to be chosen; None if it always is.
        prematch_ends: Whether somebody needs to know where that ended.
        after_parent: Whether that is looked for behind what the root found.
        regex: What finds the fields; None for a plugin or for nothing.
        regex_ends: Whether a later link needs to know where that ended.
        takes: What the groups fill.
        names: Fields written with capitals, by their names in lower case.
        chain: It and those that go on where it ended.
        narrow: Narrows a long chain down; None for others.
    """

    __slots__ = (
        "after_parent",
        "chain",
        "decoder",
        "identity",
        "names",
        "narrow",
        "prematch",
        "prematch_ends",
        "regex",
        "regex_ends",
        "takes",
    )

    def __init__(self, decoder: Decoder, root_name: str) -> None:
        self.decoder = decoder
        self.identity = Identity(decoder.name if decoder.own_name else root_name, decoder)
        self.prematch = _pattern(decoder.prematch)
        self.prematch_ends = False
        self.after_parent = decoder.prematch_offset is Offset.AFTER_PARENT
        self.regex = _pattern(decoder.regex)
        self.regex_ends = False
        self.takes: tuple[Take, ...] = tuple(_take(word, decoder.semantics) for word in decoder.order)
        self.names = {word.lower(): word for word in decoder.order if word != word.lower()}
        self.chain: tuple[Link, ...] = (self,)
        self.narrow: Narrow | None = None


class Narrow:
    """A long chain, narrowed down for each line to the links whose literals it has: the others would find nothing."""

    def __init__(self, chain: Sequence[Link]) -> None:
        self._chain = chain
        self._atoms: list[frozenset[str] | None] = []
        self._scan: Scanner | None = None  # made for the first line
        self._shapes: dict[frozenset[str], tuple[Link, ...]] = {}

    def links(self, log: str) -> Sequence[Link]:
        """Those that may find something in a line, in order."""
        if self._scan is None:
            self._atoms = [link.regex.atoms if link.regex else None for link in self._chain]
            self._scan = Scanner(sorted(frozenset[str]().union(*(atoms or () for atoms in self._atoms))))
        hits = self._scan.texts(log.lower())
        links = self._shapes.get(hits)
        if links is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            links = self._shapes[hits] = tuple(
                link
                for link, atoms in zip(self._chain, self._atoms, strict=True)
                if atoms is None or not atoms.isdisjoint(hits)
            )
        return links


class Root:
    """A root and what hangs below it.

    Attributes:
        decoder: As written.
        identity: What the event is said to come from if nothing below has a say.
        program: What the program's name must match; None if any will do.
        prematch: What the log must match; None if it always does.
        prematch_ends: Whether somebody below needs to know where that ended.
        heads: Those below it among which one is chosen, in order; the last may be one that always is.
        alone: The root itself, where nothing hangs below it.
    """

    __slots__ = ("alone", "decoder", "heads", "identity", "prematch", "prematch_ends", "program")

    def __init__(self, decoder: Decoder, children: Sequence[Decoder]) -> None:
        self.decoder = decoder
        self.program = _pattern(decoder.program) if decoder.program and decoder.program.text else None
        self.alone: Link | None = None if children else Link(decoder, decoder.name)
        self.identity = self.alone.identity if self.alone else Identity(decoder.name, decoder)
        self.prematch = _pattern(decoder.prematch)
        links = [Link(child, decoder.name) for child in children]
        self.heads = _heads(links)
        self.prematch_ends = any(map(_asks_parent, (*self.heads, *([self.alone] if self.alone else []))))


class DecoderTree:
    """All decoders, ready.

    Attributes:
        with_program: Roots for lines that name a program, in order.
        without: Roots for lines that do not.
        names: Every name that an event can be said to come from.
    """

    def __init__(self, decoders: Iterable[Decoder]) -> None:
        every = list(decoders)
        below: dict[int, list[Decoder]] = {}
        standing: dict[str, list[int]] = {}
        for decoder in every:
            if not decoder.parent:
                standing.setdefault(decoder.name, []).append(id(decoder))
            for root in standing.get(decoder.parent, ()) if decoder.parent else ():
                below.setdefault(root, []).append(decoder)
        roots = [Root(each, below.get(id(each), ())) for each in every if not each.parent]
        self.with_program = tuple(root for root in roots if root.decoder.program is not None)
        self.without = tuple(root for root in roots if root.decoder.program is None)
        self.names = frozenset(
            identity.name
            for root in roots
            for identity in (root.identity, *(link.identity for head in root.heads for link in head.chain))
        )

    def candidates(self, program: str | None) -> tuple[Root, ...]:
        """The roots that may decode a line, in order.

        Args:
            program: The one that its header names; None if it names none.
        """
        if program is None:
            return self.without
        return tuple(root for root in self.with_program if root.program is None or root.program.test(program))


def _heads(links: Sequence[Link]) -> tuple[Link, ...]:
    """The links among which one is chosen, each with its chain."""
    goes_on = _goes_on(links)
    heads = []
    index = 0
    while index < len(links):
        head, end = links[index], index
        while end < len(links) - 1 and goes_on[end]:
            end += 1
        head.chain = tuple(links[index : end + 1])
        # where a link of OSSEC finds nothing, that changes where the next one begins
        if len(head.chain) >= _LONG and head.decoder.semantics is not Semantics.OSSEC:
            head.narrow = Narrow(head.chain)
        _mark_ends(head)
        heads.append(head)
        if head.prematch is None:
            break
        index = end + 1
    return tuple(heads)


def _goes_on(links: Sequence[Link]) -> list[bool]:
    """Whether decoding goes on with the next sibling: a later one has the same name, whatever stands between."""
    names = [link.decoder.name for link in links]
    return [name in names[index + 1 :] for index, name in enumerate(names)]


def _mark_ends(head: Link) -> None:
    """Find out whose ends are asked for: most are not, and are dear to know."""
    before: list[Link] = []
    for link in head.chain:
        offset = _offset(link)
        if offset in {Offset.AFTER_PREMATCH, Offset.AFTER_REGEX}:
            head.prematch_ends = True
        if offset is Offset.AFTER_REGEX:
            for earlier in before:
                earlier.regex_ends = True
        before.append(link)


def _offset(link: Link) -> Offset:
    return link.decoder.plugin_offset if link.decoder.plugin else link.decoder.regex_offset


def _asks_parent(head: Link) -> bool:
    """Whether a chain needs to know where its root's prematch ended: one without a prematch begins there."""
    begins = {_offset(link) for link in head.chain}
    alone = head.prematch is None or not head.decoder.parent
    return head.after_parent or Offset.AFTER_PARENT in begins or (alone and begins != {Offset.START})


def _take(word: str, semantics: Semantics) -> Take:
    return word.lower(), word in STATIC_FIELDS or semantics is Semantics.OSSEC


def _pattern(expression: Expression | None) -> Pattern | None:
    # whoever read the decoder has looked at its patterns
    return compile_later(expression) if expression else None
