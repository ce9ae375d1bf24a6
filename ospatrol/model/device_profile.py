"""What a platform of devices is like: how its configuration is captured, cleaned, kept and read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.place import Place


class Written(msgspec.Struct, frozen=True):
    """A pattern as a person wrote it: RE2, found anywhere in a line, case matters.

    Attributes:
        text: The pattern.
        place: Where it stands.
    """

    text: str
    place: Place = Place("")


class CaptureRole(StrEnum):
    """What a capture is to us."""

    RUNNING = "running"
    """The configuration that works now; changes of it are events."""
    STARTUP = "startup"
    """The one that the next start will use; kept, and compared with the running one."""
    INVENTORY = "inventory"
    """Versions, modules, licences: kept, and its changes are events."""


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """One command, and how to tell that its answer is whole.

    Attributes:
        name: Of the file that it is kept in: `running`, `startup`, `version`.
        command: Sent exactly so; it must only show.
        otherwise: Sent where the device does not know that command.
        role: What it is to us.
        begins: Some line of the first 30 must match; None where nothing is known to be there.
        ends: One of the last three lines that are not blank must match; likewise.
        balanced: Whether every brace that opens must be closed.
        absent: An answer that says that there is nothing to show, which is no failure.
    """

    name: str
    command: str
    otherwise: str = ""
    role: CaptureRole = CaptureRole.RUNNING
    begins: Written | None = None
    ends: Written | None = None
    balanced: bool = False
    absent: Written | None = None


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A line that holds secrets.

    Attributes:
        name: What kind of secret it is, for people.
        pattern: Each of its groups that took part is a secret.
        flaps: Whether the platform encrypts it anew at each show, so that its text says nothing about a change.
        within: Only below a line that matches; lines below another are indented deeper.
        outside: Never below a line that matches.
    """

    name: str
    pattern: Written
    flaps: bool = False
    within: Written | None = None
    outside: Written | None = None


class SecretBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of several lines.

    Attributes:
        name: What kind of secret it is, for people.
        begins: The line in front of the secret; what follows the match on that line is part of it.
        ends: The line behind it; what stands in front of the match on that line is part of it.
        flaps: As with `Secret`.
    """

    name: str
    begins: Written
    ends: Written
    flaps: bool = False


class Encoding(StrEnum):
    """Ways to write a secret that anyone can turn back, with a salt: equal secrets look different."""

    CISCO_7 = "cisco_7"
    JUNIPER_9 = "juniper_9"


class DeviceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a platform.

    Attributes:
        platform: Its name; the file's name too.
        also: Other names of it, or of platforms that behave alike.
        comments: What comment lines begin with.
        captures: What is asked for, in this order; the first is the running configuration.
        refused: What an answer looks like that is an error message.
        volatile: Lines that say nothing about the configuration: times, counters, sizes.
        changed_by: Its groups, joined, say who changed the configuration last; found in volatile lines too.
        secrets: What is masked, besides what is masked on every platform.
        secret_blocks: Likewise.
        encodings: How it writes secrets that can be turned back.
        harmless: Words that are no secret where only what holds on every platform says so, such as `min-length`.
        continued: What ends a line that goes on in the next one; empty where lines do not.
        ordered_blocks: Blocks among whose children the order matters.
        ordered_lines: Lines whose order matters among those of the same groups.
        topics: A word for what a line is about, and the patterns of its blocks' texts and its own, joined by blanks.
        syslog: How a change announces itself in a log message.
        place: The file.
    """

    platform: str
    captures: tuple[Capture, ...]
    also: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    refused: tuple[Written, ...] = ()
    volatile: tuple[Written, ...] = ()
    changed_by: tuple[Written, ...] = ()
    secrets: tuple[Secret, ...] = ()
    secret_blocks: tuple[SecretBlock, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    harmless: tuple[str, ...] = ()
    continued: str = ""
    ordered_blocks: tuple[Written, ...] = ()
    ordered_lines: tuple[Written, ...] = ()
    topics: Mapping[str, tuple[Written, ...]] = msgspec.field(default_factory=dict)
    syslog: tuple[Written, ...] = ()
    place: Place = Place("")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (self.platform, *self.also)
