"""Becoming another user: with real sudo, su and doas."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import ElevationFailed
from ospatrol.model.host import Become, BecomeMethod
from ospatrol.model.secret import Secret
from ospatrol.transport.limits import Limits

ALL_BYTES = bytes(range(256)) * 200
WHO = "id -un; cat; exit 9"
PASSWORD = "p'a$s \"wörd\\!"


def tool(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    return name


async def test_sudo_without_a_password(start_sshd, add_user, talk):
    tool("sudo")
    sshd = start_sshd(user=add_user(sudoers="ALL=(ALL) NOPASSWD: ALL"))

    said = await talk(sshd.target(become=Become()), WHO, given=ALL_BYTES)

    assert said.out == b"root\n" + ALL_BYTES
    assert said.status == 9
    assert said.sent[0].exec_line.startswith("exec sudo -n -u root -- sh -c ")


async def test_sudo_with_a_password_through_standard_input(start_sshd, add_user, talk):
    tool("sudo")
    sshd = start_sshd(user=add_user(password=PASSWORD, sudoers="ALL=(ALL) ALL"))

    said = await talk(sshd.target(become=Become(password=Secret(PASSWORD))), WHO, given=ALL_BYTES)

    assert said.out == b"root\n" + ALL_BYTES
    assert PASSWORD not in str(said.sent)


async def test_sudo_that_needs_no_password_is_not_given_the_one_there_is(start_sshd, add_user, talk):
    tool("sudo")
    sshd = start_sshd(user=add_user(sudoers="ALL=(ALL) NOPASSWD: ALL"))

    said = await talk(sshd.target(become=Become(password=Secret(PASSWORD))), WHO, given=ALL_BYTES)

    assert said.out == b"root\n" + ALL_BYTES


@pytest.mark.parametrize("method", [BecomeMethod.SU, BecomeMethod.DOAS])
async def test_a_password_through_a_terminal_leaves_every_byte_as_it_is(start_sshd, add_user, talk, method):
    tool(method)
    other = add_user(password=PASSWORD, shell="/bin/bash")
    user = add_user(password=PASSWORD, doas=f"permit USER as {other}")
    sshd = start_sshd(user=user)
    become = Become(method=method, user=other, password=Secret(PASSWORD))

    said = await talk(sshd.target(become=become), "id -un; echo no >&2; cat; exit 9", given=ALL_BYTES)

    assert said.out == other.encode() + b"\n" + ALL_BYTES
    assert said.status == 9
    assert said.complaints == b""


async def test_a_script_that_does_not_read_its_input_ends_on_a_terminal_too(start_sshd, add_user, talk):
    user = add_user(password=PASSWORD)
    sshd = start_sshd(user=user)
    become = Become(method=BecomeMethod.SU, user=user, password=Secret(PASSWORD))
    text = "echo done"

    async with talk.connection(sshd.target(become=become), text) as connection:
        command = Command(script=Script(name="test", text=text))
        async with connection.start(command, limit_s=20, limit_bytes=100) as channel:
            out = await channel.read()
            end = await channel.read()

    assert (out, end) == (b"done\n", b"")


async def test_another_users_csh_starts_the_script(start_sshd, add_user, talk):
    other = add_user(password=PASSWORD, shell=shutil.which(tool("csh")))
    sshd = start_sshd(user=add_user(shell=shutil.which("csh")))
    become = Become(method=BecomeMethod.SU, user=other, password=Secret(PASSWORD))

    said = await talk(sshd.target(become=become), WHO, given=b"x")

    assert said.out == other.encode() + b"\nx"


async def test_doas_without_a_password(start_sshd, add_user, talk):
    tool("doas")
    sshd = start_sshd(user=add_user(doas="permit nopass USER as root"))

    said = await talk(sshd.target(become=Become(method=BecomeMethod.DOAS)), WHO, given=ALL_BYTES)

    assert said.out == b"root\n" + ALL_BYTES
    assert said.status == 9


async def test_root_becomes_anybody_without_a_password(start_sshd, add_user, talk):
    other = add_user()
    become = Become(method=BecomeMethod.SU, user=other)

    said = await talk(start_sshd().target(become=become), WHO, given=ALL_BYTES)

    assert said.out == other.encode() + b"\n" + ALL_BYTES


async def test_root_need_not_become_root(start_sshd, add_user, talk):
    del add_user  # skips where we are not root
    said = await talk(start_sshd().target(user="root", become=Become(program="/nowhere/sudo")), WHO)

    assert said.out == b"root\n"


@pytest.mark.parametrize(
    ("method", "rights"),
    [
        (BecomeMethod.SUDO, {"sudoers": "ALL=(ALL) ALL"}),
        (BecomeMethod.SU, {}),
        (BecomeMethod.DOAS, {"doas": "permit USER as root"}),
    ],
)
async def test_a_wrong_password_is_told_at_once(start_sshd, add_user, talk, method, rights):
    tool(method)
    user = add_user(password=PASSWORD, **rights)
    become = Become(method=method, user=user if method is BecomeMethod.SU else "root", password=Secret("wrong"))

    with pytest.raises(ElevationFailed, match=f"{method} (does not accept the password|refused)"):
        await talk(start_sshd(user=user).target(become=become), WHO)


@pytest.mark.parametrize(
    ("method", "rights"),
    [
        (BecomeMethod.SUDO, {"sudoers": "ALL=(ALL) ALL"}),
        (BecomeMethod.SU, {}),
        (BecomeMethod.DOAS, {"doas": "permit USER as root"}),
    ],
)
async def test_a_password_that_is_wanted_and_not_there_is_told_at_once(start_sshd, add_user, talk, method, rights):
    tool(method)
    user = add_user(password=PASSWORD, **rights)

    with pytest.raises(ElevationFailed, match=f"{method} (wants|asks for) a password|doas refused"):
        await talk(start_sshd(user=user).target(become=Become(method=method)), WHO)


async def test_who_may_not_elevate_is_told_what_sudo_said(start_sshd, add_user, talk):
    tool("sudo")
    user = add_user(password=PASSWORD)

    with pytest.raises(ElevationFailed, match=r"sudo refused.*not in the sudoers file"):
        await talk(start_sshd(user=user).target(become=Become(password=Secret(PASSWORD))), WHO)


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "ksh", "csh"])
@pytest.mark.parametrize("method", list(BecomeMethod))
async def test_a_missing_program_is_named(start_sshd, add_user, talk, shell, method):
    sshd = start_sshd(user=add_user(shell=shutil.which(tool(shell))))

    with pytest.raises(ElevationFailed, match=f"{method} is not installed"):
        await talk(sshd.target(become=Become(method=method, program=f"/nowhere/{method}")), WHO)


async def test_a_program_that_never_answers_is_given_up_in_time(start_sshd, add_user, talk, tmp_path):
    del add_user
    slow = tmp_path / "sudo"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    talk.limits = Limits(attempts=1, start_s=0.4)

    with pytest.raises(ElevationFailed, match=r"sudo did not finish within 0\.4 s"):
        await talk(start_sshd().target(become=Become(user="nobody", program=str(slow))), WHO)


async def test_elevation_works_on_this_machine_too(this_machine, add_user, talk):
    other = add_user(password=PASSWORD)
    methods = [Become(user=other), Become(method=BecomeMethod.SU, user=other)]
    said = [await talk(msgspec.structs.replace(this_machine, become=each), WHO, given=ALL_BYTES) for each in methods]

    assert [(each.out, each.status) for each in said] == [(other.encode() + b"\n" + ALL_BYTES, 9)] * 2


async def test_a_password_goes_through_a_terminal_on_this_machine_too(this_machine, add_user, talk):
    """Root is asked for none, so a program stands in that asks on the terminal, as su does."""
    user = add_user()
    become = Become(method=BecomeMethod.SU, user=user, password=Secret("let me in"), program=str(_asking(user)))
    target = msgspec.structs.replace(this_machine, become=become)

    said = await talk(target, WHO, given=ALL_BYTES)

    assert said.out == b"root\n" + ALL_BYTES
    assert said.status == 9


def _asking(name):
    program = Path(f"/home/{name}/asks")
    program.write_text(
        "#!/bin/sh\nprintf 'Password: ' >/dev/tty\nread -r answer </dev/tty\n"
        '[ "$answer" = "let me in" ] || exit 1\nshift\nexec sh "$@"\n'
    )
    program.chmod(0o755)
    return program
