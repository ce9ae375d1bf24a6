"""Installed packages, by the database of dpkg, rpm, apk, pacman, opkg, or of the BSDs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ospatrol.collect.state_reading import Reading, Source, command, file, folder, shell, shown
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question

_DPKG = command('dpkg-query -W "-f=${Package}\\\\t${Architecture}\\\\t${Version}\\\\t${db:Status-Abbrev}\\\\n"')
_RPM = command('rpm -qa --qf "%{NAME}\\\\t%{ARCH}\\\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\\\tii\\\\n"')
_PKG = shell("[ -x /usr/local/sbin/pkg ] || exit 127; exec /usr/local/sbin/pkg query '%n\t%q\t%v\tii'")
_APK = file("/lib/apk/db/installed")
_OPKG = (file("/usr/lib/opkg/status"), file("/var/lib/opkg/status"))
_PACMAN = "/var/lib/pacman/local"
_BSD = "/var/db/pkg"
_FOLDERS = {_PACMAN: re.compile(r"/(.+)-([^/-]+-[^/-]+)/desc"), _BSD: re.compile(r"/(.+)-([0-9][^/]*)/\+CONTENTS")}
_TOOLS = (_DPKG, _RPM, _PKG)
_RPM_FOLDERS = (folder("/var/lib/rpm"), folder("/usr/lib/sysimage/rpm"))
_EMPTY = re.compile(r"dpkg-query: no packages found")


def _asks(_: Facts) -> Iterator[Question]:
    yield from (*_TOOLS, _APK, *_OPKG)
    yield from (folder(path) for path in _FOLDERS)
    yield from _RPM_FOLDERS


def _reads(reading: Reading) -> None:
    there = [tool for tool in _TOOLS if _serves(reading, tool)]
    for tool in there:
        _of_tool(reading, tool)
    stanzas = [each for each in (_APK, *_OPKG) if reading.has(each)]
    for each in stanzas:
        _of_stanzas(reading, each.key)
    folders = [path for path in _FOLDERS if reading.has(folder(path))]
    for path in folders:
        for entry in reading.folder(path):
            named = _FOLDERS[path].fullmatch(entry[len(path) :])
            if named:
                reading.add(named[1], version=named[2])
    if not (there or stanzas or folders):
        reading.miss(Reason.NO_TOOL, "no database of a known package manager")


def _serves(reading: Reading, tool: Question) -> bool:
    """Whether a tool is there, and has a database: busybox has an rpm that has none."""
    return reading.has(tool) and (tool != _RPM or any(reading.facts.answer(each).entries for each in _RPM_FOLDERS))


def _of_tool(reading: Reading, tool: Question) -> None:
    said = reading.output(tool)
    if said is None:
        return
    if reading.facts.answer(tool).status and not _EMPTY.search(said):
        reading.miss(Reason.ERROR, f"{tool.key.split()[0]}: {shown(said.strip(), 200)}")
        return
    versions: dict[str, list[str]] = {}
    for line in said.split("\n"):
        fields = line[:2000].split("\t")
        # the first letter is what is wanted of a package, the second what it is: installed, or halfway there
        if len(fields) == 4 and fields[3][1:2] not in {"n", "c"}:
            versions.setdefault(f"{fields[0]}:{fields[1]}", []).append(fields[2])
    for name, found in versions.items():
        reading.add(name, version=", ".join(sorted(found)))


def _of_stanzas(reading: Reading, path: str) -> None:
    """A file of stanzas: `P:` and `V:` of apk, `Package:`, `Version:` and `Status:` of opkg."""
    for stanza in reading.file(path).split("\n\n"):
        fields: dict[str, str] = {}
        for line in stanza.split("\n"):
            name, colon, value = line[:2000].partition(":")
            if colon:
                fields.setdefault(name, value.strip())
        name = fields.get("P") or fields.get("Package", "")
        if name and not fields.get("Status", "installed").endswith("not-installed"):
            reading.add(name, version=fields.get("V") or fields.get("Version", ""))


PACKAGES = Source(asks=_asks, reads=_reads)
