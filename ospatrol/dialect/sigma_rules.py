"""What becomes of Sigma files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place
from ospatrol.model.rule import Rule

FIRST_ID = 10**12
"""Ids of Sigma rules are this and 40 bits: beyond all ids that people write, and exact in JSON's numbers."""

LEVELS: Mapping[str, int] = MappingProxyType({"informational": 2, "low": 4, "medium": 7, "high": 10, "critical": 13})
"""Sigma's levels as ours; a rule without one is `medium`."""

_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?")


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A rule without a mistake that cannot be expressed here.

    Attributes:
        place: Where it stands.
        title: As written.
        reason: Why it is not loaded.
    """

    place: Place
    title: str
    reason: str


class SigmaRules(msgspec.Struct, frozen=True, kw_only=True):
    """What some files say, as far as it could be read.

    Attributes:
        rules: In the order of the files.
        problems: Every mistake, in the order of their places.
        skipped: Every rule that is neither loaded nor wrong.
    """

    rules: tuple[Rule, ...] = ()
    problems: tuple[ConfigError, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def id_of(identity: str) -> int:
    """Our id of a rule, the same for ever: made of its UUID, or of its title where it has none.

    Args:
        identity: The UUID with dashes in lower case, or the title.
    """
    return FIRST_ID + int.from_bytes(hashlib.sha256(identity.encode()).digest()[:5], "big")


def techniques(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The ATT&CK techniques among some tags: `attack.t1059.001` is T1059.001."""
    names = [tag.lower().removeprefix("attack.") for tag in tags if tag.lower().startswith("attack.")]
    return tuple(dict.fromkeys(name.upper() for name in names if _TECHNIQUE.fullmatch(name)))


def other_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that are no ATT&CK technique."""
    return tuple(dict.fromkeys(tag for tag in tags if not techniques((tag,))))


def one_line(text: str) -> str:
    """A text as the description of a rule: one printable line in which nothing is replaced by a field's value."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.replace("$(", "$ (").split())
