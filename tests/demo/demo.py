"""`make demo`: three hosts on loopback, a night of changes, and what OSPatrol says about them.

Each host is a real SSH server (OpenSSH's sshd; without it, one of asyncssh's) with a root tree of its own.
Everything lives in a temporary folder and is removed at the end, on errors and on Ctrl-C too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fleet import Fleet
from trees import build_package, install_package, plant_tree

HOSTS = ("web1", "db1", "mail1")
OSPATROL = [sys.executable, "-m", "ospatrol.cli.main"]


def say(text: str) -> None:
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def ospatrol(workspace: Path, *words: str, expect: int) -> None:
    """Run one command as a person would, show it, and insist on its exit status."""
    print(f"$ ospatrol {shlex.join(words)}", flush=True)
    done = subprocess.run([*OSPATROL, *words], cwd=workspace, check=False, stdin=subprocess.DEVNULL)
    print(f"(exit status {done.returncode})", flush=True)
    if done.returncode != expect:
        raise SystemExit(f"demo failed: expected exit status {expect}")


def work_of_the_night(trees: dict[str, Path], packages: Path) -> None:
    """What an intruder, an administrator and a package manager did while nobody looked."""
    tampered = trees["web1"] / "usr/bin/report-mail"
    before = tampered.stat()
    tampered.write_bytes(tampered.read_bytes().replace(b"exit 0", b"exit 1"))
    os.utime(tampered, ns=(before.st_atime_ns, before.st_mtime_ns))  # hidden from whoever trusts mtimes

    hidden = trees["db1"] / "usr/local/bin/.cache"
    hidden.write_bytes(b"#!/bin/sh\nexec sh -p\n")
    hidden.chmod(0o4755)
    (trees["db1"] / "var/log/auth.log").unlink()

    with (trees["mail1"] / "etc/ssh/sshd_config").open("a") as config:
        config.write("PermitRootLogin yes\n")
    install_package(trees["mail1"], build_package(packages, "1.1"))


def main() -> None:
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ospatrol-demo-"))
    try:
        say("Three hosts with a root tree each")
        package = build_package(folder, "1.0")
        trees = {host: plant_tree(folder / host, host) for host in HOSTS}
        for tree in trees.values():
            install_package(tree, package)
        with Fleet(folder, trees) as fleet:
            workspace = fleet.write_workspace()
            print(f"{fleet.kind}: {', '.join(HOSTS)}")
            patrol(workspace, trees, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nDone in {time.monotonic() - started:.0f} s; the hosts are stopped and their trees removed.")


def patrol(workspace: Path, trees: dict[str, Path], folder: Path) -> None:
    say("The first scan: a baseline is proposed, not trusted")
    ospatrol(workspace, "run", "nightly.yml", expect=0)
    say("A person vouches for it; the approval is a file to review and commit")
    ospatrol(workspace, "baseline", "approve", "all", "--why", "first installation, checked by hand", expect=0)
    say("Nothing changed: nothing is reported")
    ospatrol(workspace, "run", "nightly.yml", expect=0)

    say("The night: a tampered program (its mtime put back), a hidden SUID shell, a deleted log,")
    print("# an edited sshd_config, and a package upgrade that is what it says it is")
    work_of_the_night(trees, folder)
    say("The scan after it")
    ospatrol(workspace, "run", "nightly.yml", expect=3)
    say("Why: the loudest alert in full")
    ospatrol(workspace, "alerts", "show", "--worst", expect=0)


if __name__ == "__main__":
    main()
