"""Real shells and real trees: a small connection that runs a collector's script in a shell of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

from ospatrol.model.command import Command
from ospatrol.model.errors import CommandFailed, OutputTooLarge
from ospatrol.model.files import Snapshot
from ospatrol.model.host import Target, TransportKind

HERE = Target(host="here", address="localhost", transport=TransportKind.LOCAL)


@dataclass
class ShellChannel:
    """A script in a shell of this machine, spoken to through pipes."""

    process: asyncio.subprocess.Process
    left: int
    on_write: Callable[[bytes], None] | None = None
    complaints: bytes = b""

    async def write(self, piece: bytes) -> None:
        if self.on_write:
            await asyncio.to_thread(self.on_write, piece)
        self.process.stdin.write(piece)
        await self.process.stdin.drain()

    async def end_input(self) -> None:
        self.process.stdin.close()

    async def read(self) -> bytes:
        piece = await self.process.stdout.read(1 << 16)
        self.left -= len(piece)
        if self.left < 0:
            raise OutputTooLarge("more than the limit")
        return piece

    async def finish(self) -> int:
        self.process.stdin.close()
        self.complaints += await self.process.stderr.read()
        status = await self.process.wait()
        if status < 0:
            raise CommandFailed(f"killed by signal {-status}")
        return status


@dataclass
class ShellConnection:
    """What collectors see of a login, with a shell, a PATH and an account of the test's choice.

    Attributes:
        shell: The command line that runs a script given after `-c`.
        path: PATH for it.
        prefix: Put before it, such as setpriv(1).
        on_write: Sees every piece before it is sent.
        started: How many scripts ran.
    """

    shell: tuple[str, ...] = ("sh",)
    path: str = os.environ["PATH"]
    prefix: tuple[str, ...] = ()
    on_write: Callable[[bytes], None] | None = None
    limit_bytes: int | None = None
    commands: list[Command] = field(default_factory=list)
    target: Target = HERE
    notes: tuple[str, ...] = ()
    program: str = field(init=False)

    def __post_init__(self) -> None:
        self.program = shutil.which(self.shell[0]) or pytest.skip(f"{self.shell[0]} is not installed")

    @asynccontextmanager
    async def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AsyncIterator[ShellChannel]:
        self.commands.append(command)
        process = await asyncio.create_subprocess_exec(
            *self.prefix,
            self.program,
            *self.shell[1:],
            "-c",
            command.script.text,
            "sh",
            *command.args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": self.path, "LC_ALL": "C"},
            start_new_session=True,
        )
        try:
            yield ShellChannel(process, self.limit_bytes or limit_bytes, self.on_write)
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.stdin.close()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    while await process.stdout.read(1 << 16):
        pass
    await process.stderr.read()


def _split(snapshot: Snapshot) -> dict[bytes, tuple[list[bytes], bytes, bytes]]:
    fields = snapshot.listing.split(b"\0")
    extras = snapshot.extras.split(b"\0")[:-1]
    assert len(fields) == 2 * len(extras) + 1
    found = {}
    for entry, target, extra in zip(fields[:-1:2], fields[1::2], extras, strict=True):
        meta = entry.split(b" ", 10)
        assert meta[10] not in found
        found[meta[10]] = (meta[:10], target, extra)
    return found


Entries: TypeAlias = "dict[bytes, tuple[list[bytes], bytes, bytes]]"


@pytest.fixture
def split() -> Callable[[Snapshot], Entries]:
    """Path to fields, link target and extras."""
    return _split


@pytest.fixture
def connect() -> type[ShellConnection]:
    return ShellConnection


@pytest.fixture(scope="session")
def busybox() -> Iterator[str]:
    """A PATH that holds busybox's own programs and nothing else."""
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("busybox is not installed")
    with _open_folder() as folder:
        for name in subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split():
            (folder / name).symlink_to(program)
        yield str(folder)


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that other people can reach, which pytest's own is not."""
    with _open_folder() as folder:
        yield folder


@contextmanager
def _open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ospatrol-collect-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _build_odd_tree(top: Path) -> None:
    for name in (
        b"plain",
        b"with blank",
        b" leading and trailing ",
        b"-leading-dash",
        b"quote'quote\"",
        b"new\nline",
        b"\n",
        b"back\\slash",
        b"back\\nslash",
        b"carriage\rreturn",
        b"tab\tand\x1bescape",
        b"\xff\xfe not utf-8",
        "grün-日本".encode(),
        b"$(touch injected)`id`;&|",
        b"* [?]",
        b"a -> b",
        b"%s%n%d",
        b"=dash=",
    ):
        path = top / os.fsdecode(name)
        path.write_bytes(b"content of " + name)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    faked = top / "faked\nf 4755 0 0 1 1 1 1 1 1 " / "etc"
    faked.mkdir(parents=True)
    (faked / "shadow").write_bytes(b"faked")
    (top / "dir\nectory").mkdir()
    (top / "dir\nectory" / "inside").write_bytes(b"inside")
    (top / "empty").touch()
    (top / "loop").symlink_to(".")
    (top / "dangling").symlink_to("nowhere")
    (top / "odd target").symlink_to("tar\nget\nf 644 0 0 1 1 1 1 1 1 /etc/passwd")
    (top / "odd\nlink").symlink_to("x")
    os.mkfifo(top / "fifo")
    with socket.socket(socket.AF_UNIX) as unix:
        here = os.open(top, os.O_RDONLY)
        try:
            unix.bind(f"/proc/self/fd/{here}/socket")
        finally:
            os.close(here)
    os.link(top / "plain", top / "hard link")
    (top / "setuid").write_bytes(b"s")
    (top / "setuid").chmod(0o4755)
    (top / "none").write_bytes(b"n")
    (top / "none").chmod(0)


@pytest.fixture
def odd_tree(tmp_path: Path) -> Path:
    """A tree with a file of every odd sort."""
    top = tmp_path / "odd tree"
    top.mkdir()
    _build_odd_tree(top)
    return top


@pytest.fixture
def nobody() -> tuple[str, ...]:
    """A prefix that runs a command as an ordinary user; nothing where the tests are one already."""
    if os.geteuid() != 0:
        return ()
    program = shutil.which("setpriv")
    if program is None:
        pytest.skip("setpriv is not installed")
    return (program, "--reuid=65534", "--regid=65534", "--clear-groups")
