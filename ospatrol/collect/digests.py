"""Content digests: which program is asked for which files, and what it answers."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ospatrol.collect.attributes import has_odd_name
from ospatrol.collect.dialogue import PACKET_BYTES, Dialogue
from ospatrol.collect.plan import Plan
from ospatrol.collect.tools import Style, Tools

_ODD = re.compile(rb"[\n\r\\]")
_HEXES = re.compile(rb"(?:[0-9a-f]{64})*+")
_HEX = re.compile(rb"[0-9a-f]{64}")
_LINE = re.compile(rb"^([0-9a-f]{64})(?:  | \*| )(/.*)$", re.MULTILINE)
_BSD = re.compile(rb"^\w+ \((/.*)\) = ([0-9a-f]{64})$", re.MULTILINE)
_BATCH_BYTES = 256 << 20
_SOON_BYTES = 64 << 20


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Files that are asked for together.

    Attributes:
        places: In the plan.
        names: Their paths on the host, NUL between them.
        size_bytes: Of their contents.
    """

    places: array[int]
    names: bytes
    size_bytes: int

    @property
    def paths(self) -> list[bytes]:
        """Their paths on the host."""
        return self.names.split(b"\0")


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Of some files: the places of those with a digest in a plan, these digests, and the places of the others."""

    places: array[int]
    words: list[bytes]
    lost: array[int]


class _Digests:
    """What was answered so far, without an object for each file.

    Attributes:
        places: Of files in the plan.
        words: Their digests in hexadecimal, one behind the other.
        lost: Places of files that have none.
    """

    def __init__(self) -> None:
        self.places = array("I")
        self.words = bytearray()
        self.lost = array("I")

    def add(self, answer: _Answer) -> None:
        self.places += answer.places
        self.words += b"".join(answer.words)
        self.lost += answer.lost


async def hash_files(talk: Dialogue, plan: Plan, tools: Tools, root: bytes) -> list[int]:
    """Put the SHA-256 in hexadecimal of each file that the host could read into a plan; which files are left.

    Args:
        talk: The script.
        plan: What to hash, and where the digests go.
        tools: What the host has.
        root: The prefix that paths on the host have.
    """
    wanted: Iterable[tuple[int, int]] = zip(plan.to_hash, plan.sizes, strict=True)
    size = sum(plan.sizes)
    tool = tools.hasher(size)
    # a name with a line end could pass for an answer about another file
    if plan.everything and tool and size <= _BATCH_BYTES and not has_odd_name(plan.entries):
        with plan.folded():
            answer = await talk.ask_of_all("sum-all", tool)
        found = _read(plan.to_hash, prefixed(plan.paths(plan.to_hash), root), answer)
        plan.set_words(found.places, found.words)
        lost = set(found.lost)
        wanted = [(at, bytes_) for at, bytes_ in wanted if at in lost] if lost else ()
    batches = list(_batches(plan, wanted, root))
    if not batches:
        return []
    with plan.folded():
        await _let_settle(talk, plan, tools)
        named = await _hash_named(talk, batches, tools)
    plan.set_words(named.places, words_in(bytes(named.words)))
    return list(named.lost)


async def _hash_named(talk: Dialogue, batches: Sequence[_Batch], tools: Tools) -> _Digests:
    found = _Digests()
    for batch in batches:
        tool = tools.hasher(batch.size_bytes)
        if not tool or talk.stopped:
            found.lost += batch.places
        elif _ODD.search(batch.names):
            for answer in await _hash_odd(talk, batch, tool):
                found.add(answer)
        else:
            said = await talk.ask("sum" if batch.size_bytes < _SOON_BYTES else "hash", batch.paths, tool)
            found.add(_read(batch.places, batch.paths, said))
    return found


def words_in(digests: bytes) -> list[bytes]:
    """Digests that stand one behind the other, one by one."""
    return [digests[at : at + 64] for at in range(0, len(digests), 64)]


def prefixed(paths: list[bytes], root: bytes) -> list[bytes]:
    """Paths as they are on the host."""
    return [root + path for path in paths] if root else paths


async def _hash_odd(talk: Dialogue, batch: _Batch, tool: str) -> tuple[_Answer, _Answer]:
    """Files with names that the hashers write in some way of their own go through standard input, one by one."""
    plain = [(at, path) for at, path in zip(batch.places, batch.paths, strict=True) if not _ODD.search(path)]
    odd = [(at, path) for at, path in zip(batch.places, batch.paths, strict=True) if _ODD.search(path)]
    paths = [path for _, path in plain]
    first = _read(array("I", [at for at, _ in plain]), paths, await talk.ask("hash", paths, tool))
    answers = (await talk.ask("each", [path for _, path in odd], tool)).split(b"\0")
    answers += [b""] * len(odd)
    return first, _sorted((at, answer[1:65]) for (at, _), answer in zip(odd, answers, strict=False))


def _sorted(answers: Iterable[tuple[int, bytes]]) -> _Answer:
    """Places and what was answered about them; what is no digest is none."""
    found = _Answer(places=array("I"), words=[], lost=array("I"))
    for at, word in answers:
        if _HEX.fullmatch(word):
            found.places.append(at)
            found.words.append(word)
        else:
            found.lost.append(at)
    return found


def _read(places: array[int], paths: Sequence[bytes], answer: bytes) -> _Answer:
    """What was answered about files."""
    lines = answer.split(b"\n")[:-1]
    words = [line[:64] for line in lines]
    in_order = [line[66:] for line in lines] == paths and {line[64:66] for line in lines} <= {b"  ", b" *"}
    if in_order and _HEXES.fullmatch(b"".join(words)):  # a plain line for each file: no need to look for any
        return _Answer(places=places, words=words, lost=array("I"))
    digests = read_digests(answer)
    return _sorted((at, digests.get(path, b"")) for at, path in zip(places, paths, strict=True))


async def _let_settle(talk: Dialogue, plan: Plan, tools: Tools) -> None:
    """Let the clock tick that stamps changes, where a file changed just now.

    Else a second change in the same tick, after the file was read, would leave the same stamp, and go unseen for good.
    """
    if plan.late:
        fine = tools.style is Style.PRINTF and not plan.late_coarse
        await talk.pause("0.02" if fine else "1")  # 1/HZ is 10 ms at most; stamps without a fraction tick once a second


def _batches(plan: Plan, wanted: Iterable[tuple[int, int]], root: bytes) -> Iterator[_Batch]:
    """Files that are asked for together.

    Small enough that a budget's end loses little and one request holds it, big enough that programs start rarely.
    """
    places = array("I")
    paths: list[bytes] = []
    size = length = 0
    for at, bytes_ in wanted:
        path = root + plan.path(at)
        places.append(at)
        paths.append(path)
        size += bytes_
        length += len(path) + 1
        if size >= _BATCH_BYTES or length > PACKET_BYTES - 8192:
            yield _Batch(places=places, names=b"\0".join(paths), size_bytes=size)
            places, paths, size, length = array("I"), [], 0, 0
    if places:
        yield _Batch(places=places, names=b"\0".join(paths), size_bytes=size)


def read_digests(answer: bytes) -> Mapping[bytes, bytes]:
    """Path to digest, from the output of any of the hashers; lines that are neither are left out."""
    found = {path: digest for digest, path in _LINE.findall(answer)}
    if b") = " in answer:
        found.update(_BSD.findall(answer))
    return found
