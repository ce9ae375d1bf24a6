"""A real router for tests: FRR in a network of its own, its command line behind a real sshd."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ospatrol.model.host import Target, TransportKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ZEBRA = Path("/usr/lib/frr/zebra")
_START_S = 15.0
CONFIG = """\
hostname edge1
log syslog informational
!
interface lo
 description loopback of edge1
 ip address 203.0.113.1/32
exit
!
router-id 203.0.113.1
!
"""


@dataclass(kw_only=True)
class Router:
    """FRR at work.

    Attributes:
        folder: Its sockets and files.
        command_line: How its command line is started.
    """

    folder: Path
    command_line: list[str]

    def tell(self, *commands: str) -> str:
        """What the router says to commands that an administrator types; also those that change it."""
        words = [word for command in commands for word in ("-c", command)]
        return subprocess.run([*self.command_line, *words], capture_output=True, text=True, check=True).stdout

    def target(self, sshd: object) -> Target:
        """How to reach it through an SSH server whose logins get its command line."""
        return sshd.target(host="edge1", transport=TransportKind.NETWORK, platform="frr")


def missing() -> str:
    """Why there can be no router here; empty if there can."""
    if os.geteuid() != 0:
        return "only root can give a router a network of its own"
    if not _ZEBRA.exists() or not shutil.which("vtysh"):
        return "frr is not installed"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        return "a network namespace cannot be made here"
    return ""


@contextlib.contextmanager
def router(config: str = CONFIG) -> Iterator[Router]:
    """A router while the block runs. Never without its own network: it sets addresses and routes."""
    if why := missing():
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="ospatrol-frr-"))
    folder.chmod(0o755)
    (folder / "zebra.conf").write_text(config)
    (folder / "vtysh.conf").write_text("service integrated-vtysh-config\nhostname edge1\n")
    (folder / "vtysh.conf").chmod(0o644)
    shutil.chown(folder, "frr", "frrvty")
    for file in folder.iterdir():
        shutil.chown(file, "frr", "frrvty")
    daemon = subprocess.Popen(
        [
            *("unshare", "--net", "--", str(_ZEBRA), "--vty_socket", str(folder), "-z", str(folder / "zserv.api")),
            *("-i", str(folder / "zebra.pid"), "-f", str(folder / "zebra.conf"), "-u", "frr", "-g", "frr"),
            *("--log", f"file:{folder / 'zebra.log'}", "-P", "0"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        at_the_latest = time.monotonic() + _START_S
        while not (folder / "zebra.vty").exists():
            if daemon.poll() is not None or time.monotonic() > at_the_latest:
                pytest.fail("zebra did not start")
            time.sleep(0.05)
        command_line = ["vtysh", "--vty_socket", str(folder), "--config_dir", str(folder)]
        yield Router(folder=folder, command_line=command_line)
    finally:
        daemon.terminate()
        daemon.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def behind_sshd(its: Router, start_sshd: Callable[..., object]) -> Target:
    """How to reach a router; whoever logs in gets its command line, and nothing else."""
    return its.target(start_sshd(f"ForceCommand {' '.join(its.command_line)}"))
