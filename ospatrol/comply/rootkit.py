"""What of a host tells of a rootkit, or would help one: findings with their evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from ospatrol.comply.rootkit_facts import Interface, Look, Oddity, PortViews, ProcessViews, RootkitFacts
from ospatrol.comply.rootkit_signatures import Signatures, first_match
from ospatrol.dialect.rootkit import RootkitFile
from ospatrol.model.packages import PackagedFile
from ospatrol.model.text import escape_controls, show_bytes

_SHOWN = 400
_SAID = 120
_MANY_NAMES = 3  # a program with as many names is many programs in one: busybox, toybox, coreutils in one file
_SYSTEM = (
    *(b"/bin/", b"/boot/", b"/etc/", b"/lib/", b"/lib32/", b"/lib64/", b"/libx32/"),
    *(b"/opt/", b"/root/", b"/sbin/", b"/usr/"),
)
_SHARED = (b"/tmp/", b"/var/tmp/", b"/dev/shm/")


class Kind(StrEnum):
    """What was found."""

    FILE = "rootkit file"
    PROGRAM = "trojaned program"
    PROCESS = "hidden process"
    PORT = "hidden port"
    PROMISCUOUS = "promiscuous interface"
    DEVICE = "file in /dev"
    WRITABLE_FILE = "world-writable file"
    WRITABLE_DIRECTORY = "world-writable directory"
    UNOWNED = "file without owner"

    @property
    def look(self) -> Look:
        """By which look it is found."""
        return _LOOKS[self]


_LOOKS = {
    Kind.FILE: Look.FILES,
    Kind.PROGRAM: Look.PROGRAMS,
    Kind.PROCESS: Look.PROCESSES,
    Kind.PORT: Look.PORTS,
    Kind.PROMISCUOUS: Look.INTERFACES,
    Kind.DEVICE: Look.DEVICES,
    Kind.WRITABLE_FILE: Look.PERMISSIONS,
    Kind.WRITABLE_DIRECTORY: Look.PERMISSIONS,
    Kind.UNOWNED: Look.OWNERS,
}


class Standing(StrEnum):
    """What the package manager says of a file that a signature means."""

    VERIFIED = "verified"
    """It has the digest that its package records."""
    CONTRADICTS = "contradicts package"
    EDITED = "config file edited"
    OWNED = "owned"
    """A package owns it, and records no digest of it."""
    UNOWNED = "unowned"
    UNKNOWN = "not assessed"
    """There is no package database, or it could not be read."""


class RootkitFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found. All texts are escaped.

    Attributes:
        kind: What.
        what: Which: a path, a process, a port, an interface. With the kind, the same as long as it stands.
        because: The evidence, in a sentence.
        signature: Of which rootkit; empty where it is not about a signature.
        reference: Where to read about it.
        standing: What the package manager says of the file; None where it is not asked.
        package: The owner, where there is one.
        place: `system` for what lies where programs and settings do, `port of NAME` for a part of a bridge, `many
            programs` for several in one file, `views differ` where two sources contradict each other; else empty.
    """

    kind: Kind
    what: str
    because: str
    signature: str = ""
    reference: str = ""
    standing: Standing | None = None
    package: str = ""
    place: str = ""


def suspects(facts: RootkitFacts, signatures: Signatures) -> tuple[bytes, ...]:
    """Paths of which the package manager is to be asked before it is judged."""
    named = facts.odd.get(Oddity.NAME, ())
    programs = (real for real, hits in _matches(facts, signatures).items() if hits)
    return tuple(dict.fromkeys((*facts.found, *named, *programs)))


