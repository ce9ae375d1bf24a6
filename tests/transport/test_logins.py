"""Proving who we are, to real servers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import asyncssh
import pytest

from ospatrol.model.errors import AuthFailed, ConnectFailed
from ospatrol.model.host import Target
from ospatrol.model.secret import Secret


def make_key(path, passphrase="", kind="ed25519"):
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def sign(authority, public, *options):
    subprocess.run(["ssh-keygen", "-q", "-s", str(authority), "-I", "test", *options, public], check=True)
    return Path(f"{public.removesuffix('.pub')}-cert.pub")


@pytest.fixture
def agent(tmp_path, keys):
    """The socket of a real ssh-agent that holds the client's key."""
    if not shutil.which("ssh-agent"):
        pytest.skip("ssh-agent is not installed")
    path = tmp_path / "agent"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE)
    assert running.stdout.readline()
    environment = {**os.environ, "SSH_AUTH_SOCK": str(path)}
    subprocess.run(["ssh-add", "-q", str(keys / "client")], env=environment, check=True)
    yield path
    running.terminate()
    running.wait()
    running.stdout.close()


class PasswordServer(asyncssh.SSHServer):
    """Accepts one password, by the way it is told to offer."""

    def __init__(self, way, *prompts):
        self._way = way
        self._prompts = list(prompts) or [("Kennwort für Sie: ", False)]

    def password_auth_supported(self):
        return self._way == "password"

    def validate_password(self, username, password):
        return password == "opensesame"

    def kbdint_auth_supported(self):
        return self._way != "password"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "Guten Tag", "", self._prompts

    def validate_kbdint_response(self, username, responses):
        return list(responses) == ["opensesame"]


@contextlib.asynccontextmanager
async def serving(keys, server_factory, **options):
    """An asyncssh server whose commands run here; gives the target for it."""

    listener = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[str(keys / "host")], server_factory=server_factory, encoding=None, **options
    )
    try:
        yield listener.get_port()
    finally:
        listener.close()
        await listener.wait_closed()


async def test_a_key_with_a_passphrase(start_sshd, talk, tmp_path):
    key = make_key(tmp_path / "locked", "open me")
    sshd = start_sshd(f"AuthorizedKeysFile {key}.pub")

    said = await talk(sshd.target(key_files=(str(key),), key_passphrase=Secret("open me")), "echo in")

    assert said.out == b"in\n"


@pytest.mark.parametrize(
    ("passphrase", "problem"), [(None, "a passphrase is needed"), (Secret("no"), "passphrase does not open it")]
)
async def test_a_key_that_cannot_be_opened_is_named(sshd, talk, tmp_path, passphrase, problem):
    key = make_key(tmp_path / "locked", "open me")

    with pytest.raises(AuthFailed, match=f"locked: .*{problem}"):
        await talk(sshd.target(key_files=(str(key),), key_passphrase=passphrase), "true")


async def test_a_key_that_the_host_does_not_know(sshd, talk, tmp_path):
    key = make_key(tmp_path / "stranger")

    with pytest.raises(AuthFailed, match=r"accepted no login as .* tried key .*stranger"):
        await talk(sshd.target(key_files=(str(key),)), "true")


async def test_a_key_file_that_is_not_there_is_named(sshd, talk, tmp_path):
    with pytest.raises(AuthFailed, match="missing: No such file"):
        await talk(sshd.target(key_files=(str(tmp_path / "missing"),)), "true")


async def test_a_file_that_is_no_key_is_named(sshd, talk, tmp_path):
    (tmp_path / "text").write_text("hello")

    with pytest.raises(AuthFailed, match="text: "):
        await talk(sshd.target(key_files=(str(tmp_path / "text"),)), "true")


