"""Network devices captured by OSPatrol and by Nornir with netmiko, in turns, in one run: wall time, CPU and memory.

    python tests/bench/network_scan.py [--devices 200] [--lines 10000] [--rounds 2] [--python PYTHON]

Each device is a simulated Cisco IOS: login with a password, `enable` with a secret, and two configurations of so many
lines, running and startup, that both sides capture. It thinks for `--thinks` seconds before each configuration, a round
trip takes `--rtt` seconds, and its output comes in messages of 4 kB, as OpenSSH takes it from a terminal. Devices are
spread over processes whose CPU does not count. Nornir has its default settings (20 threads, `netmiko_send_command` as
it is) and runs from PYTHON, or from an environment that is made for it. All of a process counts, with its start and
all that it starts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncssh

_ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(_ROOT))

from tests.devices.simulator import Device, Faults, Rack  # noqa: E402  # the project's folder is found now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

_COMMANDS = ("show running-config", "show startup-config")
_PASSWORD, _ENABLE = "pw-4711", "enable-4711"
_PLAY = "- hosts: all\n  tasks:\n    - name: configuration\n      config:\n"
_NORNIR = """\
import sys
from nornir import InitNornir
from nornir_netmiko.tasks import netmiko_send_command

def capture(task):
    for command in {commands!r}:
        task.run(netmiko_send_command, command_string=command, enable=True)

nornir = InitNornir(config_file="nornir.yml")
done = nornir.run(task=capture)
lines = [each[1].result.count("\\n") for each in done.values() if not each.failed]
print(len(lines), min(lines, default=0))
for each in list(done.failed_hosts.values())[:3]:
    print(each.exception, file=sys.stderr)
"""


class Figures(NamedTuple):
    """What one round cost: seconds of wall time and CPU, megabytes of memory, and what it said."""

    wall_s: float
    cpu_s: float
    rss_mb: float
    said: str


class _Far(asyncio.Protocol):
    """A server's side of a connection that hears everything one round trip late."""

    def __init__(self, inner: asyncio.Protocol, rtt_s: float) -> None:
        self._inner = inner
        self._rtt_s = rtt_s
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._waiting.append(data)
        self._loop.call_later(self._rtt_s, self._arrive)

    def _arrive(self) -> None:
        if self._waiting:
            self._inner.data_received(self._waiting.popleft())

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.clear()
        self._inner.connection_lost(exc)


class _FarLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers are a round trip away."""

    rtt_s = 0.0

    async def create_server(self, protocol_factory: Callable[[], asyncio.Protocol], *given: object, **more: object):
        return await super().create_server(lambda: _Far(protocol_factory(), self.rtt_s), *given, **more)


def _without_padding() -> None:
    """Servers that send no empty message before each message, as asyncssh's do and no device does."""
    usual = asyncssh.SSHServerConnection.send_packet

    def send_packet(self: asyncssh.SSHServerConnection, kind: int, *parts: bytes, **more: object) -> None:
        if kind != asyncssh.constants.MSG_IGNORE:
            usual(self, kind, *parts, **more)

    asyncssh.SSHServerConnection.send_packet = send_packet


class _FarPolicy(asyncio.DefaultEventLoopPolicy):
    """Makes them."""

    _loop_factory = _FarLoop


def configuration(name: str, lines: int) -> str:
    """A router's: an interface, a route, a list or a neighbour after the other, no two devices alike."""
    said = [f"hostname {name}", "service password-encryption", "enable secret 9 $9$Zq1bGkO.AAAA$C0ffee", "!"]
    number = 0
    while len(said) < lines - 3:
        number += 1
        high, low = divmod(number, 250)
        said += [
            f"interface GigabitEthernet{high}/{low}",
            f" description to customer {number} of {name}",
            f" ip address 10.{high}.{low}.1 255.255.255.0",
            " ip access-group filter-in in",
            " no ip redirects",
            " no ip proxy-arp",
            f" service-policy output shape-{number % 40}",
            "!",
            f"ip route 172.{16 + high % 16}.{low}.0 255.255.255.0 10.{high}.{low}.2 name customer-{number}",
            f"access-list 101 permit tcp 10.{high}.{low}.0 0.0.0.255 any eq 443",
            f"access-list 101 deny   ip any 10.{high}.{low}.0 0.0.0.255 log",
        ]
        if number % 7 == 0:  # a secret in 80 lines, as in configurations of real routers
            said.append(
                f"username user{number} privilege 1 secret 9 $9${number:014d}$abcdefghijklmnopqrstuvwxyz0123456789"
            )
    text = "\n".join([*said[: lines - 2], "!", "end"])
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n!\n{text}\n"


