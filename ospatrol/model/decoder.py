"""Decoders: how fields are found in a log line."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ospatrol.model.pattern import Expression
from ospatrol.model.place import Place

STATIC_FIELDS = frozenset(
    {
        "srcip", "dstip", "srcport", "dstport", "protocol", "action", "id", "url", "data", "extra_data", "status",
        "system_name", "srcuser", "dstuser", "srcgeoip", "dstgeoip",
    }
)  # fmt: skip
"""Fields that every event can have; a later value takes the place of an earlier one."""


class Semantics(StrEnum):
    """Whose rules of the game a decoder or a rule was written for."""

    NATIVE = "native"
    OSSEC = "ossec"
    WAZUH = "wazuh"


class Offset(StrEnum):
    """Where a decoder begins to look."""

    START = "start"
    AFTER_PARENT = "after_parent"
    AFTER_PREMATCH = "after_prematch"
    AFTER_REGEX = "after_regex"


class Plugin(StrEnum):
    """Decoders that are code."""

    JSON = "json"
    PF = "pf"
    SONICWALL = "sonicwall"
    SYMANTEC_WS = "symantec_ws"
    OSSEC_ALERT = "ossec_alert"


class JsonArrays(StrEnum):
    """How the JSON decoder writes an array into one field."""

    ARRAY = "array"
    CSV = "csv"


class Decoder(msgspec.Struct, frozen=True, kw_only=True):
    """One decoder as written; the tree is made where all are known.

    Attributes:
        name: As written; a child answers to its root's name unless `own_name`.
        place: Where it was written.
        semantics: Decides on the details of the algorithm.
        parent: Name of the roots that it hangs below; empty for a root.
        program: What the program's name must match; None if it is for lines without one. An empty text matches all.
        prematch: What the log must match before this decoder is chosen.
        prematch_offset: START or AFTER_PARENT.
        regex: What finds the fields.
        regex_offset: Where it begins.
        plugin: Code that finds the fields instead.
        plugin_offset: Where it begins.
        order: Names of the fields that the groups of `regex` fill; `user` is already `dstuser`.
        category: Which tree of rules judges the event.
        first_time: The fields whose first appearance together is remembered, for rules that ask.
        accumulate: Whether fields are filled from earlier events of the same id.
        own_name: Whether a child keeps its own name.
        json_nulls: Whether JSON nulls become the text `null`.
        json_arrays: How JSON arrays are written.
    """

    name: str
    place: Place
    semantics: Semantics = Semantics.NATIVE
    parent: str = ""
    program: Expression | None = None
    prematch: Expression | None = None
    prematch_offset: Offset = Offset.START
    regex: Expression | None = None
    regex_offset: Offset = Offset.START
    plugin: Plugin | None = None
    plugin_offset: Offset = Offset.START
    order: tuple[str, ...] = ()
    category: str = "syslog"
    first_time: tuple[str, ...] = ()
    accumulate: bool = False
    own_name: bool = False
    json_nulls: bool = True
    json_arrays: JsonArrays = JsonArrays.ARRAY
