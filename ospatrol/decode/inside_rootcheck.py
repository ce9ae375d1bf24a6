"""What rootcheck found, in its own words."""

from __future__ import annotations

import re

from ospatrol.decode.internal import Inside

_AUDIT = "System Audit: "
_NAMED = re.compile(r"[Ff]ile ('([^']*+)' )").search


def decode_rootcheck(text: str) -> Inside | None:
    """Title and file of a rootcheck message; the caller keeps which texts an agent has sent before."""
    if not text:
        return None
    fields = {"title": _title(text)}
    start = text.find("File: ")
    end = text.find(". ", start) if start >= 0 else -1
    if end >= 0:
        fields["file"] = text[start + 6 : end]
    elif named := _NAMED(text):
        fields["file"] = named[2]
    return Inside(decoder="rootcheck", fields=fields, log=text, full_log=text, key=f"rootcheck {text}", state=text)


def _title(text: str) -> str:
    audit = text.startswith(_AUDIT)
    title = text[len(_AUDIT) :] if audit else text
    brace = title.find(" {")
    if brace >= 0:
        return title[:brace]
    if not audit and (named := _NAMED(title)):
        title = title[: named.start(1)] + title[named.end() :]
    stop = title.find(". ")
    return title if stop < 0 else title[: stop if audit else stop + 1]
