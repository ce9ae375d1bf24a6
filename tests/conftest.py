"""Real hosts for tests: OpenSSH servers on loopback, people to log in as, and a busybox-only machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blockbuster import blockbuster_ctx

from ospatrol.model.host import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

_SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
_AS_ROOT = os.geteuid() == 0


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What is marked `no_cover` runs untraced; in a worker of xdist, pytest-cov stops only one of two tracers."""
    tracer = sys.gettrace()
    if tracer is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    threads = threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(tracer)


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """A call of ours that blocks the event loop fails its test."""
    with blockbuster_ctx("ospatrol") as watch:
        for function in watch.functions.values():
            function.can_block_in("coverage/collector.py", "lock_data")  # whoever measures may wait for other threads
        yield


@dataclass(kw_only=True)
class Sshd:
    """A running SSH server."""

    address: str
    port: int
    user: str
    key_file: Path
    host_key: Path
    known_hosts: Path
    folder: Path
    server: subprocess.Popen[bytes]
    options: dict[str, str] = field(default_factory=dict)

    def target(self, **changes: object) -> Target:
        """How to reach it; `ssh_options` are added to what keeps this machine's own configuration out."""
        more = changes.pop("ssh_options", {})
        options = {
            "configfile": "none",
            "userknownhostsfile": str(self.known_hosts),
            "globalknownhostsfile": "none",
            "identityagent": "none",
            **self.options,
            **(more if isinstance(more, dict) else {}),
        }
        fields: dict[str, object] = {
            "host": "web1",
            "address": self.address,
            "port": self.port,
            "user": self.user,
            "key_files": (str(self.key_file),),
            "ssh_options": options,
        }
        return Target(**(fields | changes))

    @property
    def sessions(self) -> list[int]:
        """Process ids of the logins that stand."""
        return [pid for pid, parent in _parents().items() if parent == self.server.pid]

    def cut(self, number: int = signal.SIGKILL) -> None:
        """Cut every login, as a host does whose power fails; or send all of them another signal."""
        parents = _parents()
        below = {self.server.pid}
        while more := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= more
        # held still first: a server must not see its shell end and say so before it is cut itself
        for each in (signal.SIGSTOP, number) if number == signal.SIGKILL else (number,):
            for pid in below - {self.server.pid}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, each)

    def stop(self) -> None:
        """End it and every login on it."""
        self.cut()
        self.server.kill()
        self.server.wait()
        if self.server.stderr:
            self.server.stderr.close()


def _parents() -> dict[int, int]:
    """Every process of this machine, with its parent."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(map(int, listed[::2]), map(int, listed[1::2]), strict=True))


def make_key(path: Path, *, kind: str = "ed25519", passphrase: str = "", bits: int | None = None) -> Path:
    """A new key pair; the path of the private half."""
    size = ["-b", str(bits)] if bits else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def current_user() -> str:
    """Who runs the tests."""
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the key pair `client` and the host keys `host`, `other_host`."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("client", "host", "other_host"):
        make_key(folder / name)
    return folder


class SshdFactory:
    """Starts SSH servers, and stops them all."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        # not below pytest's own folder: whoever logs in must be able to read what is here
        self._folder = Path(tempfile.mkdtemp(prefix="ospatrol-sshd-"))
        self._folder.chmod(0o755)
        self._running: list[Sshd] = []

    def __call__(self, *lines: str, user: str | None = None, host_key: Path | None = None, known: bool = True) -> Sshd:
        """A server with these lines before the usual configuration (the first value of an option counts).

        Args:
            lines: `ForceCommand ...`, `SetEnv ...`, `KexAlgorithms ...`.
            user: Who logs in; whoever runs the tests where None. An existing account of this machine.
            host_key: Its host key; the session's where None.
            known: Whether known_hosts has its key.
        """
        if not Path(_SSHD).exists():
            pytest.skip("openssh-server is not installed")
        for _ in range(3):
            port = free_port()
            folder = self._folder / f"sshd-{port}"
            folder.mkdir()
            server = self._start(folder, port, lines, host_key or self._keys / "host")
            if server:
                break
        else:
            pytest.fail("sshd did not start")
        known_hosts = folder / "known_hosts"
        public = Path(f"{host_key or self._keys / 'host'}.pub").read_text().split()
        known_hosts.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n" if known else "")
        sshd = Sshd(
            address="127.0.0.1",
            port=port,
            user=user or current_user(),
            key_file=self._keys / "client",
            host_key=host_key or self._keys / "host",
            known_hosts=known_hosts,
            folder=folder,
            server=server,
        )
        self._running.append(sshd)
        return sshd

    def _start(self, folder: Path, port: int, lines: tuple[str, ...], host_key: Path) -> subprocess.Popen[bytes] | None:
        if _AS_ROOT:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        authorized = folder / "authorized_keys"
        shutil.copy(f"{self._keys / 'client'}.pub", authorized)
        authorized.chmod(0o644)
        configuration = folder / "sshd_config"
        configuration.write_text(
            "\n".join(
                [
                    *lines,
                    f"Port {port}",
                    "ListenAddress 127.0.0.1",
                    f"HostKey {host_key}",
                    "PidFile none",
                    f"AuthorizedKeysFile {authorized}",
                    "StrictModes no",
                    "PermitRootLogin yes",
                    "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no",
                    "UsePAM no",
                    "UseDNS no",
                    "PrintMotd no",
                    "PrintLastLog no",
                    "MaxStartups 1000",
                    "MaxSessions 1000",
                    "",
                ]
            )
        )
        command = [_SSHD, "-D", "-e", "-f", str(configuration)]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        said = b""
        while server.stderr and b"listening on" not in said:
            line = server.stderr.readline()
            said += line
            if not line:
                server.stderr.close()
                if server.wait() and b"in use" not in said:
                    pytest.fail(f"sshd: {said.decode()}")
                return None
        return server

    def stop(self) -> None:
        """End every server."""
        for sshd in self._running:
            sshd.stop()
        shutil.rmtree(self._folder)


