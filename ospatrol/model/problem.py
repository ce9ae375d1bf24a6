"""What is wrong with something that was read, though the rest of it can be used."""

from __future__ import annotations

import msgspec

from ospatrol.model.place import Place


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was left out.

    Attributes:
        place: Where it is written.
        problem: What is wrong, and what was left out.
        fatal: Whether whoever the file was written for would refuse it; a warning otherwise.
    """

    place: Place
    problem: str
    fatal: bool = True
