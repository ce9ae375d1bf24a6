"""Contents and attributes of everything that was listed, asked for in one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ospatrol.collect.attributes import attributes_in
from ospatrol.collect.dialogue import END, PACKET_BYTES, Dialogue
from ospatrol.collect.tools import Tools

LIMIT_BYTES = 64 << 20
"""Contents that are read again by another request, if one of the files could not be read."""
_DIGEST_BYTES = 32


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a host.

    Attributes:
        paths: All files that were listed, as they are on the host.
        size_bytes: Of all their contents.
        describe: Whether attributes may be asked for in the same request: no name of what was listed is an odd one.
        root: The prefix that paths on the host have.
        last: Whether nothing more will be asked of this script, unless it was not asked this either.
    """

    paths: Sequence[bytes]
    size_bytes: int
    describe: bool = True
    root: bytes = b""
    last: bool = False


class Everything(msgspec.Struct, frozen=True, kw_only=True):
    """What a host answered.

    Attributes:
        digests: SHA-256 in hexadecimal, one behind the other in the order of the files; empty where it is not sure
            that each file has one.
        attributes: As `describe_everything` gives them; None where they are still to be asked for.
    """

    digests: bytes
    attributes: Mapping[bytes, bytes] | None


async def look_at_once(talk: Dialogue, wanted: Wanted, tools: Tools) -> Everything | None:
    """Digests and attributes with the least that has to be sent and read; None where other requests are better.

    Digests come without names. Each file gives one or none, in the order of the request, so that as many digests as
    files are digests of these very files; one that is missing makes all of them worthless.

    Args:
        talk: The script.
        wanted: What to look at.
        tools: What the host has.
    """
    names, size = b"\0".join(wanted.paths) + b"\0", wanted.size_bytes
    if not wanted.paths or len(names) > PACKET_BYTES or size > LIMIT_BYTES or tools.hasher(size) != "openssl":
        return None
    also = tools.describers[0] if wanted.describe and len(tools.describers) == 1 and not tools.selinux else ""
    digests = await talk.ask_raw(names, also, last=wanted.last)
    attributes: Mapping[bytes, bytes] | None = None if tools.describers else {}
    if also and not talk.stopped:
        attributes = attributes_in(await talk.hear(END), also, wanted.root)
    if len(digests) != _DIGEST_BYTES * len(wanted.paths) or talk.stopped:
        return Everything(digests=b"", attributes=attributes)
    return Everything(digests=digests.hex().encode(), attributes=attributes)
