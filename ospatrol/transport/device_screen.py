"""What a terminal would show of what a device sends: bytes in, lines out."""

from __future__ import annotations

import re

_TAIL_BYTES = 8 << 10
_ROW_CELLS = 64 << 10
_LINE_END = re.compile(r"(?<!\r)\r*\n|\x1bE")  # a run of returns is looked at once, not from each of them
# a line without any of these is as it is
_ACTING = re.compile(r"[\x00\x07\x08\r\x0e\x0f\x1b\x9b]")
# ECMA-48 §5.4: control sequences; operating system commands; other escape sequences
_PIECES = re.compile(
    r"(?:\x1b\[|\x9b)(?P<numbers>[0-?]{0,32})[ -/]{0,4}(?P<act>[@-~])"
    r"|\x1b\][^\x07\x1b]{0,512}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]{0,4}(?P<escape>[0-~])"
    r"|(?P<text>[^\x00\x07\x08\r\x0e\x0f\x1b\x9b]+)"
    r"|(?P<control>[\x00-\x1f\x9b])"
)
_ERASED = "\0"


def render(raw: bytes) -> str:
    r"""What is to be read of a device's output, lines ending in `\n`; each byte that is no UTF-8 as `\xff`.

    Carriage returns, backspaces, tabs of escape sequences and erasures are done; positions on a screen are columns of
    the line at hand, because a command line writes one line after the other.
    """
    text = raw.decode("utf-8", "backslashreplace")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\r" in text or "\x1b" in text:
        text = _LINE_END.sub("\n", text)
    if not _ACTING.search(text):
        return text
    return "\n".join([_row(line) if _ACTING.search(line) else line for line in text.split("\n")])


def last_line(raw: bytes | bytearray) -> str:
    """The line on which the cursor stands, without spaces at its end; costs the same whatever came before."""
    tail = raw[-_TAIL_BYTES:]
    return render(bytes(tail[tail.rfind(b"\n") + 1 :])).rpartition("\n")[2].rstrip()


def last_lines(raw: bytes | bytearray, count: int) -> list[str]:
    """The last lines, without spaces at their ends."""
    return [line.rstrip() for line in render(bytes(raw[-_TAIL_BYTES:])).split("\n")[-count:]]


def _row(line: str) -> str:
    """One line with what moves the cursor done; what was erased at its end is not there."""
    if len(line) > _ROW_CELLS:
        line = line[:_ROW_CELLS]
    cells: list[str] = []
    at = 0
    for piece in _PIECES.finditer(line):
        if piece["text"]:
            at = _write(cells, at, piece["text"])
        elif piece["act"]:
            at = _act(cells, at, piece["act"], piece["numbers"])
        elif piece["control"] == "\r":
            at = 0
        elif piece["control"] == "\b":
            at = max(0, at - 1)
    return "".join(cells).rstrip(_ERASED).replace(_ERASED, " ")


def _write(cells: list[str], at: int, text: str) -> int:
    if at < len(cells) and text.isspace():  # this is how a device wipes a pager's line out
        text = _ERASED * len(text)
    cells.extend(_ERASED * (at - len(cells)))
    cells[at : at + len(text)] = text
    return at + len(text)


def _act(cells: list[str], at: int, act: str, numbers: str) -> int:
    """A control sequence; where the cursor is then."""
    words = numbers.split(";")
    count = int(words[0]) if words[0].isdecimal() and len(words[0]) < 5 else 0
    match act:
        case "K" if count == 1:
            cells[:at] = _ERASED * min(at, len(cells))
        case "K" | "J":
            del cells[0 if count == 2 else at :]
        case "C":
            return min(at + max(1, count), _ROW_CELLS)
        case "D":
            return max(0, at - max(1, count))
        case "G":
            return min(max(1, count) - 1, _ROW_CELLS)
        case "H" | "f":
            column = words[1] if len(words) > 1 else ""
            return min(max(1, int(column)) - 1, _ROW_CELLS) if column.isdecimal() and len(column) < 5 else 0
        case _:
            pass
    return at
