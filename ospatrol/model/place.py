"""Where a person wrote something."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, order=True):
    """A file and a line in it; prints as `hosts.yml:12`.

    Attributes:
        path: The file as the person named it, or a word for what is no file (`command line`).
        line: From 1; 0 where a line makes no sense.
    """

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path
