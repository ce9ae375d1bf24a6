"""Loopback hosts: one SSH server each, and a workspace whose inventory names them."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from embedded import write_keys

_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
_READY_WITHIN_S = 20.0


class Fleet:
    """Servers that live as long as the `with` block."""

    def __init__(self, folder: Path, trees: dict[str, Path]) -> None:
        self._folder = folder
        self._trees = trees
        self._ports: dict[str, int] = {}
        self._servers: list[subprocess.Popen[bytes]] = []
        # a test that must do without looks for another name
        self._sshd = shutil.which(os.environ.get("OSPATROL_DEMO_SSHD", "sshd"), path=_PATH)
        self.kind = "OpenSSH sshd on loopback" if self._sshd else "asyncssh servers on loopback (no sshd here)"

    def __enter__(self) -> Self:
        try:
            for host in self._trees:
                self._start(host)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait()

    def write_workspace(self) -> Path:
        """A workspace as a user has it: inventory, pinned host keys, settings by default."""
        workspace = self._folder / "workspace"
        (workspace / "inventories").mkdir(parents=True)
        known = workspace / "known_hosts"
        known.write_text(
            "".join(
                f"[127.0.0.1]:{port} {(self._folder / 'keys' / f'{host}.pub').read_text()}"
                for host, port in self._ports.items()
            )
        )
        common = f"-o UserKnownHostsFile={known} -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes -F none"
        inventory = {
            "all": {
                "vars": {
                    "ansible_host": "127.0.0.1",
                    "ansible_user": getpass.getuser(),
                    "ansible_ssh_private_key_file": str(self._folder / "keys" / "patrol"),
                    "ansible_ssh_common_args": common,
                },
                "hosts": {
                    host: {"ansible_port": self._ports[host], "patrol_root": str(tree)}
                    for host, tree in self._trees.items()
                },
            }
        }
        (workspace / "inventories" / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
        return workspace

    def _start(self, host: str) -> None:
        keys = self._folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        write_keys(keys, "patrol")
        write_keys(keys, host)
        port = _free_port()
        command = self._openssh(host, port, keys) if self._sshd else self._embedded(host, port, keys)
        log = (self._folder / f"{host}.log").open("wb")
        with log:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._servers.append(server)
        self._ports[host] = port
        self._await(host, server)

    def _openssh(self, host: str, port: int, keys: Path) -> list[str]:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it when it is root
        authorized = keys / "authorized_keys"
        shutil.copy(keys / "patrol.pub", authorized)
        config = self._folder / f"{host}.conf"
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys / host}\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {authorized}\nStrictModes no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\n"
            "MaxStartups 200\nPrintMotd no\nLogLevel ERROR\n"
        )
        return [str(self._sshd), "-D", "-e", "-f", str(config)]

    def _embedded(self, host: str, port: int, keys: Path) -> list[str]:
        script = Path(__file__).parent / "embedded.py"
        return [sys.executable, str(script), str(port), str(keys / host), str(keys / "patrol.pub")]

    def _await(self, host: str, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline and server.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self._ports[host]), timeout=1) as connection:
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"the server of {host} did not start:\n{(self._folder / f'{host}.log').read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
