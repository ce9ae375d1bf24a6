"""Content digests: which program is asked for which files, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

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


async def hash_files(talk: Dialogue, plan: Plan, tools: Tools, root: bytes) -> list[int]:
    """Put the SHA-256 in hexadecimal of each file that the host could read into a plan; which files are left.

    Args:
        talk: The script.
        plan: What to hash, and where the digests go.
        tools: What the host has.
        root: The prefix that paths on the host have.
    """
    await _let_settle(talk, plan, tools)
    wanted: Iterable[tuple[int, int]] = zip(plan.to_hash, plan.sizes, strict=True)
    size = sum(plan.sizes)
    tool = tools.hasher(size)
    # a name with a line end could pass for an answer about another file
    names = b"".join(plan.entries)
    odd = b"\n" in names or b"\r" in names or b"\\" in names
    if plan.everything and tool and size <= _BATCH_BYTES and not odd:
        answer = await talk.ask_of_all("sum-all", tool)
        lost = set(_take(plan, plan.to_hash, prefixed([plan.path(at) for at in plan.to_hash], root), answer))
        wanted = [(at, bytes_) for at, bytes_ in wanted if at in lost] if lost else ()
    return await _hash_named(talk, plan, wanted, tools, root)


async def _hash_named(
    talk: Dialogue, plan: Plan, wanted: Iterable[tuple[int, int]], tools: Tools, root: bytes
) -> list[int]:
    lost: list[int] = []
    for batch, paths, size in _batches(plan, wanted, root):
        tool = tools.hasher(size)
        if not tool or talk.stopped:
            lost += batch
        elif _ODD.search(b"".join(paths)):
            lost += await _hash_odd(talk, plan, (batch, paths), tool)
        else:
            answer = await talk.ask("sum" if size < _SOON_BYTES else "hash", paths, tool)
            lost += _take(plan, batch, paths, answer)
    return lost


def words_in(digests: bytes) -> list[bytes]:
    """Digests that stand one behind the other, one by one."""
    return [digests[at : at + 64] for at in range(0, len(digests), 64)]


def prefixed(paths: list[bytes], root: bytes) -> list[bytes]:
    """Paths as they are on the host."""
    return [root + path for path in paths] if root else paths


async def _hash_odd(talk: Dialogue, plan: Plan, batch: tuple[Sequence[int], Sequence[bytes]], tool: str) -> list[int]:
    """Files with names that the hashers write in some way of their own go through standard input, one by one."""
    plain = [(at, path) for at, path in zip(*batch, strict=True) if not _ODD.search(path)]
    odd = [(at, path) for at, path in zip(*batch, strict=True) if _ODD.search(path)]
    paths = [path for _, path in plain]
    lost = _take(plan, [at for at, _ in plain], paths, await talk.ask("hash", paths, tool))
    answers = (await talk.ask("each", [path for _, path in odd], tool)).split(b"\0")
    answers += [b""] * len(odd)
    for (at, _), answer in zip(odd, answers, strict=False):
        if _HEX.fullmatch(answer[1:65]):
            plan.set_word(at, answer[1:65])
        else:
            lost.append(at)
    return lost


def _take(plan: Plan, batch: Sequence[int], paths: Sequence[bytes], answer: bytes) -> list[int]:
    """Put what was answered into the plan; what was not answered."""
    lines = answer.split(b"\n")[:-1]
    words = [line[:64] for line in lines]
    in_order = [line[66:] for line in lines] == paths and {line[64:66] for line in lines} <= {b"  ", b" *"}
    if in_order and _HEXES.fullmatch(b"".join(words)):  # a plain line for each file: no need to look for any
        plan.set_words(batch, words)
        return []
    digests = read_digests(answer)
    lost = []
    for at, path in zip(batch, paths, strict=True):
        digest = digests.get(path)
        if digest is None:
            lost.append(at)
        else:
            plan.set_word(at, digest)
    return lost


async def _let_settle(talk: Dialogue, plan: Plan, tools: Tools) -> None:
    """Let the clock tick that stamps changes, where a file changed just now.

    Else a second change in the same tick, after the file was read, would leave the same stamp, and go unseen for good.
    """
    if plan.late:
        fine = tools.style is Style.PRINTF and not plan.late_coarse
        await talk.pause("0.02" if fine else "1")  # 1/HZ is 10 ms at most; stamps without a fraction tick once a second


def _batches(
    plan: Plan, wanted: Iterable[tuple[int, int]], root: bytes
) -> Iterator[tuple[list[int], list[bytes], int]]:
    """Files, their paths on the host and the sum of their sizes.

    Small enough that a budget's end loses little and one request holds it, big enough that programs start rarely.
    """
    batch: list[int] = []
    paths: list[bytes] = []
    size = length = 0
    for at, bytes_ in wanted:
        path = root + plan.path(at)
        batch.append(at)
        paths.append(path)
        size += bytes_
        length += len(path) + 1
        if size >= _BATCH_BYTES or length > PACKET_BYTES - 8192:
            yield batch, paths, size
            batch, paths, size, length = [], [], 0, 0
    if batch:
        yield batch, paths, size


def read_digests(answer: bytes) -> Mapping[bytes, bytes]:
    """Path to digest, from the output of any of the hashers; lines that are neither are left out."""
    found = {path: digest for digest, path in _LINE.findall(answer)}
    if b") = " in answer:
        found.update(_BSD.findall(answer))
    return found
