"""Lists of keys and values that OSSEC and Wazuh rules look things up in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.model.decoder import Semantics

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)":?(.*)')


def read_list(text: str, semantics: Semantics) -> Mapping[str, str]:
    """Key to value, empty where a key has none; the first of several lines with one key counts.

    Args:
        text: One `key:value`, `key:` or `key` a line; in Wazuh a key in double quotes may hold colons.
        semantics: OSSEC leaves out lines with `###`.
    """
    found: dict[str, str] = {}
    for line in text.split("\n"):
        entry = line.removesuffix("\r")
        if not entry.strip() or (semantics is Semantics.OSSEC and "###" in entry):
            continue
        quoted = _QUOTED.fullmatch(entry) if semantics is Semantics.WAZUH else None
        if quoted is not None:
            key, value = quoted.groups()
        else:
            key, _, value = entry.partition(":")
        found.setdefault(key, value)
    return found
