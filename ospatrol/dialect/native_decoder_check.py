"""What is wrong between decoders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from ospatrol.model.decoder import Decoder, Semantics
from ospatrol.model.errors import ConfigError


def decoder_mistakes(decoders: Iterable[Decoder]) -> tuple[ConfigError, ...]:
    """What is wrong between decoders: parents that do not exist or are no roots, and children that are never tried.

    Args:
        decoders: Of all dialects, in the order in which they are tried; only native ones are complained of.
    """
    every = list(decoders)
    roots = {each.name for each in every if not each.parent}
    below: dict[str, list[Decoder]] = {}
    seen: set[str] = set()
    found: list[ConfigError] = []
    for decoder in every:
        if not decoder.parent:
            seen.add(decoder.name)
            continue
        below.setdefault(decoder.parent, []).append(decoder)
        if decoder.semantics is Semantics.NATIVE and decoder.parent not in seen:
            problem = _parent_problem(decoder, roots, {each.name for each in every if each.parent})
            found.append(ConfigError(decoder.place, problem))
    for siblings in below.values():
        found.extend(_never_tried(siblings))
    return tuple(sorted(found, key=lambda error: error.place))


def _parent_problem(decoder: Decoder, roots: set[str], below: set[str]) -> str:
    told = f"the parent {decoder.parent!r} of decoder {decoder.name!r}"
    if decoder.parent in roots:
        return f"{told} stands further down; move it up"
    if decoder.parent in below:
        return f"{told} has a parent itself; name that one"
    near = get_close_matches(decoder.parent, sorted(roots), n=1, cutoff=0.6)
    return f"{told} does not exist" + (f"; did you mean {near[0]!r}?" if near else "")


def _never_tried(siblings: Sequence[Decoder]) -> Iterator[ConfigError]:
    """Children behind one without a prematch, which takes every line, and behind those that go on where it ends."""
    last = {each.name: index for index, each in enumerate(siblings)}
    end = 0
    for index, head in enumerate(siblings):
        if index < end:
            continue
        end = index
        while last[siblings[end].name] > end:  # the next one goes on where this one ends
            end += 1
        end += 1
        if head.prematch is not None:
            continue
        for decoder in siblings[end:]:
            if decoder.semantics is Semantics.NATIVE:
                problem = f"the decoder {decoder.name!r} is never tried: {head.name!r} before it takes every line"
                yield ConfigError(decoder.place, problem)
        return
