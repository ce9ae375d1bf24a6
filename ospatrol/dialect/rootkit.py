"""OSSEC's lists of files that rootkits leave, and of what trojans hold."""

from __future__ import annotations

import msgspec

from ospatrol.dialect.sca_problem import Effect, PolicyProblem
from ospatrol.model.place import Place

NAME = "rootkit"


class RootkitFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose presence tells of a rootkit.

    Attributes:
        path: Absolute; or a base name, if it may lie anywhere.
        name: Of the rootkit.
        link: Where to read about it; may be empty.
        anywhere: Whether each file of the whole system is compared by its base name.
        place: Where it was written.
    """

    path: str
    name: str
    link: str
    anywhere: bool
    place: Place


class Trojan(msgspec.Struct, frozen=True, kw_only=True):
    """A program that tells of a trojan if its printable strings match.

    Attributes:
        paths: Where the program may lie.
        regex: A POSIX extended regular expression for its strings of at least four characters.
        description: What it is; may be empty.
        place: Where it was written.
    """

    paths: tuple[str, ...]
    regex: str
    description: str
    place: Place


class RootkitFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of files says, and what is wrong with it."""

    files: tuple[RootkitFile, ...]
    problems: tuple[PolicyProblem, ...] = ()


class Trojans(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of trojans says, and what is wrong with it."""

    trojans: tuple[Trojan, ...]
    problems: tuple[PolicyProblem, ...] = ()


_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")


def read_rootkit_files(text: str, path: str) -> RootkitFiles:
    """The entries of a `rootkit_files.txt`: `path ! name ::link`."""
    found: list[RootkitFile] = []
    problems: list[PolicyProblem] = []
    for line, place in _lines(text, path):
        where, bang, rest = line.partition("!")
        if not bang and " | " in line:  # a slip of the shipped list
            where, _, rest = line.partition("|")
            problems.append(_wrong(place, "`|` is read as `!`"))
        words = where.split(maxsplit=1)
        if not words or not rest.startswith((" ", "\t")):
            problems.append(_wrong(place, "expected `path ! name ::link`"))
            continue
        name, _, link = rest.strip().partition("::")
        file = words[0]
        anywhere = file.startswith("*")
        found.append(
            RootkitFile(
                path=file.lstrip("*").lstrip("/") if anywhere else f"/{file.lstrip('/')}",
                name=name.strip(),
                link=link.strip(),
                anywhere=anywhere,
                place=place,
            )
        )
    return RootkitFiles(files=tuple(found), problems=tuple(problems))


def read_trojans(text: str, path: str) -> Trojans:
    """The entries of a `rootkit_trojans.txt`: `file !regex!description`."""
    found: list[Trojan] = []
    problems: list[PolicyProblem] = []
    for line, place in _lines(text, path):
        file, bang, rest = line.partition("!")
        regex, _, description = rest.partition("!")
        name = file.strip()
        if not bang or not name or not regex:
            problems.append(_wrong(place, "expected `file !regex!description`"))
            continue
        paths = (name,) if name.startswith("/") else tuple(f"{folder}/{name}" for folder in _FOLDERS)
        found.append(Trojan(paths=paths, regex=regex, description=description.strip(), place=place))
    return Trojans(trojans=tuple(found), problems=tuple(problems))


def _lines(text: str, path: str) -> list[tuple[str, Place]]:
    numbered = ((line.strip(), Place(path, number)) for number, line in enumerate(text.split("\n"), 1))
    return [(line, place) for line, place in numbered if line and not line.startswith("#")]


def _wrong(place: Place, problem: str) -> PolicyProblem:
    return PolicyProblem(place=place, problem=problem, effect=Effect.IGNORED)
