"""What may be sent to a host."""

from __future__ import annotations

from hashlib import sha256

import msgspec


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A read-only POSIX `sh` script that a collector declares; nothing else can be sent to a host.

    Attributes:
        name: What it is called in transcripts, such as `files`.
        text: The script. It gets its arguments as `$1`, `$2`, ...; its input is what the collector writes.
    """

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal: the name by which the command policy knows it."""
        return sha256(self.text.encode()).hexdigest()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A declared script with the arguments of this host.

    Attributes:
        script: What runs.
        args: `$1`, `$2`, ...; quoted in one place, in the transport.
    """

    script: Script
    args: tuple[str, ...] = ()


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a run's transcript: what left the process, without any secret.

    Attributes:
        host: The inventory name.
        at: Seconds since the epoch, UTC.
        exec_line: The request as the SSH server got it, elevation included; the line that was typed at a device.
        script: The script's name; the platform of a device.
        digest: The script's digest; empty for a device, to which no script is sent.
        args: The script's arguments.
    """

    host: str
    at: float
    exec_line: str
    script: str
    digest: str
    args: tuple[str, ...] = ()
