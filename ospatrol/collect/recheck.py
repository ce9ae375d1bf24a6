"""A full look at a host that lists what it listed last time, without taking the listing apart."""

from __future__ import annotations

import re

from ospatrol.collect.at_once import Wanted, look_at_once
from ospatrol.collect.attributes import has_odd_name
from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.hearing import Heard
from ospatrol.collect.plan import is_same
from ospatrol.collect.snapshot import attributes_by_path
from ospatrol.model.files import Snapshot

_FILES = re.compile(
    rb"f [0-7]++ [0-9]++ [0-9]++ ([0-9]++) [^/\0]*+(/[^\0]*+)\0\0|[^\0]*+\0[^\0]*+\0"
)  # what is no file gives two empty groups
_ATTRIBUTES = re.compile(rb" [^\0]*+")


async def is_unchanged(talk: Dialogue, heard: Heard, last: Snapshot | None) -> bool | None:
    """Whether every content and attribute is read to be what it was; None where that cannot be asked in one go.

    If not, it takes another script to say what differs.

    Args:
        talk: The script, which has listed.
        heard: What it said.
        last: The last scan of the same scope.
    """
    listing, tools, clock_s = heard.listing, heard.greeting.tools, heard.greeting.clock_s
    if last is None or not heard.is_smooth or not is_same(listing, last):
        return None
    if len(tools.describers) > 1 or tools.selinux or has_odd_name((listing,)):
        return None
    if clock_s is None or b" %d" % clock_s in listing:
        return None  # a file that changed just now has to settle first
    files = [file for file in _FILES.findall(listing) if file[1]]
    words = _ATTRIBUTES.sub(b"", last.extras) if b" " in last.extras else last.extras
    digests = words.translate(None, b"\0-")
    size = sum([int(size) for size, _ in files])
    if len(digests) != 64 * len(files):
        return None  # of some files, such as those that grow, the content does not matter
    found = await look_at_once(talk, Wanted(paths=[path for _, path in files], size_bytes=size, last=True), tools)
    if found is None or talk.stopped:
        return None
    return found.digests == digests and found.attributes == attributes_by_path(last)
