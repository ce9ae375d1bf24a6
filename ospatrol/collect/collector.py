"""What a collector declares of itself."""

from __future__ import annotations

import msgspec

from ospatrol.model.command import Script


class Collector(msgspec.Struct, frozen=True, kw_only=True):
    """One collector, as the module that has it declares it in a constant `COLLECTOR`.

    Attributes:
        name: What plays call it; the module's own name.
        scripts: All that it may send to a host: the command policy lets nothing else through.
        arguments: The Struct that a play's arguments are read into.
    """

    name: str
    scripts: tuple[Script, ...]
    arguments: type[msgspec.Struct]
