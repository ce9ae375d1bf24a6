"""The walk through the decoder tree: which decoder a log line belongs to, and the fields it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ospatrol.decode.json_fields import json_fields
from ospatrol.decode.plugins import decode_ossec_alert, decode_pf, decode_sonicwall, decode_symantec_ws
from ospatrol.decode.tree import Identity, Link, Root
from ospatrol.model.decoder import STATIC_FIELDS, Decoder, Offset, Plugin, Semantics

UNKNOWN = "syslog"
"""The category of lines that no decoder knows."""


class Decoded:
    """What decoders found in a log line.

    Attributes:
        identity: The decoder that it is said to come from; None if none knows it.
        category: The decoder's type; plugins may say another.
        fields: What was found; names in lower case.
        names: Fields written with capitals, by their names in lower case.
        made: Whether a value may be something that does not stand in the log as it is.
        log: What rules are to take for the log; None for the log itself.
        location: Likewise.
        verdict: The rule that judged the line elsewhere, when another manager sent it; None for lines to judge here.
    """

    __slots__ = ("category", "fields", "identity", "location", "log", "made", "names", "verdict")

    def __init__(self, identity: Identity | None) -> None:
        self.identity = identity
        self.category = identity.category if identity else UNKNOWN
        self.fields: dict[str, str] = {}
        self.names: Mapping[str, str] = _NO_NAMES
        self.made = False
        self.log: str | None = None
        self.location: str | None = None
        self.verdict: int | None = None


_NO_NAMES: Mapping[str, str] = {}


class Plan:
    """A root and those below it that a line may belong to; what cannot be was left out.

    Attributes:
        root: Which.
        heads: Those below it, in order.
    """

    __slots__ = ("heads", "root")

    def __init__(self, root: Root, heads: Sequence[Link] | None = None) -> None:
        self.root = root
        self.heads = root.heads if heads is None else heads


def decode(plans: Sequence[Plan], log: str) -> Decoded:
    """The first root that takes the line, and what is found below it.

    Args:
        plans: For the roots that may take it, in order.
        log: The line behind its header.
    """
    for plan in plans:
        root = plan.root
        behind = 0
        if root.prematch is not None:
            if root.prematch_ends:
                found = root.prematch.end(log, 0)
                if found is None:
                    continue
                behind = found
            elif not root.prematch.test(log):
                continue
        return _below(plan, log, behind)
    return Decoded(None)


def _below(plan: Plan, log: str, behind: int) -> Decoded:
    root = plan.root
    if root.alone is not None:
        decoded = Decoded(root.identity)
        _run(root.alone, log, behind, behind, decoded)
        return decoded
    for head in plan.heads:
        prematch = head.prematch
        if prematch is None:
            decoded = Decoded(root.identity)
            _run(head, log, behind, behind, decoded)
            return decoded
        start = behind if head.after_parent else 0
        if head.prematch_ends:
            found = prematch.end(log, start)
            if found is None:
                continue
            end = found
        else:
            if not prematch.test(log[start:] if start else log):
                continue
            end = 0
        decoded = Decoded(head.identity)
        _run(head, log, behind, end, decoded)
        return decoded
    return Decoded(root.identity)


def _run(head: Link, log: str, behind_parent: int, behind_prematch: int, decoded: Decoded) -> None:
    """Let a link and those chained to it take their fields."""
    behind_regex: int | None = None
    for link in head.narrow.links(log) if head.narrow else head.chain:
        regex = link.regex
        if regex is None:
            if link.decoder.plugin is None:
                return
            _plugin(link.decoder, log, _start(link.decoder.plugin_offset, behind_parent, behind_prematch, 0), decoded)
            if link.decoder.semantics is Semantics.OSSEC:
                return
            continue
        start = _start(
            link.decoder.regex_offset,
            behind_parent,
            behind_prematch,
            behind_prematch if behind_regex is None else behind_regex,
        )
        if link.regex_ends:
            found = regex.find(log, start)
            captures = None if found is None else found[1]
            if found is not None:
                behind_regex = found[0]
        else:
            captures = regex.capture(log, start)
        if captures is None:
            if link.decoder.semantics is Semantics.OSSEC:
                behind_regex = None
            continue
        if link.decoder.semantics is Semantics.OSSEC:
            decoded.identity = link.identity
            decoded.category = link.identity.category
        _take(link, captures, decoded)


def _start(offset: Offset, behind_parent: int, behind_prematch: int, behind_regex: int) -> int:
    if offset is Offset.START:
        return 0
    if offset is Offset.AFTER_PARENT:
        return behind_parent
    return behind_prematch if offset is Offset.AFTER_PREMATCH else behind_regex


def _take(link: Link, captures: Sequence[str | None], decoded: Decoded) -> None:
    fields = decoded.fields
    for (name, replaces), value in zip(link.takes, captures, strict=False):
        if value is not None and (replaces or name not in fields):
            fields[name] = value
    if link.names:
        decoded.names = {**decoded.names, **link.names}


def _plugin(decoder: Decoder, log: str, start: int, decoded: Decoded) -> None:
    match decoder.plugin:
        case Plugin.JSON:
            _json(decoded, log[start:] if start else log)
        case Plugin.PF:
            decoded.made = True
            decoded.fields.update(decode_pf(log))
        case Plugin.SYMANTEC_WS:
            decoded.made = True
            decoded.fields.update(decode_symantec_ws(log))
        case Plugin.SONICWALL:
            decoded.made = True
            fields, decoded.category = decode_sonicwall(log)
            decoded.fields.update(fields)
        case Plugin.OSSEC_ALERT:
            _alert(decoded, log)
        case None:
            return


def _json(decoded: Decoded, text: str) -> None:
    # the options are those of the decoder that the event is said to come from
    options = decoded.identity.decoder if decoded.identity else None
    known = "dstuser" in decoded.fields
    found = json_fields(text, nulls=options.json_nulls, arrays=options.json_arrays, dstuser=known) if options else None
    decoded.made = True
    if found is None:
        return
    if decoded.fields:
        for name, value in found.fields.items():
            if name in STATIC_FIELDS or name not in decoded.fields:
                decoded.fields[name] = value
    else:
        decoded.fields = found.fields
    decoded.names = {**decoded.names, **found.names}


def _alert(decoded: Decoded, log: str) -> None:
    found = decode_ossec_alert(log)
    decoded.made = True
    decoded.category = "ossec alert"
    if found is not None:
        decoded.verdict, fields, decoded.location, decoded.log = found
        decoded.fields.update(fields)
