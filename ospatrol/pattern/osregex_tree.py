"""What a Wazuh regular expression would be as a common one, read widely: whatever its automaton finds, this finds."""

from __future__ import annotations

from itertools import pairwise

from ospatrol.pattern.osregex import MARK, Alternative, Token
from ospatrol.pattern.tree import Mode, Node, Place, Repeat, Where, chars, sequence


def wide_tree(alternative: Alternative) -> Node:
    """A tree without groups that matches wherever the automaton does, and hardly anywhere else."""
    tokens = alternative.tokens
    loose = may_go_stale(alternative) or _may_be_let_off(tokens)
    parts: list[Node] = [Place(Where.START)] if alternative.begins else []
    kept = (
        [token for token in tokens if token is not MARK] if not _has_neighbours(tokens) else _until_neighbours(tokens)
    )
    cut = len(kept) != sum(token is not MARK for token in tokens)
    if loose and not alternative.ends and not cut:
        kept = _without_tail(tokens, kept)
        cut = True
    parts.extend(_part(token, loose=loose) for token in kept)
    if alternative.ends and not cut:
        parts.append(Place(Where.END))
    return sequence(parts)


def may_go_stale(alternative: Alternative) -> bool:
    """Whether it can come upon a repetition believing that it had already begun."""
    tokens = alternative.tokens
    unmarked = [token for token in tokens if token is not MARK]
    for token, after in pairwise(unmarked):
        if token.many and after.is_set and token.mask & after.mask:
            return True
    return alternative.ends and bool(tokens) and bool(tokens[-1].many) and not (alternative.begins)


def _may_be_let_off(tokens: tuple[Token, ...]) -> bool:
    """Whether, at the end of a subject, a repetition can be taken for the optional one in front of it."""
    unmarked = [token for token in tokens if token is not MARK]
    return any(one.many == "*" and other.many == "+" for one, other in pairwise(unmarked))


def _has_neighbours(tokens: tuple[Token, ...]) -> bool:
    return any(one is MARK and other is MARK for one, other in pairwise(tokens))


def _until_neighbours(tokens: tuple[Token, ...]) -> list[Token]:
    """What stands in front of two marks side by side, the second of which is taken for a bracket."""
    first = next(at for at, (one, other) in enumerate(pairwise(tokens)) if one is MARK and other is MARK)
    return [token for token in tokens[:first] if token is not MARK]


def _without_tail(tokens: tuple[Token, ...], kept: list[Token]) -> list[Token]:
    """What must be there although a class in the last or last but one place may be let off."""
    for back in (1, 2):
        if len(tokens) >= back and tokens[-back].is_set and not tokens[-back].many:
            index = sum(token is not MARK for token in tokens[:-back])
            return kept[:index]
    return kept


def _part(token: Token, *, loose: bool) -> Node:
    part = chars(token.mask)
    if not token.many:
        return part
    return Repeat(part, int(token.many == "+" and not loose), None, Mode.LAZY)
