"""Messages that agents and managers make themselves, decoded by Wazuh's and OSSEC's internal decoders.

What they do with a database is left to the caller: keep `state` under `key` (and the agent, and the queue), and call
`settle` with what was kept before. OSSEC's colon-separated file messages mean nothing without the database and are not
read here.
"""

from __future__ import annotations

import re

import msgspec

from ospatrol.decode.inside_files import decode_files
from ospatrol.decode.inside_policy import decode_policy
from ospatrol.decode.inside_rootcheck import decode_rootcheck
from ospatrol.decode.internal import Inside
from ospatrol.decode.windows_event import decode_windows

_HOSTINFO = re.compile(r"Host: ([^ ,]++)[^,]*+, open ports: (.*)", re.DOTALL).match


def decode_inside(queue: str, text: str) -> Inside | None:
    """What a message of a queue says; None if no rule is ever to see it.

    Args:
        queue: `3` hostinfo, `8` files, `9` rootcheck, `f` Windows event channel, `p` policies.
        text: The message; a character stands for one byte.
    """
    match queue:
        case "3":
            return decode_hostinfo(text)
        case "8":
            return decode_files(text)
        case "9":
            return decode_rootcheck(text)
        case "f":
            return decode_windows(text)
        case "p":
            return decode_policy(text)
        case _:
            return None


def decode_hostinfo(text: str) -> Inside | None:
    """Open ports of a host; the decoder is known once the ports of before are."""
    found = _HOSTINFO(text)
    if not found:
        return None
    return Inside(decoder="", fields={}, log=text, full_log=text, key=f"hostinfo {found[1]}", state=found[2])


def settle(inside: Inside, before: str | None) -> Inside | None:
    """The message in the light of what was known; None if it says nothing new and no rule is to see it.

    Args:
        inside: As decoded.
        before: The state that was kept under its key; None if there is none.
    """
    kind = inside.key.partition(" ")[0]
    if kind == "rootcheck":
        return msgspec.structs.replace(inside, is_new=before is None)
    if not kind:
        return inside
    if before == inside.state:
        return None
    if kind == "hostinfo":
        return msgspec.structs.replace(inside, decoder="hostinfo_new" if before is None else "hostinfo_modified")
    if kind == "check" and before:
        return msgspec.structs.replace(inside, fields={**inside.fields, "sca.check.previous_result": before})
    return inside
