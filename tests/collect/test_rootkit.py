"""The rootkit script on this machine, where things are really hidden."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from ospatrol.collect.rootkit import COLLECTOR, RootkitScope, collect_rootkit
from ospatrol.collect.rootkit_dialogue import ROOTKIT_SCRIPT, RootkitLimits
from ospatrol.comply.rootkit import Kind, judge_rootkits
from ospatrol.comply.rootkit_facts import Look, Oddity
from ospatrol.comply.rootkit_signatures import Signatures
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import CommandFailed
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.replay import Recording, ReplayConnection
from ospatrol.transport.ssh import SshTransport

AS_ROOT = os.geteuid() == 0
FILES = (Look.DEVICES, Look.FILES, Look.PROGRAMS, Look.PERMISSIONS)
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc as Linux has it")


async def look(connection, *looks: Look, paths=(), names=(), programs=(), limits=None, **more):
    scope = RootkitScope(looks=looks or tuple(Look), **more)
    return await collect_rootkit(
        connection, scope, paths=paths, names=names, programs=programs, limits=limits or RootkitLimits()
    )


def told(facts, kind: Kind) -> dict[str, str]:
    findings = judge_rootkits(facts, Signatures(), {})
    return {finding.what.split()[0]: finding.because for finding in findings if finding.kind is kind}


@contextmanager
def sleeping(*words: str):
    process = subprocess.Popen(words or ("sleep", "60"))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def stand_in(tmp_path):
    """Puts a script of the test's own before a program on PATH; gives the PATH."""

    def put(name: str, text: str) -> str:
        real = shutil.which(name) or pytest.skip(f"{name} is not installed")
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text.replace('REAL', real)}\n")
        (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    return put


SHELLS = {
    "dash": ("dash",),
    "bash": ("bash", "--posix"),
    "ksh": ("ksh",),
    "mksh": ("mksh",),
    "zsh": ("zsh", "--emulate", "sh"),
    "busybox with GNU tools": ("busybox", "sh"),
    "busybox": ("busybox", "sh"),
}


@pytest.fixture(params=list(SHELLS))
def shell(request, connect):
    path = {"path": request.getfixturevalue("busybox")} if request.param == "busybox" else {}
    return connect(shell=SHELLS[request.param], **path)


@ON_LINUX
async def test_a_machine_that_hides_nothing_is_seen_as_a_whole(shell, tmp_path):
    facts = await look(shell, Look.PROCESSES, Look.PORTS, Look.DEVICES, Look.FILES, Look.PROGRAMS)

    assert facts.failures == ()
    assert facts.complete == {Look.PROCESSES, Look.PORTS, Look.DEVICES, Look.FILES, Look.PROGRAMS}
    assert told(facts, Kind.PROCESS) == told(facts, Kind.PORT) == {}
    assert os.getpid() in facts.processes.listed[0]
    assert os.getpid() in facts.processes.told[1]


@ON_LINUX
async def test_a_process_that_ps_does_not_tell_of_is_hidden(connect, stand_in):
    with sleeping() as process:
        path = stand_in("ps", f'REAL "$@" | grep -v "^ *{process.pid}$"')

        facts = await look(connect(path=path), Look.PROCESSES)

    assert told(facts, Kind.PROCESS) == {str(process.pid): "/proc lists it, and ps does not"}
    assert facts.processes.names[process.pid] == b"sleep"


@ON_LINUX
async def test_the_name_of_a_process_says_nothing_for_others(connect, stand_in, tmp_path):
    program = tmp_path / "x\nL 1 2 3"
    shutil.copy(shutil.which("sleep"), program)
    with sleeping(str(program), "60") as process:
        path = stand_in("ps", f'REAL "$@" | grep -v "^ *{process.pid}$"')
        facts = await look(connect(path=path), Look.PROCESSES)

    (finding,) = [each for each in judge_rootkits(facts, Signatures(), {}) if each.kind is Kind.PROCESS]
    assert finding.what.startswith(f"{process.pid} (x")
    assert "\n" not in finding.what
    assert process.pid in facts.processes.listed[1]


HIDE = """
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <string.h>
struct dirent64 *readdir64(DIR *folder) {
  static struct dirent64 *(*next)(DIR *);
  struct dirent64 *entry;
  if (!next) next = (struct dirent64 *(*)(DIR *))dlsym(RTLD_NEXT, "readdir64");
  do entry = next(folder); while (entry && !strcmp(entry->d_name, NUMBER));
  return entry;
}
struct dirent *readdir(DIR *folder) { return (struct dirent *)readdir64(folder); }
"""


@ON_LINUX
async def test_a_process_that_a_preloaded_library_hides_from_every_listing_is_there_by_its_number(connect, tmp_path):
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    (tmp_path / "hide.c").write_text(HIDE)
    library = tmp_path / "hide.so"
    with sleeping() as process:
        define = f'-DNUMBER="{process.pid}"'
        words = ["cc", "-shared", "-fPIC", define, "-o", library, tmp_path / "hide.c", "-ldl"]
        await asyncio.to_thread(subprocess.run, words, check=True)
        facts = await look(connect(prefix=("env", f"LD_PRELOAD={library}")), Look.PROCESSES)

    hidden = told(facts, Kind.PROCESS)
    assert list(hidden) == [str(process.pid)]
    assert "does not list it, and it is there by its number" in hidden[str(process.pid)]


@ON_LINUX
@pytest.mark.skipif(not AS_ROOT, reason="only root can mount")
async def test_a_process_with_something_mounted_over_its_directory_is_hidden(connect, tmp_path):
    with sleeping() as process:
        mount = 'mount --bind "$0" "/proc/$1" && shift && exec "$@"'
        prefix = ("unshare", "-m", "sh", "-c", mount, str(tmp_path), str(process.pid))
        facts = await look(connect(prefix=prefix), Look.PROCESSES)

    hidden = told(facts, Kind.PROCESS)
    assert list(hidden) == [str(process.pid)]
    assert "something is mounted over its directory in /proc" in hidden[str(process.pid)]
    assert "ps does not" in hidden[str(process.pid)]


@ON_LINUX
async def test_what_comes_and_goes_meanwhile_and_threads_are_not_hidden(connect):
    storm = "while :; do sleep 0.01 & sleep 0.005; done"
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    with sleeping("sh", "-c", storm) as process:
        facts = [await look(connect(), Look.PROCESSES) for _ in range(3)]
    stop.set()
    for thread in threads:
        thread.join()

    assert [told(each, Kind.PROCESS) for each in facts] == [{}, {}, {}]
    assert process.pid in facts[0].processes.listed[0]
    assert {thread.native_id for thread in threads}.isdisjoint(facts[0].processes.names)


@ON_LINUX
async def test_a_host_without_ps_and_with_too_many_processes_is_not_seen_as_a_whole(connect, tmp_path):
    for name in ("awk", "cat", "find", "grep", "head", "id", "sed", "sh", "sort", "timeout", "true", "uname"):
        (tmp_path / name).symlink_to(shutil.which(name))
    script = ROOTKIT_SCRIPT.text.replace(":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "")
    replaced = connect(path=str(tmp_path))
    start = replaced.start
    replaced.start = lambda command, **more: start(
        type(command)(script=type(command.script)(name="rootkit", text=script)), **more
    )

    facts = await look(replaced, Look.PROCESSES, Look.PORTS, limits=RootkitLimits(pids=2))

    assert [(each.what, each.reason) for each in facts.failures] == [
        ("processes", Reason.NO_TOOL),
        ("processes", Reason.LIMIT),
        ("ports", Reason.NO_TOOL),
    ]
    assert facts.complete == frozenset()
    assert told(facts, Kind.PROCESS) == {}


@ON_LINUX
@pytest.mark.parametrize("tool", ["ss", "netstat"])
async def test_a_port_that_a_tool_does_not_tell_of_is_hidden(connect, stand_in, tool):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as shown:
        shown.bind(("127.0.0.1", 0))
        port, udp = server.getsockname()[1], shown.getsockname()[1]
        path = stand_in(tool, f'REAL "$@" | grep -v ":{port} "')

        facts = await look(connect(path=path), Look.PORTS)

    assert told(facts, Kind.PORT) == {f"{port}/tcp": f"/proc/net lists it, and {tool} does not"}
    assert udp in {each.number for each in facts.ports.tools[tool][1] if each.protocol == "udp"}


@ON_LINUX
async def test_a_port_that_only_a_tool_tells_of_is_hidden(connect, stand_in):
    path = stand_in("ss", 'REAL "$@"; echo "tcp LISTEN 0 128 [::]:31337 [::]:*"')

    facts = await look(connect(path=path), Look.PORTS)

    assert told(facts, Kind.PORT)["31337/tcp"] == "ss lists it, and /proc/net does not"


@ON_LINUX
@pytest.mark.skipif(not AS_ROOT, reason="only root can make interfaces promiscuous")
async def test_a_promiscuous_interface_is_found_in_both_views(connect):
    change = 'mount -t sysfs none /sys && ip link set lo promisc on && exec "$@"'
    prefix = ("unshare", "-n", "-m", "sh", "-c", change, "sh")
    if await asyncio.to_thread(subprocess.call, [*prefix, "true"], stderr=subprocess.DEVNULL):
        pytest.skip("this machine lets nobody make a network of his own")

    facts = await look(connect(prefix=prefix), Look.INTERFACES)

    (lo,) = [each for each in facts.interfaces if each.name == b"lo"]
    assert (lo.flagged, lo.counted, facts.complete) == (True, 1, {Look.INTERFACES})
    assert told(facts, Kind.PROMISCUOUS) == {"lo": "its flags in /sys say so; ip counts 1 who want that"}


@pytest.fixture
def tree(open_path: Path) -> Path:
    root = open_path / "root [x]"
    for name in ("dev/shm", "dev/pts", "usr/bin", "usr/src", "srv/deep", "tmp", "opt/left out/in"):
        (root / name).mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    (root / "tmp").chmod(0o1777)
    (root / "dev/.hidden\nodd:0 0 0\n").write_text("x")
    (root / "dev/shm/usual").write_text("x")
    (root / "usr/src/.puta").symlink_to("nowhere")
    (root / "srv/deep/klogd.o").write_text("x")
    (root / "srv/open").mkdir()
    (root / "srv/open").chmod(0o777)
    (root / "srv/open/letter").write_text("x")
    (root / "srv/open/letter").chmod(0o666)
    (root / "tmp/drop").write_text("x")
    (root / "tmp/drop").chmod(0o666)
    (root / "opt/left out/in/klogd.o").write_text("x")
    (root / "opt/left out/in").chmod(0o777)
    (root / "usr/bin/ls").write_bytes(b"\x7fELF\0\0abc\0/usr/src/.puta\0\xff\xfe\0tab\there\0no\0")
    (root / "usr/bin/cat").write_bytes(b"\0\0meow\0")
    return root


async def test_files_below_a_root_are_found_by_path_name_place_and_permission(shell, tree):
    facts = await look(
        shell,
        root=str(tree),
        ignore=("/opt/left*",),
        paths=("/usr/src/.puta", "/usr/src/none", "/bin/ls"),
        names=("klogd.o", "*"),
        programs=("/bin/ls", "/usr/bin/ls", "/usr/bin/cat", "/usr/bin/none"),
    )

    assert facts.found == (b"/usr/src/.puta", b"/bin/ls")
    assert facts.devices == (b"/dev/.hidden\nodd:0 0 0\n",)
    assert facts.odd == {
        Oddity.NAME: (b"/srv/deep/klogd.o",),
        Oddity.WRITABLE_FILE: (b"/srv/open/letter", b"/tmp/drop"),
        Oddity.WRITABLE_DIRECTORY: (b"/srv/open",),
    }
    assert facts.programs == {b"/usr/bin/ls": (b"/bin/ls", b"/usr/bin/ls"), b"/usr/bin/cat": (b"/usr/bin/cat",)}
    assert facts.strings == {b"/usr/bin/ls": ("/usr/src/.puta", "tab\there"), b"/usr/bin/cat": ("meow",)}
    assert (facts.complete, facts.failures) == (set(FILES), ())
    assert (facts.packages, facts.processes, facts.ports, facts.interfaces) == (False, None, None, ())


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files away")
async def test_a_file_of_nobody_is_found(connect, tree):
    srv = tree / "srv"
    (srv / "orphan").write_text("x")
    (srv / "roofless").mkdir()
    for path, mode in ((srv / "orphan", 0o666), (srv / "roofless", 0o777), (srv / "deep", 0o755)):
        os.chown(path, 0, 3_999_999_999)
        path.chmod(mode)

    facts = await look(connect(), Look.PERMISSIONS, Look.OWNERS, trees=(str(srv),))
    only = await look(connect(), Look.OWNERS, trees=(str(srv),))

    assert facts.odd == {
        Oddity.UNOWNED: tuple(os.fsencode(srv / name) for name in ("deep", "orphan", "roofless")),
        Oddity.WRITABLE_FILE: tuple(os.fsencode(srv / name) for name in ("open/letter", "orphan")),
        Oddity.WRITABLE_DIRECTORY: tuple(os.fsencode(srv / name) for name in ("open", "roofless")),
    }
    assert facts.complete == {Look.PERMISSIONS, Look.OWNERS}
    assert only.odd == {Oddity.UNOWNED: facts.odd[Oddity.UNOWNED]}


@pytest.mark.skipif(not AS_ROOT, reason="only root can mount")
async def test_local_file_systems_below_a_tree_are_walked_and_others_are_not(connect, tree):
    srv = tree / "srv"
    for name in ("own mount", "again", "left out"):
        (srv / name).mkdir()
    mount = (
        'cd "$0" && mount -t tmpfs none "own mount" && mount -t tmpfs none "left out" && '
        'mkdir -p "own mount/in" again/in && '
        'for at in "own mount/in/x" "left out/x"; do : >"$at" && chmod 666 "$at"; done; '
        'mount --bind "own mount/in" again/in && mount -t proc none deep && exec "$@"'
    )
    prefix = ("unshare", "-m", "sh", "-c", mount, str(srv))

    ignore = (f"{srv}/left*".replace("[", "?"),)
    facts = await look(connect(prefix=prefix), Look.PERMISSIONS, trees=(str(srv),), ignore=ignore)
    whole = await look(connect(prefix=prefix), Look.PERMISSIONS, trees=(f"{srv}/own mount", f"{srv}/again"))

    expected = (srv / "again/in/x", srv / "open/letter", srv / "own mount/in/x")
    assert facts.odd[Oddity.WRITABLE_FILE] == tuple(map(os.fsencode, expected))
    assert whole.odd == {Oddity.WRITABLE_FILE: (os.fsencode(srv / "own mount/in/x"),)}


async def test_an_ordinary_user_is_told_what_is_closed_to_him(connect, nobody, tree):
    (tree / "srv/deep").chmod(0o700 if AS_ROOT else 0)
    (tree / "usr/bin/ls").chmod(0o700 if AS_ROOT else 0)

    facts = await look(
        connect(prefix=nobody),
        *FILES,
        root=str(tree),
        paths=("/srv/deep/klogd.o", "/usr/src/.puta"),
        names=("klogd.o",),
        programs=("/usr/bin/ls",),
    )
    (tree / "srv/deep").chmod(0o755)

    assert facts.found == (b"/usr/src/.puta",)
    assert {(each.what, each.reason) for each in facts.failures} == {
        ("rootkit files", Reason.DENIED),
        ("/usr/bin/ls", Reason.DENIED),
        ("permissions of files", Reason.DENIED),
        ("names of rootkit files", Reason.DENIED),
    }
    assert facts.complete == {Look.DEVICES}


async def test_what_is_too_much_is_cut_and_said(connect, tree):
    (tree / "usr/bin/ls").write_bytes(b"many strings\0" * 1000)
    for number in range(300):
        (tree / f"dev/file{number:04}").touch()

    facts = await look(
        connect(),
        Look.DEVICES,
        Look.PROGRAMS,
        root=str(tree),
        programs=("/usr/bin/ls",),
        limits=RootkitLimits(frame_bytes=2000),
    )

    assert {(each.what, each.reason) for each in facts.failures} == {
        ("files in /dev", Reason.CUT),
        ("/usr/bin/ls", Reason.CUT),
    }
    assert len(facts.devices) > 10


@pytest.mark.parametrize(
    ("recording", "reason"),
    [
        (Recording(hangs=True), Reason.BUDGET),
        (Recording(pieces=(b"x" * 3000,)), Reason.CUT),
    ],
)
async def test_a_host_that_does_not_end_was_not_seen(recording, reason):
    connection = ReplayConnection({"rootkit": recording})

    facts = await look(connection, names=("x",), limits=RootkitLimits(total_bytes=1000))

    assert {each.reason for each in facts.failures} == {reason}
    assert {each.what for each in facts.failures} >= {look.value for look in Look}
    assert facts.complete == frozenset()


async def test_a_script_that_ends_early_is_an_error_of_the_host():
    forged = b"0" * 32 + b":processes:0\n" + b"0" * 32 + b":end:0\n"
    connection = ReplayConnection({"rootkit": Recording(pieces=(forged,), status=1, complaints=b"no such shell")})

    with pytest.raises(CommandFailed, match="ended early with status 1: no such shell"):
        await look(connection)


async def test_a_debian_host_over_openssh(sshd, tree):
    transport = SshTransport(Rules(policies=(CommandPolicy.of(COLLECTOR.scripts),)), HostKeys())
    async with transport.open(sshd.target()) as connection:
        facts = await look(connection, trees=(str(tree),), names=("klogd.o",), paths=("/etc/passwd",))
    await transport.close()

    assert facts.found == (b"/etc/passwd",)
    assert len(facts.odd[Oddity.NAME]) == 2
    assert told(facts, Kind.PROCESS) == told(facts, Kind.PORT) == {}
    assert Look.PROCESSES in facts.complete


async def test_a_busybox_host_over_dropbear(busybox_host):
    transport = SshTransport(Rules(policies=(CommandPolicy.of(COLLECTOR.scripts),)), HostKeys())
    async with transport.open(busybox_host.target()) as connection:
        facts = await look(connection, paths=("/bin/busybox",), programs=("/bin/ls", "/bin/sh"), names=("passwd",))
    await transport.close()

    assert facts.found == (b"/bin/busybox",)
    assert facts.programs == {b"/bin/busybox": (b"/bin/ls", b"/bin/sh")}
    assert len(facts.strings[b"/bin/busybox"]) > 1000
    assert b"/etc/passwd" in facts.odd[Oddity.NAME]
    missed = {each.what for each in facts.failures}
    assert missed == {"processes", "ports", "interfaces", "owners of files"}  # /proc and /sys are empty there


@pytest.mark.parametrize("name", ["trees", "ignore"])
def test_a_path_that_no_host_could_be_asked_for_is_refused(name):
    for path in ("relative", "/a\nb", "/a/../b"):
        with pytest.raises(ValueError, match="is not an absolute path"):
            RootkitScope(**{name: (path,)})


def test_below_a_root_there_are_no_processes():
    assert RootkitScope(root="/image//").root == "/image"
    with pytest.raises(ValueError, match="names nothing"):
        RootkitScope(root="/image", looks=(Look.PORTS,))


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_script():
    script = Path(__file__).parents[2] / "ospatrol" / "collect" / "rootkit.sh"

    checked = subprocess.run(
        ["shellcheck", "--shell=sh", "--exclude=SC2016", script], capture_output=True, text=True, check=False
    )

    assert checked.stdout == ""
