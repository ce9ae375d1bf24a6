"""Pieces between a library's callbacks and the reader."""

from __future__ import annotations

from ospatrol.transport.wire import Inbox, Piece


async def test_what_came_meanwhile_is_read_at_once_and_in_order():
    inbox = Inbox()
    for raw, error in ((b"a", False), (b"b", False), (b"!", True), (b"c", False)):
        inbox.put(Piece(raw, error))
    inbox.finish()

    pieces = [await inbox.take() for _ in range(4)]

    assert pieces == [Piece(b"ab"), Piece(b"!", True), Piece(b"c"), None]


async def test_what_was_read_counts_no_longer():
    inbox = Inbox()
    for _ in range(3):
        inbox.put(Piece(bytes(1 << 19)))
    assert inbox.full

    await inbox.take()

    assert not inbox.full
