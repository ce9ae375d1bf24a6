"""A fleet scanned by OSPatrol, by OpenSSH and by Ansible, in one run: CPU, memory and wall time as ratios.

    python tests/bench/fleet_scan.py [--hosts 100] [--files 2000] [--no-ansible]

OpenSSH is `xargs -P32 ssh` with curve25519 and AES-GCM, running the bare command with the same hasher. Ansible is its
`find` module with SHA-256 checksums, 50 forks, pipelining on.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Fleet, parents

_PLAY = """\
- hosts: all
  tasks:
    - name: tree
      files:
        paths: [{tree}]
"""


_COMPILED = ["env", "-u", "PYTHONDONTWRITEBYTECODE"]
"""An installed package is compiled, as Ansible's is here; a checkout is so from its second start on, where that may be
written."""


class Figures(NamedTuple):
    """What one round cost: seconds of CPU on each side, of wall time, and bytes of memory of the controller."""

    controller_s: float
    servers_s: float
    wall_s: float
    rss_mb: float


def measure(fleet: Fleet, command: list[str], cwd: Path, *, may_fail: bool = False) -> Figures:
    """Run a command as the controller; its whole process tree counts."""
    servers_s = fleet.server_cpu_s
    started, before = time.perf_counter(), os.times()
    environment = {
        **os.environ,
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_CONFIG": str(cwd / "ansible.cfg"),
        "ANSIBLE_HOST_KEY_CHECKING": "0",
    }
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = _Peak(frozenset(fleet.pids))
    peak.start()
    out, err = process.communicate()
    wall_s = time.perf_counter() - started
    peak.stop()
    _end_children(frozenset(fleet.pids))
    after = os.times()
    if process.returncode != 0 and not may_fail:
        raise SystemExit(f"{shlex.join(command)}: {process.returncode}\n{out[-2000:].decode()}\n{err[-2000:].decode()}")
    cpu_s = after.children_user - before.children_user + after.children_system - before.children_system
    fleet.await_idle()
    return Figures(cpu_s, fleet.server_cpu_s - servers_s, wall_s, peak.mb)


def _end_children(but: frozenset[int]) -> None:
    """End what a command left behind, such as kept connections, so that its CPU time counts as ours."""
    for pid in _descendants(but):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    while _descendants(but):
        for pid in _descendants(but):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


class _Peak(threading.Thread):
    """The largest sum of resident memory of the controller's process tree, sampled."""

    def __init__(self, but: frozenset[int]) -> None:
        super().__init__(daemon=True)
        self._but = but
        self._done = threading.Event()
        self.mb = 0.0

    def run(self) -> None:
        while not self._done.wait(0.05):
            self.mb = max(self.mb, sum(map(_resident_mb, _descendants(self._but))))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _descendants(but: frozenset[int]) -> set[int]:
    """Every process below this one, without some and what is below them."""
    above = parents()
    found: set[int] = set()
    for pid in above:
        line = [pid]
        while line[-1] in above and line[-1] != os.getpid():
            line.append(above[line[-1]])
        if line[-1] == os.getpid() and pid != os.getpid() and not but.intersection(line):
            found.add(pid)
    return found


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def say(name: str, figures: Figures, hosts: int) -> Figures:
    print(
        f"{name:<44} {figures.wall_s:6.1f} s wall  {figures.controller_s / hosts * 1000:7.1f} ms controller/host  "
        f"{figures.servers_s / hosts * 1000:7.1f} ms host  {figures.rss_mb:7.0f} MB",
        flush=True,
    )
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hosts", type=int, default=100)
    options.add_argument("--files", type=int, default=2000)
    options.add_argument("--no-ansible", action="store_true")
    given = options.parse_args()
    hosts = given.hosts
    _adopt_orphans()
    bin_folder = Path(sys.executable).parent
    with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name:
        folder = Path(name)
        with Fleet(folder, hosts, given.files) as fleet:
            tree = shlex.quote(str(fleet.tree))
            (folder / "ansible.cfg").write_text("[defaults]\n")
            (folder / "play.yml").write_text(_PLAY.format(tree=fleet.tree))
            run = [*_COMPILED, f"PYTHONPYCACHEPREFIX={folder / 'pyc'}", sys.executable, "-m", "ospatrol.cli.main"]
            run += ["run", "play.yml", "-i", "hosts.ini", "-o", "json:last.json", "--exit-zero"]

            def ssh(command: str) -> list[str]:
                ports = " ".join(str(port) for port in fleet.ports)
                each = f"ssh -F ssh_config -p {{}} 127.0.0.1 {shlex.quote(command)} >/dev/null"
                return ["sh", "-c", f"printf '%s\\n' {ports} | xargs -P32 -I{{}} sh -c {shlex.quote(each)}"]

            print(f"{hosts} hosts, {given.files} files each")
            measure(fleet, [*run, "--limit", "h000"], folder)
            shutil.rmtree(folder / ".ospatrol")
            measure(fleet, ssh("true"), folder)  # the kernel tells whole ticks only, so that the first round loses some
            say("start-up alone (ospatrol --list-hosts)", measure(fleet, [*run, "--list-hosts"], folder), hosts)
            login = say("OpenSSH, `true`", measure(fleet, ssh("true"), folder), hosts)
            first = say("OSPatrol, first scan, SHA-256 of all", measure(fleet, run, folder), hosts)
            full = say("OSPatrol, full scan again", measure(fleet, [*run, "--full"], folder), hosts)
            idle = say("OSPatrol, nothing changed", measure(fleet, run, folder), hosts)
            openssl = f"find {tree} -type f -printf '%y %m %U %G %s %T@ %C@ %i %n %D %p\\0' | wc -c; "
            openssl += f"find {tree} -type f -print0 | xargs -0 openssl sha256 -r"
            bare = say("OpenSSH, find + openssl sha256", measure(fleet, ssh(openssl), folder), hosts)
            plain = openssl.replace("openssl sha256 -r", "sha256sum")
            coreutils = say("OpenSSH, find + sha256sum", measure(fleet, ssh(plain), folder), hosts)
            work, theirs = full.servers_s - login.servers_s, coreutils.servers_s - login.servers_s
            print(f"host CPU beside the login, sha256sum command / OSPatrol full scan: {theirs / work:.1f}x")
            print(f"wall, OSPatrol full scan / bare OpenSSH with the same hasher: {full.wall_s / bare.wall_s:.2f}x")
            both_idle, both_login = idle.controller_s + idle.servers_s, login.controller_s + login.servers_s
            print(f"CPU of both sides, nothing changed / `true` by OpenSSH: {both_idle / both_login:.2f}x")
            print(f"host CPU, nothing changed / `true`: {idle.servers_s / login.servers_s:.2f}x")
            if given.no_ansible:
                return
            module = f"paths={fleet.tree} recurse=yes get_checksum=yes checksum_algorithm=sha256"
            ansible = [str(bin_folder / "ansible"), "all", "-i", "hosts.ini", "-f", "50", "-m", "find", "-a", module]
            peer = say("Ansible find with checksums, pipelining", measure(fleet, ansible, folder), hosts)
            print(f"controller CPU, Ansible / OSPatrol first scan: {peer.controller_s / first.controller_s:.0f}x")
            print(f"controller memory, Ansible / OSPatrol first scan: {peer.rss_mb / first.rss_mb:.0f}x")


if __name__ == "__main__":
    main()
