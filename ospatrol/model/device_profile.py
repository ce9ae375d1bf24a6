"""What a platform of devices is like: how its configuration is captured, cleaned, kept and read."""

from __future__ import annotations

import re
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


CONTEXT_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
"""Names of virtual systems that are sent back to a device, or become part of a file's name; no others."""
MOST_CONTEXTS = 512
"""How many virtual systems of one device are looked at."""
NAMED = "{name}"
"""Stands for a virtual system's name in what a step sends, and in its patterns."""
MOVES = frozenset(
    {
        *("changeto context {name}", "changeto system"),
        *("config vdom", "edit {name}", "end"),
        *("enter vsys {name}", "exit"),
        *("set system setting target-vsys {name}", "set system setting target-vsys none"),
        *("set cli logical-system {name}", "clear cli logical-system"),
        *("switchto vdc {name}", "switchback"),
        *("set virtual-system {name}", "set virtual-system 0"),
        *("terminal length 0", "terminal pager 0"),
    }
)
"""All that a step may send: it leads from one virtual system to another, or is paging; it changes nothing."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step on the way into a virtual system or out of it, and how to tell that it was done.

    Attributes:
        send: One of `MOVES`; empty where something is asked.
        ask: A question such as a capture's; empty where something is sent.
        prompt: What the prompt is like then; None where it is the same as before.
        said: Some line of the answer matches; None where that tells nothing.
    """

    send: str = ""
    ask: str = ""
    prompt: Written | None = None
    said: Written | None = None


class Contexts(msgspec.Struct, frozen=True, kw_only=True):
    """How the virtual systems of a platform are found, entered and left.

    Attributes:
        called: What the platform calls one: `context`, `VDOM`.
        home: A name for the place in which they are listed and from which they are entered.
        probe: Asked first where it costs little; empty to list them at once.
        several: Some line of its answer matches if there may be more than one.
        reach: Leads from where a login lands to that place.
        at_home: Asked where prompts may say nothing: is it that place? None where logins land nowhere else.
        list: Asked there.
        list_otherwise: Asked where the device refuses that.
        names: The first group is a name, wherever a line of the answer matches.
        until: No line behind the first that matches has names; None where all may.
        total: Its group is how many names there must be; None where the device does not say.
        enter: Leads into the one of a name.
        leave: Leads back from there.
        leave_ends: Whether that would end the login where none was entered.
        holds_all: Whether what is captured at home holds the configurations of all.
        captures: What is captured in one instead of what is captured at home.
    """

    called: str
    home: str
    list: str
    names: tuple[Written, ...]
    enter: tuple[Step, ...]
    leave: tuple[Step, ...]
    probe: str = ""
    several: Written | None = None
    reach: tuple[Step, ...] = ()
    at_home: Step | None = None
    leave_ends: bool = False
    holds_all: bool = False
    list_otherwise: str = ""
    until: Written | None = None
    total: Written | None = None
    captures: tuple[Capture, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step."""
        return (*self.reach, *((self.at_home,) if self.at_home else ()), *self.enter, *self.leave)

    @property
    def words(self) -> frozenset[str]:
        """All that a session may ask or send for them, `{name}` standing for names."""
        asked = (self.probe, self.list, self.list_otherwise, *(step.ask for step in self.steps))
        captured = (word for each in self.captures for word in (each.command, each.otherwise))
        return frozenset(filter(None, (*asked, *captured, *(step.send for step in self.steps))))


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
        contexts: Its virtual systems; None where it has none.
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
    contexts: Contexts | None = None
    place: Place = Place("")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (self.platform, *self.also)

    @property
    def commands(self) -> frozenset[str]:
        """All that it asks and sends, for the policy of commands."""
        captured = frozenset(word for each in self.captures for word in (each.command, each.otherwise) if word)
        return captured | (self.contexts.words if self.contexts else frozenset())
