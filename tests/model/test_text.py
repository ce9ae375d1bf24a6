from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ospatrol.model.text import escape_controls, show_bytes

ESCAPED = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def unshown(shown: str) -> bytes:
    def back(found: re.Match[str]) -> str:
        if found[1]:
            code = int(found[1], 16)
            return chr(code) if code < 0x80 else chr(0xDC00 + code)
        code_point = found[2] or found[3]
        return chr(int(code_point, 16)) if code_point else "\\"

    return ESCAPED.sub(back, shown).encode("utf-8", "surrogateescape")


@given(st.binary(max_size=200))
@example(b"\xff\\xff")
@example("\u202e\x85\ud7ff".encode())
@example(b"\x1b]0;x\x07")
def test_shown_bytes_can_be_turned_back_and_so_never_collide(raw: bytes) -> None:
    shown = show_bytes(raw)

    assert unshown(shown) == raw


@given(st.text(alphabet=st.characters(), max_size=300))
def test_escaped_text_is_one_line_without_controls(text: str) -> None:
    shown = escape_controls(text)

    assert shown.isprintable()


def test_ordinary_text_stays_as_it_is() -> None:
    assert show_bytes("grün/数据 x".encode()) == "grün/数据 x"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a\nb", r"a\x0ab"),
        (b"a\\b", r"a\\b"),
        (b"\xff", r"\xff"),
        ("\u202e".encode(), r"\u202e"),
        ("\u200b\u061c".encode(), r"\u200b\u061c"),
        ("\U000e0041".encode(), r"\U000e0041"),
        ("a\xa0b".encode(), r"a\u00a0b"),
    ],
)
def test_what_could_fool_a_reader_is_spelt_out(raw: bytes, shown: str) -> None:
    assert show_bytes(raw) == shown


def test_what_is_cut_is_counted() -> None:
    assert escape_controls("x" * 12, limit=10) == "x" * 10 + "...(+2)"
    assert escape_controls("x" * 10, limit=10) == "x" * 10
