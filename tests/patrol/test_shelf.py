from __future__ import annotations

import os

import pytest

from ospatrol.patrol.shelf import Shelf


@pytest.mark.parametrize("raw", [b"", b"x", b"\0" * 64, b"y" * 65, b"z" * 5000])
def test_what_one_process_puts_there_the_other_takes(raw: bytes) -> None:
    shelf = Shelf(places=2, size=64)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, shelf.put(b"first"))
        os.write(theirs, shelf.put(raw))
        os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with os.fdopen(ours, "rb") as pipe:
        sent = pipe.read()

    first = len(shelf.put(b"first"))
    assert shelf.taken(sent[first:]) == raw
    assert len(sent) - first < 64 or len(raw) > 64


def test_as_many_things_wait_as_there_are_places() -> None:
    shelf = Shelf(places=2, size=8)
    one, two = shelf.put(b"one"), shelf.put(b"two")

    assert (shelf.taken(one), shelf.taken(two)) == (b"one", b"two")

    three = shelf.put(b"three")

    assert (shelf.taken(two), shelf.taken(three)) == (b"two", b"three")
