"""What a package database records of single files, from what the packages script prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ospatrol.collect.package_places import Places

_DIGEST = re.compile(rb"\\?([0-9a-f]{32,128}) [ *](.*)")
_ESCAPE = re.compile(rb"\\(.)")
_UNESCAPED = {b"n": b"\n", b"r": b"\r"}
_CONFIG, _GHOST = 1 << 0, 1 << 6  # rpmfileAttrs, rpmfiles.h
_ALGORITHMS = {"1": "md5", "2": "sha1", "8": "sha256", "9": "sha384", "10": "sha512"}  # RFC 4880 section 9.4


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one package records of one path.

    Attributes:
        package: Its name.
        digest: Hexadecimal; empty where none is recorded.
        algorithm: Of the digest.
        config: Whether it is a configuration file.
        mode: Permission bits; None where none are recorded.
    """

    package: str
    digest: str = ""
    algorithm: str = "md5"
    config: bool = False
    mode: int | None = None


def read_versions(answer: bytes) -> Mapping[str, str]:
    """Package to version; several versions of one package stand together, comma between."""
    lines = (line.partition("\t") for line in answer.decode(errors="replace").split("\n"))
    pairs = sorted((name.removesuffix(".(none)"), version) for name, tab, version in lines if tab)
    versions = dict(pairs)
    if len(versions) == len(pairs):
        return versions
    every: dict[str, list[str]] = {}
    for name, version in pairs:
        every.setdefault(name, []).append(version)
    return {name: ",".join(several) for name, several in every.items()}


def read_owned(answer: bytes) -> Iterator[tuple[str, bytes]]:
    """Package and recorded path."""
    for package, path in _fields(answer, 2):
        if path.startswith(b"/") and path != b"/.":
            yield package.decode(errors="replace"), path


def read_records(answer: bytes, places: Places) -> Mapping[bytes, list[Record]]:
    """By real path, what each owner records, in order of packages."""
    own: dict[tuple[str, bytes], Record] = {}
    for line in answer.split(b"\n"):
        kind, *fields = line.split(b"\t")
        texts = [field.decode(errors="replace") for field in fields]
        match kind, len(fields):
            case b"own", 2:
                own.setdefault((texts[0], fields[1]), Record(package=texts[0]))
            case b"sum", 3 if (texts[0], fields[1]) in own:
                own[texts[0], fields[1]] = Record(package=texts[0], digest=texts[2])
            case b"conf", 3:
                _add_conffile(own, texts[0], fields[1], texts[2])
            case b"file", 6:
                own[texts[0], fields[1]] = _rpm_record(texts)
            case _:
                pass  # the empty line at the end, and whatever a broken database makes the tools say
    found: dict[bytes, list[Record]] = {}
    for (package, path), record in sorted(own.items(), key=lambda item: item[0]):
        found.setdefault(places.real(path, package), []).append(record)
    return found


def _add_conffile(own: dict[tuple[str, bytes], Record], name: str, path: bytes, digest: str) -> None:
    """Conffiles stand in the status file under the name without architecture."""
    recorded = digest if re.fullmatch(r"[0-9a-f]{32}", digest) else ""
    for package, owned in list(own):
        if owned == path and package.partition(":")[0] == name:
            own[package, owned] = Record(package=package, digest=recorded, config=True)


def _rpm_record(texts: list[str]) -> Record:
    name, _, digest, algorithm, mode, flags = texts
    attributes = int(flags) if flags.isdigit() else 0
    return Record(
        package=name.removesuffix(".(none)"),
        digest="" if attributes & _GHOST else digest,
        algorithm=_ALGORITHMS.get(algorithm, "md5"),
        config=bool(attributes & _CONFIG),
        mode=int(mode) & 0o7777 if mode.removeprefix("-").isdigit() else None,
    )


def read_sums(answer: bytes) -> Mapping[bytes, str]:
    """Path to digest, as md5sum(1) and its kin print them; they escape odd names and say so by a backslash first."""
    sums: dict[bytes, str] = {}
    for line in answer.split(b"\n"):
        if match := _DIGEST.fullmatch(line):
            path = match[2]
            if line.startswith(b"\\"):
                path = _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), path)
            sums[path] = match[1].decode()
    return sums


def _fields(answer: bytes, count: int) -> Iterable[list[bytes]]:
    lines = (line.split(b"\t", count - 1) for line in answer.split(b"\n"))
    return (fields for fields in lines if len(fields) == count)
