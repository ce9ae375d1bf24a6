"""Logs read in blocks of whole lines, of any size and from any pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ospatrol.patrol.lines import LINE_LIMIT

_BLOCK = 1 << 18


class Block(msgspec.Struct, frozen=True):
    """Some lines of a log.

    Attributes:
        raw: The lines, line breaks between them.
        cut: How many of them were cut.
    """

    raw: bytes
    cut: int = 0

    def lines(self) -> list[str]:
        """The lines that say something; each character is one byte."""
        return [line.removesuffix("\r") for line in self.raw.decode("latin-1").split("\n") if line.strip("\r")]


def blocks(stream: BinaryIO) -> Iterator[Block]:
    """The lines of a stream, in blocks; no line is longer than the limit, and none is held in memory that is."""
    rest, cutting = b"", False
    while chunk := stream.read(_BLOCK):
        if cutting:
            _, found, chunk = chunk.partition(b"\n")
            cutting = not found
            if cutting:
                continue
        whole, found, rest = (rest + chunk).rpartition(b"\n")
        cut = 0
        if len(rest) > LINE_LIMIT:
            whole, rest, cutting, cut = b"\n".join((whole, rest[:LINE_LIMIT])), b"", True, 1
        if whole:
            yield _limited(whole, cut)
    if rest:
        yield _limited(rest, 0)


def _limited(raw: bytes, cut: int) -> Block:
    """The lines, each cut to the limit."""
    lines = raw.split(b"\n") if len(raw) > LINE_LIMIT else []
    long = sum(len(line) > LINE_LIMIT for line in lines)
    if long:
        raw = b"\n".join(line[:LINE_LIMIT] for line in lines)
    return Block(raw, cut + long)
