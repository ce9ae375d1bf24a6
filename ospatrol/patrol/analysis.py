"""Log files judged as a person asked for it: sources opened, state kept, processes chosen."""

from __future__ import annotations

import gc
import gzip
import os
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from ospatrol.engine.memory import Memory, MemoryState
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import UsageError
from ospatrol.patrol.analyse import Counts, Emit, Source, analyse
from ospatrol.patrol.blocks import blocks
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LineJudge, LineReader
from ospatrol.patrol.shards import analyse_sharded

Part = TypeVar("Part")

STDIN = "-"
_GC_THRESHOLD = 100_000  # a line's objects live for a moment, and have no cycles


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be judged, and how.

    Attributes:
        files: Paths; `-` for standard input.
        workers: Processes.
        least: The level from which rules raise alerts; None for the rules' own custom.
        host: Whose logs these are.
        own_clock: Whether lines count by the time that they bear.
        state: Where what is remembered between lines is read from and written to; None to begin and end with nothing.
    """

    files: tuple[str, ...]
    workers: int = 1
    least: int | None = None
    host: str = "localhost"
    own_clock: bool = True
    state: Path | None = None


def run_analysis(engine: Engine, order: Analysis, emit: Emit) -> Counts:
    """Judge every line of the files, in their order.

    Raises:
        UsageError: a file or the state cannot be read, and nothing was judged; or the state cannot be written.
    """
    must_exist(order.files)
    memory = Memory(engine.ruleset, _read_state(order.state))
    reader = LineReader(engine.decoders, engine.semantics, own_clock=order.own_clock)
    least = least_of(engine.semantics) if order.least is None else order.least
    judge = LineJudge(reader, engine.matcher, memory, least)
    unread: list[str] = []
    sources = _sources(order, unread)
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    if order.workers > 1:
        counts = analyse_sharded(judge, sources, emit, order.workers)
    else:
        counts = analyse(judge, sources, emit)
    counts.unread = tuple(unread)
    if order.state:
        _write_state(order.state, memory.state())
    return counts


def least_of(semantics: Semantics) -> int:
    """The level from which rules raise alerts by custom: Wazuh's stock configuration says 3, OSSEC's 1."""
    return 3 if semantics is Semantics.WAZUH else 1


def must_exist(files: Iterable[str]) -> None:
    """Refuse what cannot be read, before anything is judged.

    Raises:
        UsageError: a file is none, or may not be read.
    """
    for each in files:
        if each == STDIN:
            continue
        if not Path(each).exists() or Path(each).is_dir():
            raise UsageError(f"{each}: {'a folder; name the files in it' if Path(each).is_dir() else 'no such file'}")
        if not os.access(each, os.R_OK):
            raise UsageError(f"{each}: cannot be read: permission denied")


def _sources(order: Analysis, unread: list[str]) -> Iterator[Source]:
    for each in order.files:
        with open_log(each) as stream:
            at = time.time() if each == STDIN or not order.own_clock else Path(each).stat().st_mtime
            location = "stdin" if each == STDIN else each
            yield Source(blocks=unbroken(blocks(stream), location, unread), location=location, host=order.host, at=at)


def unbroken(parts: Iterable[Part], name: str, unread: list[str]) -> Iterator[Part]:
    """What is read of a log; one that breaks off ends there.

    Args:
        parts: What is read.
        name: The log's.
        unread: Gets why the log breaks off, if it does.
    """
    try:
        yield from parts
    except (OSError, EOFError, zlib.error) as error:
        unread.append(f"{name}: cannot be read to its end: {error}")


@contextmanager
def open_log(path: str) -> Iterator[BinaryIO]:
    """A log's bytes; `-` is standard input, and `.gz` is unpacked.

    Raises:
        UsageError: it cannot be opened.
    """
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        # closed by the one who asked
        stream = BufferedReader(gzip.open(path, "rb")) if path.endswith(".gz") else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    with stream:
        yield stream


def _read_state(path: Path | None) -> MemoryState | None:
    if path is None or not path.exists():
        return None
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=MemoryState)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: no state of an engine can be read from it: {error}") from error


def _write_state(path: Path, state: MemoryState) -> None:
    """Replace the state at once, so that a crash leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(msgspec.msgpack.encode(state))
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: the state cannot be written: {error.strerror}") from error
