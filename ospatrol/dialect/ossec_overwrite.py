"""What a rule with `overwrite="yes"` makes of the one that has its id already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.decoder import Semantics
from ospatrol.model.rule import Correlation, Source

if TYPE_CHECKING:
    from ospatrol.dialect.ossec_parts import Complaints
    from ospatrol.dialect.ossec_written import Written

_KEPT_BY_OSSEC = frozenset({"field", "list"})


def overwritten(old: Written, new: Written, complaints: Complaints) -> Written:
    """The rule that takes the old one's place in the tree, with its parents and children.

    Args:
        old: As it was.
        new: What is written over it.
        complaints: Where to say that something of it is not taken.
    """
    if complaints.semantics is Semantics.WAZUH:
        return _wazuh(old, new, complaints)
    return _ossec(old, new)


def _wazuh(old: Written, new: Written, complaints: Complaints) -> Written:
    """Everything is new but the places in the tree and the rules whose events are counted."""
    for name, before, now in (
        ("if_sid", old.if_sid, new.if_sid),
        ("if_level", old.if_level, new.if_level),
        ("if_group", old.if_group, new.if_group),
    ):
        if now is not None and now != before:
            complaints.warn(new.place.line, f"<{name}> cannot be overwritten; that of {old.place} stays")
    history = new.history
    if history is not None and _source(history) != _source(old.history):
        complaints.warn(new.place.line, f"if_matched_* cannot be overwritten; that of {old.place} stays")
        source, rules, expression = _source(old.history)
        history = msgspec.structs.replace(history, source=source, rules=rules, expression=expression)
    return msgspec.structs.replace(
        new, if_sid=old.if_sid, if_level=old.if_level, if_group=old.if_group, history=history
    )


def _source(history: Correlation | None) -> tuple[Source, tuple[int, ...], object]:
    """What a rule counts; no rule at all where it counts nothing."""
    return (Source.RULE, (), None) if history is None else (history.source, history.rules, history.expression)


def _ossec(old: Written, new: Written) -> Written:
    """What is written in OSSEC's own languages is new; PCRE2, fields, lists and what is remembered are old."""
    slots = {name: slot for name, slot in old.slots.items() if _stays(name)}
    slots |= {name: slot for name, slot in new.slots.items() if not _stays(name)}
    history = new.history
    if history is not None:
        filters = old.filters
        history = msgspec.structs.replace(history, same=filters.same, different_set=filters.different_set)
    return msgspec.structs.replace(
        old,
        level=new.level,
        place=new.place,
        group=new.group,
        slots=slots,
        history=history,
        ignore_s=new.ignore_s,
        silent=new.silent,
        first_time=new.first_time,
        description=new.description,
        options=new.options,
        info=new.info,
    )


def _stays(slot: str) -> bool:
    return slot in _KEPT_BY_OSSEC or slot.endswith("pcre2")
