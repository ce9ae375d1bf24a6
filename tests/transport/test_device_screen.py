"""What a terminal would show of what a device sends."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.transport.device_screen import last_line, last_lines, render


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b"plain\r\ntext\r\n", "plain\ntext\n"),
        (b"doubled\r\r\nreturns\r\r\n", "doubled\nreturns\n"),
        (b"caf\xc3\xa9 \xe9\n", "caf\u00e9 \\xe9\n"),
        (b"wrong\rright", "right"),
        (b"longer line\rshort", "shortr line"),
        (b"spin |\b/\b-\b \bdone", "spin done"),
        (b"\b\b\bx", "x"),
        (b" --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\binterface Vlan12", "interface Vlan12"),
        (b"--More--\r        \rnext", "next"),
        (b"--More--\r                    \rnext", "next"),
        (b"--More--\r        \r", ""),
        (b"---(more)---\r\x1b[Knext", "next"),
        (b"\x1b[1;31mred\x1b[0m and \x1b[?25hplain", "red and plain"),
        (b"\x1b]0;title\x07prompt#", "prompt#"),
        (b"\x1b[?1h\x1b=\rVersion\x1b[m", "Version"),
        (b"\x1b[24;1H\x1b[2KProCurve# \x1b[24;1H\x1b[24;11H\x1b[?25h", "ProCurve# "),
        (b"one\x1bEtwo", "one\ntwo"),
        (b"abc\x1b[2Dx", "axc"),
        (b"abc\x1b[5G!", "abc !"),
        (b"abc\x1b[Cd", "abc d"),
        (b"abc\x1b[1Kd", "   d"),
        (b"abc\x1b[2Jd", "   d"),
        (b"abc\x1b[99999Hd", "dbc"),
        (b"bell\x07 nul\x00 so\x0e\rB", "Bell nul so"),
        (b"banner ^C\x03\r\n", "banner ^C\x03\n"),
        (b"tab\there\r\n", "tab\there\n"),
        (b"\x1b[", ""),
        (b"half\x1b", "half"),
    ],
)
def test_a_line_is_what_a_terminal_shows(raw, seen):
    assert render(raw) == seen


def test_the_last_line_costs_the_same_whatever_came_before():
    raw = b"x" * 9_000_000 + b"\r\nrouter# "

    assert last_line(raw) == "router#"
    assert last_lines(b"a\nb\n c ", 2) == ["b", " c"]


def test_a_line_without_end_is_cut():
    assert len(render(b"x" * 300_000 + b"\ry")) == 65536


@given(st.binary(max_size=300))
def test_nothing_that_a_device_sends_is_an_error(raw):
    assert "\x1b" not in render(raw)
    assert "\b" not in render(raw)
    assert "\n" not in last_line(raw)


@given(
    st.lists(
        st.sampled_from(
            [b"r1#", b"\n", b"\r\n", b"\r\r\n", b"\r", b"\x08", b"\x1bE", b"\x1b[K", b" ", b"\xc3", b"\xa9", b"--"]
        )
    ).map(b"".join)
)
def test_the_last_line_is_that_of_the_whole(raw: bytes) -> None:
    assert last_line(raw) == last_line(bytearray(raw)) == render(raw).rpartition("\n")[2].rstrip()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\x1bE"])
def test_however_lines_end_they_are_the_same_lines(end: str) -> None:
    assert render(end.join(["one", "two\x1b[0m", "three"]).encode()) == "one\ntwo\nthree"


def test_a_run_of_returns_costs_what_it_is_long() -> None:
    def cost(count: int) -> float:
        began = time.process_time()
        render(b"\r" * count + b"x\n")
        return time.process_time() - began

    cost(1_000)
    assert cost(400_000) < 50 * max(cost(40_000), 0.001)
