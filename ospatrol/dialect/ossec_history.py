"""What an OSSEC or Wazuh rule asks of earlier events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.decoder import Semantics
from ospatrol.model.pattern import Syntax
from ospatrol.model.rule import Correlation, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.dialect.ossec_conditions import ConditionReader
    from ospatrol.dialect.ossec_parts import Complaints, Parts

_SAME_OSSEC = {
    "same_source_ip": "srcip",
    "same_id": "id",
    "same_src_port": "srcport",
    "same_dst_port": "dstport",
    "same_user": "dstuser",
    "same_location": "hostname",
}
_PLAIN = (
    *("dstip", "srcuser", "protocol", "action", "url", "data", "extra_data", "status", "system_name"),
    *("srcgeoip", "dstgeoip", "srcip", "srcport", "dstport"),
)
_SAME_WAZUH = _SAME_OSSEC | {"same_location": "location"} | {f"same_{name}": name for name in _PLAIN}
_DIFFERENT_WAZUH = {
    **{f"different_{name}": name for name in (*_PLAIN, "id", "location")},
    "different_user": "dstuser",
    "different_src_port": "srcport",
    "different_dst_port": "dstport",
    "not_same_source_ip": "srcip",
    "not_same_id": "id",
    "not_same_user": "dstuser",
}
_DIFFERENT_OSSEC = {"different_url": "url", "different_srcgeoip": "srcgeoip"}
_CANCELLED_OSSEC = {"not_same_source_ip": "srcip", "not_same_id": "id", "not_same_user": "dstuser"}
_WITHOUT_EFFECT = {
    Semantics.OSSEC: frozenset({"different_srcip", "not_same_agent"}),
    Semantics.WAZUH: frozenset({"same_agent", "not_same_agent"}),
}
_FIELDS_WAZUH = frozenset({"same_field", "different_field", "not_same_field", "global_frequency"})

FILTERS = {
    Semantics.OSSEC: frozenset(_SAME_OSSEC | _DIFFERENT_OSSEC | _CANCELLED_OSSEC) | _WITHOUT_EFFECT[Semantics.OSSEC],
    Semantics.WAZUH: frozenset(_SAME_WAZUH | _DIFFERENT_WAZUH) | _FIELDS_WAZUH | _WITHOUT_EFFECT[Semantics.WAZUH],
}
"""The elements that choose among earlier events."""

EXACT = frozenset(
    name for names in FILTERS.values() for name in names if name.startswith("different_") or name.endswith("same_id")
)
"""Those of them whose names must be written in lower case."""

SOURCES = ("if_matched_sid", "if_matched_group", "if_matched_regex")


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier events must, and must not, have in common with the present one; as in `Correlation`."""

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    different_set: tuple[str, ...] = ()
    different_all: tuple[str, ...] = ()
    across_agents: bool = False

    def any(self) -> bool:
        """Whether anything is asked."""
        return self != Filters()


def read_filters(parts: Parts, semantics: Semantics) -> Filters:
    """The filters of a rule."""
    return _ossec(parts) if semantics is Semantics.OSSEC else _wazuh(parts)


def _ossec(parts: Parts) -> Filters:
    same: dict[str, None] = {}
    different: dict[str, None] = {}
    for child in parts.owner.children:
        name = child.name.lower()
        if name in _SAME_OSSEC:
            same[_SAME_OSSEC[name]] = None
        elif name in _CANCELLED_OSSEC:
            same.pop(_CANCELLED_OSSEC[name], None)
        elif name in _DIFFERENT_OSSEC:
            different[_DIFFERENT_OSSEC[name]] = None
    return Filters(same=tuple(same), different_set=tuple(different))


def _wazuh(parts: Parts) -> Filters:
    same: dict[str, None] = {}
    different: dict[str, None] = {}
    different_all: dict[str, None] = {}
    for child in parts.owner.children:
        name = child.name.lower()
        if name in _SAME_WAZUH:
            same[_SAME_WAZUH[name]] = None
        elif name in _DIFFERENT_WAZUH:
            different[_DIFFERENT_WAZUH[name]] = None
        elif name == "same_field":
            same[child.text.lower()] = None
        elif name in {"different_field", "not_same_field"}:
            different_all[child.text.lower()] = None
    return Filters(
        same=tuple(same),
        different=tuple(different),
        different_all=tuple(different_all),
        across_agents="global_frequency" in parts,
    )


def read_history(
    parts: Parts, reader: ConditionReader, numbers: Mapping[str, int], filters: Filters
) -> Correlation | None:
    """What must have happened before; None for a rule that judges each event alone.

    Args:
        parts: The rule's.
        reader: For patterns.
        numbers: The rule's attributes.
        filters: The rule's.
    """
    semantics, complaints = reader.semantics, reader.complaints
    ossec = semantics is Semantics.OSSEC
    frequency = numbers.get("frequency")
    if not ossec and frequency is not None and not 2 <= frequency <= 9999:
        complaints.refuse(parts.owner.line, f"a frequency is between 2 and 9999, not {frequency}")
    source = next((name for name in SOURCES if name in parts), None)
    if source is None:
        _lonely(parts, complaints, counted=(frequency or 0) > 2, filtered=filters.any())
        return None
    earlier = 1 if frequency is None else frequency + 1 if ossec else frequency - 1
    history = Correlation(
        source=Source.RULE,
        earlier=max(earlier, 1),
        timeframe_s=numbers.get("timeframe", 360),
        same=filters.same,
        different=filters.different,
        different_set=filters.different_set,
        different_all=filters.different_all,
        across_agents=ossec or filters.across_agents,
    )
    text, line = parts.text(source) or "", parts.line(source)
    if source == "if_matched_sid":
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            complaints.refuse(line, f"{text!r} is no id of a rule")
            return None
        return msgspec.structs.replace(history, rules=(int(text),))
    by_group = source == "if_matched_group"
    syntax = _SYNTAX[semantics, by_group]
    expression = reader.expression(text, syntax, line)
    return msgspec.structs.replace(history, source=Source.GROUP if by_group else Source.REGEX, expression=expression)


_SYNTAX = {
    (Semantics.OSSEC, True): Syntax.OSSEC_MATCH,
    (Semantics.OSSEC, False): Syntax.OSSEC_REGEX,
    (Semantics.WAZUH, True): Syntax.OSMATCH,
    (Semantics.WAZUH, False): Syntax.OSREGEX,
}


def _lonely(parts: Parts, complaints: Complaints, *, counted: bool, filtered: bool) -> None:
    """Wazuh refuses a rule that counts or compares events without saying which (one that asks for a diff may)."""
    if complaints.semantics is Semantics.WAZUH and (counted or filtered) and "check_diff" not in parts:
        complaints.refuse(parts.owner.line, "frequency and same_* or different_* need an if_matched_*")
