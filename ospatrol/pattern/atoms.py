"""The texts of which every match must contain one."""

from __future__ import annotations

from typing import NamedTuple

from ospatrol.pattern.tree import (
    Atomic,
    Chars,
    Choice,
    Group,
    Mode,
    Node,
    Repeat,
    Sequence,
    without_upper,
)

SHORTEST = 2
"""Shorter texts are in nearly every subject, but for these."""

RARE = frozenset("%{|[\t<#~^&@!;$")
"""Characters that few log lines have."""

_LONG_ENOUGH = 20
_MANY = 24
_FEW_CHARS = 4
_CHOICES = 6000

_Texts = tuple[str, ...]


class _Found(NamedTuple):
    """What a part says of the texts that it matches.

    Attributes:
        exact: All that it can match, in lower case, if these are few.
        needed: Texts of which what it matches contains one.
    """

    exact: _Texts | None
    needed: _Texts | None


_NOTHING = _Found(("",), None)


def atoms_of(node: Node) -> frozenset[str] | None:
    """Lower-case ASCII texts of which every subject of a match contains one, in lower case; None if unknown."""
    found = _look(node)
    best = _better(found.needed, found.exact)
    if not best or not all(len(text) >= SHORTEST or text in RARE for text in best):
        return None
    return shortest_only(frozenset(best))


def exact_of(node: Node) -> frozenset[str] | None:
    """All texts that a tree without places and looks matches, in lower case; None if it has these, or too many."""
    if not _plain(node):
        return None
    exact = _look(node).exact
    return None if exact is None else frozenset(exact)


def _plain(node: Node) -> bool:
    match node:
        case Chars():
            return True
        case Sequence(parts):
            return all(_plain(part) for part in parts)
        case Choice(branches):
            return all(_plain(branch) for branch in branches)
        case Group(part):
            return _plain(part)
        case Repeat(part, mode=mode):
            return mode is not Mode.POSSESSIVE and _plain(part)
        case _:
            return False


def shortest_only(texts: frozenset[str]) -> frozenset[str]:
    """The texts without those that contain another one."""
    if not 1 < len(texts) <= 200:
        return texts
    kept: list[str] = []
    for text in sorted(texts, key=len):
        if not any(short in text for short in kept):
            kept.append(text)
    return frozenset(kept)


def _score(texts: _Texts) -> tuple[int, int]:
    lengths = (SHORTEST if text in RARE else len(text) for text in texts)
    return min(*lengths, _LONG_ENOUGH), -len(texts)


def _better(one: _Texts | None, other: _Texts | None) -> _Texts | None:
    if not one or not other:
        return one or other
    return one if _score(one) >= _score(other) else other


def _look(node: Node) -> _Found:
    match node:
        case Chars(mask):
            return _chars(mask)
        case Sequence(parts):
            return _sequence(parts)
        case Choice(branches):
            return _choice([_look(branch) for branch in branches])
        case Repeat():
            return _repeat(node)
        case Group(part) | Atomic(part):
            return _look(part)
        case _:
            return _NOTHING


_UNKNOWN = _Found(None, None)


def _chars(mask: int) -> _Found:
    if mask.bit_count() > 2 * _FEW_CHARS:
        return _UNKNOWN
    folded = without_upper(mask) | (mask & ~without_upper(mask)) << 32
    if not 0 < folded.bit_count() <= _FEW_CHARS or folded >> 128:
        return _UNKNOWN
    texts = []
    while folded:
        low = folded & -folded
        texts.append(chr(low.bit_length() - 1))
        folded ^= low
    return _Found(tuple(texts), None)


def _sequence(parts: tuple[Node, ...]) -> _Found:
    run: _Texts = ("",)
    best: _Texts | None = None
    whole = True
    for part in parts:
        found = _look(part)
        exact = found.exact
        if exact is not None and len(run) * len(exact) <= max(_MANY, len(run), len(exact)):
            run = tuple(dict.fromkeys(left + right for left in run for right in exact))
            continue
        whole = False
        best = _better(_better(best, _filled(run)), found.needed)
        run = ("",) if exact is None else exact
    if whole:
        return _Found(run, None)
    return _Found(None, _better(best, _filled(run)))


def _filled(texts: _Texts) -> _Texts | None:
    return texts if all(texts) else None


def _choice(branches: list[_Found]) -> _Found:
    exact: dict[str, None] = {}
    needed: dict[str, None] = {}
    is_exact, is_needed = True, True
    for branch in branches:
        if branch.exact is None:
            is_exact = False
        else:
            exact.update(dict.fromkeys(branch.exact))
        best = _better(branch.needed, _filled(branch.exact) if branch.exact else None)
        if best is None:
            is_needed = False
        else:
            needed.update(dict.fromkeys(best))
    return _Found(
        tuple(exact) if is_exact and len(exact) <= _CHOICES else None,
        tuple(needed) if is_needed and len(needed) <= _CHOICES and not is_exact else None,
    )


def _repeat(node: Repeat) -> _Found:
    found = _look(node.part)
    if node.high == 0:
        return _NOTHING
    if node.low == 0:
        if node.high == 1 and found.exact is not None and len(found.exact) < _MANY:
            return _Found(tuple(dict.fromkeys((*found.exact, ""))), None)
        return _UNKNOWN
    if node.low == node.high and found.exact is not None and len(found.exact) == 1 and node.low <= _LONG_ENOUGH:
        return _Found((found.exact[0] * node.low,), None)
    return _Found(None, _better(found.needed, _filled(found.exact) if found.exact else None))
