"""The same script behind every kind of login shell, and on a machine that has busybox alone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from ospatrol.model.errors import ShellUnusable
from ospatrol.model.host import Become

ALL_BYTES = bytes(range(256)) * 16
SCRIPT = 'printf "%s|" "$LC_ALL" "$@"; cat; exit 7'
ARGS = ("two words", "it's", '"$HOME" !! `x` \\ \n%', "")
SHELLS = ("dash", "bash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "busybox")


def login_shell(name, tmp_path_factory):
    """The path of a shell that can be a login shell; busybox needs one of its applets' names."""
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed")
    if name != "busybox":
        return path
    folder = tmp_path_factory.mktemp("shell")
    for parent in (folder, *folder.parents):
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    (folder / "ash").symlink_to(path)
    return str(folder / "ash")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("elevated", [False, True], ids=["plain", "sudo"])
async def test_any_login_shell_starts_the_script(start_sshd, add_user, talk, tmp_path_factory, shell, elevated):
    user = add_user(shell=login_shell(shell, tmp_path_factory), sudoers="ALL=(ALL) NOPASSWD: ALL")
    sshd = start_sshd(user=user)

    said = await talk(sshd.target(become=Become() if elevated else None), SCRIPT, *ARGS, given=ALL_BYTES)

    assert said.out == "|".join(("C", *ARGS, "")).encode() + ALL_BYTES
    assert said.status == 7


async def test_an_account_without_a_shell_is_named(start_sshd, add_user, talk):
    sshd = start_sshd(user=add_user(shell="/usr/sbin/nologin"))

    with pytest.raises(ShellUnusable, match="This account is currently not available"):
        await talk(sshd.target(become=Become()), SCRIPT)


async def test_a_machine_with_busybox_alone_runs_the_script(busybox_host, talk):
    said = await talk(busybox_host.target(), SCRIPT, *ARGS, given=ALL_BYTES)

    assert said.out == "|".join(("C", *ARGS, "")).encode() + ALL_BYTES
    assert said.status == 7
    assert "dropbear" in said.login.server


async def test_a_shell_without_head_reads_the_script_with_dd(start_sshd, talk, tmp_path):
    for tool in ("sh", "dd", "cat"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    # the shell's own PATH comes first: this `head` knows no -c, as Solaris's does not
    (tmp_path / "head").write_text("#!/bin/sh\necho usage >&2\nexit 2\n")
    (tmp_path / "head").chmod(0o755)
    sshd = start_sshd(f"SetEnv PATH={tmp_path}")

    said = await talk(sshd.target(), SCRIPT, *ARGS, given=ALL_BYTES)

    assert said.out == "|".join(("C", *ARGS, "")).encode() + ALL_BYTES


async def test_a_shell_that_can_read_no_script_is_named(start_sshd, talk, tmp_path):
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    for tool in ("head", "dd"):
        (tmp_path / tool).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    sshd = start_sshd(f"SetEnv PATH={tmp_path}")

    with pytest.raises(ShellUnusable, match="neither `head -c` nor `dd`"):
        await talk(sshd.target(), SCRIPT)
