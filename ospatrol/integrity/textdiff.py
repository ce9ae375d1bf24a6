"""Two scrubbed texts compared line by line."""

from __future__ import annotations

import re
from difflib import unified_diff

_LINE_LIMIT = 400
_PAIRS_LIMIT = 1_000_000
_HUNK = re.compile(r"@@ -(\d+)(.*) \+(\d+)(.*) @@")


def text_diff(before: str, after: str, limit: int = 200) -> str:
    """A unified diff without file names, with three lines of context; empty if nothing differs.

    Very long and very different texts, where a minimal diff costs too much, show as all old and then all new lines.

    Args:
        before: The text as it was, from `scrub`.
        after: The text as it is, from `scrub`.
        limit: How many lines to keep; what is cut is counted in a last line (`... 12 more lines`). Each line is cut
            at 400 characters, and what is cut is counted (`...(+12)`).
    """
    if before == after:
        return ""
    if before.endswith("\n") and after.endswith("\n"):
        before, after = before[:-1], after[:-1]  # else the end of the last line would show as an empty one
    old, new = before.split("\n"), after.split("\n")
    lines = [_cut(line) for line in _compared(old, new)]
    kept = lines[:limit]
    if len(lines) > limit:
        kept.append(f"... {len(lines) - limit} more lines")
    return "\n".join(kept)


def _compared(old: list[str], new: list[str]) -> list[str]:
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    differing_old, differing_new = len(old) - head - tail, len(new) - head - tail
    if differing_old * differing_new > _PAIRS_LIMIT:
        removed = [f"-{line}" for line in old[head : head + differing_old]]
        return removed + [f"+{line}" for line in new[head : head + differing_new]]
    start, stop = max(0, head - 4), max(0, tail - 4)  # a line more than the context: hunks begin as in the whole
    part = unified_diff(old[start : len(old) - stop], new[start : len(new) - stop], lineterm="")
    return [_shifted(line, start) for line in [*part][2:]]


def _shifted(line: str, start: int) -> str:
    """A hunk's header with the line numbers of the whole text; every other line as it is."""
    hunk = _HUNK.fullmatch(line)
    return f"@@ -{int(hunk[1]) + start}{hunk[2]} +{int(hunk[3]) + start}{hunk[4]} @@" if hunk else line


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _cut(line: str) -> str:
    return line if len(line) <= _LINE_LIMIT else f"{line[:_LINE_LIMIT]}...(+{len(line) - _LINE_LIMIT})"
