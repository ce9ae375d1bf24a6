"""What two captures of the same device, one right after the other, tell of its platform."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.config_tree import style_of
from ospatrol.integrity.config_secrets import mask_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ospatrol.integrity.config_profile import ReadyProfile

_NUMBERS = re.compile(r"\d+")
_ESCAPED = re.compile(r"([.^$*+?()\[\]{}|\\])")
_MOST = 200
_PREFIX = 120
_ENDS = re.compile(r"^(?::? ?end|return|exit|\}|quit)$")


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal, for a person to look at.

    Attributes:
        platform: The profile that was used to look for secrets.
        style: How the configuration seems to be written.
        volatile: Patterns of lines that differed though nothing was changed, and that the profile does not know.
        flapping: Names of secrets that differed though nothing was changed, and that the profile does not know of.
        ends: A pattern of the last line, where that looks like a mark; empty otherwise.
        secrets: How many secrets of each kind were found.
    """

    platform: str
    style: str
    volatile: tuple[str, ...] = ()
    flapping: tuple[str, ...] = ()
    ends: str = ""
    secrets: tuple[tuple[str, int], ...] = ()

    def as_yaml(self) -> str:
        """What is to be added to a profile, as YAML."""
        lines = [f"# proposed for {self.platform}, which writes in the style {self.style!r}; look at each line"]
        if self.ends:
            lines += ["# of the running configuration's capture:", f"#   ends: {_quoted(self.ends)}"]
        if self.volatile:
            lines += ["volatile:", *(f"  - {_quoted(pattern)}" for pattern in self.volatile)]
        if self.flapping:
            lines += ["# encrypted anew at each show; give their patterns `flaps: true`:"]
            lines += [f"#   {name}" for name in self.flapping]
        lines += [f"# masked: {count} x {name}" for name, count in self.secrets]
        if not self.volatile and not self.flapping:
            lines.append("# nothing differed between the two captures")
        return "\n".join(lines) + "\n"


def learn(first: str, second: str, ready: ReadyProfile, key: bytes) -> Learnt:
    """What two captures of the same device tell.

    Args:
        first: As the device wrote it.
        second: The same command's answer, a moment later.
        ready: The profile that is to be made better.
        key: Keys the masks of secrets.
    """
    one, two = (mask_lines(_lines(text), ready, key) for text in (first, second))
    differing = [*_only_in(one.lines, two.lines), *_only_in(two.lines, one.lines)]
    told = [line for line in differing if not ready.volatile.matches(line)]
    masks = ({found.mask for found in one.found}, {found.mask for found in two.found})
    flapping = {found.name for found in (*one.found, *two.found) if found.mask in masks[0] ^ masks[1]}
    plain = [line for line in map(_shown, told) if line.strip() and "<secret:" not in line]
    last = next((line.strip() for line in reversed(one.lines) if line.strip()), "")
    return Learnt(
        platform=ready.profile.platform,
        style=style_of(ready.profile.platform, first).value,
        volatile=tuple(dict.fromkeys(_pattern(line) for line in plain[:_MOST])),
        flapping=tuple(sorted(flapping)),
        ends=f"^{_escaped(last)}$" if _ENDS.match(last) else "",
        secrets=tuple(sorted(Counter(found.name for found in one.found).items())),
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r ") for line in text.split("\n")]


def _shown(line: str) -> str:
    """A line up to what does not print, which no pattern that people read can hold."""
    return "".join(takewhile(str.isprintable, line))


def _only_in(lines: Sequence[str], others: Iterable[str]) -> list[str]:
    left = Counter(others)
    left.subtract(lines)
    return [line for line in lines if left[line] < 0 and line.strip()]


def _pattern(line: str) -> str:
    """A pattern of lines like this one: the words before its first number, which is what moves."""
    head = line[:_PREFIX]
    number = _NUMBERS.search(head)
    kept = head[: number.start()] if number else head.rpartition(" ")[0] or head
    return f"^{_escaped(kept if kept.strip() else head)}"


def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
