"""Keys that let people log in: the files that sshd_config(5) names, and where they are by default."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from collections.abc import Iterator

from ospatrol.collect.state_accounts import PASSWD, homes
from ospatrol.collect.state_reading import Reading, Source, file, folder, shown
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question

_CONFIGURATION = "/etc/ssh/sshd_config"
_PARTS = "/etc/ssh/sshd_config.d"
_USUAL = (".ssh/authorized_keys", ".ssh/authorized_keys2")  # sshd_config(5)
_DROPBEAR = "/etc/dropbear/authorized_keys"
_MOST_FILES = 10_000
_WHERE = re.compile(r"\s*AuthorizedKeysFile(?:\s*=\s*|\s+)(.{1,1000})", re.IGNORECASE)
_TYPE = re.compile(r"(?:ssh-|ecdsa-|sk-|rsa-sha2-)[A-Za-z0-9@.-]{1,100}")
_BLOB = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def _asks(facts: Facts) -> Iterator[Question]:
    yield from (file(PASSWD), file(_CONFIGURATION), folder(_PARTS), file(_DROPBEAR))
    yield from (file(path) for path in facts.answer(folder(_PARTS)).entries if path.endswith(".conf"))
    yield from (file(path) for _, path in _files(facts)[:_MOST_FILES])


def _files(facts: Facts) -> list[tuple[str, str]]:
    """Every account's name with every file that may hold its keys."""
    patterns = tuple(dict.fromkeys((*_USUAL, *_patterns(facts))))
    found = [(name, _path(pattern, name, uid, home)) for name, uid, home in homes(facts) for pattern in patterns]
    return list(dict.fromkeys(found))


def _patterns(facts: Facts) -> Iterator[str]:
    parts = (path for path in facts.answer(folder(_PARTS)).entries if path.endswith(".conf"))
    for path in (_CONFIGURATION, *parts):
        for line in facts.answer(file(path)).content.split("\n"):
            named = _WHERE.match(line[:2000])
            if named:
                yield from (word for word in named[1].replace('"', " ").split() if word != "none")


def _path(pattern: str, name: str, uid: str, home: str) -> str:
    values = {"%h": home, "%u": name, "%U": uid, "%%": "%"}
    path = re.sub("%[huU%]", lambda token: values[token[0]], pattern)
    return posixpath.join(home, path)


def _reads(reading: Reading) -> None:
    for path in (PASSWD, _CONFIGURATION):
        reading.file(path)
    for path in reading.folder(_PARTS):
        if path.endswith(".conf"):
            reading.file(path)
    files = _files(reading.facts)
    if len(files) > _MOST_FILES:
        reading.miss(Reason.LIMIT, f"{len(files):,} files may hold keys")
    for name, path in (*files[:_MOST_FILES], ("root", _DROPBEAR)):
        for line in reading.file(path, odd=True).split("\n"):
            if line.strip() and not line.lstrip().startswith("#"):
                _add(reading, name, path, line.strip())


def _add(reading: Reading, name: str, path: str, line: str) -> None:
    options, type_, blob, comment = _split(line)
    try:
        raw = base64.b64decode(blob.encode("latin-1"), validate=True) if _BLOB.fullmatch(blob) else b""
    except binascii.Error:
        raw = b""
    if not raw:
        digest = hashlib.sha256(line.encode("latin-1")).hexdigest()[:12]
        reading.add(f"{name} unreadable line {digest}", path=path)
        return
    fingerprint = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    reading.add_shown(
        f"{shown(name)} SHA256:{fingerprint}",
        path=shown(path),
        type=shown(type_),
        comment=shown(comment),
        options=reading.masked(options),
    )


def _split(line: str) -> tuple[str, str, str, str]:
    """Options, type, key and comment; a blank in quotes does not end the options (sshd(8))."""
    word = line.split(None, 1)[0]
    options, rest = "", line
    if not _TYPE.fullmatch(word):
        end, quoted = 0, False
        while end < len(line) and (quoted or not line[end].isspace()):
            if line[end] == "\\" and line[end + 1 : end + 2] == '"':
                end += 1
            elif line[end] == '"':
                quoted = not quoted
            end += 1
        options, rest = line[:end], line[end:]
    fields = rest.split(None, 2)
    if len(fields) < 2 or not _TYPE.fullmatch(fields[0]):
        return options, "", "", ""
    return options, fields[0], fields[1], fields[2] if len(fields) > 2 else ""


AUTHORIZED_KEYS = Source(asks=_asks, reads=_reads)
