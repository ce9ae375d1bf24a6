"""`make demo`: three hosts on loopback, a night of changes, and what OSPatrol says about them.

Each host is a real SSH server (OpenSSH's sshd; without it, one of asyncssh's) with a root tree of its own.
Everything lives in a temporary folder and is removed at the end, on errors and on Ctrl-C too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from devices import Devices
from fleet import Fleet
from trees import build_package, install_package, plant_tree

REPORT = Path("ospatrol-demo.html")
HOSTS = ("web1", "db1", "mail1")
OSPATROL = [sys.executable, "-m", "ospatrol.cli.main"]


_WAIVER = """\
waivers:
  - id: W-1
    hosts: all
    policies: [hosts]
    checks: ["4"]
    reason: the new syslog server keeps sudo's log from next month on
    owner: ann
    approver: bob
    expires: {ends}
"""


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
        with Fleet(folder, trees) as fleet, Devices(folder) as devices:
            workspace = fleet.write_workspace()
            devices.write_inventories(workspace)
            shutil.copytree(Path(__file__).parent / "workspace", workspace, dirs_exist_ok=True)
            print(f"{fleet.kind}: {', '.join(HOSTS)}")
            patrol(workspace, trees, folder)
            comply(workspace)
            network(workspace, devices)
            hypervisor(workspace, devices)
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


def comply(workspace: Path) -> None:
    say("Compliance, over the same SSH: a policy of ours, judged on every host")
    ospatrol(workspace, "run", "compliance.yml", "-o", "table", expect=3)
    say("One finding is lived with for a month: a waiver says why, who answers for it, and when it ends")
    ends = datetime.now(UTC).date() + timedelta(days=30)
    (workspace / "waivers.yml").write_text(_WAIVER.format(ends=ends))
    print((workspace / "waivers.yml").read_text(), end="")
    ospatrol(workspace, "run", "compliance.yml", "-o", "text", "-o", f"html:{REPORT.resolve()}", expect=3)
    print(f"The report, one file to open in a browser: {REPORT}")


def network(workspace: Path, devices: Devices) -> None:
    say("Two routers and a firewall: their configurations are kept in git, secrets masked, and judged by what ships")
    network = ("network.yml", "-i", "devices.yml")
    ospatrol(workspace, "run", *network, "--accept-new", expect=7)
    ospatrol(workspace, "baseline", "approve", "edge*", "fw1", "--why", "as they were planned", expect=0)
    say("The night: a web server is switched on on one router, and the SNMP community changes on the other")
    devices.running["edge1"] = devices.running["edge1"].replace("no ip http server", "ip http server")
    devices.running["edge2"] = re.sub(r"(snmp-server community) \S+", r"\1 n3w-c0mmun1ty", devices.running["edge2"])
    ospatrol(workspace, "run", *network, expect=7)
    ospatrol(workspace, "config", "diff", "edge1", expect=3)
    ospatrol(workspace, "config", "diff", "edge2", expect=3)


def hypervisor(workspace: Path, devices: Devices) -> None:
    if devices.esx is None:
        say(f"No ESXi host in this demonstration: {devices.why_no_esx}")
        return
    say("An ESXi host: a guest is registered, started and removed between looks")
    look = ("run", "esxi.yml", "-i", "hypervisors.yml", "--skip-tags", "policy")
    ospatrol(workspace, *look, expect=0)
    devices.esx.register("build7")
    devices.esx.power_on("build7")
    ospatrol(workspace, *look, expect=3)
    devices.esx.remove("build7")
    ospatrol(workspace, *look, expect=3)


if __name__ == "__main__":
    main()