def judge_rootkits(
    facts: RootkitFacts, signatures: Signatures, packaged: Mapping[bytes, PackagedFile] | None
) -> tuple[RootkitFinding, ...]:
    """All that a host shows, in the order of the kinds and of what they are about.

    Args:
        facts: What it showed.
        signatures: What was looked for.
        packaged: What the package database says of the suspects that it owns; None if it could not be read.
    """
    vouched = packaged if facts.packages else None
    found = [
        *_rootkit_files(facts, signatures, vouched),
        *_trojans(facts, signatures, vouched),
        *(_processes(facts.processes) if facts.processes else ()),
        *(_ports(facts.ports) if facts.ports else ()),
        *(each for interface in facts.interfaces for each in _interface(interface)),
        *_oddities(facts),
    ]
    order = list(Kind)
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), each.what)))


def _rootkit_files(
    facts: RootkitFacts, signatures: Signatures, packaged: Mapping[bytes, PackagedFile] | None
) -> Iterator[RootkitFinding]:
    wanted: dict[bytes, list[RootkitFile]] = {}
    for each in signatures.files:
        wanted.setdefault(each.path.encode("utf-8", "surrogateescape"), []).append(each)
    hits = {path: wanted.get(path, []) for path in facts.found}
    for path in facts.odd.get(Oddity.NAME, ()):
        hits[path] = [*hits.get(path, ()), *wanted.get(path.rpartition(b"/")[2], ())]
    for path, named in hits.items():
        standing, package, said = _standing(path, packaged)
        names = _joined([each.name for each in named]) or "a rootkit"
        yield RootkitFinding(
            kind=Kind.FILE,
            what=show_bytes(path, _SHOWN),
            because=f"{names} leaves such a file; {said}",
            signature=names,
            reference=_joined([each.link for each in named]),
            standing=standing,
            package=package,
        )


def _matches(facts: RootkitFacts, signatures: Signatures) -> dict[bytes, list[tuple[str, str]]]:
    """Path of a file to the patterns that match, and a string of each."""
    by_path: dict[bytes, list[int]] = {}
    for number, trojan in enumerate(signatures.trojans):
        for path in trojan.paths:
            by_path.setdefault(path.encode("utf-8", "surrogateescape"), []).append(number)
    found: dict[bytes, list[tuple[str, str]]] = {}
    for real, strings in facts.strings.items():
        numbers = sorted({number for asked in facts.programs.get(real, ()) for number in by_path.get(asked, ())})
        for trojan in (signatures.trojans[number] for number in numbers):
            string = first_match(trojan, strings)
            if string is not None:
                found.setdefault(real, []).append((trojan.description or f"/{trojan.regex}/", string))
    return found


def _trojans(
    facts: RootkitFacts, signatures: Signatures, packaged: Mapping[bytes, PackagedFile] | None
) -> Iterator[RootkitFinding]:
    for path, hits in _matches(facts, signatures).items():
        standing, package, said = _standing(path, packaged)
        names = {asked.rpartition(b"/")[2] for asked in facts.programs[path]}
        strings = _joined([f"'{string[:_SAID]}'" for _, string in hits])
        many = len(names) >= _MANY_NAMES
        also = f"; {len(names)} programs are this one file, which is not what signatures are made for" if many else ""
        yield RootkitFinding(
            kind=Kind.PROGRAM,
            what=show_bytes(path, _SHOWN),
            because=f"it holds {strings}; {said}{also}",
            signature=_joined([signature for signature, _ in hits]),
            standing=standing,
            package=package,
            place="many programs" if many else "",
        )


def _standing(path: bytes, packaged: Mapping[bytes, PackagedFile] | None) -> tuple[Standing, str, str]:
    """What the package manager says of a file, its package, and the same in words."""
    if packaged is None:
        return Standing.UNKNOWN, "", "no package manager was asked about it"
    file = packaged.get(path)
    if file is None:
        return Standing.UNOWNED, "", "no package owns it"
    name = escape_controls(file.package, _SAID)
    if not file.recorded or not file.found:
        return Standing.OWNED, name, f"{name} owns it, and no digest of it can be compared"
    if file.recorded == file.found:
        return (
            Standing.VERIFIED,
            name,
            f"it is as {name} records it ({file.algorithm}), so this is likely a false alarm",
        )
    said = f"it is not what {name} records ({file.algorithm})"
    return (Standing.EDITED if file.config else Standing.CONTRADICTS), name, said


