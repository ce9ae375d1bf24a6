"""Ways to a host other than straight, and what is agreed on there."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess

import pytest

from ospatrol.model.errors import ConnectFailed, HostKeyUnknown
from ospatrol.transport.limits import Limits


def hop(sshd):
    return f"{sshd.user}@{sshd.address}:{sshd.port}"


def make_rsa_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(path)], check=True)
    return path


def known_together(*servers):
    for server in servers:
        server.known_hosts.write_text("".join(each.known_hosts.read_text() for each in servers))


async def test_a_jump_host_is_passed(start_sshd, talk, keys):
    bastion, inner = start_sshd(), start_sshd(host_key=keys / "other_host")
    known_together(bastion, inner)

    said = await talk(inner.target(ssh_options={"proxyjump": hop(bastion)}), 'echo "$SSH_CONNECTION"')

    assert said.out.split()[-1] == str(inner.port).encode()


async def test_several_jump_hosts_are_passed_in_order(start_sshd, talk):
    first, second, inner = start_sshd(), start_sshd(), start_sshd()
    known_together(first, second, inner)

    said = await talk(inner.target(ssh_options={"proxyjump": f"{hop(first)},ssh://{hop(second)}"}), "echo in")

    assert said.out == b"in\n"


async def test_a_jump_hosts_own_configuration_counts(start_sshd, talk, tmp_path):
    first, second, inner = start_sshd(), start_sshd(), start_sshd()
    known_together(first, second, inner)
    options = {"configfile": str(tmp_path / "config"), "proxyjump": f"{inner.user}@bastion"}
    (tmp_path / "config").write_text(
        f"Host bastion\n Hostname 127.0.0.1\n HostKeyAlias [127.0.0.1]:{second.port}\n"
        f" Port {second.port}\n ProxyJump {hop(first)}\n"
    )

    said = await talk(inner.target(ssh_options=options), "echo in")

    assert said.out == b"in\n"


async def test_a_jump_hosts_key_is_checked_too(start_sshd, talk):
    bastion, inner = start_sshd(known=False), start_sshd()

    with pytest.raises(HostKeyUnknown, match=r"jump host .*nobody has vouched"):
        await talk(inner.target(ssh_options={"proxyjump": hop(bastion)}), "true")


async def test_hosts_behind_one_jump_host_share_its_login(start_sshd, talk):
    bastion, inner = start_sshd(), start_sshd()
    known_together(bastion, inner)
    target = inner.target(ssh_options={"proxyjump": hop(bastion)})

    async with (
        talk.transport("true") as transport,
        transport.open(target),
        transport.open(target),
        transport.open(target),
    ):
        assert len(bastion.sessions) == 1
        assert len(inner.sessions) == 3


async def test_a_jump_host_that_is_gone_is_entered_anew(start_sshd, talk):
    bastion, inner = start_sshd(), start_sshd()
    known_together(bastion, inner)
    target = inner.target(ssh_options={"proxyjump": hop(bastion)})
    talk.limits = Limits(attempts=3)

    async with talk.transport("true") as transport:
        async with transport.open(target):
            (first,) = bastion.sessions
            bastion.cut()
        async with transport.open(target) as connection:
            (second,) = bastion.sessions
            assert connection.login.user == inner.user
    assert second != first


async def test_a_target_that_the_jump_host_cannot_reach_is_named(start_sshd, talk):
    bastion, inner = start_sshd(), start_sshd()
    known_together(bastion, inner)

    with pytest.raises(ConnectFailed, match="the jump host cannot reach it"):
        await talk(inner.target(port=1, ssh_options={"proxyjump": hop(bastion)}), "true")


@pytest.mark.parametrize("jump", ["a b:c:d", "user@"])
async def test_a_jump_that_is_none_is_named(sshd, talk, jump):
    with pytest.raises(ConnectFailed, match="in ProxyJump"):
        await talk(sshd.target(ssh_options={"proxyjump": jump}), "true")


async def test_jumps_in_a_circle_end(sshd, talk, tmp_path):
    (tmp_path / "config").write_text("Host a\n ProxyJump b\nHost b\n ProxyJump a\n")

    with pytest.raises(ConnectFailed, match="in a circle"):
        await talk(sshd.target(ssh_options={"configfile": str(tmp_path / "config"), "proxyjump": "a"}), "true")


async def test_a_proxy_command_carries_the_connection(sshd, talk):
    if not shutil.which("python3"):
        pytest.skip("python3 is not on the PATH")
    relay = (
        "python3 -c 'import os,socket,sys,threading\n"
        "s=socket.create_connection((sys.argv[1],int(sys.argv[2])))\n"
        "def up():\n"
        "  while b:=os.read(0,65536): s.sendall(b)\n"
        "threading.Thread(target=up,daemon=True).start()\n"
        "while b:=s.recv(65536): os.write(1,b)' %h %p 100%%"
    )

    said = await talk(sshd.target(ssh_options={"proxycommand": relay}), "echo in")

    assert said.out == b"in\n"


async def test_a_proxy_command_that_fails_is_a_failed_connection(sshd, talk):
    with pytest.raises(ConnectFailed):
        await talk(sshd.target(ssh_options={"proxycommand": "exit 1"}), "true")


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize(
    ("server", "option", "note"),
    [
        (
            "KexAlgorithms diffie-hellman-group14-sha1",
            {"kexalgorithms": "+diffie-hellman-group14-sha1"},
            "key exchange",
        ),
        ("Ciphers aes128-cbc", {"ciphers": "aes128-cbc,aes256-ctr"}, "cipher"),
        ("MACs hmac-sha1-96\nCiphers aes128-ctr", {"macs": "+hmac-sha1-96"}, "MAC"),
    ],
)
async def test_legacy_algorithms_are_used_only_where_asked_for_and_then_noted(start_sshd, talk, server, option, note):
    sshd = start_sshd(server)

    with pytest.raises(ConnectFailed, match="ansible_ssh_common_args: -o"):
        await talk(sshd.target(), "true")
    said = await talk(sshd.target(ssh_options=option), "echo in")

    assert said.out == b"in\n"
    assert [each.partition(" in use")[0] for each in said.notes] == [f"legacy {note}"]


async def test_a_legacy_host_key_algorithm_is_used_only_where_asked_for_and_then_noted(start_sshd, talk, tmp_path):
    key = make_rsa_key(tmp_path / "rsa")
    sshd = start_sshd("HostKeyAlgorithms ssh-rsa", host_key=key)
    talk.limits = Limits(attempts=3)

    with pytest.raises(ConnectFailed, match=r"HostKeyAlgorithms=\+ssh-rsa"):
        await talk(sshd.target(), "true")
    said = await talk(sshd.target(ssh_options={"hostkeyalgorithms": "+ssh-rsa"}), "echo in")

    assert talk.pauses == []
    assert said.notes == ("legacy host key algorithm in use: ssh-rsa",)


async def test_a_host_that_drops_the_first_knock_is_tried_again(sshd, talk):
    """The first connection is closed before a word, as MaxStartups does."""
    talk.limits = Limits(attempts=3)
    relays = []

    async def relay(reader, writer):
        relays.append(asyncio.current_task())
        if len(relays) > 1:
            to, back = await asyncio.open_connection(sshd.address, sshd.port)
            await asyncio.gather(copy(reader, back), copy(to, writer))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as door:
        options = {"hostkeyalias": f"[127.0.0.1]:{sshd.port}"}
        said = await talk(sshd.target(port=door.sockets[0].getsockname()[1], ssh_options=options), "echo in")
        await asyncio.wait(relays)

    assert said.out == b"in\n"
    assert len(talk.pauses) == 1


async def copy(source, sink):
    with contextlib.suppress(ConnectionError):
        while piece := await source.read(65536):
            sink.write(piece)
    sink.close()
    with contextlib.suppress(ConnectionError):
        await sink.wait_closed()
