"""What collectors see of a router, a switch or a firewall: one prompt, one question at a time."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from ospatrol.model.errors import CommandNotAllowed
from ospatrol.model.host import Target
from ospatrol.transport.connection import Connection


@runtime_checkable
class DeviceConnection(Protocol):
    """One login on one device, elevated and with paging off; the caller opens it with `async with` and so closes it.

    A device that did not answer as it should once is not asked again: after an error of `ask`, other than
    `CommandNotAllowed`, each further question raises the same error.

    Attributes:
        target: The device; `target.platform` says what it is.
        notes: What the reader of a report should know of this login, such as legacy algorithms in use.
    """

    target: Target
    notes: tuple[str, ...]

    async def ask(self, command: str, *, limit_s: float, limit_bytes: int) -> str:
        r"""Send one command of the platform's read-only policy; all that it printed, once the prompt is there again.

        The command's echo, the prompt and empty lines before it are taken off, lines end in `\n`, and what a terminal
        would have done with carriage returns, backspaces, escape sequences and pagers is done. Nothing else is
        changed: whether the text is an error message of the device (`% Invalid input`), or lacks the last line that
        the platform ends its configuration with, is for the caller to see. The text is untrusted: its control
        characters are as the device sent them, and a byte that is no UTF-8 is `\xff`.

        Args:
            command: One line, exactly as the device policy of this connection holds it.
            limit_s: Seconds for the whole answer.
            limit_bytes: How much output to accept.

        Raises:
            CommandNotAllowed: the policy does not hold the command; nothing was sent.
            CommandTimedOut: the prompt did not come back in time.
            CommandFailed: the prompt is another one than before, or a pager does not go on.
            ConnectionCut: the connection ended before the prompt was there again.
            OutputTooLarge: the device sent more than the limit.
        """
        ...


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session is after a move.

    Attributes:
        said: What the device printed, the command's echo and prompts among it; untrusted, as answers are.
        prompt: What it waits with now.
    """

    said: str
    prompt: str


@runtime_checkable
class MovingConnection(DeviceConnection, Protocol):
    """A login that can go from one virtual system of its device to another.

    A login that was not proved to be where it began when it is closed is cut, without another word.
    """

    @property
    def where(self) -> str:
        """The prompt that the device waits with."""
        ...

    async def move(self, command: str, *, limit_s: float) -> Arrived:
        """Send one command that leads elsewhere, or sets up paging there; where the session is, once that is proved.

        A question that comes up on the way is answered with no.

        Args:
            command: One that the policy holds, with a name of `CONTEXT_NAME` where `{name}` stands.
            limit_s: Seconds until the prompt is there.

        Raises:
            CommandNotAllowed: the policy or the platform does not hold it; nothing was sent.
            HostError: no prompt came, or the connection was cut; the session is over then.
        """
        ...

    def returned(self) -> None:
        """Say that the session is proved to be where it began, after all moves; only then is it logged out."""
        ...

    def abandon(self, why: str) -> None:
        """End the session now: it is where it must not go on. Whatever is asked then raises `CommandFailed`."""
        ...


def as_device(connection: Connection) -> DeviceConnection:
    """A connection as a device's, for collectors that ask devices.

    Raises:
        CommandNotAllowed: the host is no network device; nothing was sent.
    """
    if isinstance(connection, DeviceConnection):
        return connection
    host = connection.target.host
    raise CommandNotAllowed(f"{host}: it is no network device; set ansible_connection: network_cli, or skip this task")
