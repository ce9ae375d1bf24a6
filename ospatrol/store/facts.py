"""What hosts said for policies: a file a host and time below the state folder, named by its digest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import msgspec
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.model.facts import Answer, Ask, Facts, Question
from ospatrol.store.blobs import compress
from ospatrol.store.codecs import digest_of
from ospatrol.store.faults import explained
from ospatrol.store.folder import FOLDER_MODE, prepare, replace

_FOLDER = "facts"
_SUFFIX = ".facts"
_NAME = re.compile(r"(?P<at>[0-9]{14})-(?P<digest>[0-9a-f]{64})" + re.escape(_SUFFIX))
_LARGEST_BYTES = 1 << 30
_LONGEST_NAME = 200


class _Row(msgspec.Struct, frozen=True, array_like=True):
    ask: Ask
    key: str
    answer: Answer


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of a file, once decompressed."""

    version: int = 1
    host: str
    at: float
    answers: tuple[_Row, ...]


class KeptFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that are kept.

    Attributes:
        digest: SHA-256 of what they say, in hexadecimal: the same for the same host, time and answers.
        path: The file.
        at: When the host was asked: seconds since the epoch, UTC.
    """

    digest: str
    path: Path
    at: float


class FactsStore:
    """The facts of a workspace; every method blocks and may be called from any thread.

    Answers hold what hosts hold, secrets too: folders and files are for their owner only.

    Args:
        state: The state folder.
        keep: How many older facts of each host stay besides the newest.
    """

    def __init__(self, state: Path, *, keep: int = 30) -> None:
        self._state = state
        self._folder = state / _FOLDER
        self._keep = keep

    def put(self, facts: Facts) -> str:
        """Keep facts, whole or not at all, and remove those of the host past retention; their digest.

        Raises:
            StoreError: they cannot be written.
        """
        prepare(self._state)
        folder = self._folder / folder_name(facts.host)
        with explained(folder):
            plain = _encoded(facts)
            for each in (self._folder, folder):
                each.mkdir(mode=FOLDER_MODE, exist_ok=True)
            digest = digest_of(plain)
            replace(folder / f"{round(facts.at * 1000):014d}-{digest}{_SUFFIX}", compress(plain))
            for old in _kept(folder)[self._keep + 1 :]:
                old.path.unlink(missing_ok=True)
        return digest

    def kept(self, host: str) -> tuple[KeptFacts, ...]:
        """All facts of a host, newest first."""
        with explained(self._folder):
            return _kept(self._folder / folder_name(host))

    def within(self, folder: Path) -> tuple[KeptFacts, ...]:
        """All facts in a host's folder, newest first."""
        with explained(folder):
            return _kept(folder)

    def last(self) -> Iterator[Facts]:
        """The newest facts of each host, in the order of their folders, read as they are asked for.

        Raises:
            StoreError: they cannot be read, or are not what was written.
        """
        for folder in fact_folders(self._state):
            newest = _kept(folder)[:1]
            yield from (read_facts(each.path) for each in newest)

    def get(self, prefix: str) -> Facts:
        """The facts whose digest begins so.

        Raises:
            StoreError: there are none, or several, or they cannot be read.
        """
        with explained(self._folder):
            found = [
                each for folder in self._folder.glob("*") for each in _kept(folder) if each.digest.startswith(prefix)
            ]
        if len(found) != 1 or not prefix:
            many = "more than one" if found else "none"
            raise StoreError(f"{many} of the kept facts has a digest that begins with {prefix!r}")
        return read_facts(found[0].path)


def fact_folders(state: Path) -> tuple[Path, ...]:
    """The folders of hosts below a state folder, in their order.

    Raises:
        StoreError: the folder cannot be read.
    """
    folder = state / _FOLDER
    with explained(folder):
        return tuple(sorted(each for each in folder.iterdir() if each.is_dir())) if folder.is_dir() else ()


def leftovers(state: Path) -> tuple[Path, ...]:
    """What writes that were cut off left behind, in the folders of hosts."""
    return tuple(path for folder in fact_folders(state) for path in folder.glob(f".*{_SUFFIX}.*"))


def read_facts(path: Path) -> Facts:
    """The facts of a file; checked against its name if that holds a digest.

    Raises:
        StoreError: it cannot be read, holds no facts, or not those that its name says.
    """
    with explained(path):
        body = path.read_bytes()
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= _LARGEST_BYTES:
            raise StoreError(f"{path}: holds no facts, or far too many")
        plain = zstandard.ZstdDecompressor().decompress(body)
        named = _NAME.fullmatch(path.name)
        if named and digest_of(plain) != named["digest"]:
            raise StoreError(f"{path}: is not what was written; remove it, and ask the host again")
        kept = _DECODER.decode(plain)
    if kept.version != 1:
        raise StoreError(f"{path}: was written by a newer OSPatrol")
    answers = {Question(row.ask, row.key): row.answer for row in kept.answers}
    return Facts(host=kept.host, at=kept.at, answers=answers)


def facts_digest(facts: Facts) -> str:
    """The address of facts, as `FactsStore.put` gives it."""
    return digest_of(_encoded(facts))


def folder_name(host: str) -> str:
    """A host's name as that of a file or folder: the same for the same host, never outside of where it is put."""
    quoted = quote(host, safe="[]", errors="surrogatepass").replace("~", "%7E")
    if quoted.startswith("."):
        quoted = f"%2E{quoted[1:]}"
    if len(quoted) <= _LONGEST_NAME and quoted:
        return quoted
    return f"~{sha256(host.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _kept(folder: Path) -> tuple[KeptFacts, ...]:
    if not folder.is_dir():
        return ()
    found = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    newest_first = sorted(((name["at"], name["digest"], path) for name, path in found if name), reverse=True)
    return tuple(KeptFacts(digest=digest, path=path, at=int(at) / 1000) for at, digest, path in newest_first)


def _encoded(facts: Facts) -> bytes:
    """The same bytes for equal facts, whatever the order in which questions were answered."""
    rows = tuple(_Row(question.ask, question.key, facts.answers[question]) for question in sorted(facts.answers))
    return msgspec.msgpack.encode(_Kept(host=facts.host, at=facts.at, answers=rows))


_DECODER = msgspec.msgpack.Decoder(_Kept)
