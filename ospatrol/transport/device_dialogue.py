"""What to make of what a device says: its prompt, its pagers, the end of an answer; no input or output here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.errors import CommandFailed, OutputTooLarge
from ospatrol.model.text import escape_controls
from ospatrol.transport.device_screen import last_line, last_lines, render

if TYPE_CHECKING:
    from ospatrol.transport.device_platforms import DevicePlatform

# `router#`, `fw1 (global) # `, `[admin@r1] > `, `{master}user@mx> `, `[Expert@gw:0]# `, `vyos@r1:~$ `
_PROMPT_LIKE = re.compile(r"\S[^\r\n]{0,126}?[>#$%]|[>#$%]")
# `--More--`, `<--- More --->`, `---(more 12%)---`, `-- MORE --, next page: Space, ...`, `-- [Q quit|D dump|down]`
_PAGER = re.compile(
    r"(?i)\s*(?:<(-{2,4}) ?more ?\1>|(-{2,4}) ?\(?more\b[^\r\n]{0,30}?\)? ?\2(?:, [^\r\n]{0,80}-c)?"
    r"|-- \[q quit[^\r\n]{0,60}\])"
)
_PAGER_OF_LESS = re.compile(r"lines \d{1,9}-\d{1,9}(?:/\d{1,9})?(?: \d{1,3}%)?")
# how a pager's line is wiped out, once it was answered
_WIPED = re.compile(rb"(?:\x08+|\r(?!\n)|\x1b\[[0-9;]{0,16}[DGJK]| +(?=[\x08\r]))*")
_AT_THE_END = re.compile(r"(?i)(?:lines \d+-\d+(?:/\d+)? )?\(end\)")
# `Configuration modified, save? [y]/n`, `Do you want to create it? (y/n)`
_YES_OR_NO = re.compile(r"(?i).*(?:\(y/n\)|\[y/n\]|\[y\]/n|y/\[n\]|\(yes/no\)|\[yes/no\])[ ?:]{0,3}")
_STUCK_PAGES = 3
_ECHO_LINES = 3
_ECHO_BEGINS = 20
_SHOWN = 200
_LARGE_BYTES = 128 << 10


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """How a device says that it waits for a command.

    Attributes:
        text: The line, without spaces at its end.
        before: Lines that it prints before it each time, such as JunOS's `{master}`.
    """

    text: str
    before: tuple[str, ...] = ()


def looks_like_prompt(line: str) -> bool:
    """Whether a device may mean this line as a prompt."""
    return _PROMPT_LIKE.fullmatch(line) is not None


class Greeting:
    """From the login to a prompt that is proved: the device printed it, and nothing else, in reply to an empty line.

    A banner may look like a prompt; it does not come again.
    """

    def __init__(self, platform: DevicePlatform) -> None:
        self._platform = platform
        self._heard = bytearray()
        self._all = bytearray()
        self._last: tuple[str, ...] | None = None
        self._answered: dict[str, int] = {}

    def hear(self, piece: bytes, most_bytes: int) -> str:
        """Take output in; what to answer to a question that it ends with.

        Raises:
            OutputTooLarge: more was said than any banner says.
        """
        self._heard += piece
        self._all += piece
        if len(self._all) > most_bytes:
            raise OutputTooLarge(f"more than {most_bytes} bytes before the first prompt")
        if not self._platform.at_login:
            return ""
        said = render(bytes(self._heard[-2000:])).lower()
        for question, answer in self._platform.at_login:
            if question in said and self._answered.get(question, 0) < 2:
                self._answered[question] = self._answered.get(question, 0) + 1
                self._heard.clear()
                return answer
        return ""

    @property
    def pending(self) -> bool:
        """Whether what was heard ends with what may be a prompt."""
        return looks_like_prompt(last_line(self._heard))

    @property
    def asks(self) -> bool:
        """Whether what was heard ends with a question to be answered with yes or no."""
        return _YES_OR_NO.fullmatch(last_line(self._heard)) is not None

    @property
    def everything(self) -> str:
        """All that the device said; its echo and its prompts are still there."""
        return render(bytes(self._all))

    def settle(self) -> Prompt | None:
        """The prompt, if what was heard since the last empty line proves it."""
        reply = self._reply()
        if not reply or self._last is None or not looks_like_prompt(reply[-1]):
            return None
        if reply == self._last or (len(reply) == 1 and self._last[-1:] == reply):
            return Prompt(text=reply[-1], before=reply[:-1])
        return None

    def silent(self) -> None:
        """Nothing has come for a while: what was heard is over, and an empty line will be sent."""
        said = tuple(line.strip() for line in render(bytes(self._heard)).split("\n") if line.strip())
        self._last = said or self._last
        self._heard.clear()

    def _reply(self) -> tuple[str, ...]:
        """The lines that were heard since the last empty line; none where the rest of another line came first."""
        first, *lines = [line.strip() for line in render(bytes(self._heard)).split("\n")]
        return () if first else tuple(line for line in lines if line)

    @property
    def said(self) -> str:
        """The end of what the device said, for messages."""
        return escape_controls(render(bytes(self._all[-2000:])).strip()[-_SHOWN:], _SHOWN)


class Answer:
    """The answer to one command, until the prompt is proved to be there again.

    A line of the output may look like the prompt. So the first time that the output ends with it, an empty line is
    sent; the answer is over when the device has printed the prompt twice, with nothing between.

    Args:
        prompt: The device's.
        command: What was sent.
        host: For messages.
        limit_bytes: How much output to accept.
        platform: What is known of its command line.
    """

    def __init__(self, prompt: Prompt, command: str, *, host: str, limit_bytes: int, platform: DevicePlatform) -> None:
        self._prompt = prompt
        self._command = command
        self._host = host
        self._limit_bytes = limit_bytes
        self._platform = platform
        self._raw = bytearray()
        self._asked = False
        self._pages: list[tuple[int, int]] = []
        self._pager = ""
        self._stuck = 0
        self._doubted = ""
        self.over = False

    def hear(self, piece: bytes) -> str:
        """Take output in; what to send then.

        Raises:
            OutputTooLarge: it is more than the limit.
            CommandFailed: a pager does not go on.
        """
        self._raw += piece
        if len(self._raw) > self._limit_bytes:
            raise OutputTooLarge(f"{self._host}: {self._command!r} printed more than {self._limit_bytes} bytes")
        line = last_line(self._raw)
        if line == self._prompt.text:
            return self._at_prompt()
        if _AT_THE_END.fullmatch(line):
            return "q"
        paged = _PAGER.fullmatch(line) or _PAGER_OF_LESS.fullmatch(line) or line in self._platform.pagers
        return self._at_pager(line) if paged else ""

    def _at_prompt(self) -> str:
        if not self._asked:
            self._asked = True
            return self._platform.enter
        again = [self._prompt.text, *self._prompt.before, self._prompt.text]
        lines = [line.strip() for line in last_lines(self._raw, 2 * len(again) + 4)]
        self.over = [line for line in lines if line][-len(again) :] == again
        return ""

    def _at_pager(self, line: str) -> str:
        pager = line.strip()
        if self._pages:
            since = render(bytes(self._raw[self._pages[-1][1] :])).strip()
            if not since and pager == self._pager:  # it was answered, and is not wiped out yet
                return ""
            self._stuck = self._stuck + 1 if since == pager else 0
        self._pager = pager
        if self._stuck >= _STUCK_PAGES:
            shown = escape_controls(pager, 60)
            raise CommandFailed(f"{self._host}: {self._command!r}: the pager {shown!r} does not go on")
        self._pages.append((self._raw.rfind(b"\n") + 1, len(self._raw)))
        return " "

    def silent(self) -> str:
        """Nothing has come for some seconds; what to send then.

        Raises:
            CommandFailed: the device waits with another prompt than before.
        """
        line = last_line(self._raw)
        if line == self._prompt.text or not looks_like_prompt(line):
            return ""
        if self._doubted != line:
            self._doubted = line
            return self._platform.enter
        shown = escape_controls(line, 80)
        raise CommandFailed(
            f"{self._host}: after {self._command!r} the prompt is {shown!r}, no longer {self._prompt.text!r}"
        )

    @property
    def large(self) -> bool:
        """Whether making its text takes long enough to hold others up."""
        return len(self._raw) > _LARGE_BYTES

    @property
    def text(self) -> str:
        """The answer, once it is over."""
        lines = render(self._without_pagers()).split("\n")
        for expected in (self._prompt.text, *reversed(self._prompt.before), self._prompt.text):
            while lines and not lines[-1].strip():
                lines.pop()
            if lines and lines[-1].strip() == expected:
                lines.pop()
        lines = _without_tail(lines, self._prompt.before)
        while lines and not lines[-1].strip():
            lines.pop()
        lines = lines[self._echo(lines) :]
        return "\n".join(lines) + "\n" if lines else ""

    def _echo(self, lines: list[str]) -> int:
        """How many lines at the beginning are the echo of the command, not the answer."""
        for at, line in enumerate(lines[:_ECHO_LINES]):
            if line.rstrip().endswith(self._command):
                return at + 1
        # a long command is redrawn, shifted to the left, while it is echoed
        begun = self._raw.split(b"\n", 1)[0].lstrip(b"\r").startswith(self._command[:_ECHO_BEGINS].encode())
        return 1 if begun else 0

    def _without_pagers(self) -> bytes:
        pieces, at = [], 0
        for begin, end in self._pages:
            wiped = _WIPED.match(self._raw, end)
            if wiped and wiped.end() > end:  # else it was a line of the answer, and only looked like one
                pieces.append(bytes(self._raw[at:begin]))
                at = wiped.end()
        return b"".join((*pieces, bytes(self._raw[at:])))


def _without_tail(lines: list[str], before: tuple[str, ...]) -> list[str]:
    """Lines without those that belong to the prompt."""
    for expected in reversed(before):
        while lines and not lines[-1].strip():
            lines = lines[:-1]
        if lines and lines[-1].strip() == expected:
            lines = lines[:-1]
    return lines
