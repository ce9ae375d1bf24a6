"""What hosts sent, in the lines that the original engines see."""

from __future__ import annotations

from ospatrol.model.facts import Answer, State

_LONGEST = 2047  # bytes of a line of a file; the rest counts as the next line
_MOST_PIECES = 256  # of a command's output; the last keeps the rest


class Text:
    """The content of one answer, cut into lines when they are first needed.

    Attributes:
        content: As it came.
        whole: Whether there is nothing behind it.
        private: Whether it holds a private key.
    """

    def __init__(self, answer: Answer) -> None:
        self.content = answer.content
        self.whole = answer.state is not State.CUT
        self.private = "PRIVATE KEY-----" in answer.content
        self._lower: str | None = None
        self._lines: list[str] | None = None
        self._pieces: list[str] | None = None
        self._paths: list[str] | None = None

    @property
    def lower(self) -> str:
        """The content in lower case."""
        if self._lower is None:
            self._lower = self.content.lower()
        return self._lower

    @property
    def lines(self) -> list[str]:
        """The lines of a file, each once, of at most 2047 bytes, without their ends; none that was cut."""
        if self._lines is None:
            lines = _file_lines(self.content)
            if not self.whole and lines and not self.content.endswith("\n"):
                lines.pop()
            self._lines = list(dict.fromkeys(lines))
        return self._lines

    @property
    def pieces(self) -> list[str]:
        """A command's output in lines: at most 256, an empty one behind a last newline, none that was cut."""
        if self._pieces is None:
            self._pieces = _pieces(self.content)
            if not self.whole:
                self._pieces.pop()
        return self._pieces

    @property
    def paths(self) -> list[str]:
        """The command paths of processes: the first word of each command line."""
        if self._paths is None:
            lines = self.content.split("\n")
            if not self.whole:
                lines.pop()
            self._paths = list(dict.fromkeys(line.split(" ", 1)[0] for line in lines if line.strip()))
        return self._paths


def _file_lines(content: str) -> list[str]:
    return [
        line[start : start + _LONGEST].rstrip("\r\n")
        for line in _with_ends(content)
        for start in range(0, len(line), _LONGEST)
    ]


def _with_ends(content: str) -> list[str]:
    """Lines with their newline; nothing but a newline ends one."""
    parts = content.split("\n")
    last = parts.pop()
    lines = [part + "\n" for part in parts]
    return [*lines, last] if last else lines


def _pieces(content: str) -> list[str]:
    if "\\\n" not in content:
        return content.split("\n", _MOST_PIECES - 1)
    found: list[str] = []
    start = at = 0
    while len(found) < _MOST_PIECES - 1:
        at = content.find("\n", at)
        if at < 0:
            break
        if not at or content[at - 1] != "\\":
            found.append(content[start:at])
            start = at + 1
        at += 1
    return [*found, content[start:]]
