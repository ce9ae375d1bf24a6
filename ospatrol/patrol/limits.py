"""How long and how wide a run may go."""

from __future__ import annotations

import msgspec


class RunLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a run.

    Attributes:
        forks: How many hosts at once.
        host_s: Seconds for everything on one host.
        command_s: Seconds for one script; files left when four fifths are spent are recorded as over budget.
        output_bytes: How much one script may print.
        rehash_s: Age at which content is read again though nothing about a file moved; 0 for always.
    """

    forks: int = 32
    host_s: float = 900.0
    command_s: float = 300.0
    output_bytes: int = 512 << 20
    rehash_s: float = 86400.0
