"""Small root trees for loopback hosts, with a real dpkg database and a real package in each."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/crontab": "17 * * * * root run-parts /etc/cron.hourly\n",
    "etc/ssh/sshd_config": "PasswordAuthentication no\nPermitRootLogin no\n",
    "etc/sudoers": "root ALL=(ALL:ALL) ALL\n",
    "usr/local/bin/backup": "#!/bin/sh\ntar -cf - /srv\n",
    "var/log/auth.log": "Nov 21 00:00:01 host sshd[1]: Server listening on 0.0.0.0 port 22.\n",
    "var/log/syslog": "Nov 21 00:00:01 host kernel: booted\n",
    "var/lib/dpkg/status": "",
    "var/lib/dpkg/available": "",
}
_FOLDERS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/sbin", "var/lib/dpkg/info", "var/lib/dpkg/updates")
_PROGRAMS = 40


def plant_tree(root: Path, host: str) -> Path:
    """A root tree with a handful of files of every kind that the nightly play watches."""
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    for name, text in {**_FILES, "etc/hostname": f"{host}\n"}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for number in range(_PROGRAMS):
        program = root / f"usr/sbin/tool-{number:02d}"
        program.write_text(f"#!/bin/sh\n# {host} {number}\n" + "true\n" * number)
        program.chmod(0o755)
    return root


def build_package(folder: Path, version: str) -> Path:
    """A Debian package `report-tools` with two programs and a configuration file."""
    tree = folder / f"package-{version}"
    for name, text, mode in (
        ("usr/bin/report-mail", f"#!/bin/sh\n# report-mail {version}\nexit 0\n", 0o755),
        ("usr/bin/report-page", f"#!/bin/sh\n# report-page {version}\nexit 0\n", 0o755),
        ("etc/report.conf", "lines = 20\n", 0o644),
        ("DEBIAN/conffiles", "/etc/report.conf\n", 0o644),
        (
            "DEBIAN/control",
            (
                f"Package: report-tools\nVersion: {version}\nArchitecture: all\nMaintainer: Demo <demo@example.net>\n"
                "Description: two programs to watch\n"
            ),
            0o644,
        ),
    ):
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    sums = [
        subprocess.run(["md5sum", name], cwd=tree, check=True, capture_output=True, text=True).stdout
        for name in ("usr/bin/report-mail", "usr/bin/report-page")
    ]
    (tree / "DEBIAN/md5sums").write_text("".join(sums))
    for path in (tree, *tree.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    deb = folder / f"report-tools_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(deb)], check=True, stdout=subprocess.DEVNULL
    )
    return deb


def install_package(root: Path, deb: Path) -> None:
    """Install or upgrade a package inside a root tree, as any user."""
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(
        [
            "dpkg",
            f"--root={root}",
            "--force-not-root",
            "--force-script-chrootless",
            "--force-depends",
            "--log=/dev/null",
            "--install",
            str(deb),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
