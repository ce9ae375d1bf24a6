"""Many texts in one pass."""

from __future__ import annotations

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ospatrol.pattern.scan import Scanner


def test_texts_inside_of_others_are_seen() -> None:
    scanner = Scanner(["abcd", "bc", "c", "cde", "x"])

    assert scanner.hits("abcde") == {0, 1, 2, 3}
    assert scanner.texts("abcde") == {"abcd", "bc", "c", "cde"}


def test_no_texts_are_found_nowhere() -> None:
    assert Scanner([]).hits("abc") == frozenset()
    assert Scanner([]).texts("abc") == frozenset()


def test_bytes_beyond_ascii_do_no_harm() -> None:
    scanner = Scanner(["ab", "??"])

    assert scanner.hits("\xe9ab\xff") == {0}
    assert scanner.texts("\xe9ab\xff") == {"ab"}
    assert scanner.texts("\u20acab\udc80") == {"ab"}


@given(st.lists(st.text("ab?", min_size=1, max_size=4), max_size=6), st.text("ab?\xe9", max_size=20))
@seed(4)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_it_finds_what_is_there(atoms: list[str], text: str) -> None:
    scanner = Scanner(atoms)

    assert scanner.hits(text) == {number for number, atom in enumerate(atoms) if atom in text}
    assert scanner.texts(text) == {atom for atom in atoms if atom in text}
