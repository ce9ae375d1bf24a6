"""The content of small text files that are kept for diffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.plan import Plan
from ospatrol.integrity.scope import any_of

LIMIT_BYTES = 64 << 10
_BATCH_BYTES = 1 << 20
_BATCH_FILES = 500


class _Text(msgspec.Struct, frozen=True):
    path: bytes
    size: int
    digest: bytes


async def read_texts(talk: Dialogue, plan: Plan, keep: tuple[str, ...], root: bytes) -> Mapping[bytes, bytes]:
    """Content by path, of files of at most 64 KiB without NUL among those hashed now, exactly as it was hashed.

    The host sends the files one after the other without any mark between them: their sizes are known, and a piece
    counts only if it has the file's digest. What a file holds can so fake nothing.

    Args:
        talk: The script.
        plan: What was hashed.
        keep: Shell patterns of what to keep.
        root: The prefix that paths on the host have.
    """
    texts: dict[bytes, bytes] = {}
    waiting = list(_batches(_chosen(plan, keep)))
    if not waiting:
        return texts
    with plan.folded():
        while waiting and not talk.stopped:
            batch = waiting.pop()
            good = _pieces(await talk.ask("text", [root + each.path for each in batch]), batch)
            texts.update(good)
            rest = [each for each in batch if each.path not in good]
            if rest and len(batch) > 1:
                # a file that has NULs, or another size by now, shifts all that follow: look for it by halves
                middle = (len(rest) + 1) // 2
                waiting += [part for part in (rest[:middle], rest[middle:]) if part]
    return texts


def _chosen(plan: Plan, keep: tuple[str, ...]) -> Iterator[_Text]:
    pattern = any_of(keep)
    if pattern is None:
        return
    for at, size in zip(plan.to_hash, plan.sizes, strict=True):
        digest = plan.extras[at][:64]
        if size <= LIMIT_BYTES and len(digest) == 64 and pattern.fullmatch(plan.path(at)):
            yield _Text(plan.path(at), size, digest)


def _pieces(answer: bytes, batch: Sequence[_Text]) -> Mapping[bytes, bytes]:
    good: dict[bytes, bytes] = {}
    start = 0
    for each in batch:
        piece = answer[start : start + each.size]
        start += each.size
        if sha256(piece).hexdigest().encode() == each.digest:
            good[each.path] = piece
    return good


def _batches(chosen: Iterable[_Text]) -> Iterator[list[_Text]]:
    batch: list[_Text] = []
    size = 0
    for each in chosen:
        if batch and (size + each.size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch
