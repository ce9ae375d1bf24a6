"""The same script over real logins: OpenSSH and GNU, dropbear and busybox, this machine, and a terminal."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager

import pytest

from ospatrol.collect.files import COLLECTOR, collect_files
from ospatrol.collect.packages import collect_packaged_files, collect_packages
from ospatrol.collect.tools import Style
from ospatrol.model.coverage import Reason
from ospatrol.model.files import FileScope
from ospatrol.model.host import Become, BecomeMethod, Target, TransportKind
from ospatrol.model.packages import PackageSystem
from ospatrol.model.secret import Secret
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport


@pytest.fixture
def log_in():
    """A connection that lets through what the collector declares, and nothing else."""

    @asynccontextmanager
    async def open_connection(target: Target):
        rules = Rules(policies=(CommandPolicy.of(COLLECTOR.scripts),))
        if target.transport is TransportKind.LOCAL:
            async with LocalTransport(rules).open(target) as connection:
                yield connection
            return
        transport = SshTransport(rules, HostKeys())
        try:
            async with transport.open(target) as connection:
                yield connection
        finally:
            await transport.close()

    return open_connection


async def rounds(connection, scope: FileScope):
    """A first scan and one after it."""
    first = await collect_files(connection, scope, last=None, full=False, budget_s=60)
    again = await collect_files(connection, scope, last=first.snapshot, full=False, budget_s=60, tools=first.tools)
    return first, again


async def test_a_debian_host_over_openssh(log_in, sshd, odd_tree, split):
    scope = FileScope(paths=(str(odd_tree),))

    async with log_in(sshd.target()) as connection:
        first, again = await rounds(connection, scope)

    assert first.tools.style is Style.PRINTF
    assert again.snapshot == first.snapshot
    assert first.hashed == len(
        [extra for _, _, extra in split(first.snapshot).values() if len(extra.split(b" ")[0]) == 64]
    )


async def test_a_busybox_host_over_dropbear(log_in, busybox_host, split):
    (busybox_host.folder / "etc" / "odd\nname").write_text("odd")
    scope = FileScope(paths=("/bin", "/etc"))

    async with log_in(busybox_host.target()) as connection:
        first, again = await rounds(connection, scope)

    entries = split(first.snapshot)
    assert first.tools.style is Style.STAT_C
    assert again.snapshot == first.snapshot
    assert entries[b"/bin/sh"][1] == b"busybox"
    assert len(entries[b"/etc/odd\nname"][2]) == 64
    assert {failure.reason for failure in first.failures} == {Reason.NO_TOOL}


async def test_this_machine_without_ssh(log_in, odd_tree):
    target = Target(host="here", address="localhost", transport=TransportKind.LOCAL)

    async with log_in(target) as connection:
        first, again = await rounds(connection, FileScope(paths=(str(odd_tree),)))

    assert again.snapshot == first.snapshot
    assert first.hashed


@pytest.mark.parametrize("method", [BecomeMethod.SU, BecomeMethod.DOAS])
async def test_a_terminal_in_between_changes_nothing(log_in, start_sshd, add_user, open_path, split, method):
    """su and doas ask for the password on a terminal, where input cannot be closed and complaints are dropped."""
    if not shutil.which(method):
        pytest.skip(f"{method} is not installed")
    tree = open_path / "tree"
    tree.mkdir()
    for number in range(3000):
        (tree / f"{number}-{'x' * 60}").write_bytes(b"%d" % number)
    (tree / "closed").mkdir(mode=0)
    other = add_user(password="secret")
    sshd = start_sshd(user=add_user(password="secret", doas=f"permit USER as {other}"))
    target = sshd.target(become=Become(method=method, user=other, password=Secret("secret")))

    async with log_in(target) as connection:
        first, again = await rounds(connection, FileScope(paths=(str(tree),)))

    closed = str(tree / "closed")
    assert (closed, Reason.DENIED, True) in [(each.what, each.reason, each.subtree) for each in first.failures]
    assert first.hashed == 3000
    assert (again.snapshot, again.hashed) == (first.snapshot, 0)
    assert os.fsencode(closed) in split(first.snapshot)


async def test_the_package_database_over_openssh(log_in, sshd):
    if not os.access("/var/lib/dpkg/info/coreutils.list", os.R_OK):
        pytest.skip("this machine is not run by dpkg")
    scope = FileScope(paths=("/usr/bin",))

    async with log_in(sshd.target()) as connection:
        packages = await collect_packages(connection, scope, "x")
        (file,) = await collect_packaged_files(connection, scope, [b"/usr/bin/ls"])

    assert packages.system is PackageSystem.DPKG
    assert packages.owners[b"/usr/bin/ls"] == file.package == "coreutils"
    assert file.recorded == file.found
