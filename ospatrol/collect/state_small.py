"""What one file each tells: kernel modules, preloaded libraries, login shells, names of hosts."""

from __future__ import annotations

import re

from ospatrol.collect.state_reading import Reading, Source, file, lines_of
from ospatrol.model.coverage import Reason

_MODULES = file("/proc/modules")
_SYSTEM = file("/proc/sys/kernel/ostype")
_PRELOAD = file("/etc/ld.so.preload")
_SHELLS = file("/etc/shells")
_HOSTS = file("/etc/hosts")


def _modules(reading: Reading) -> None:
    # a Linux without modules has none; another system has, and tells otherwise
    if not reading.has(_MODULES) and reading.file(_SYSTEM.key).strip() != "Linux":
        reading.miss(Reason.NO_TOOL, "there is no /proc/modules")
    for line in reading.file(_MODULES.key).split("\n"):
        words = line[:2000].split()
        if len(words) >= 6:
            taint = words[6].strip("()") if len(words) > 6 else ""
            reading.add(words[0], taint=taint)


def _preloaded(reading: Reading) -> None:
    # ld.so(8): names between blanks or colons; the rest of a line behind # is not read
    for line in lines_of(reading.file(_PRELOAD.key)):
        for name in re.split(r"[\s:]+", line):
            if name:
                reading.add(name)


def _shells(reading: Reading) -> None:
    for line in lines_of(reading.file(_SHELLS.key)):
        reading.add(line)


def _hosts(reading: Reading) -> None:
    addresses: dict[str, set[str]] = {}
    for line in lines_of(reading.file(_HOSTS.key)):
        address, *names = line.split()
        for name in names:
            addresses.setdefault(name, set()).add(address)
    for name, found in addresses.items():
        reading.add(name, addresses=",".join(sorted(found)))


KERNEL_MODULES = Source(asks=lambda _: (_MODULES, _SYSTEM), reads=_modules)
PRELOADS = Source(asks=lambda _: (_PRELOAD,), reads=_preloaded)
SHELLS = Source(asks=lambda _: (_SHELLS,), reads=_shells)
HOST_ENTRIES = Source(asks=lambda _: (_HOSTS,), reads=_hosts)
