"""From the request to the first byte of the script's own output: a conversation, without any input or output here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.model.errors import ElevationFailed, HostError, ShellUnusable
from ospatrol.model.text import show_bytes

if TYPE_CHECKING:
    from ospatrol.transport.bootstrap import Launch
    from ospatrol.transport.wire import End

_NOISE_BYTES = 64 << 10
_SHOWN = 400
_MISSING = re.compile(rb"(?i)not found|no such file|unknown command|cannot find")
_REFUSED = re.compile(rb"(?i)sorry|password|not allowed|authentication|permission denied|not permitted")


class Start:
    """What to answer while a command starts.

    Attributes:
        begun: The script's first output, once it runs; None until then.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._up = f"{launch.nonce}:up\n".encode()
        self._go = f"{launch.nonce}:go\n".encode()
        self._cut = f"{launch.nonce}:cut".encode()
        self._output = bytearray()
        self._error = bytearray()
        self._is_up = False
        self._answered = False
        self.begun: bytes | None = None

    def opening(self) -> bytes:
        """What to write before anything was heard."""
        return b"" if self._launch.elevation.patient else self._launch.script

    def hear(self, piece: bytes, *, error: bool) -> bytes:
        """Take output in; what to write then.

        Raises:
            ElevationFailed: the password is wrong, or there is none to give.
            ShellUnusable: what answers talks, but is no shell.
        """
        heard = self._error if error else self._output
        heard += piece
        if len(heard) > _NOISE_BYTES and self.begun is None:
            if error:
                del heard[:-_NOISE_BYTES]
            elif self._go not in heard:
                raise ShellUnusable(f"{self._where}: more than 64 KiB before the script began: {self._said()}")
        answer = b"" if self._is_up else self._answer(heard)
        if not error:
            answer += self._follow()
        return answer

    def _follow(self) -> bytes:
        """Look for the marks in what was heard."""
        answer = b""
        if not self._is_up and self._up in self._output:
            self._is_up = True
            if self._launch.elevation.patient:
                answer = self._launch.script
        if self._go in self._output:
            self.begun = bytes(self._output.partition(self._go)[2])
        elif self._cut in self._output:
            raise ShellUnusable(f"{self._where}: neither `head -c` nor `dd` could read the script")
        return answer

    def _answer(self, heard: bytearray) -> bytes:
        """The password, where it is asked for."""
        rise = self._launch.elevation
        if not rise.program or not rise.prompt.search(bytes(heard[-512:])):
            return b""
        if rise.password is None:
            raise ElevationFailed(f"{self._where}: {rise.program} asks for a password; set ansible_become_password")
        if self._answered:
            raise ElevationFailed(f"{self._where}: {rise.program} does not accept the password: {self._said()}")
        self._answered = True
        heard.clear()
        return rise.password.reveal.encode() + b"\n"

    def ended(self, end: End) -> HostError:
        """The error for a command that ended before its script ran."""
        said = bytes(self._error + self._output)
        program = self._launch.elevation.program
        if not program or self._is_up:
            return ShellUnusable(
                f"{self._where}: no POSIX shell answers behind the login (status {end.status}): {self._said()}"
            )
        named = re.search(rb"\b" + program.encode() + rb"\b", said)
        if end.status == 127 or (named and _MISSING.search(said)):
            return ElevationFailed(
                f"{self._where}: {program} is not installed or not on the login's PATH: {self._said()}"
            )
        if "password is required" in self._said():
            return ElevationFailed(f"{self._where}: {program} wants a password; set ansible_become_password")
        if named or self._answered or _REFUSED.search(said) or not said.strip():
            return ElevationFailed(f"{self._where}: {program} refused: {self._said()}")
        return ShellUnusable(f"{self._where}: no POSIX shell answers behind the login: {self._said()}")

    def overdue(self, seconds: float) -> HostError:
        """The error for a command that has not begun in time."""
        if self._launch.elevation.program and not self._is_up:
            problem = f"{self._launch.elevation.program} did not finish within {seconds:g} s"
            return ElevationFailed(f"{self._where}: {problem}: {self._said()}")
        return ShellUnusable(f"{self._where}: no POSIX shell answered within {seconds:g} s: {self._said()}")

    @property
    def complaints(self) -> bytes:
        """What standard error said meanwhile."""
        return bytes(self._error)

    @property
    def _where(self) -> str:
        return self._launch.host

    def _said(self) -> str:
        said = bytes(self._error + b" " + self._output).replace(self._up, b"").strip()
        return f'it said "{show_bytes(said, _SHOWN)}"' if said else "it said nothing"