async def test_nothing_to_offer_is_said(sshd, talk, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(AuthFailed, match="nothing to offer"):
        await talk(sshd.target(key_files=()), "true")


async def test_the_default_keys_of_the_home_folder(sshd, talk, monkeypatch, tmp_path, keys):
    (tmp_path / ".ssh").mkdir()
    shutil.copy(keys / "client", tmp_path / ".ssh/id_ed25519")
    monkeypatch.setenv("HOME", str(tmp_path))

    said = await talk(sshd.target(key_files=()), "echo in")

    assert said.out == b"in\n"


async def test_a_key_of_the_agent(sshd, talk, agent):
    said = await talk(sshd.target(key_files=(), ssh_options={"identityagent": str(agent)}), "echo in")

    assert said.out == b"in\n"


async def test_the_agent_of_the_environment_opens_a_locked_key_whose_public_half_is_named(
    sshd, talk, agent, keys, monkeypatch
):
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    options = {"identityagent": "SSH_AUTH_SOCK", "identitiesonly": "yes"}

    said = await talk(sshd.target(key_files=(f"{keys / 'client'}.pub",), ssh_options=options), "echo in")

    assert said.out == b"in\n"


async def test_with_identities_only_the_agent_offers_nothing_else(sshd, talk, agent, tmp_path):
    options = {"identityagent": str(agent), "identitiesonly": "yes"}
    key = make_key(tmp_path / "stranger")

    with pytest.raises(AuthFailed):
        await talk(sshd.target(key_files=(str(key),), ssh_options=options), "true")


async def test_an_agent_that_is_gone_is_no_agent(sshd, talk, tmp_path):
    said = await talk(sshd.target(ssh_options={"identityagent": str(tmp_path / "gone")}), "echo in")

    assert said.out == b"in\n"


@pytest.mark.parametrize("beside", [True, False], ids=["beside the key", "named"])
async def test_a_user_certificate(start_sshd, talk, tmp_path, beside):
    authority, key = make_key(tmp_path / "authority"), make_key(tmp_path / "user")
    sshd = start_sshd(f"TrustedUserCAKeys {authority}.pub", "AuthorizedKeysFile none")
    certificate = sign(authority, f"{key}.pub", "-n", sshd.user)
    options = {} if beside else {"certificatefile": str(certificate.rename(tmp_path / "elsewhere"))}

    said = await talk(sshd.target(key_files=(str(key),), ssh_options=options), "echo in")

    assert said.out == b"in\n"


@pytest.mark.parametrize("way", ["password", "keyboard-interactive"])
async def test_a_password(talk, keys, tmp_path, way):
    async with serving(keys, lambda: PasswordServer(way), process_factory=answer) as port:
        said = await talk(password_target(keys, tmp_path, port, "opensesame"), "echo in")

    assert said.out == b"in\n"


@pytest.mark.parametrize("way", ["password", "keyboard-interactive"])
async def test_a_wrong_password_is_sent_once(talk, keys, tmp_path, way):
    async with serving(keys, lambda: PasswordServer(way), process_factory=answer) as port:
        with pytest.raises(AuthFailed, match=rf"tried the password \({way}\)$"):
            await talk(password_target(keys, tmp_path, port, "wrong"), "echo in")


@pytest.mark.parametrize("prompts", [[("Token: ", True)], [("Password: ", False), ("Token: ", False)]], ids=len)
async def test_a_question_that_is_not_for_the_password_is_not_answered_with_it(talk, keys, tmp_path, prompts):
    async with serving(keys, lambda: PasswordServer("keyboard-interactive", *prompts), process_factory=answer) as port:
        with pytest.raises(AuthFailed, match="nothing to offer"):
            await talk(password_target(keys, tmp_path, port, "opensesame"), "echo in")


async def answer(process):
    """Run the request here with the script as its input."""
    script = await process.stdin.read(65536)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_shell(process.command, stdin=pipe, stdout=pipe)
    out, _ = await child.communicate(script)
    process.stdout.write(out)
    process.exit(child.returncode)


def password_target(keys, tmp_path, port, password):
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{port} {(keys / 'host.pub').read_text()}")
    return Target(
        host="web1",
        address="127.0.0.1",
        port=port,
        user="someone",
        password=Secret(password),
        key_files=(str(keys / "client"),),
        ssh_options={
            "configfile": "none",
            "userknownhostsfile": str(known),
            "globalknownhostsfile": "none",
            "identityagent": "none",
            "pubkeyauthentication": "no",
        },
    )


async def test_a_certificate_that_cannot_be_read_is_passed_over(sshd, talk, tmp_path):
    (tmp_path / "certificate").write_text("rubbish")

    said = await talk(sshd.target(ssh_options={"certificatefile": str(tmp_path / "certificate")}), "echo in")

    assert said.out == b"in\n"


async def test_too_many_keys_say_what_to_do(start_sshd, talk, tmp_path):
    strangers = tuple(str(make_key(tmp_path / f"stranger{number}")) for number in range(8))

    with pytest.raises(AuthFailed, match="IdentitiesOnly=yes"):
        await talk(start_sshd().target(key_files=strangers), "true")


async def test_a_wrong_configuration_file_is_named_with_its_line(sshd, talk, tmp_path):
    (tmp_path / "config").write_text("Host *\n  Port many\n")

    with pytest.raises(ConnectFailed, match="config line 2"):
        await talk(sshd.target(ssh_options={"configfile": str(tmp_path / "config")}), "true")


async def test_the_configuration_file_says_where_and_who(sshd, talk, tmp_path):
    (tmp_path / "config").write_text(
        f"Host web\n  Hostname {sshd.address}\n  Port {sshd.port}\n  User {sshd.user}\n  IdentityFile {sshd.key_file}\n"
        f"  UserKnownHostsFile {sshd.known_hosts}\n  HostKeyAlias [{sshd.address}]:{sshd.port}\n"
    )
    target = Target(
        host="web1",
        address="web",
        ssh_options={"configfile": str(tmp_path / "config"), "identityagent": "none", "globalknownhostsfile": "none"},
    )

    said = await talk(target, "echo in")

    assert said.out == b"in\n"