def serve(wanted: argparse.Namespace, names: list[str], key: str, pipe: Connection) -> None:
    """Some devices, until the other end of the pipe is closed."""
    _without_padding()
    _FarLoop.rtt_s = wanted.rtt
    asyncio.set_event_loop_policy(_FarPolicy())
    rack = Rack()
    faults = Faults(thinks_s=wanted.thinks, pieces=4096)
    ports = {}
    for name in names:
        text = configuration(name, wanted.lines)
        device = Device(
            platform="ios",
            config=text,
            host_key=Path(key),
            name=name,
            password=_PASSWORD,
            enable=_ENABLE,
            faults=faults,
        )
        ports[name] = rack.add(device)
    pipe.send(ports)
    with contextlib.suppress(EOFError):
        pipe.recv()
    os._exit(0)


@contextlib.contextmanager
def devices(wanted: argparse.Namespace, key: Path) -> Iterator[dict[str, int]]:
    """The devices while the block runs; their ports by their names."""
    names = [f"r{number:04d}" for number in range(wanted.devices)]
    spawn = multiprocessing.get_context("spawn")
    ports: dict[str, int] = {}
    racks = []
    for at in range(wanted.processes):
        ours, theirs = spawn.Pipe()
        rack = spawn.Process(target=serve, args=(wanted, names[at :: wanted.processes], str(key), theirs), daemon=True)
        rack.start()
        racks.append((rack, ours))
    for _, pipe in racks:
        ports |= pipe.recv()
    try:
        yield dict(sorted(ports.items()))
    finally:
        for rack, pipe in racks:
            pipe.close()
            rack.kill()
            rack.join()


def workspace(folder: Path, ports: dict[str, int]) -> None:
    """The files that both sides read."""
    login = {
        "ansible_connection": "network_cli",
        "ansible_network_os": "ios",
        "ansible_host": "127.0.0.1",
        "ansible_user": "oper",
        "ansible_password": _PASSWORD,
        "ansible_become": True,
        "ansible_become_method": "enable",
        "ansible_become_password": _ENABLE,
    }
    hosts = {name: {"ansible_port": port} for name, port in ports.items()}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"vars": login, "hosts": hosts}}))
    (folder / "play.yml").write_text(_PLAY)
    options = {"netmiko": {"extras": {"secret": _ENABLE}}}
    theirs = {
        name: {
            "hostname": "127.0.0.1",
            "port": port,
            "username": "oper",
            "password": _PASSWORD,
            "platform": "cisco_ios",
            "connection_options": options,
        }
        for name, port in ports.items()
    }
    (folder / "hosts.yaml").write_text(json.dumps(theirs))
    (folder / "nornir.yml").write_text(
        json.dumps({"inventory": {"plugin": "SimpleInventory"}, "logging": {"enabled": False}})
    )
    (folder / "capture.py").write_text(_NORNIR.format(commands=_COMMANDS))


