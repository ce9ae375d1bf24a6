"""Who may become somebody else: sudoers(5) with all that it includes, and doas.conf(5)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ospatrol.collect.state_reading import Reading, Source, file, folder, shown
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question

_ROOTS = ("/etc/sudoers", "/usr/local/etc/sudoers")
_DOAS = ("/etc/doas.conf", "/usr/local/etc/doas.conf")
_DEFAULT = "/etc/sudoers.d"
_MOST_FILES = 500
_INCLUDE = re.compile(r"[#@]include(dir)?\s+\"?([^\"]{1,1000})\"?\s*")


def _asks(facts: Facts) -> Iterator[Question]:
    yield from (file(path) for path in _DOAS)
    files, folders = _reached(facts)
    yield from (folder(path) for path in folders)
    yield from (file(path) for path in files)


def _reached(facts: Facts) -> tuple[list[str], list[str]]:
    """Files and folders that sudo reads, as far as the answers lead."""
    files, folders = list(_ROOTS), [_DEFAULT]
    files += _taken(facts, _DEFAULT)
    for path in files:  # grows as it is gone through
        for line in facts.answer(file(path)).content.split("\n"):
            named = _INCLUDE.fullmatch(line[:2000])
            if not named:
                continue
            into = posixpath.join(posixpath.dirname(path), named[2].strip())
            if named[1] and into not in folders:
                folders.append(into)
                files += [each for each in _taken(facts, into) if each not in files]
            elif not named[1] and into not in files:
                files.append(into)
        if len(files) > _MOST_FILES:
            break
    return files[: _MOST_FILES + 1], folders[:_MOST_FILES]


def _taken(facts: Facts, path: str) -> list[str]:
    """The files of a folder that sudo does not skip: names without a dot that do not end with a tilde."""
    entries = facts.answer(folder(path)).entries
    names = ((each, each[len(path) + 1 :]) for each in entries)
    return [each for each, name in names if not re.search(r"[./]|~$", name)]


def _reads(reading: Reading) -> None:
    files, folders = _reached(reading.facts)
    for path in folders:
        reading.folder(path)
    if len(files) > _MOST_FILES:
        reading.miss(Reason.LIMIT, f"more than {_MOST_FILES} files are included")
    for path in (*files[:_MOST_FILES], *_DOAS):
        _add(reading, path)


def _add(reading: Reading, path: str) -> None:
    whole = ""
    for line in reading.scrubbed(path):
        # the backslash that joins lines is shown doubled
        if line.endswith("\\\\"):
            whole += line[:-2] + " "
            continue
        rule, whole = " ".join((whole + line).split()), ""
        if rule and (not rule.startswith("#") or re.match(r"#(?:include|[0-9])", rule)):
            free = "yes" if re.search(r"\bNOPASSWD\b|\bnopass\b", rule) else ""
            reading.add_shown(f"{shown(path)}: {rule}", nopasswd=free)


SUDO_RULES = Source(asks=_asks, reads=_reads)
