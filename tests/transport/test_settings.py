"""What ssh_config(5) and a target say together."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from ospatrol.model.errors import ConnectFailed
from ospatrol.model.host import Target
from ospatrol.transport.ssh_settings import SettingsReader, named_config, settings_of, usual_config


def of(tmp_path, config="", **fields):
    options = fields.pop("ssh_options", {})
    (tmp_path / "config").write_text(config)
    target = Target(**{"host": "web1", "address": "web", "ssh_options": options, **fields})
    return settings_of(target, (str(tmp_path / "config"),) if config else ())


def test_without_a_word_the_defaults_of_openssh_hold(tmp_path):
    settings = of(tmp_path)

    assert (settings.address, settings.port, settings.user) == ("web", 22, getpass.getuser())
    assert settings.key_name == settings.principal == "web"
    assert "~/.ssh/known_hosts" in settings.known_hosts
    assert "/etc/ssh/ssh_known_hosts" in settings.known_hosts
    assert not settings.accept_new
    assert settings.agent == "SSH_AUTH_SOCK"
    assert settings.methods == ("publickey", "keyboard-interactive", "password")


CONFIG = """
Host web
  Hostname 10.0.0.5
  Port 2222
  User deploy
  IdentityFile /keys/a
  CertificateFile /keys/a-cert.pub
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile /known/one /known/two
  GlobalKnownHostsFile none
  ProxyJump bastion,admin@second:2200
  KexAlgorithms +diffie-hellman-group14-sha1
  PreferredAuthentications password,publickey
  BindAddress 127.0.0.9
Match user root
  Hostname 10.9.9.9
"""


def test_the_configuration_counts(tmp_path):
    settings = of(tmp_path, CONFIG)

    assert (settings.address, settings.port, settings.user) == ("10.0.0.5", 2222, "deploy")
    assert settings.key_name == "[10.0.0.5]:2222"
    assert settings.key_files == ("/keys/a",)
    assert settings.certificates == ("/keys/a-cert.pub",)
    assert settings.only_these_keys
    assert settings.agent == ""
    assert settings.known_hosts == ("/known/one", "/known/two")
    assert settings.jumps == ("bastion", "admin@second:2200")
    assert settings.algorithms["kexalgorithms"] == "+diffie-hellman-group14-sha1"
    assert settings.methods == ("password", "publickey")
    assert settings.bind_address == "127.0.0.9"


def test_what_the_target_says_wins(tmp_path):
    options = {
        "userknownhostsfile": "'/known/my own'",
        "globalknownhostsfile": "/g",
        "proxyjump": "none",
        "identityfile": "/keys/c",
        "identitiesonly": "no",
        "hostkeyalias": "alias",
        "passwordauthentication": "no",
        "identityagent": "/agent",
        "kexalgorithms": "curve25519-sha256",
    }
    settings = of(tmp_path, CONFIG, port=22, user="root", key_files=("/keys/b",), ssh_options=options)

    assert (settings.port, settings.user) == (22, "root")
    assert settings.known_hosts == ("/known/my own", "/g")
    assert settings.jumps == ()
    assert settings.key_files == ("/keys/b", "/keys/c", "/keys/a")
    assert not settings.only_these_keys
    assert settings.key_name == settings.principal == "alias"
    assert settings.methods == ("publickey",)
    assert settings.agent == "/agent"
    assert settings.algorithms["kexalgorithms"] == "curve25519-sha256"


@pytest.mark.parametrize("written", ["inet", "inet6", "any", ""])
def test_the_address_family_is_read_from_both(tmp_path, written):
    expected = written.replace("any", "")

    assert of(tmp_path, ssh_options={"addressfamily": written}).family == expected
    assert of(tmp_path, f"AddressFamily {written or 'any'}\n").family == expected


@pytest.mark.parametrize(("written", "seconds"), [("7", 7.0), ("0", None), ("none", None), ("x", None)])
def test_a_hosts_own_time_to_connect_counts(tmp_path, written, seconds):
    assert of(tmp_path, ssh_options={"connecttimeout": written}).connect_s == seconds
    assert of(tmp_path, "ConnectTimeout 7\n").connect_s == 7.0


def test_a_block_for_a_user_counts_for_that_user(tmp_path):
    config = "Match user root\n Port 2200\n"

    assert of(tmp_path, config, user="root").port == 2200
    assert of(tmp_path, config, ssh_options={"user": "root"}).port == 2200
    assert of(tmp_path, config, user="deploy").port == 22


def test_a_final_block_sees_the_name_that_was_found(tmp_path):
    config = "Host web\n Hostname db\nMatch final host db\n Port 2200\n"

    assert of(tmp_path, config).port == 2200


@pytest.mark.parametrize(
    ("written", "accepts", "noted"),
    [
        ("yes", False, False),
        ("ask", False, False),
        ("accept-new", True, False),
        ("no", True, True),
        ("off", True, True),
    ],
)
def test_no_option_makes_trust_blind(tmp_path, written, accepts, noted):
    settings = of(tmp_path, ssh_options={"stricthostkeychecking": written})

    assert (settings.accept_new, bool(settings.notes)) == (accepts, noted)


def test_a_proxy_command_of_the_target_is_filled_in(tmp_path):
    options = {"proxycommand": "nc -x proxy %h %p # %r %n 100%% %z"}

    assert of(tmp_path, user="u", ssh_options=options).proxy_command == "nc -x proxy web 22 # u web 100% %z"


def test_a_proxy_command_of_the_configuration_is_filled_in_once(tmp_path):
    assert of(tmp_path, "Host *\n ProxyCommand nc %h %p 100%%\n").proxy_command == "nc web 22 100%"


def test_a_jump_of_the_target_wins_over_a_proxy_command_of_the_configuration(tmp_path):
    settings = of(tmp_path, "Host *\n ProxyCommand nc %h %p\n", ssh_options={"proxyjump": "bastion"})

    assert (settings.proxy_command, settings.jumps) == ("", ("bastion",))


def test_the_old_name_of_an_option_counts(tmp_path):
    settings = of(tmp_path, ssh_options={"pubkeyacceptedkeytypes": "+ssh-rsa"})

    assert settings.algorithms["pubkeyacceptedalgorithms"] == "+ssh-rsa"


def test_a_wrong_configuration_is_named_with_its_line(tmp_path):
    with pytest.raises(ConnectFailed, match="config line 2: Invalid"):
        of(tmp_path, "Host *\n Port many\n")


def test_only_the_named_configuration_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").touch()

    assert usual_config()[0] == str(tmp_path / ".ssh/config")
    assert all(Path(path).is_file() for path in usual_config())
    assert named_config({}) is None
    assert named_config({"configfile": "none"}) == ()
    assert named_config({"configfile": "~/own"}) == ("~/own",)


async def test_the_usual_files_count_where_none_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host web\n Port 2200\n")
    (tmp_path / "own").write_text("Host web\n Port 2201\n")
    reader = SettingsReader()

    def read(**options):
        return reader.read(Target(host="web1", address="web", ssh_options=options))

    assert (await read()).port == 2200
    assert (await read(configfile="none")).port == 22
    assert (await read(configfile="~/own")).port == 2201