@pytest.fixture
def start_sshd(keys: Path) -> Iterator[SshdFactory]:
    """`start_sshd("ForceCommand /bin/false", user=...)` gives a server of this test's own."""
    factory = SshdFactory(keys)
    yield factory
    factory.stop()


@pytest.fixture(scope="session")
def sshd(keys: Path) -> Iterator[Sshd]:
    """One plain server for all tests that change nothing about it."""
    factory = SshdFactory(keys)
    yield factory()
    factory.stop()


@pytest.fixture
def add_user() -> Iterator[Callable[..., str]]:
    """`add_user(shell="/bin/csh", password="x", sudoers="ALL=(ALL) NOPASSWD: ALL")` gives a temporary account's name.

    Only root can; other people's runs skip the test.
    """
    if not _AS_ROOT:
        pytest.skip("only root can add users to this machine")
    added: list[str] = []

    def add(*, shell: str = "/bin/sh", password: str = "", sudoers: str = "", doas: str = "") -> str:
        name = f"osp{secrets.token_hex(4)}"
        subprocess.run(["useradd", "-m", "-s", shell, "-p", "*", name], check=True, capture_output=True)
        added.append(name)
        if password:
            subprocess.run(["chpasswd"], input=f"{name}:{password}\n", text=True, check=True)
        if sudoers:
            entry = Path(f"/etc/sudoers.d/{name}")
            entry.write_text(f"Defaults:{name} passwd_tries=3\n{name} {sudoers}\n")
            entry.chmod(0o440)
        if doas:
            with Path("/etc/doas.conf").open("a") as rules:
                rules.write(f"{doas.replace('USER', name)} # {name}\n")
        return name

    yield add
    for name in added:
        subprocess.run(["userdel", "-r", "-f", name], check=False, capture_output=True)
        Path(f"/etc/sudoers.d/{name}").unlink(missing_ok=True)
        rules = Path("/etc/doas.conf")
        if rules.exists():
            kept = [line for line in rules.read_text().splitlines() if not line.endswith(f"# {name}")]
            rules.write_text("".join(f"{line}\n" for line in kept))
            if not kept:
                rules.unlink()


def _copy_with_libraries(program: str, root: Path) -> None:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for path in (program, *(word for word in listed.split() if word.startswith("/"))):
        copy = root / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def _make_busybox_root(root: Path, busybox: str, dropbear: str, authorized: Path) -> None:
    for name in ("bin", "dev", "etc", "tmp", "root/.ssh", "proc", "var/run"):
        (root / name).mkdir(parents=True)
    shutil.copy(busybox, root / "bin/busybox")
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in set(applets) - {"busybox"}:
        (root / "bin" / applet).symlink_to("busybox")
    _copy_with_libraries(dropbear, root)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/shells").write_text("/bin/sh\n")
    shutil.copy(authorized, root / "root/.ssh/authorized_keys")
    for private in (root, root / "root", root / "root/.ssh", root / "root/.ssh/authorized_keys"):
        private.chmod(0o700)
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("urandom", 1, 9), ("random", 1, 8)):
        os.mknod(root / "dev" / name, 0o020666, os.makedev(major, minor))
        (root / "dev" / name).chmod(0o666)


@pytest.fixture(scope="session")
def busybox_host(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A machine that has busybox and dropbear and nothing else; its root folder is `folder`."""
    tools = {name: shutil.which(name) or f"/usr/sbin/{name}" for name in ("busybox", "dropbear", "dropbearkey")}
    if not _AS_ROOT:
        pytest.skip("only root can chroot")
    if not all(Path(tool).exists() for tool in tools.values()):
        pytest.skip("busybox-static and dropbear-bin are not installed")
    root = tmp_path_factory.mktemp("busybox") / "root"
    try:
        _make_busybox_root(root, tools["busybox"], tools["dropbear"], Path(f"{keys / 'client'}.pub"))
    except PermissionError:
        pytest.skip("device nodes cannot be made here")
    host_key = root / "etc/host_key"
    made = subprocess.run(
        [tools["dropbearkey"], "-t", "ed25519", "-f", str(host_key)], capture_output=True, text=True, check=True
    ).stdout
    public = next(line for line in made.splitlines() if line.startswith("ssh-"))
    port = free_port()
    known_hosts = root.parent / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{port} {public}\n")
    command = [
        "chroot",
        str(root),
        tools["dropbear"],
        "-F",
        "-E",
        "-s",
        "-p",
        f"127.0.0.1:{port}",
        "-r",
        "/etc/host_key",
    ]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if server.stderr is None or b"Not backgrounding" not in server.stderr.readline():
        pytest.fail("dropbear did not start")
    host = Sshd(
        address="127.0.0.1",
        port=port,
        user="root",
        key_file=keys / "client",
        host_key=host_key,
        known_hosts=known_hosts,
        folder=root,
        server=server,
    )
    yield host
    host.stop()
