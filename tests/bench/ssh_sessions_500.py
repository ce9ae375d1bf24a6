"""One process with 500 SSH sessions at once, and what a fresh login costs it.

    python tests/bench/ssh_sessions_500.py [--sessions 500] [--logins 200] [--servers 10]

Starts OpenSSH servers on loopback; run it on a quiet machine. CPU is the controller's alone, all threads.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import resource
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import asyncssh

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Fleet

from ospatrol.model.command import Command, Script
from ospatrol.model.host import Target
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

WAIT = Command(script=Script(name="wait", text="echo up; cat"))
TRUE = Command(script=Script(name="true", text="true"))
RULES = Rules(
    limits=Limits(attempts=5, connect_s=60, login_s=60, start_s=60, handshakes_per_s=0),
    policies=(CommandPolicy.of([WAIT.script, TRUE.script]),),
)
AT_ONCE = 32


def targets_of(fleet: Fleet, folder: Path) -> list[Target]:
    options = {
        "configfile": "none",
        "userknownhostsfile": str(folder / "known_hosts"),
        "globalknownhostsfile": "none",
        "identityagent": "none",
    }
    return [
        Target(
            host=f"h{port}",
            address="127.0.0.1",
            port=port,
            user=getpass.getuser(),
            key_files=(str(folder / "client"),),
            ssh_options=options,
        )
        for port in fleet.ports
    ]


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def login(transport: SshTransport, target: Target) -> None:
    async with transport.open(target) as connection, connection.start(TRUE, limit_s=60, limit_bytes=100) as channel:
        await channel.finish()


async def fresh_logins(targets: list[Target], count: int) -> float:
    """CPU milliseconds of this process for one login with `true`."""
    transport = SshTransport(RULES, HostKeys())
    await login(transport, targets[0])
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            await login(transport, targets[number % len(targets)])

    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    spent = time.process_time() - before
    await transport.close()
    return spent / count * 1000


async def plain_logins(targets: list[Target], count: int) -> float:
    """The same with asyncssh as it is, keys and known hosts read once: what we add to it is the difference."""
    target = targets[0]
    keys = [asyncssh.read_private_key(target.key_files[0])]
    known = asyncssh.read_known_hosts(target.ssh_options["userknownhostsfile"])
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        each = targets[number % len(targets)]
        async with (
            gate,
            asyncssh.connect(
                each.address,
                each.port,
                username=each.user,
                client_keys=keys,
                known_hosts=known,
                config=None,
                agent_path=None,
                kex_algs=["curve25519-sha256"],
                encryption_algs=["aes128-gcm@openssh.com"],
            ) as connection,
        ):
            await connection.run("true")

    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    return (time.process_time() - before) / count * 1000


async def sessions(targets: list[Target], count: int) -> tuple[float, float]:
    """Resident megabytes before and while so many sessions run a script."""
    transport = SshTransport(RULES, HostKeys())
    await login(transport, targets[0])
    before = rss_mb()
    gate = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:

        async def one(number: int) -> None:
            async with gate:
                connection = await stack.enter_async_context(transport.open(targets[number % len(targets)]))
                channel = await stack.enter_async_context(connection.start(WAIT, limit_s=600, limit_bytes=100))
                if await channel.read() != b"up\n":
                    raise RuntimeError(number)

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(one(number))
        during = rss_mb()
    await transport.close()
    return before, during


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--logins", type=int, default=200)
    parser.add_argument("--servers", type=int, default=10)
    wanted = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    with tempfile.TemporaryDirectory() as folder, Fleet(Path(folder), wanted.servers, files=1) as fleet:
        targets = targets_of(fleet, Path(folder))
        ours = asyncio.run(fresh_logins(targets, wanted.logins))
        plain = asyncio.run(plain_logins(targets, wanted.logins))
        before, during = asyncio.run(sessions(targets, wanted.sessions))
    print(f"login + `true`: {ours:.2f} ms of controller CPU; asyncssh alone {plain:.2f} ms; {ours / plain:.2f}x")
    each = (during - before) / wanted.sessions * 1000
    print(
        f"{wanted.sessions} sessions at once: {during:.0f} MB resident ({before:.0f} before, {each:.0f} kB a session)"
    )


if __name__ == "__main__":
    main()
