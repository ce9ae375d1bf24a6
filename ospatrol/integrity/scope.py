"""Which paths a scope watches."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ospatrol.model.files import FileScope

_CLASSES = {
    "alpha": "A-Za-z",
    "digit": "0-9",
    "alnum": "0-9A-Za-z",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
    "cntrl": r"\x00-\x1f\x7f",
    "xdigit": "0-9A-Fa-f",
}
_NEVER = "(?!)"
_SLASH = re.compile(b"/")
_ITEM = re.compile(r"\[:(?P<cls>[a-z]*):\]|(?P<low>\\.|[^\\])(?:-(?P<high>\\.|[^\]\\]))?", re.DOTALL)


def selected(path: bytes, scope: FileScope) -> bool:
    r"""Whether a scope lists a path, judged by its name alone.

    It says what `LC_ALL=C find PATH... -maxdepth DEPTH -path IGNORE -prune -o -path INCLUDE -print` does:

    - A path is in reach if it is one of `scope.paths` or lies below one, at most `scope.depth` levels down
      (0 is the start itself). Slashes at the end of a start do not count.
    - It is out if it, or any directory between it and that start, the start included, matches an ignore pattern.
      Directories above the start are not asked.
    - If there are include patterns, the path itself must match one; that a directory matches none does not stop
      what lies below it from being listed.

    Patterns are those of fnmatch(3) without flags, by the byte: `*`, `?` and `[...]` match `/` and leading dots too,
    a backslash takes the next byte as it is, and the whole path must match. Types, mount points and limits of the
    scope are not looked at.

    Args:
        path: Raw bytes, absolute, without `scope.root`.
        scope: Its `paths`, `depth`, `ignore` and `include` are used.
    """
    include = any_of(scope.include)
    if include and not include.fullmatch(path):
        return False
    ignore = any_of(scope.ignore)
    return any(_reached(path, start, scope.depth, ignore) for start in _starts(scope.paths))


def _reached(path: bytes, start: bytes, depth: int | None, ignore: re.Pattern[bytes] | None) -> bool:
    if path == start:
        return not (ignore and ignore.fullmatch(path))
    if not path.startswith(start.rstrip(b"/") + b"/"):
        return False
    between = [path[: slash.start()] for slash in _SLASH.finditer(path, len(start) + 1)]
    if depth is not None and len(between) + 1 > depth:
        return False
    return not (ignore and any(ignore.fullmatch(step) for step in (start, *between, path)))


@lru_cache(maxsize=256)
def _starts(paths: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(path.encode("utf-8", "surrogateescape").rstrip(b"/") or b"/" for path in paths)


@lru_cache(maxsize=512)
def any_of(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """One expression for all of the patterns, to be matched in full; None where there are none."""
    if not patterns:
        return None
    raw = (pattern.encode("utf-8", "surrogateescape").decode("latin-1") for pattern in patterns)
    return re.compile("|".join(map(_regex, raw)).encode("latin-1"), re.DOTALL)


def _regex(pattern: str) -> str:
    """A regular expression without needless backtracking: what stands between stars is found leftmost, once."""
    pieces: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            pieces.append([])
        elif char == "?":
            pieces[-1].append(".")
        elif char == "[" and (bracket := _bracket(pattern, at)):
            regex, at = bracket
            pieces[-1].append(regex)
        elif char == "\\":
            pieces[-1].append(re.escape(pattern[at]) if at < len(pattern) else _NEVER)
            at += 1
        else:
            pieces[-1].append(re.escape(char))
    first, *rest = ("".join(piece) for piece in pieces)
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last


def _bracket(pattern: str, at: int) -> tuple[str, int] | None:
    """The set that begins after `[` and where it ends; None if nothing closes it, so that `[` means itself."""
    negated = pattern[at : at + 1] in {"!", "^"}
    at += negated
    inside = ""
    first = True
    while first or pattern[at : at + 1] != "]":
        first = False
        item = _ITEM.match(pattern, at)
        if item is None:
            return None
        inside += _set_item(item)
        at = item.end()
    if not inside:
        return ("." if negated else _NEVER), at + 1
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _set_item(match: re.Match[str]) -> str:
    name, low, high = match["cls"], match["low"], match["high"]
    if name is not None:
        return _CLASSES.get(name, "")
    low, high = low[-1], (high or low)[-1]
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
