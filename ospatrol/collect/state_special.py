"""Files that run with other people's rights: set-uid, set-gid, and those with capabilities(7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ospatrol.collect.state_mounts import CONTAINERS, asks, mounts
from ospatrol.collect.state_reading import Reading, Source, shell, shown, user
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question, State

_PLAIN = re.compile(r"/[\w./@+,:=~-]{0,500}", re.ASCII)
_MOST_PLACES = 200
_PRUNE = r"\( " + " -o ".join(f"-path {each}" for each in CONTAINERS) + r" \) -prune -o"
_RIGHTS = r"-type f \( -perm -4000 -o -perm -2000 \)"
# names stand behind everything else and end with a NUL: no name can pass for another file
_TOLD = (
    """sh -c 'for f do m=$(stat -c "%a %u %g" "$f" 2>/dev/null || stat -f "%Mp%Lp %u %g" "$f"); """
    """printf "%s %s\\000" "$m" "$f"; done' sh {} +"""
)
_SPECIAL = re.compile(r"0*([0-7]{1,5}) (\d{1,10}) (\d{1,10}) (/.*)", re.DOTALL)
_CAPABLE = re.compile(r"(/.{1,4096}?) (?:= )?([a-z_,0-9]{0,1000}[=+][a-z_,0-9=+ ]{0,1000})")
_NO_TOOL = 127


def _places(facts: Facts) -> list[str]:
    """Where to look: mount points of file systems that lie on the host, a file system each."""
    found = mounts(facts)
    if found is None:
        return ["/"]
    last = {mount.path: mount for mount in found}  # of two on one point, only the last is seen
    return [path for path, mount in last.items() if mount.holds_programs]


def _question(facts: Facts, *, capabilities: bool) -> Question | None:
    places = " ".join(path for path in _places(facts)[:_MOST_PLACES] if _PLAIN.fullmatch(path))
    if not places:
        return None
    look = f"find {places} -xdev {_PRUNE}"
    if capabilities:
        return shell(
            f"command -v getcap >/dev/null || exit {_NO_TOOL}; "
            f"{look} -type f -perm -100 -exec getcap {{}} + 2>/dev/null"
        )
    return shell(
        f"if find /dev/null -printf x >/dev/null 2>&1; then {look} {_RIGHTS} -printf '%m %U %G %p\\000' 2>/dev/null; "
        f"else {look} {_RIGHTS} -exec {_TOLD} 2>/dev/null; fi"
    )


def _asker(*, capabilities: bool) -> Source:
    def ask(facts: Facts) -> Iterator[Question]:
        yield user()
        yield from asks(facts)
        if all(each in facts.answers for each in asks(facts)):
            question = _question(facts, capabilities=capabilities)
            if question:
                yield question

    def read(reading: Reading) -> None:
        said = _said(reading, capabilities=capabilities)
        if said is not None:
            (_capable if capabilities else _special)(reading, said)

    return Source(asks=ask, reads=read)


def _said(reading: Reading, *, capabilities: bool) -> str | None:
    places = _places(reading.facts)
    if len(places) > _MOST_PLACES:
        reading.miss(Reason.LIMIT, f"more than {_MOST_PLACES} file systems")
    for path in places[:_MOST_PLACES]:
        if not _PLAIN.fullmatch(path):
            reading.miss(Reason.NAME, f"the file system at {shown(path)}")
    question = _question(reading.facts, capabilities=capabilities)
    if question is None:
        reading.miss(Reason.ERROR, "the host does not tell its file systems")
        return None
    answer = reading.facts.answer(question)
    if capabilities and answer.state is State.NOT_FOUND:
        # of an attribute that a host has no tool for is said so once, as where files are scanned
        reading.miss(Reason.NO_TOOL, "getcap is missing", "caps")
        return None
    said = reading.output(question)
    if said is not None and answer.status and not reading.as_root:
        reading.miss(Reason.DENIED, "some folders are closed to this user")
    return said


def _special(reading: Reading, said: str) -> None:
    for record in said.split("\0")[:-1]:
        found = _SPECIAL.fullmatch(record)
        if found:
            reading.add(found[4], mode=found[1].zfill(4), uid=found[2], gid=found[3])


def _capable(reading: Reading, said: str) -> None:
    for line in said.split("\n"):
        found = _CAPABLE.fullmatch(line)
        if found:
            reading.add(found[1], capabilities=found[2])


SUID_FILES = _asker(capabilities=False)
CAPABILITY_FILES = _asker(capabilities=True)
