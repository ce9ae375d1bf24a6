"""What left the process, kept by host until it is stored with what the host answered."""

from __future__ import annotations

from ospatrol.model.command import Sent


class Transcript:
    """Collects what transports say they sent."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Sent]] = {}

    def add(self, line: Sent) -> None:
        """Note a command, just before it leaves."""
        self._lines.setdefault(line.host, []).append(line)

    def take(self, host: str) -> tuple[Sent, ...]:
        """What was sent to a host; forgotten from then on."""
        return tuple(self._lines.pop(host, ()))
