"""The only door to RE2, which takes time in proportion to the subject whatever the pattern.

Two distributions install a module of this name, and with both there google-re2 wins; either will do here. Subjects
are given as bytes, which google-re2 has to be told to read as Latin-1, and pyre2 reads so by itself.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol, cast

import re2  # type: ignore[import-untyped,unused-ignore]  # neither distribution has types

from ospatrol.pattern.tree import PatternBeyondLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Spans = list[tuple[int, int]]
"""Begin and end of the match and of each group; -1 where a group took no part."""

_MEMORY = 32 << 20
_MEMORY_OF_A_SET = 64 << 20


class _Match(Protocol):
    def span(self, group: int, /) -> tuple[int, int]: ...


class _Many(Protocol):
    def Add(self, pattern: bytes, /) -> int: ...  # noqa: N802 - its own name

    def Compile(self) -> None: ...  # noqa: N802

    def Match(self, subject: bytes, /) -> Sequence[int] | None: ...  # noqa: N802


class _Pattern(Protocol):
    groups: int

    def search(self, subject: bytes, /) -> _Match | None: ...


def compile_linear(pattern: str) -> Callable[[str], Spans | None]:
    """A search for a pattern, with `.` for every byte; the spans of its leftmost match, or None.

    Raises:
        PatternRefused: if RE2 cannot read it.
    """
    text = f"(?s){pattern}".encode("latin-1")
    try:
        return _by_google(text) if hasattr(re2, "Options") else _by_pyre2(text)
    except (re2.error, ValueError, KeyError) as error:
        raise PatternBeyondLimits(f"RE2 cannot read it: {error}") from error


def compile_set(patterns: Sequence[str]) -> Callable[[str], Sequence[int]] | None:
    """A search for many patterns at once: which of them a subject has; None where the installed RE2 cannot.

    It has no way out where it lacks memory, and finds nothing then: who needs certainty asks twice.

    Raises:
        PatternRefused: if RE2 cannot read one of them, or all together.
    """
    if not hasattr(re2, "Set"):
        return None
    try:
        many = cast("_Many", re2.Set.SearchSet(_options(_MEMORY_OF_A_SET)))
        for each in patterns:
            many.Add(f"(?s){each}".encode("latin-1"))
        many.Compile()
    except (re2.error, ValueError) as error:
        raise PatternBeyondLimits(f"RE2 cannot read them together: {error}") from error

    def search(subject: str) -> Sequence[int]:
        return sorted(many.Match(subject.encode("latin-1", "replace")) or ())

    return search


def _by_google(text: bytes) -> Callable[[str], Spans | None]:
    compiled = re2.compile(text, _options(_MEMORY))
    bare = getattr(compiled, "_regexp", None)
    if bare is None:
        return _by_match(cast("_Pattern", compiled))
    matches = cast("Callable[[object, bytes, int, int], Sequence[tuple[int, int]]]", bare.Match)
    anywhere = cast("object", re2._re2.RE2.Anchor.UNANCHORED)  # noqa: SLF001 - half the time of the public call

    def search(subject: str) -> Spans | None:
        coded = subject.encode("latin-1", "replace")
        spans = matches(anywhere, coded, 0, len(coded))
        return None if spans[0][0] < 0 else list(spans)

    return search


def _options(memory: int) -> object:
    options = re2.Options()
    options.encoding = options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = memory
    return cast("object", options)


def _by_pyre2(text: bytes) -> Callable[[str], Spans | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        re2.set_fallback_notification(re2.FALLBACK_EXCEPTION)
        return _by_match(cast("_Pattern", re2.compile(text)))


def _by_match(compiled: _Pattern) -> Callable[[str], Spans | None]:
    groups = range(compiled.groups + 1)

    def search(subject: str) -> Spans | None:
        found = compiled.search(subject.encode("latin-1", "replace"))
        return None if found is None else [found.span(group) for group in groups]

    return search
