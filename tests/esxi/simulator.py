"""An ESXi host that is none: a real busybox userland behind a real SSH server, and recordings for esxcli and vim-cmd.

What the host is made of is a model in this process; each step on it (`register`, `power_on`, ...) writes down anew what
`esxcli` and `vim-cmd` print, so that the next run sees another host than the last one did.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ospatrol.model.host import Target
from tests.esxi.printed import Guest, csv_of, guest_list
from tests.esxi.recorded import recordings

_TOOLS = ("busybox", "dropbear", "dropbearkey", "ssh-keygen", "chroot")
# what is called by its whole path
_DEEP = ("usr/lib/vmware/openssh/bin/sshd", "usr/lib/vmware/secureboot/bin/secureBoot.py")
_SHIM = """#!/bin/sh
# Prints what was recorded for its own name and arguments.
case $0 in
/usr/lib/*) name=$0 ;;
*) name=${0##*/} ;;
esac
at=/var/recorded/$(printf %s "$name $*" | sha256sum | cut -c 1-64)
if [ -f "$at" ]; then
  cat "$at"
  exit "$(cat "$at.status")"
fi
case $name in
esxcli) echo "Error: Unknown command or namespace $*" ;;
vim-cmd)
  printf '(vmodl.fault.ManagedObjectNotFound) {\\n   faultCause = (vmodl.MethodFault) null,\\n   obj = %s\\n}\\n' "'$2'"
  ;;
