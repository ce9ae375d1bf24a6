"""What real hosts are made of: this machine over every shell, and a busybox machine in a root of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from ospatrol.collect.state import StateScope, collect_state
from ospatrol.collect.state_reading import Kind
from ospatrol.model.coverage import Reason
from ospatrol.model.state import NOT_TOLD, HostState

KEY = b"k" * 32
QUICK = tuple(kind for kind in Kind if kind not in {Kind.SUID_FILE, Kind.CAPABILITY_FILE})
HASH = "$y$j9T$abcdefgh$secretsecretsecretsecretsecret"
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIJ7w3PvGs0b1eJ0vVZz0k0m0Jx1Jm3m0Jx1Jm3m0Jx1J"


async def collect(connection, *kinds: Kind) -> HostState:
    return await collect_state(
        connection, StateScope(kinds=kinds or QUICK), key=KEY, total_s=120.0, clock=lambda: 1_700_000_000.0
    )


def items(state: HostState, kind: Kind) -> dict[str, dict[str, str]]:
    return {item.key: dict(item.fields) for item in state.items if item.kind == kind}


@pytest.fixture
def listener():
    """A port of this test's own, above those that are given out by chance."""
    for port in range(61000, 65000):
        try:
            server = socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
        yield port
        server.close()
        return


@pytest.mark.parametrize("shell", [("dash",), ("bash",), ("ksh",), ("busybox", "sh")])
async def test_this_machine_over_one_channel(connect, shell, listener):
    connection = connect(shell=shell)

    state = await collect(connection)

    assert len(connection.commands) == 1
    assert items(state, Kind.ACCOUNT)["root"]["uid"] == "0"
    assert items(state, Kind.GROUP)["root"] == {"gid": "0"}
    assert items(state, Kind.MOUNT)["/"]["type"]
    assert f"tcp 127.0.0.1:{listener}" in items(state, Kind.PORT)
    assert {"account", "group", "mount", "port", "shell", "host_entry", "cron_job"} <= set(state.kinds)


async def test_the_program_that_listens_is_named(connect, listener):
    if shutil.which("ss") is None or os.geteuid() != 0:
        pytest.skip("only root with ss(8) sees who listens")
    state = await collect(connect(), Kind.PORT)

    assert items(state, Kind.PORT)[f"tcp 127.0.0.1:{listener}"]["program"].startswith(("python", "pytest"))


async def test_two_looks_at_a_machine_do_not_differ(connect):
    first, second = [await collect(connect(), *set(QUICK) - {Kind.PORT}) for _ in range(2)]

    assert first == second


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="this machine has no dpkg")
async def test_packages_are_those_that_dpkg_lists(connect):
    listed = _output("dpkg-query", "-W", "-f=${Package}\n")

    found = items(await collect(connect(), Kind.PACKAGE), Kind.PACKAGE)

    assert {name.partition(":")[0] for name in found} <= set(listed.split())
    assert found[f"dpkg:{_output('dpkg', '--print-architecture').strip()}"]["version"]


