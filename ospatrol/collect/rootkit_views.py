"""Views of processes, ports and interfaces, read from the frames of the rootkit script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ospatrol.collect.rootkit_dialogue import Frame
from ospatrol.comply.rootkit_facts import Interface, Port, PortViews, Process, ProcessViews
from ospatrol.model.coverage import Failure, Reason

_LARGEST_PID = 1 << 22  # proc(5), /proc/sys/kernel/pid_max
_PROMISCUOUS = 0x100  # linux/if.h, IFF_PROMISC
_HIDING = re.compile(rb"(?:^|,)(?:hidepid=(?!0\b|off\b)|subset=pid)")  # proc(5), mount options
_LINK = re.compile(rb"[0-9]+: ([^@: ]+)(?:@[^: ]*)?: <")
_PROMISCUITY = re.compile(rb" promiscuity ([0-9]{1,9})\b")
_TOOLS = {b"s": "ss", b"n": "netstat"}


class NotSeenError(Exception):
    """There is nothing to compare; says why.

    Attributes:
        failure: The same as a value.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def read_processes(frame: Frame, *, root_user: bool) -> tuple[ProcessViews, tuple[Failure, ...]]:
    """The views of processes, and which of them are missing.

    Args:
        frame: As the script made it: lines of a letter and what there is, small in the first turn, else capital.
        root_user: Whether the script ran as root.

    Raises:
        NotSeenError: there is no /proc of Linux, or not all of it is shown.
    """
    lines = [line.partition(b" ") for line in frame.content.split(b"\n")]
    if frame.status != "0":
        raise _not_seen("processes", Reason.NO_TOOL, "there is no /proc as Linux has it")
    if not root_user and any(letter == b"h" and _HIDING.search(rest) for letter, _, rest in lines):
        raise _not_seen("processes", Reason.DENIED, "/proc shows this user not all processes")

    def numbers(letter: bytes) -> frozenset[int]:
        return frozenset(number for head, _, rest in lines if head == letter for number in _pids(rest.split()))

    def both(letter: bytes) -> tuple[frozenset[int], frozenset[int]]:
        return numbers(letter), numbers(letter.upper())

    names: dict[int, bytes] = {}

    def described(letter: bytes) -> frozenset[Process]:
        found = set()
        for words in (rest.split(b" ", 2) for head, _, rest in lines if head == letter):
            for pid in _pids(words[:1]):
                start = words[1].decode("ascii", "replace") if len(words) > 1 else "-"
                found.add(Process(pid, start if start.isdecimal() else "-"))
                names[pid] = words[2] if len(words) > 2 else b""
        return frozenset(found)

    views = ProcessViews(
        listed=both(b"l"),
        told=both(b"p"),
        not_told=(described(b"m"), described(b"M")),
        by_number=(described(b"k"), described(b"K")),
        by_group=(described(b"c"), described(b"C")),
        covered=numbers(b"o"),
        names=names,
    )
    lacks = []
    if not all(views.told):
        lacks.append(Failure(what="processes", reason=Reason.NO_TOOL, detail="ps printed no process"))
    if any(letter == b"x" for letter, _, _ in lines):
        lacks.append(Failure(what="processes", reason=Reason.LIMIT, detail="not all numbers were tried"))
    return views, tuple(lacks)


def read_ports(frame: Frame) -> PortViews:
    """The views of ports.

    Raises:
        NotSeenError: there is no /proc/net, or no tool beside it.
    """
    if frame.status != "0":
        raise _not_seen("ports", Reason.NO_TOOL, "there is no /proc/net as Linux has it")
    turns: list[list[bytes]] = []
    for line in frame.content.split(b"\n"):
        if line.startswith(b"turn "):
            turns.append([])
        elif turns:
            turns[-1].append(line)
    if len(turns) != 3:
        raise _not_seen("ports", Reason.ERROR, "what was said of ports is not complete")
    first, second, third = (_kernel(turn) for turn in turns)
    tools = {
        name: (_printed(turns[0], letter), _printed(turns[1], letter))
        for letter, name in _TOOLS.items()
        if all(any(line.startswith(letter + b" ") for line in turn) for turn in turns[:2])
    }
    if not tools:
        raise _not_seen("ports", Reason.NO_TOOL, "neither ss nor netstat printed anything")
    return PortViews(kernel=(first, second, third), tools=tools)


def read_interfaces(frame: Frame) -> tuple[Interface, ...]:
    """The network interfaces.

    Raises:
        NotSeenError: there is no /sys/class/net.
    """
    lines = frame.content.split(b"\n")
    counted = {}
    for line in lines:
        link, wanted = _LINK.match(line, 2), _PROMISCUITY.search(line)
        if line.startswith(b"d ") and link and wanted:
            counted[link[1]] = int(wanted[1])
    before, after = ({words[0]: words for words in _interfaces(lines, letter)} for letter in (b"i ", b"I "))
    found = []
    for name, words in before.items():
        flagged = _is_flagged(words)
        steady = name in after and _is_flagged(after[name]) == flagged
        master = b"" if words[2] == b"-" else words[2]
        count = counted.get(name) if steady else None  # else it changed while it was looked at
        found.append(Interface(name=name, flagged=flagged, counted=count, master=master))
    if frame.status != "0" or not found:
        raise _not_seen("interfaces", Reason.NO_TOOL, "there is no /sys/class/net")
    return tuple(found)


def _not_seen(what: str, reason: Reason, detail: str) -> NotSeenError:
    return NotSeenError(Failure(what=what, reason=reason, detail=detail))


def _pids(words: Iterable[bytes]) -> list[int]:
    numbers = [int(word) for word in words if len(word) < 9 and word.isdigit()]
    return [number for number in numbers if 0 < number <= _LARGEST_PID]


def _interfaces(lines: Sequence[bytes], letter: bytes) -> list[list[bytes]]:
    """Name, flags and master of each."""
    found = [line[2:].split(b" ") for line in lines if line.startswith(letter)]
    return [words for words in found if len(words) == 3 and re.fullmatch(rb"0x[0-9a-f]{1,8}", words[1])]


def _is_flagged(words: Sequence[bytes]) -> bool:
    return bool(int(words[1], 16) & _PROMISCUOUS)


def _kernel(lines: Sequence[bytes]) -> frozenset[Port]:
    found = set()
    for line in lines:
        match = re.fullmatch(rb"a (tcp|udp) ([0-9A-F]{4})", line)
        if match:
            found.add(Port(match[1].decode(), int(match[2], 16)))
    return frozenset(found)


def _printed(lines: Sequence[bytes], letter: bytes) -> frozenset[Port]:
    """What ss or netstat printed; the local address stands in the fifth or fourth column."""
    column = 4 if letter == b"s" else 3
    found = set()
    for words in (line[2:].split() for line in lines if line.startswith(letter + b" ")):
        protocol = words[0][:3] if words else b""
        if protocol not in {b"tcp", b"udp"} or len(words) <= column:
            continue
        number = words[column].rpartition(b":")[2]
        if number.isdigit() and len(number) < 6 and 0 < int(number) < 1 << 16:
            found.add(Port(protocol.decode(), int(number)))
    return frozenset(found)
