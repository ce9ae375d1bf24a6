"""What is run at given times: crontab(5) of the system and of users, and folders of scripts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ospatrol.collect.state_reading import Reading, Source, file, folder, shown
from ospatrol.model.facts import Facts, Question

_SYSTEM = ("/etc/crontab", "/etc/anacrontab")
_FOLDER = "/etc/cron.d"
_SPOOLS = ("/var/spool/cron", "/var/cron/tabs", "/etc/crontabs")
_TABLES = frozenset({"/var/spool/cron", "/var/spool/cron/crontabs", "/var/spool/cron/tabs", *_SPOOLS})
_SCRIPTS = {f"/etc/cron.{word}": word for word in ("hourly", "daily", "weekly", "monthly")}
_SETS = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,100})\s*=(.*)")


def _asks(facts: Facts) -> Iterator[Question]:
    yield from (file(path) for path in _SYSTEM)
    yield from (folder(path) for path in (_FOLDER, *_SPOOLS, *_SCRIPTS))
    yield from (file(path) for path in (*_system_tables(facts), *_user_tables(facts)))


def _system_tables(facts: Facts) -> Iterator[str]:
    for path in facts.answer(folder(_FOLDER)).entries:
        if posixpath.dirname(path) == _FOLDER and not posixpath.basename(path).startswith("."):
            yield path


def _user_tables(facts: Facts) -> Iterator[str]:
    for spool in _SPOOLS:
        for path in facts.answer(folder(spool)).entries:
            name = posixpath.basename(path)
            if posixpath.dirname(path) in _TABLES and not name.startswith(".") and name != "cron.update":
                yield path


def _reads(reading: Reading) -> None:
    for path in (_FOLDER, *_SPOOLS):
        reading.folder(path)
    for path in ("/etc/crontab", *_system_tables(reading.facts)):
        _table(reading, path, "")
    for path in _user_tables(reading.facts):
        _table(reading, path, shown(posixpath.basename(path)))
    for line in _lines(reading, "/etc/anacrontab"):
        _job(reading, "/etc/anacrontab", line, columns=3, user="root")
    for place, schedule in _SCRIPTS.items():
        for path in reading.folder(place):
            if not posixpath.basename(path).startswith("."):
                reading.add(path, schedule=schedule, user="root")


def _table(reading: Reading, path: str, user: str) -> None:
    for line in _lines(reading, path):
        _job(reading, path, line, columns=1 if line.startswith("@") else 5, user=user)


def _lines(reading: Reading, path: str) -> Iterator[str]:
    return (line for each in reading.scrubbed(path) if (line := each.strip()) and not line.startswith("#"))


def _job(reading: Reading, path: str, line: str, *, columns: int, user: str) -> None:
    """One line of a table; in tables of the system, the user stands before the command."""
    sets = _SETS.fullmatch(line)
    if sets:
        reading.add_shown(f"{shown(path)}: {sets[1]}", value=sets[2].strip())
        return
    words = line.split(None, columns if user else columns + 1)
    schedule, rest = " ".join(words[:columns]), words[columns:]
    if not user and len(rest) > 1:
        user, rest = rest[0], rest[1:]
    name = f"{shown(path)}: {' '.join(line.split())}"
    reading.add_shown(name, user=user, schedule=schedule, command=" ".join(rest)[:500])


CRON_JOBS = Source(asks=_asks, reads=_reads)
