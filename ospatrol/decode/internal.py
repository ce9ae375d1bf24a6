"""A message that an agent or a manager makes itself, decoded as far as it can be on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """What an internal decoder found; its category is always `ossec`, and it has no program.

    Attributes:
        decoder: What rules name in `decoded_as`; empty until `settle` has seen what was known before.
        fields: By name in lower case.
        names: To how a name was written, where that has capitals.
        log: What rules match as the log.
        full_log: What people are shown.
        key: Of what the state is, within one agent: a file, an address, a check; empty if nothing need be kept.
        state: What the caller keeps under the key, and hands to `settle` with the next message.
        is_new: Whether `if_fts` holds for it; `settle` says so.
    """

    decoder: str
    fields: Mapping[str, str]
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    log: str
    full_log: str
    key: str = ""
    state: str = ""
    is_new: bool = False


def by_name(pairs: Iterable[tuple[str, str | None]]) -> tuple[dict[str, str], dict[str, str]]:
    """Fields by their names in lower case, and how those with capitals were written; the first of a name counts."""
    fields: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, value in pairs:
        lower = name.translate(_LOWER)
        if value is None or lower in fields:
            continue
        fields[lower] = value
        if lower != name:
            names[lower] = name
    return fields, names