*) echo "$name: not recorded" ;;
esac
exit 1
"""


def why_not() -> str:
    """Why no host can be simulated here; empty if one can."""
    if os.geteuid() != 0:
        return "only root can chroot"
    missing = [tool for tool in _TOOLS if not _tool(tool)]
    return f"{', '.join(missing)} not installed (busybox-static, dropbear-bin)" if missing else ""


@contextmanager
def esxi_host(folder: Path, *, public_key: Path | None = None) -> Iterator[EsxiHost]:
    """A running host; its files are below a folder that must not exist yet, or be empty.

    Args:
        folder: For everything of the host.
        public_key: Who may log in; a new key, `EsxiHost.key_file`, where None.
    """
    host = EsxiHost(folder, public_key)
    try:
        yield host
    finally:
        host.stop()


class EsxiHost:
    """One host.

    Attributes:
        port: On 127.0.0.1.
        root: The host's root folder.
        key_file: The private half of the key that logs in as root.
        known_hosts: A file with its host key.
        guests: By name.
    """

    def __init__(self, folder: Path, public_key: Path | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root = folder / "root"
        self.key_file = public_key.with_suffix("") if public_key else folder / "key"
        if public_key is None:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key_file)], check=True)
        self.guests: dict[str, Guest] = {}
        self._number = 0
        self._snapshot = 0
        _make_root(self.root, Path(f"{self.key_file}.pub"))
        for words, said in recordings().items():
            self.say(words, said)
        self._record_guests()
        self.known_hosts = folder / "known_hosts"
        self.port = self._start()

    def target(self, name: str = "esx1") -> Target:
        """How to reach it."""
        options = {
            "configfile": "none",
            "userknownhostsfile": str(self.known_hosts),
            "globalknownhostsfile": "none",
            "identityagent": "none",
        }
        return Target(
            host=name,
            address="127.0.0.1",
            port=self.port,
            user="root",
            key_files=(str(self.key_file),),
            ssh_options=options,
        )

    def say(self, words: str, said: str | bytes, status: int = 0) -> None:
        """What a command prints from now on, and what it ends with."""
        at = self.root / "var/recorded" / hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()
        at.write_bytes(said if isinstance(said, bytes) else said.encode("utf-8", "surrogateescape"))
        Path(f"{at}.status").write_text(str(status))

    def say_rows(self, words: str, rows: list[dict[str, str]]) -> None:
        """The same for a table of esxcli."""
        self.say(f"esxcli --formatter=csv {words}", csv_of(rows))

    def forget(self, words: str) -> None:
        """Make a command unknown."""
        (self.root / "var/recorded" / hashlib.sha256(words.encode()).hexdigest()).unlink()

    def play(self, index: Path) -> None:
        """Print what a folder of recordings holds: its INDEX.tsv has a file and a command a line."""
        for line in index.read_text(encoding="utf-8").splitlines():
            file, _, words = line.partition("\t")
            self.say(words, (index.parent / file).read_bytes())

    def register(self, name: str, *, path: str = "", uuid: str = "", annotation: str = "") -> Guest:
        """A new guest, powered off; a registered one with the same identity keeps it, as on a real host."""
        self._number += 1
        made = hashlib.md5(f"{name} {self._number}".encode(), usedforsecurity=False).hexdigest()
        guest = Guest(
            number=self._number,
            name=name,
            path=path or f"[datastore1] {name}/{name}.vmx",
            uuid=uuid or f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}",
            annotation=annotation,
        )
        self.guests[name] = guest
        self._record_guests()
        return guest

    def power_on(self, name: str) -> None:
        """Start a guest."""
        self.change(name, power="poweredOn")

    def power_off(self, name: str) -> None:
        """Stop a guest."""
        self.change(name, power="poweredOff")

    def suspend(self, name: str) -> None:
        """Suspend a guest."""
        self.change(name, power="suspended")

    def snapshot(self, name: str, called: str = "before the upgrade", description: str = "") -> None:
        """Take a snapshot of a guest."""
        self._snapshot += 1
        self.guests[name].snapshots.append((self._snapshot, called, description))
        self._record_guests()

    def remove_snapshots(self, name: str) -> None:
        """Remove all snapshots of a guest."""
        self.change(name, snapshots=[])

    def rename(self, name: str, new: str) -> None:
        """Give a guest another name; its files keep theirs."""
        self.guests[new] = self.guests.pop(name)
        self.change(new, name=new)

    def change(self, name: str, /, **changes: object) -> None:
        """Change anything about a guest."""
        for field, value in changes.items():
            setattr(self.guests[name], field, value)
        self._record_guests()

    def remove(self, name: str) -> None:
        """Remove a guest."""
        number = self.guests.pop(name).number
        for words in (f"get.summary {number}", f"get.config {number}", f"snapshot.get {number}"):
            self.forget(f"vim-cmd vmsvc/{words}")
        self._record_guests()

    def stop(self) -> None:
        """End it and every login on it; its root folder stays."""
        parents = _parents()
        below = {self._server.pid}
        while more := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= more
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait()
        if self._server.stderr:
            self._server.stderr.close()

    def _record_guests(self) -> None:
        self.say("vim-cmd vmsvc/getallvms", guest_list(self.guests.values()))
        for guest in self.guests.values():
            self.say(f"vim-cmd vmsvc/get.summary {guest.number}", guest.summary())
            self.say(f"vim-cmd vmsvc/get.config {guest.number}", guest.config())
            self.say(f"vim-cmd vmsvc/snapshot.get {guest.number}", guest.snapshot_list())

    def _start(self) -> int:
        key = self.root / "etc/host_key"
        made = subprocess.run(
            [_tool("dropbearkey"), "-t", "ed25519", "-f", str(key)], capture_output=True, text=True, check=True
        ).stdout
        public = " ".join(next(line for line in made.splitlines() if line.startswith("ssh-")).split()[:2])
        for _ in range(3):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = int(probe.getsockname()[1])
            words = [_tool("dropbear"), "-F", "-E", "-s", "-p", f"127.0.0.1:{port}", "-r", "/etc/host_key"]
            self._server = subprocess.Popen(
                ["chroot", str(self.root), *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            if _listens(port, self._server):
                self.known_hosts.write_text(f"[127.0.0.1]:{port} {public}\n")
                return port
        raise RuntimeError("dropbear did not start")


def _listens(port: int, server: subprocess.Popen[bytes]) -> bool:
    for _ in range(200):
        if server.poll() is not None:
            return False
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.05)
    server.kill()
    return False


def _tool(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or ""


def _make_root(root: Path, public_key: Path) -> None:
    for name in ("bin", "dev", "proc", "tmp", "var/run", "var/recorded", "root/.ssh", "etc/vmware/ssl",
                 "etc/ssh/keys-root", "vmfs/volumes"):  # fmt: skip
        (root / name).mkdir(parents=True)
    shutil.copy(_tool("busybox"), root / "bin/busybox")
    applets = subprocess.run([_tool("busybox"), "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in set(applets) - {"busybox"}:
        (root / "bin" / applet).symlink_to("busybox")
    for shim in ("bin/esxcli", "bin/vim-cmd", "bin/vmware", *_DEEP):
        (root / shim).parent.mkdir(parents=True, exist_ok=True)
        (root / shim).write_text(_SHIM)
        (root / shim).chmod(0o755)
    _copy_with_libraries(_tool("dropbear"), root)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/shells").write_text("/bin/sh\n")
    (root / "etc/issue").write_text("")
    shutil.copy(public_key, root / "root/.ssh/authorized_keys")
    shutil.copy(public_key, root / "etc/ssh/keys-root/authorized_keys")
    for private in (root, root / "root", root / "root/.ssh", root / "root/.ssh/authorized_keys"):
        private.chmod(0o700)
    for name, minor in (("null", 3), ("zero", 5), ("urandom", 9), ("random", 8)):
        os.mknod(root / "dev" / name, 0o020666, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)


def _copy_with_libraries(program: str, root: Path) -> None:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for path in (program, *(word for word in listed.split() if word.startswith("/"))):
        copy = root / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def _parents() -> dict[int, int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(map(int, listed[::2]), map(int, listed[1::2]), strict=True))