def _processes(views: ProcessViews) -> Iterator[RootkitFinding]:
    listed = views.listed[0] | views.listed[1]
    told = views.told[0] | views.told[1]
    because: dict[int, list[str]] = {}
    for process in views.by_number[0] & views.by_number[1]:
        if process.pid not in listed:
            because.setdefault(process.pid, []).append(
                "the directory /proc does not list it, and it is there by its number"
            )
    for process in views.by_group[0] & views.by_group[1]:
        if process.pid not in listed:
            because.setdefault(process.pid, []).append(
                "the directory /proc does not list it, and its control group does"
            )
    steady = views.listed[0] & views.listed[1]
    for process in views.not_told[0] & views.not_told[1]:
        if all(views.told) and process.pid in steady and process.pid not in told:
            because.setdefault(process.pid, []).append("/proc lists it, and ps does not")
    for pid in views.covered & listed:
        because.setdefault(pid, []).append("something is mounted over its directory in /proc")
    for pid, reasons in because.items():
        name = show_bytes(views.names.get(pid, b""), _SAID)
        yield RootkitFinding(
            kind=Kind.PROCESS,
            what=f"{pid} ({name})" if name else str(pid),
            because="; ".join(dict.fromkeys(reasons)),
        )


def _ports(views: PortViews) -> Iterator[RootkitFinding]:
    shown = views.kernel[0] | views.kernel[1] | views.kernel[2]
    steady = views.kernel[0] & views.kernel[1] & views.kernel[2]
    because: dict[str, list[str]] = {}
    for tool, (first, second) in views.tools.items():
        for port in sorted(steady - first - second):
            because.setdefault(str(port), []).append(f"/proc/net lists it, and {tool} does not")
        for port in sorted((first & second) - shown):
            because.setdefault(str(port), []).append(f"{tool} lists it, and /proc/net does not")
    for port_name, reasons in because.items():
        yield RootkitFinding(kind=Kind.PORT, what=port_name, because="; ".join(reasons))


def _interface(interface: Interface) -> Iterator[RootkitFinding]:
    wanted = bool(interface.counted)
    if not interface.flagged and not wanted:
        return
    differs = interface.counted is not None and interface.flagged != wanted
    counted = "ip was not heard" if interface.counted is None else f"ip counts {interface.counted} who want that"
    master = show_bytes(interface.master, _SAID)
    port = f"port of {master}" if master else ""
    yield RootkitFinding(
        kind=Kind.PROMISCUOUS,
        what=show_bytes(interface.name, _SAID),
        because=f"its flags in /sys {'say so' if interface.flagged else 'do not say so'}; {counted}"
        + (f"; it is a {port}, which makes it so" if port else ""),
        place="views differ" if differs else port,
    )


def _oddities(facts: RootkitFacts) -> Iterator[RootkitFinding]:
    for path in facts.devices:
        yield _odd(Kind.DEVICE, path, "a regular file where only devices and links belong")
    for path in facts.odd.get(Oddity.WRITABLE_FILE, ()):
        if not path.startswith(_SHARED):
            yield _odd(Kind.WRITABLE_FILE, path, "everybody may write it")
    for path in facts.odd.get(Oddity.WRITABLE_DIRECTORY, ()):
        yield _odd(Kind.WRITABLE_DIRECTORY, path, "everybody may write it, and remove what others put there")
    for path in facts.odd.get(Oddity.UNOWNED, ()):
        yield _odd(Kind.UNOWNED, path, "its owner or its group has no name")


def _odd(kind: Kind, path: bytes, because: str) -> RootkitFinding:
    place = "system" if path.startswith(_SYSTEM) else ""
    return RootkitFinding(kind=kind, what=show_bytes(path, _SHOWN), because=because, place=place)


def _joined(texts: Sequence[str]) -> str:
    kept = list(dict.fromkeys(escape_controls(text, _SAID) for text in texts if text))
    more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
    return ", ".join(kept[:5]) + more
