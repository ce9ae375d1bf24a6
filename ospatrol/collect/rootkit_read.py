"""From what the rootkit script said to facts, and to what could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ospatrol.collect.rootkit_dialogue import Frame, Heard, RootkitLimits
from ospatrol.collect.rootkit_views import NotSeenError, read_interfaces, read_ports, read_processes
from ospatrol.comply.rootkit_facts import Interface, Look, Oddity, PortViews, ProcessViews, RootkitFacts
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.text import show_bytes

_TIMED_OUT = frozenset({124, 137, 143})  # timeout(1); 128 + SIGKILL and SIGTERM
_LONGEST_STRING = 8192
_MOST_STRINGS = 200_000
_ROOT = "0"
_NAMES = "names of rootkit files"
_LETTERS = {oddity.value.encode(): (oddity,) for oddity in Oddity} | {
    b"x": (Oddity.UNOWNED, Oddity.WRITABLE_FILE),
    b"y": (Oddity.UNOWNED, Oddity.WRITABLE_DIRECTORY),
}


@dataclass
class _Reading:
    """What is read so far."""

    root: bytes
    user: str
    limits: RootkitLimits
    owners: bool
    failures: list[Failure] = field(default_factory=list)
    found: tuple[bytes, ...] = ()
    programs: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    strings: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    processes: ProcessViews | None = None
    ports: PortViews | None = None
    interfaces: tuple[Interface, ...] = ()
    devices: tuple[bytes, ...] = ()
    odd: dict[Oddity, tuple[bytes, ...]] = field(default_factory=dict)
    entries: int = 0

    def miss(self, what: str, reason: Reason, detail: str = "") -> None:
        self.failures.append(Failure(what=what, reason=reason, detail=detail))


def read_facts(heard: Heard, looks: Sequence[Look], *, root: str, limits: RootkitLimits, walks: bool) -> RootkitFacts:
    """What a host showed.

    Args:
        heard: What it said.
        looks: What was asked for.
        root: Prefix on the host under which files lie.
        limits: Under which it was heard.
        walks: Whether base names were looked for, so that files are complete only if the walk was.
    """
    host = heard.named("host")
    system, owners, user, packages = _greeting(host)
    reading = _Reading(root=root.encode("utf-8", "surrogateescape"), user=user, limits=limits, owners=owners)
    complete = set()
    for look in looks:
        before = len(reading.failures)
        frame = heard.named(_FRAMES[look])
        if frame is None:
            detail = f"the system is {system}" if system not in {"", "Linux"} else ""
            reading.miss(look.value, heard.stopped or Reason.ERROR, detail)
        else:
            _READERS[look](reading, frame, heard)
        if len(reading.failures) == before:
            complete.add(look)
    if packages == "unread" and not {Look.FILES, Look.PROGRAMS}.isdisjoint(looks):
        reading.miss("packages", Reason.NO_TOOL, "rpm does not read its database, so hits cannot be compared with it")
    if walks:
        before = len(reading.failures)
        _read_names(reading, heard)
        complete -= {Look.FILES} if len(reading.failures) > before else set()
    return RootkitFacts(
        found=reading.found,
        programs=reading.programs,
        strings=reading.strings,
        processes=reading.processes,
        ports=reading.ports,
        interfaces=reading.interfaces,
        devices=reading.devices,
        odd=reading.odd,
        packages=packages in {"dpkg", "rpm"},
        complete=frozenset(complete),
        entries=reading.entries,
        failures=tuple(reading.failures),
    )


def _greeting(host: Frame | None) -> tuple[str, bool, str, str]:
    """The system, whether its find knows of owners, the user's number, and its package database."""
    words = [show_bytes(word, 60) for word in host.content.split()] if host else []
    return (words[0], words[1] == "y", words[2], words[3]) if len(words) == 4 else ("", False, "", "")


def _read_names(reading: _Reading, heard: Heard) -> None:
    frame = heard.named("names")
    if frame is None:
        reading.miss(_NAMES, heard.stopped or Reason.ERROR)
    else:
        _odd(reading, frame, {Oddity.NAME}, _NAMES)


def _files(reading: _Reading, frame: Frame, _: Heard) -> None:
    lines = _records(frame)
    reading.found = tuple(line[1:] for line in lines if line.startswith(b"f"))
    reading.entries += len(reading.found)
    closed = [line[1:] for line in lines if line.startswith(b"p")]
    if closed:
        detail = f"{len(closed)} paths lie where this user may not look, such as {show_bytes(closed[0], 200)}"
        reading.miss("rootkit files", Reason.DENIED, detail)


