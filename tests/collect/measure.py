"""What a scan costs here and on the host: CPU of this process, and of the script with all that it starts.

    python tests/collect/measure.py [--files 2000] [--bytes 10000] [--rounds 20] [--shell dash]

The scripts run on this machine through pipes, so the figures have no SSH in them: they come on top of a login.
`nothing`
is a script that does nothing, to be taken off both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from ospatrol.collect.files import collect_files
from ospatrol.model.command import Command, Script
from ospatrol.model.files import FileScope

_CONFTEST = Path(__file__).with_name("conftest.py")


def shell_connection():
    """The tests' own connection."""
    spec = spec_from_file_location("collect_conftest", _CONFTEST)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.ShellConnection


def make_tree(top: Path, files: int, size: int) -> None:
    for number in range(files):
        folder = top / f"{number // 100:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"file-{number:05}").write_bytes(os.urandom(size))


async def measure(name: str, rounds: int, once: Callable[[], Awaitable[object]]) -> None:
    """Print the best of some rounds: other people's work on the machine only ever adds."""
    best_here = best_there = best_wall = 1e9
    for _ in range(rounds):
        here, wall = time.process_time(), time.perf_counter()
        there = resource.getrusage(resource.RUSAGE_CHILDREN)
        await once()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best_here = min(best_here, time.process_time() - here)
        best_there = min(best_there, after.ru_utime + after.ru_stime - there.ru_utime - there.ru_stime)
        best_wall = min(best_wall, time.perf_counter() - wall)
    print(
        f"{name:34} here {best_here * 1e3:7.2f} ms   host {best_there * 1e3:7.2f} ms   wall {best_wall * 1e3:7.1f} ms"
    )


async def main(words: argparse.Namespace) -> None:
    connect = shell_connection()
    connection = connect(shell=tuple(words.shell.split()), path=words.path)

    async def nothing() -> None:
        async with connection.start(
            Command(script=Script(name="nothing", text="exit 0")), limit_s=9, limit_bytes=9
        ) as channel:
            while await channel.read():
                pass

    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "tree"
        top.mkdir()
        make_tree(top, words.files, words.bytes)
        scope = FileScope(paths=(str(top),))
        rooted = FileScope(paths=("/tree",), root=folder)

        async def scan(scope, last=None, *, full=False):
            tools = last.tools if last else None
            snapshot = last.snapshot if last else None
            return await collect_files(connection, scope, last=snapshot, full=full, budget_s=300, tools=tools)

        first = await scan(scope)
        first_rooted = await scan(rooted)
        await measure("nothing", words.rounds, nothing)
        await measure("first scan, everything hashed", max(3, words.rounds // 4), lambda: scan(scope))
        await measure("full scan, everything known", max(3, words.rounds // 4), lambda: scan(scope, first, full=True))
        await measure("nothing changed", words.rounds, lambda: scan(scope, first))
        await measure("nothing changed, below a root", words.rounds, lambda: scan(rooted, first_rooted))
        for number in range(10):
            (top / "000" / f"file-{number:05}").write_bytes(b"changed")
        await measure("10 files changed", words.rounds, lambda: scan(scope, first))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--bytes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--shell", default="dash")
    parser.add_argument("--path", default=os.environ["PATH"])
    asyncio.run(main(parser.parse_args()))
