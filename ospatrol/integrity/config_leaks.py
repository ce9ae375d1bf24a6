"""Secrets in configurations that somebody wrote down: which lines hold any, which are weak, which are used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.config_secrets import Form, mask_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ospatrol.integrity.config_profile import ReadyProfile

_SHOWN = 200


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that a file holds.

    Attributes:
        path: The file.
        line: From 1.
        name: What kind of secret it is.
        form: How it is written down.
        mask: What stands for it: the same for the same secret in any file.
        shown: The line, its secrets masked.
        weak: Why it protects little; empty if nothing is known against it.
    """

    path: str
    line: int
    name: str
    form: Form
    mask: str
    shown: str
    weak: str = ""


def leaks_of(text: str, path: str, ready: ReadyProfile, key: bytes) -> tuple[Leak, ...]:
    """Every secret of a text that is not hidden in it already.

    Args:
        text: As it is in the file.
        path: The file, for the report.
        ready: The profile of the platform.
        key: Keys the masks.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    masked = mask_lines(lines, ready, key)
    leaks: dict[tuple[int, str], Leak] = {}
    for found in masked.found:
        if found.form is Form.PLACEHOLDER:
            continue
        leak = Leak(
            path=path,
            line=found.line,
            name=found.name,
            form=found.form,
            mask=found.mask,
            shown=masked.lines[found.line - 1].strip()[:_SHOWN],
            weak=_weakness(found.form, known=found.known),
        )
        leaks.setdefault((found.line, found.mask), leak)
    return tuple(leaks.values())


def reused(leaks: Iterable[Leak]) -> Mapping[str, tuple[Leak, ...]]:
    """The masks that stand in more than one file, with their leaks; those that everybody knows are weak anyway."""
    groups: dict[str, list[Leak]] = {}
    for leak in leaks:
        if leak.mask.startswith("<secret:") and "encrypted-anew" not in leak.mask:
            groups.setdefault(leak.mask, []).append(leak)
    return {mask: tuple(group) for mask, group in groups.items() if len({leak.path for leak in group}) > 1}


def _weakness(form: Form, *, known: bool) -> str:
    if known:
        return "everybody knows it"
    match form:
        case Form.PLAIN:
            return "in plain text"
        case Form.ENCODED:
            return "only encoded, anyone can read it"
        case Form.HASHED | Form.ENCRYPTED | Form.PLACEHOLDER:
            return ""
