from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.patrol import blocks as room
from ospatrol.patrol.blocks import blocks
from ospatrol.patrol.lines import LINE_LIMIT

SMALL = 8


class Pipe(BytesIO):
    """A stream that gives what it likes, as a pipe does."""

    def __init__(self, raw: bytes, sizes: Sequence[int]) -> None:
        super().__init__(raw)
        self._sizes = sizes
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        return super().read(self._sizes[self._reads % len(self._sizes)])


def told(stream: BytesIO) -> tuple[list[str], int]:
    found = list(blocks(stream))
    return [line for block in found for line in block.lines()], sum(block.cut for block in found)


def expected(raw: bytes, limit: int) -> tuple[list[str], int]:
    """Written down independently: what a line is, and what is cut."""
    lines = raw.split(b"\n")
    kept = [line[:limit].decode("latin-1").removesuffix("\r") for line in lines if line[:limit].strip(b"\r")]
    return kept, sum(len(line) > limit for line in lines)


# bytes of few kinds, so that line breaks fall everywhere
RAW = st.lists(st.sampled_from((b"a", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"x" * 7, b"y" * 9)), max_size=40).map(
    b"".join
)


@settings(deadline=None)
@given(RAW, st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_lines_are_the_same_wherever_a_stream_is_cut(raw: bytes, sizes: list[int]) -> None:
    before, room.LINE_LIMIT = room.LINE_LIMIT, SMALL
    try:
        assert told(Pipe(raw, sizes)) == expected(raw, SMALL)
    finally:
        room.LINE_LIMIT = before


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from((0, 1, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 262_144, 300_000)), max_size=6))
def test_real_limits_and_real_blocks(lengths: list[int]) -> None:
    raw = b"\n".join(bytes([65 + number]) * length for number, length in enumerate(lengths))

    assert told(BytesIO(raw)) == expected(raw, LINE_LIMIT)


def test_a_long_line_is_never_held_whole() -> None:
    biggest = 0

    class Endless(BytesIO):
        left = 200

        def read(self, size: int | None = -1, /) -> bytes:
            self.left -= 1
            return b"z" * (size or 0) if self.left > 0 else b""

    for block in blocks(Endless()):
        biggest = max(biggest, len(block.raw))

    assert biggest <= LINE_LIMIT + 1


def test_nothing_is_no_line() -> None:
    assert told(BytesIO(b"")) == ([], 0)
    assert told(BytesIO(b"\n\r\n\n")) == ([], 0)
    assert told(BytesIO(b"last")) == (["last"], 0)
