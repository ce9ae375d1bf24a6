"""A fleet for figures: N OpenSSH servers on loopback, each with a host key of its own, all serving one tree.

`Fleet.server_cpu_s` is what the servers and everything they started have used: a server waits for its sessions, so
that the kernel adds their time to it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
_TICK = os.sysconf("SC_CLK_TCK")
_FILES = 2000


class Fleet:
    """Servers that live as long as the `with` block.

    Args:
        folder: For keys, configurations and the tree.
        count: How many.
        files: How many files the tree has; their sizes are log-normal, seeded.
        bytes_a_file: How large they are on average.
    """

    def __init__(self, folder: Path, count: int, files: int = _FILES, bytes_a_file: int = 10_000) -> None:
        self._folder = folder
        self._count = count
        self._servers: list[subprocess.Popen[bytes]] = []
        self.ports: list[int] = []
        self.tree = folder / "tree"
        _plant(self.tree, files, bytes_a_file)
        for name in ("client", "host"):
            if not (folder / name).exists():
                subprocess.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True
                )

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        base = random.randrange(10_000, 30_000)  # below the ports that clients are given
        while len(self._servers) < self._count:
            base += 1
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", base)) == 0:
                    continue
            self._servers.append(self._start(base))
            self.ports.append(base)
        for port in self.ports:
            _await(port)
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait()

    @property
    def pids(self) -> list[int]:
        """The servers' processes."""
        return [server.pid for server in self._servers]

    @property
    def server_cpu_s(self) -> float:
        """CPU seconds of all servers and of every session that has ended."""
        total = 0.0
        for server in self._servers:
            fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()
            total += sum(int(ticks) for ticks in fields[11:15]) / _TICK
        return total

    def await_idle(self) -> None:
        """Return when every session has ended and its time is counted."""
        servers, deadline = set(self.pids), time.monotonic() + 10
        while servers & set(parents().values()) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        config = self._folder / f"{port}.conf"
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {self._folder / 'host'}\nPidFile none\n"
            f"AuthorizedKeysFile {self._folder / 'client.pub'}\nStrictModes no\nUsePAM no\nUseDNS no\n"
            "PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 1000:30:2000\n"
            "MaxSessions 1000\nLogLevel ERROR\nPrintMotd no\n"
            # else bash reads ~/.bashrc, which on a developer's machine may cost more than all that is measured here
            "SetEnv SHLVL=1\n"
        )
        return subprocess.Popen(
            [_SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _write(self) -> None:
        host_key = " ".join((self._folder / "host.pub").read_text().split()[:2])
        known = self._folder / "known_hosts"
        known.write_text("".join(f"[127.0.0.1]:{port} {host_key}\n" for port in self.ports))
        (self._folder / "ssh_config").write_text(
            f"Host *\n User {getpass.getuser()}\n IdentityFile {self._folder / 'client'}\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {known}\n GlobalKnownHostsFile /dev/null\n BatchMode yes\n"
            " KexAlgorithms curve25519-sha256\n Ciphers aes128-gcm@openssh.com\n"
        )
        hosts = "".join(f"h{index:03d} ansible_port={port}\n" for index, port in enumerate(self.ports))
        (self._folder / "hosts.ini").write_text(
            f"{hosts}[all:vars]\nansible_host=127.0.0.1\nansible_user={getpass.getuser()}\n"
            f"ansible_ssh_private_key_file={self._folder / 'client'}\nansible_python_interpreter=/usr/bin/python3\n"
            f"ansible_ssh_common_args=-F none -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=/dev/null "
            "-o IdentitiesOnly=yes\n"
        )


def parents() -> dict[int, int]:
    """Every process of the machine, and which one started it."""
    found: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
    return found


def _plant(tree: Path, files: int, bytes_a_file: int) -> None:
    if tree.exists():
        return
    chance = random.Random(7)  # the same tree each time
    sizes = [min(int(chance.lognormvariate(8.2, 1.4)), 400_000) for _ in range(files)]
    scale = bytes_a_file * files / sum(sizes)
    for index, size in enumerate(sizes):
        path = tree / f"d{index // 200}" / f"s{index // 20 % 10}" / f"f{index % 20:02d}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(max(1, int(size * scale))))


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"the server on port {port} did not start")