def _output(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


async def test_a_user_who_may_not_look_says_so(connect, nobody, listener):
    if not nobody:
        pytest.skip("only root can become somebody else")
    connection = connect(prefix=nobody)

    state = await collect(connection, Kind.ACCOUNT, Kind.PASSWORD, Kind.PORT, Kind.AUTHORIZED_KEY)

    missed = {failure.what: failure.reason for failure in state.failures}
    assert missed["password"] is Reason.DENIED
    assert missed["authorized_key"] is Reason.DENIED
    assert state.kinds == ("account", "port")
    assert items(state, Kind.PORT)[f"tcp 127.0.0.1:{listener}"] == {"program": NOT_TOLD}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root with busybox, nothing else, and people that real tools put there."""
    if os.geteuid() != 0:
        pytest.skip("only root can change its root")
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("busybox is not installed")
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    for folder in ("etc/sudoers.d", "var/spool/cron/crontabs", "root/.ssh", "dev", "home", "usr/bin", "tmp"):
        (root / folder).mkdir(parents=True)
    shutil.copy(program, root / "bin/busybox")
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in set(listed) - {"busybox"}:
        (root / "bin" / applet).symlink_to("busybox")
    os.mknod(root / "dev/null", 0o20666, os.makedev(1, 3))
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/shadow").write_text("root:*:19000:0:99999:7:::\n")
    (root / "etc/crontab").write_text("* * * * * root /bin/true\n")
    (root / "etc/sudoers").write_text("root ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n")
    (root / "root/.ssh/authorized_keys").write_text(f"ssh-ed25519 {BLOB} root@home\n")
    return root


def inside(connect, machine: Path):
    return connect(shell=("chroot", str(machine), "/bin/busybox", "sh"), path="/bin")


async def test_a_machine_with_nothing_but_busybox(connect, machine):
    _output("useradd", "-P", str(machine), "-m", "-p", HASH, "-s", "/bin/sh", "ann")
    (machine / "var/spool/cron/crontabs/ann").write_text("@daily /home/ann/x\n")
    (machine / "etc/sudoers.d/ann").write_text("ann ALL=(ALL) NOPASSWD: ALL\n")
    (machine / "etc/ld.so.preload").write_text("/lib/evil.so\n")

    state = await collect(inside(connect, machine))

    assert items(state, Kind.ACCOUNT)["ann"]["shell"] == "/bin/sh"
    assert items(state, Kind.PASSWORD)["ann"]["state"] == "set"
    assert items(state, Kind.PASSWORD)["ann"]["scheme"] == "yescrypt"
    assert items(state, Kind.PASSWORD)["root"] == {"state": "locked", "changed_day": "19000", "max_days": "99999"}
    assert "secretsecret" not in repr(state)
    assert items(state, Kind.CRON_JOB)["/var/spool/cron/crontabs/ann: @daily /home/ann/x"]["user"] == "ann"
    assert items(state, Kind.SUDO_RULE)["/etc/sudoers.d/ann: ann ALL=(ALL) NOPASSWD: ALL"] == {"nopasswd": "yes"}
    assert items(state, Kind.PRELOAD) == {"/lib/evil.so": {}}
    (key,) = items(state, Kind.AUTHORIZED_KEY)
    assert key.startswith("root SHA256:")
    missed = {failure.what: failure.reason for failure in state.failures}
    assert missed["package"] is Reason.NO_TOOL
    assert missed["kernel_module"] is Reason.NO_TOOL
    assert missed["mount"]
    assert not {"package", "kernel_module", "mount"} & set(state.kinds)


async def test_a_home_is_found_whatever_its_name(connect, machine):
    homes = {"green": "home/grün-日本".encode(), "bytes": b"home/\xff\xfe", "blank": b"home/a b'\"$(x)"}
    lines = [b"root:x:0:0:root:/root:/bin/sh"]
    for number, (name, home) in enumerate(homes.items(), 1000):
        folder = machine / os.fsdecode(home) / ".ssh"
        folder.mkdir(parents=True)
        (folder / "authorized_keys").write_text(f"ssh-ed25519 {BLOB}\n")
        lines.append(b"%b:x:%d:%d::/%b:/bin/sh" % (name.encode(), number, number, home))
    (machine / "etc/passwd").write_bytes(b"\n".join(lines) + b"\n")
    (machine / "etc/sudoers").write_bytes("@include grün-日本\n".encode())
    (machine / "etc/grün-日本").write_text("ann ALL=ALL\n")
    (machine / "etc/sudoers.d/日本").write_text("bob ALL=ALL\n")
    (machine / os.fsdecode(b"etc/sudoers.d/\xff")).write_text("zoe ALL=ALL\n")

    state = await collect(inside(connect, machine), Kind.AUTHORIZED_KEY, Kind.SUDO_RULE)

    found = {key.split()[0]: fields["path"] for key, fields in items(state, Kind.AUTHORIZED_KEY).items()}
    assert found["green"] == "/home/grün-日本/.ssh/authorized_keys"
    assert found["bytes"] == "/home/\\xff\\xfe/.ssh/authorized_keys"
    assert found["blank"].startswith("/home/a b")
    assert set(items(state, Kind.SUDO_RULE)) == {
        "/etc/sudoers: @include grün-日本",
        "/etc/grün-日本: ann ALL=ALL",
        "/etc/sudoers.d/日本: bob ALL=ALL",
        "/etc/sudoers.d/\\xff: zoe ALL=ALL",
    }


@pytest.mark.parametrize("busybox_only", [True, False], ids=["busybox", "GNU find"])
async def test_set_uid_files_are_found_whatever_their_names(connect, machine, busybox_only):
    names = ["plain", "with blank", "new\n4755 0 0 /usr/bin/faked", "quote'\"", "$(touch x)", "*", "-rf", "\x1b[2J"]
    for name in names:
        path = machine / "usr/bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        path.chmod(0o4755 if name != "with blank" else 0o2755)
    (machine / "usr/bin/usual").write_text("x")
    if not busybox_only:
        for program in map(shutil.which, ("find", "dash")):  # busybox's own shell would take busybox's own find
            _copy(program, machine)
    connection = inside(connect, machine)
    if not busybox_only:
        connection.shell = ("chroot", str(machine), shutil.which("dash"))
        connection.path = f"{Path(shutil.which('find')).parent}:/bin"

    state = await collect(connection, Kind.SUID_FILE)

    found = items(state, Kind.SUID_FILE)
    assert found["/usr/bin/plain"] == {"mode": "4755", "uid": "0", "gid": "0"}
    assert found["/usr/bin/with blank"]["mode"] == "2755"
    assert "/usr/bin/new\\x0a4755 0 0 /usr/bin/faked" in found
    assert "/usr/bin/faked" not in found
    assert len(found) == len(names)
    assert "/usr/bin/\\x1b[2J" in found
    assert "/usr/bin/usual" not in found
    assert not (machine / "x").exists()


def _copy(program: str, root: Path) -> None:
    for path in (program, *(word for word in _output("ldd", program).split() if word.startswith("/"))):
        copy = root / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        shutil.copy(path, copy)


async def test_files_with_capabilities_are_found(connect, machine):
    setcap = shutil.which("setcap", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    getcap = shutil.which("getcap", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if setcap is None or getcap is None:
        pytest.skip("libcap2-bin is not installed")
    (machine / "usr/bin/tool").write_text("x")
    (machine / "usr/bin/tool").chmod(0o755)
    try:
        _output(setcap, "cap_net_raw+ep", str(machine / "usr/bin/tool"))
    except subprocess.CalledProcessError:
        pytest.skip("this file system keeps no capabilities")

    without = await collect(inside(connect, machine), Kind.CAPABILITY_FILE)
    _copy(getcap, machine)
    (machine / "bin/getcap").symlink_to(getcap)
    found = await collect(inside(connect, machine), Kind.CAPABILITY_FILE)

    assert [(failure.what, failure.reason) for failure in without.failures] == [("caps", Reason.NO_TOOL)]
    assert items(found, Kind.CAPABILITY_FILE) == {"/usr/bin/tool": {"capabilities": "cap_net_raw=ep"}}


async def test_what_is_collected_is_bounded_in_time(connect, open_path):
    slow = open_path / "awk"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    connection = connect(path=f"{open_path}:{os.environ['PATH']}")
    scope = StateScope(kinds=(Kind.PASSWORD, Kind.GROUP))
    started = time.monotonic()

    state = await collect_state(connection, scope, key=KEY, total_s=3.0, clock=time.time)

    assert time.monotonic() - started < 30
    assert {failure.what: failure.reason for failure in state.failures}["password"] is Reason.BUDGET
