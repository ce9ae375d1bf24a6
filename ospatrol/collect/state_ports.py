"""Ports that are listened on, and by which program: of ss(8), else netstat(8), else the kernel's own tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from ospatrol.collect.state_reading import Reading, Source, command, file, shown, user
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question, State
from ospatrol.model.state import NOT_TOLD

_SS = command("ss -lntupH")
_NETSTAT = command("netstat -lntup")
_RANGE = file("/proc/sys/net/ipv4/ip_local_port_range")
_TABLES = ("tcp", "tcp6", "udp", "udp6")
_LISTENS = {"tcp": "0A", "udp": "07"}  # states of sockets in include/net/tcp_states.h of Linux: LISTEN, CLOSE
_PROGRAM = re.compile(r'\("([^"]{0,100})",pid=(\d{1,10}),')
_LINE = re.compile(r"(tcp|udp)6?\s")
_PID_PROGRAM = re.compile(r"\d{1,10}/(\S{1,100})")
_FORWARDED = range(6010, 6100)  # X11 of a login, X11DisplayOffset of sshd_config(5)


class _Socket(NamedTuple):
    protocol: str
    address: str
    port: int
    program: str | None
    """Empty where none is named, None where nothing could be told."""


def _asks(facts: Facts) -> Iterator[Question]:
    yield from (_SS, _RANGE, user())
    if _unusable(facts, _SS):
        yield _NETSTAT
        if _unusable(facts, _NETSTAT):
            yield from (file(f"/proc/net/{table}") for table in _TABLES)


def _unusable(facts: Facts, question: Question) -> bool:
    """Whether a tool was asked in vain; an old ss(8) knows no -H."""
    answer = facts.answers.get(question)
    return answer is not None and (answer.state is State.NOT_FOUND or bool(answer.status))


def _reads(reading: Reading) -> None:
    low, high = _ephemeral(reading)
    programs: dict[tuple[str, str], set[str | None]] = {}
    for socket in _sockets(reading):
        program = socket.program if socket.program or reading.as_root else None
        local = socket.address in {"127.0.0.1", "[::1]"}
        if local and socket.port in _FORWARDED and (program or "").startswith("sshd"):
            continue
        # a port that was given out by chance is another one after each start
        port = "ephemeral" if low <= socket.port <= high else str(socket.port)
        programs.setdefault((socket.protocol, f"{socket.address}:{port}"), set()).add(program)
    for (protocol, where), names in programs.items():
        told = NOT_TOLD if None in names else shown(",".join(sorted(filter(None, names))))
        reading.add_shown(shown(f"{protocol} {where}"), program=told)


def _ephemeral(reading: Reading) -> tuple[int, int]:
    words = reading.facts.answer(_RANGE).content.split()
    if len(words) == 2 and all(word.isdecimal() and len(word) <= 5 for word in words):
        return int(words[0]), int(words[1])
    return 49152, 65535  # RFC 6335 §6


def _sockets(reading: Reading) -> Iterator[_Socket]:
    if not _unusable(reading.facts, _SS):
        yield from _of_ss(reading.output(_SS) or "")
    elif not _unusable(reading.facts, _NETSTAT):
        yield from _of_netstat(reading.output(_NETSTAT) or "")
    elif not any(reading.has(file(f"/proc/net/{table}")) for table in _TABLES):
        reading.miss(Reason.NO_TOOL, "neither ss nor netstat nor /proc/net")
    else:
        for table in _TABLES:
            yield from _of_kernel(table, reading.file(f"/proc/net/{table}"))


def _of_ss(said: str) -> Iterator[_Socket]:
    for line in said.split("\n"):
        words = line[:4096].split(None, 6)
        if len(words) < 6 or words[0] not in {"tcp", "udp"}:
            continue
        # of several programs, the one that began: what it starts inherits the socket and comes and goes
        holders = sorted((int(pid), name) for name, pid in _PROGRAM.findall(words[6] if len(words) > 6 else ""))
        socket = _socket(words[0], words[4], holders[0][1] if holders else "")
        if socket:
            yield socket


def _of_netstat(said: str) -> Iterator[_Socket]:
    for line in said.split("\n"):
        kind = _LINE.match(line)
        words = line[:4096].split()
        if kind and len(words) >= 5:
            holder = _PID_PROGRAM.match(words[-1])
            address, _, port = words[3].rpartition(":")
            where = f"[{address}]:{port}" if ":" in address else words[3]
            socket = _socket(kind[1], where, holder[1].rstrip(":") if holder else "")
            if socket:
                yield socket


def _of_kernel(table: str, content: str) -> Iterator[_Socket]:
    protocol = table.removesuffix("6")
    for line in content.split("\n")[1:]:
        words = line.split()
        if len(words) > 3 and words[3] == _LISTENS[protocol]:
            address, _, port = words[1].partition(":")
            told = _address(address)
            if told and re.fullmatch("[0-9A-F]{4}", port):
                yield _Socket(protocol, told, int(port, 16), None)


def _address(digits: str) -> str:
    """An address of the kernel's tables: words of four bytes, each in the order of the processor (little-endian)."""
    if not re.fullmatch("[0-9A-F]{8}|[0-9A-F]{32}", digits):
        return ""
    raw = b"".join(bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8))
    return f"{IPv4Address(raw)}" if len(raw) == 4 else f"[{IPv6Address(raw)}]"


def _socket(protocol: str, where: str, program: str) -> _Socket | None:
    address, _, port = where.rpartition(":")
    if not port.isdecimal() or len(port) > 5:
        return None
    return _Socket(protocol, address, int(port), program)


PORTS = Source(asks=_asks, reads=_reads)
