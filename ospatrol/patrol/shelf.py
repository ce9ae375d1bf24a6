"""Memory that two processes share: one puts something there and goes on, and the other takes it when it has time."""

from __future__ import annotations

import mmap
import struct

_SIZE = 8 << 20  # only what is used of it takes memory
_WHERE = struct.Struct(">QQ")
_INSIDE, _SHELVED = b"i", b"s"


class Shelf:
    """A few places in memory; a pipe of the kernel holds less than a block's results, and its writer would wait.

    To be made before the other process is.
    """

    def __init__(self, places: int, size: int = _SIZE) -> None:
        """An empty shelf.

        Args:
            places: How many things may be there that nobody took yet; whoever puts them there must know.
            size: Bytes of a place.
        """
        self._memory = mmap.mmap(-1, places * size)
        self._places = places
        self._size = size
        self._next = 0

    def put(self, raw: bytes) -> bytes:
        """Put something in the next place; what to send, so that it is found: itself if it is too large."""
        if len(raw) > self._size:
            return _INSIDE + raw
        at = self._next * self._size
        self._next = (self._next + 1) % self._places
        self._memory[at : at + len(raw)] = raw
        return _SHELVED + _WHERE.pack(at, len(raw))

    def taken(self, sent: bytes) -> bytes:
        """What somebody sent word of."""
        if sent[:1] == _INSIDE:
            return sent[1:]
        at, size = _WHERE.unpack(sent[1:])
        return self._memory[at : at + size]