def measure(command: list[str], folder: Path) -> Figures:
    """Run a command; its whole process tree counts."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder / "pyc"), "PYTHONPATH": str(_ROOT)}
    started = time.perf_counter()
    with (folder / "out").open("w+") as out, (folder / "err").open("w+") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaints = out.read().strip(), err.read().strip()
    if process.returncode:
        raise SystemExit(f"{shlex.join(command)}: {process.returncode}\n{said[-2000:]}\n{complaints[-2000:]}")
    return Figures(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said or complaints)


def say(name: str, figures: Figures, count: int) -> Figures:
    wall_s, cpu_s, rss_mb, _ = figures
    each = f"{cpu_s / count * 1000:7.1f} ms/device"
    print(f"{name:<42} {wall_s:7.2f} s wall {cpu_s:7.2f} s CPU {each} {rss_mb:6.0f} MB", flush=True)
    return figures


async def capture(folder: Path, known: dict[str, dict[str, int]], forks: int) -> None:
    """Ours without all that comes after a capture."""
    from ospatrol.model.host import Enable, Target
    from ospatrol.model.secret import Secret
    from ospatrol.transport.device_policy import DevicePolicy
    from ospatrol.transport.host_connection import Rules
    from ospatrol.transport.host_keys import HostKeys
    from ospatrol.transport.network import NetworkTransport

    options = {
        "configfile": "none",
        "userknownhostsfile": str(folder / "known_hosts"),
        "globalknownhostsfile": "none",
        "identityagent": "none",
    }
    transport = NetworkTransport(Rules(), HostKeys(), [DevicePolicy.of("ios", _COMMANDS)])
    gate = asyncio.Semaphore(forks)

    async def one(name: str, port: int) -> int:
        target = Target(
            host=name,
            address="127.0.0.1",
            port=port,
            user="oper",
            password=Secret(_PASSWORD),
            platform="ios",
            enable=Enable(secret=Secret(_ENABLE)),
            ssh_options=options,
        )
        async with gate, transport.open(target) as connection:
            return min(
                [(await connection.ask(each, limit_s=60, limit_bytes=8 << 20)).count("\n") for each in _COMMANDS]
            )

    lines = await asyncio.gather(*[one(name, given["ansible_port"]) for name, given in known.items()])
    await transport.close()
    print(len(lines), min(lines))


def nornir_python(folder: Path) -> str:
    """A Python with Nornir and netmiko in it."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    wanted = ["nornir", "nornir-netmiko"]
    subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True, stderr=subprocess.DEVNULL)
    return python


def rounds(wanted: argparse.Namespace, folder: Path) -> None:
    """Both sides in turns."""
    count, forks = wanted.devices, str(wanted.forks)
    python = wanted.python or nornir_python(folder / "nornir")
    run = [
        sys.executable,
        "-m",
        "ospatrol.cli.main",
        "run",
        "play.yml",
        "-i",
        "hosts.yml",
        "--exit-zero",
        "--accept-new",
    ]
    run += ["-o", "json:last.json", *(["--forks", forks] if wanted.forks else [])]
    only = [sys.executable, __file__, "--capture-only", "hosts.yml", "--forks", forks if wanted.forks else "32"]
    measure([*run, "--list-hosts"], folder)
    measure([python, "-c", "import nornir, netmiko"], folder)
    for _ in range(wanted.rounds):
        shutil.rmtree(folder / ".ospatrol", ignore_errors=True)
        first = say("OSPatrol, first capture of all", measure(run, folder), count)
        again = say("OSPatrol, nothing changed", measure(run, folder), count)
        captured = say("OSPatrol, transport alone", measure(only, folder), count)
        theirs = say("Nornir + netmiko", measure([python, "capture.py"], folder), count)
        for name, ours in (("first", first), ("again", again), ("transport alone", captured)):
            wall, cpu = theirs.wall_s / ours.wall_s, theirs.cpu_s / ours.cpu_s
            ratios = f"wall {wall:5.1f}   CPU {cpu:5.2f}   memory {theirs.rss_mb / ours.rss_mb:.1f}"
            print(f"  Nornir + netmiko : {name:<16} {ratios}")
        report = json.loads((folder / "last.json").read_text())
        assessed = sum(host["status"] == "assessed" for host in report["hosts"])
        print(
            f"  devices and lines: Nornir {theirs.said!r}, transport {captured.said!r}, assessed {assessed}", flush=True
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--devices", type=int, default=200)
    options.add_argument("--lines", type=int, default=10_000)
    options.add_argument("--processes", type=int, default=4)
    options.add_argument("--thinks", type=float, default=0.2)
    options.add_argument("--rtt", type=float, default=0.01)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--forks", type=int, default=0, help="of OSPatrol; its default otherwise")
    options.add_argument("--python", default="")
    options.add_argument("--capture-only", type=Path, help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.capture_only:
        hosts = wanted.capture_only
        asyncio.run(capture(hosts.parent, json.loads(hosts.read_text())["all"]["hosts"], wanted.forks))
        return
    with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name:
        folder = Path(name)
        key = folder / "device.key"
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
        with devices(wanted, key) as ports:
            public = " ".join(asyncssh.read_private_key(key).export_public_key().decode().split()[:2])
            known = [f"[127.0.0.1]:{port} {public}\n" for port in ports.values()]
            (folder / "known_hosts").write_text("".join(known))
            workspace(folder, ports)
            print(f"{wanted.devices} devices of {wanted.lines} lines, {wanted.thinks} s each, {wanted.rtt} s off")
            rounds(wanted, folder)


if __name__ == "__main__":
    main()
