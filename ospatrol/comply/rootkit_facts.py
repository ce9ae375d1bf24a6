"""What a host shows of itself where rootkits hide things or leave them behind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.coverage import Failure


class Look(StrEnum):
    """One sort of thing that is looked at, as plays name it."""

    PROCESSES = "processes"
    PORTS = "ports"
    INTERFACES = "interfaces"
    DEVICES = "devices"
    FILES = "files"
    PROGRAMS = "programs"
    PERMISSIONS = "permissions"
    OWNERS = "owners"


class Process(msgspec.Struct, frozen=True):
    """A process, the same as long as both are.

    Attributes:
        pid: Its number.
        start: When it started, in ticks since the boot; `-` where its directory in /proc does not tell.
    """

    pid: int
    start: str


class ProcessViews(msgspec.Struct, frozen=True, kw_only=True):
    """Two turns of everything that tells of processes, in the order of the attributes.

    Attributes:
        listed: Numbers in the directory /proc, per turn.
        told: Numbers that ps printed, per turn; empty where there is no ps.
        not_told: Processes of the directory that ps did not print, per turn.
        by_number: Processes that are not in the directory and are found by their number, per turn.
        by_group: Likewise, that control groups list.
        covered: Numbers over whose directory something is mounted.
        names: Of processes that only some views have.
    """

    listed: tuple[frozenset[int], frozenset[int]]
    told: tuple[frozenset[int], frozenset[int]]
    not_told: tuple[frozenset[Process], frozenset[Process]]
    by_number: tuple[frozenset[Process], frozenset[Process]]
    by_group: tuple[frozenset[Process], frozenset[Process]]
    covered: frozenset[int] = frozenset()
    names: Mapping[int, bytes] = msgspec.field(default_factory=dict)


class Port(msgspec.Struct, frozen=True, order=True):
    """A port at which a host takes what comes, at whichever address.

    Attributes:
        protocol: `tcp` or `udp`.
        number: The port.
    """

    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


class PortViews(msgspec.Struct, frozen=True, kw_only=True):
    """Turns of everything that tells of ports: /proc/net, the tools, and so again, and /proc/net a last time.

    Attributes:
        kernel: What /proc/net has: before, between and behind what the tools printed.
        tools: What each tool printed, per turn, by its name; without those that the host lacks.
    """

    kernel: tuple[frozenset[Port], frozenset[Port], frozenset[Port]]
    tools: Mapping[str, tuple[frozenset[Port], frozenset[Port]]]


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """A network interface.

    Attributes:
        name: As the host has it.
        flagged: Whether its flags in /sys say that it is promiscuous.
        counted: How many want it to be, as ip(8) prints; None where it does not.
        master: The bridge or bond that it is a part of; empty where there is none.
    """

    name: bytes
    flagged: bool
    counted: int | None = None
    master: bytes = b""


class Oddity(StrEnum):
    """What is odd about a file that was found by walking through all; the letter is the script's."""

    NAME = "n"
    WRITABLE_FILE = "w"
    WRITABLE_DIRECTORY = "d"
    UNOWNED = "u"


class RootkitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a host showed at one time.

    Attributes:
        found: Paths of signatures that are there, without the root.
        programs: Path of a file to the names under which it was asked for; links are followed.
        strings: Path of a file to its printable strings of at least four characters, as far as they were read.
        processes: None where it was not looked.
        ports: Likewise.
        interfaces: All of them.
        devices: Regular files in /dev.
        odd: Paths with what is odd about them.
        packages: Whether the host has a package database.
        complete: Looks that saw all there is to see.
        entries: How many things were looked at.
        failures: What was not seen, and why.
    """

    found: tuple[bytes, ...] = ()
    programs: Mapping[bytes, tuple[bytes, ...]] = msgspec.field(default_factory=dict)
    strings: Mapping[bytes, tuple[str, ...]] = msgspec.field(default_factory=dict)
    processes: ProcessViews | None = None
    ports: PortViews | None = None
    interfaces: tuple[Interface, ...] = ()
    devices: tuple[bytes, ...] = ()
    odd: Mapping[Oddity, tuple[bytes, ...]] = msgspec.field(default_factory=dict)
    packages: bool = False
    complete: frozenset[Look] = frozenset()
    entries: int = 0
    failures: tuple[Failure, ...] = ()
