"""What a device said, made fit to keep and to compare: secrets masked first, then what says nothing left out."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.config_secrets import SecretFound, mask_lines
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ospatrol.integrity.config_profile import ReadyProfile

_LINE_LIMIT = 16384
_NAMES_LIMIT = 200
_TAB = 8


class Normal(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that holds no secret, and nothing that differs from one show to the next.

    Attributes:
        text: Printable lines, each with its end; empty if nothing is left.
        secrets: What was masked; lines are numbered as they came.
        flapping: How many secrets cannot be compared, as the platform encrypts them anew at each show.
        dropped: How many lines say nothing about the configuration.
        changed_by: Who changed it last, as the device says; empty where it does not.
    """

    text: str
    secrets: tuple[SecretFound, ...] = ()
    flapping: int = 0
    dropped: int = 0
    changed_by: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal: what an approval vouches for."""
        return digest_of_text(self.text)


def digest_of_text(text: str) -> str:
    """SHA-256 of a normalised text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def normalise(raw: str, ready: ReadyProfile, key: bytes) -> Normal:
    """A capture made fit to keep.

    Args:
        raw: As the device said it: nothing in it is trusted.
        ready: The device's profile.
        key: Keys the masks of secrets.
    """
    masked = mask_lines(_joined(_lines_of(raw), ready.profile.continued), ready, key)
    odd = masked.notable.union(_not_printable(masked.lines))
    kept: list[str] = []
    dropped = begin = 0
    changed_by = ""
    for at in sorted(odd):
        kept += masked.lines[begin:at]
        begin = at + 1
        shown = _printable(masked.lines[at])
        changed_by = changed_by or _who(shown, ready)
        if ready.volatile.matches(shown):
            dropped += 1
        else:
            kept.append(shown)
    text = "\n".join([*kept, *masked.lines[begin:]]).strip("\n")
    return Normal(
        text=f"{text}\n" if text else "",
        secrets=masked.found,
        flapping=masked.flapping,
        dropped=dropped,
        changed_by=changed_by,
    )


def _lines_of(raw: str) -> list[str]:
    if "\t" not in raw:
        return [line.rstrip() for line in raw.split("\n")]
    return [line.rstrip("\r").expandtabs(_TAB).rstrip() for line in raw.split("\n")]


def _joined(lines: list[str], mark: str) -> list[str]:
    """Lines that go on in the next one, as one line."""
    if not mark:
        return lines
    joined: list[str] = []
    waiting = ""
    for line in lines:
        text = waiting + (line.lstrip() if waiting else line)
        if line.endswith(mark):
            waiting = text.removesuffix(mark)
        else:
            joined.append(text.rstrip())
            waiting = ""
    return [*joined, waiting.rstrip()] if waiting else joined


def _not_printable(lines: Sequence[str]) -> list[int]:
    """The places of the lines with characters that do not print; mostly there are none, which shows at once."""
    return [] if "".join(lines).isprintable() else [at for at, line in enumerate(lines) if not line.isprintable()]


def _printable(line: str) -> str:
    if line.isprintable() and len(line) <= _LINE_LIMIT:
        return line.rstrip()
    return escape_controls(line.rstrip(), _LINE_LIMIT)


def _who(line: str, ready: ReadyProfile) -> str:
    for pattern in ready.changed_by:
        texts = pattern.texts(line)
        if texts:
            return " ".join(text for text in texts if text)[:_NAMES_LIMIT]
    return ""