def _programs(reading: _Reading, frame: Frame, heard: Heard) -> None:
    records = _records(frame)
    for asked, real in zip(records[::2], records[1::2], strict=False):
        reading.programs[real] = (*reading.programs.get(real, ()), asked)
    frames = [each for each in heard.frames if each.name == "strings"]
    for real, strings in zip(reading.programs, frames, strict=False):
        shown = show_bytes(real, 300)
        if strings.status != "0":
            reading.miss(shown, Reason.DENIED, "its strings could not be read")
            continue
        if len(strings.content) > reading.limits.frame_bytes:
            reading.miss(shown, Reason.CUT, f"more than {reading.limits.frame_bytes} bytes of strings")
        lines = strings.content.decode("latin-1").split("\n", _MOST_STRINGS)[:_MOST_STRINGS]
        reading.strings[real] = tuple(line[:_LONGEST_STRING] for line in lines if line)
        reading.entries += 1
    if len(frames) < len(reading.programs):
        missed = len(reading.programs) - len(frames)
        reading.miss("programs", heard.stopped or Reason.ERROR, f"{missed} programs were not read")


def _devices(reading: _Reading, frame: Frame, _: Heard) -> None:
    reading.devices = tuple(_path(reading, line) for line in _records(frame))
    reading.entries += len(reading.devices)
    reading.failures += _named(_troubles(frame, reading.limits), "files in /dev")


def _permissions(reading: _Reading, frame: Frame, _: Heard) -> None:
    _odd(reading, frame, {Oddity.WRITABLE_FILE, Oddity.WRITABLE_DIRECTORY}, "permissions of files")


def _owners(reading: _Reading, frame: Frame, _: Heard) -> None:
    if reading.owners:
        _odd(reading, frame, {Oddity.UNOWNED}, "owners of files")
    else:
        reading.miss("owners of files", Reason.NO_TOOL, "its find knows no -nouser")


def _odd(reading: _Reading, frame: Frame, wanted: set[Oddity], what: str) -> None:
    found: dict[Oddity, list[bytes]] = {}
    for line in _records(frame):
        for oddity in wanted.intersection(_LETTERS.get(line[:1], ())):
            found.setdefault(oddity, []).append(_path(reading, line))
    reading.odd |= {oddity: tuple(dict.fromkeys(sorted(paths))) for oddity, paths in found.items()}
    reading.entries += sum(map(len, found.values()))
    reading.failures += _named(_troubles(frame, reading.limits), what)


def _troubles(frame: Frame, limits: RootkitLimits) -> Iterator[tuple[Reason, str]]:
    """Why a walk is not complete; what vanished meanwhile is no reason."""
    denied, other, status = frame.counts
    if len(frame.content) > limits.frame_bytes:
        yield Reason.CUT, f"more than {limits.frame_bytes} bytes of paths"
        return
    if status in _TIMED_OUT:
        yield Reason.BUDGET, "the walk took too long"
    if denied:
        yield Reason.DENIED, f"{denied} directories could not be read"
    if other:
        yield Reason.ERROR, f"find complained {other} times, and ended with status {status}"


def _named(troubles: Iterator[tuple[Reason, str]], what: str) -> list[Failure]:
    return [Failure(what=what, reason=reason, detail=detail) for reason, detail in troubles]


def _processes(reading: _Reading, frame: Frame, _: Heard) -> None:
    try:
        reading.processes, lacks = read_processes(frame, root_user=reading.user == _ROOT)
    except NotSeenError as error:
        reading.failures.append(error.failure)
        return
    reading.failures += lacks
    reading.entries += len(reading.processes.listed[0])


def _ports(reading: _Reading, frame: Frame, _: Heard) -> None:
    try:
        reading.ports = read_ports(frame)
    except NotSeenError as error:
        reading.failures.append(error.failure)
        return
    reading.entries += len(reading.ports.kernel[0])


def _interfaces(reading: _Reading, frame: Frame, _: Heard) -> None:
    try:
        reading.interfaces = read_interfaces(frame)
    except NotSeenError as error:
        reading.failures.append(error.failure)
        return
    reading.entries += len(reading.interfaces)


def _records(frame: Frame) -> list[bytes]:
    """What stands before each NUL; a part of a record at the end is none."""
    return frame.content.split(b"\0")[:-1]


def _path(reading: _Reading, line: bytes) -> bytes:
    """A path without its letter and the root; find has two slashes where the top ends with one."""
    return b"/" + line[1:].removeprefix(reading.root).lstrip(b"/")


_FRAMES = {look: look.value for look in Look} | {
    Look.FILES: "signatures",
    Look.PERMISSIONS: "odd",
    Look.OWNERS: "odd",
}
_READERS: dict[Look, Callable[[_Reading, Frame, Heard], None]] = {
    Look.PROCESSES: _processes,
    Look.PORTS: _ports,
    Look.INTERFACES: _interfaces,
    Look.DEVICES: _devices,
    Look.FILES: _files,
    Look.PROGRAMS: _programs,
    Look.PERMISSIONS: _permissions,
    Look.OWNERS: _owners,
}
