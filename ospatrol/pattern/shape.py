"""What a tree begins with, what it must contain, and how long it can take where it is tried by backtracking."""

from __future__ import annotations

from typing import NamedTuple

from ospatrol.pattern.tree import (
    Atomic,
    Behind,
    Chars,
    Choice,
    Group,
    Look,
    Mode,
    Node,
    Place,
    Repeat,
    Sequence,
    Where,
)

STEPS = 500_000
"""So many steps a search by backtracking may take, at some nanoseconds each."""

_MANY = 64
_MANY_WAYS = 10**6
_RE2_MOST_REPEATS = 1000


class First(NamedTuple):
    """What a part begins with.

    Attributes:
        mask: The bytes that can be its first.
        nullable: Whether it can be empty.
    """

    mask: int
    nullable: bool


def first_of(node: Node) -> First:
    """What a part begins with; places and looks count as empty."""
    match node:
        case Chars(mask):
            return First(mask, nullable=False)
        case Place() | Look() | Behind():
            return First(0, nullable=True)
        case Sequence(parts):
            return _first_of_all(parts)
        case Choice(branches):
            firsts = [first_of(branch) for branch in branches]
            mask = 0
            for first in firsts:
                mask |= first.mask
            return First(mask, any(first.nullable for first in firsts))
        case Repeat():
            first = first_of(node.part)
            return First(first.mask if node.high != 0 else 0, first.nullable or not node.low)
        case _:
            return first_of(node.part)


def _first_of_all(parts: tuple[Node, ...]) -> First:
    mask = 0
    for part in parts:
        first = first_of(part)
        mask |= first.mask
        if not first.nullable:
            return First(mask, nullable=False)
    return First(mask, nullable=True)


class Weight(NamedTuple):
    """What trying a part by backtracking can cost, from one start.

    Attributes:
        runs: Whether it has repetitions without a bound that can end at one place only.
        guesses: How many of them, one after the other, can end at more places.
        ways: How many ways lead through the rest of it, at most.
    """

    runs: bool = False
    guesses: int = 0
    ways: int = 1


_ENDLESS = Weight(runs=True, guesses=99, ways=_MANY_WAYS)


def backtracking_limit(node: Node, steps: int = STEPS) -> int:
    """The longest subject that a search with `re` gets through in so many steps."""
    weight = _weigh(node, 0)
    each = weight.guesses + weight.runs
    degree = max(1, each + (not anchored(node)) * bool(each))
    return int((steps / weight.ways) ** (1 / degree)) if degree < 8 else 0


def needs_backtracking(node: Node, repeated: int = 1) -> bool:
    """Whether a tree has parts that RE2 does not know; `repeated` is how often it is written out."""
    match node:
        case Sequence(parts) | Choice(parts):
            return any(needs_backtracking(part, repeated) for part in parts)
        case Group(part):
            return needs_backtracking(part, repeated)
        case Repeat(part, low, high, mode):
            repeated *= max(low, high or 0, 1)
            return mode is Mode.POSSESSIVE or repeated > _RE2_MOST_REPEATS or needs_backtracking(part, repeated)
        case Look() | Behind() | Atomic():
            return True
        case _:
            return False


def size_of(node: Node) -> int:
    """How many parts a tree has with its repetitions written out."""
    match node:
        case Sequence(parts) | Choice(parts):
            return 1 + sum([size_of(part) for part in parts])
        case Repeat(part, low, high):
            return size_of(part) * max(low, high or 0, 1)
        case Group(part) | Look(part) | Behind(part) | Atomic(part):
            return 1 + size_of(part)
        case _:
            return 1


def anchored(node: Node) -> bool:  # noqa: PLR0911 - one kind of node after the other
    """Whether a match can only begin where the subject does."""
    match node:
        case Place(where):
            return where is Where.START
        case Sequence(parts):
            for part in parts:
                if anchored(part):
                    return True
                if not isinstance(part, Place | Look | Behind):
                    return False
            return False
        case Choice(branches):
            return all(anchored(branch) for branch in branches)
        case Group(part) | Atomic(part):
            return anchored(part)
        case Repeat(part, low):
            return low > 0 and anchored(part)
        case _:
            return False


def _weigh(node: Node, follow: int) -> Weight:
    """What a part costs in front of one of these bytes."""
    match node:
        case Sequence(parts):
            return _weigh_all(parts, follow)
        case Choice(branches):
            return _weigh_choice(branches, follow)
        case Repeat():
            return _weigh_repeat(node, follow)
        case Group(part) | Atomic(part):
            return _weigh(part, follow)
        case Look(part) | Behind(part):
            weight = _weigh(part, 0)
            return weight._replace(guesses=max(weight.guesses - 1, 0))
        case _:
            return Weight()


def _weigh_all(parts: tuple[Node, ...], follow: int) -> Weight:
    runs, guesses, ways = False, 0, 1
    for part in reversed(parts):
        weight = _weigh(part, follow)
        runs = runs or weight.runs
        guesses += weight.guesses
        ways = min(ways * weight.ways, _MANY_WAYS)
        first = first_of(part)
        follow = first.mask | follow if first.nullable else first.mask
    return Weight(runs, guesses, ways)


def _weigh_choice(branches: tuple[Node, ...], follow: int) -> Weight:
    weights = [_weigh(branch, follow) for branch in branches]
    seen, apart = 0, True
    for branch in branches:
        first = first_of(branch)
        mask = first.mask | (follow if first.nullable else 0)
        apart = apart and not seen & mask
        seen |= mask
    ways = [weight.ways for weight in weights]
    return Weight(
        any(weight.runs for weight in weights),
        max(weight.guesses for weight in weights),
        max(ways) if apart else min(sum(ways), _MANY_WAYS),
    )


def _weigh_repeat(node: Repeat, follow: int) -> Weight:
    first = first_of(node.part)
    inner = _weigh(node.part, first.mask | follow)
    apart = not first.mask & follow
    if node.high is None or node.high > _MANY:
        if inner.ways > 1 or inner.guesses or first.nullable or (inner.runs and not apart):
            return _ENDLESS
        return Weight(runs=apart, guesses=int(not apart))
    if node.high <= 1:
        return Weight(inner.runs, inner.guesses, inner.ways + (0 if apart or node.low else 1))
    ways = inner.ways**node.high if inner.ways < 99 else _MANY_WAYS
    ways *= 1 if apart else node.high - node.low + 1
    return Weight(inner.runs, inner.guesses * node.high, min(ways, _MANY_WAYS))
