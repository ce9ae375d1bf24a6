"""The text by which a decoder remembers what it saw for the first time."""

from __future__ import annotations

from collections.abc import Mapping

from ospatrol.model.decoder import Decoder

_FIXED = ("id", "dstuser", "srcuser", "srcip", "dstip", "data", "system_name", "location")
_NAME = "name"


def novelty_of(decoder: Decoder, name: str, fields: Mapping[str, str], location: str) -> str:
    """The decoder's name and the values of the fields that it chose, in a fixed order.

    Args:
        decoder: As written.
        name: What events are said to come from.
        fields: What it found.
        location: Where the line comes from.
    """
    chosen = decoder.first_time
    own = {"location": location}
    told = [name, *(own.get(each, fields.get(each, "")) for each in _FIXED if each in chosen)]
    told += [fields.get(each.lower(), "") for each in chosen if each not in _FIXED and each != _NAME]
    return " ".join(told)
