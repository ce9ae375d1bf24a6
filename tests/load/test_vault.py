"""Ansible-Vault text: opened with the right password, refused in every other case."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ospatrol.load.vault import VaultKey, VaultKeys, decrypt, is_vault, read_keys
from ospatrol.model.errors import ConfigError, UsageError
from ospatrol.model.place import Place
from ospatrol.model.secret import Secret

PLACE = Place("secrets.yml", 7)

# written by `ansible-vault encrypt_string`: `s3cr3t`, once with the password `secret`, once with `other` as `prod`
PLAIN = """\
$ANSIBLE_VAULT;1.1;AES256
31396239363239313230653565373736336532663162306235363562346336316237393231373732
6539613865613263306134303263323139323536323165310a643663313962363966623839343635
63636236326331653836623632366139363334616336646435393064383861653538666130303636
3063363863323437390a383466643365363737656233353833366538666636313737636236366563
3434"""
LABELLED = """\
$ANSIBLE_VAULT;1.2;AES256;prod
31303137643961613066383538313632363835333761663761393766323539653639623063303537
6663303434363237663430376262636562353530616432610a386435323265313866663435396335
34613935656362643165383266323762376239396136643636393161613233366432613562333566
6633383562363936390a326163303630393336623036356564656536636361643736336263363738
3833"""


def keys(*passwords):
    return VaultKeys(keys=tuple(VaultKey(label=label, password=Secret(text)) for label, text in passwords))


@pytest.mark.parametrize("text", [PLAIN, LABELLED, f"  {PLAIN}\n\n", PLAIN.replace("\n", "\r\n  ")])
def test_the_right_password_opens_it(text):
    assert decrypt(text, keys(("default", "secret"), ("prod", "other")), PLACE) == b"s3cr3t"


def test_a_label_is_a_hint_and_no_lock():
    assert decrypt(LABELLED, keys(("dev", "nope"), ("dev", "other")), PLACE) == b"s3cr3t"


def test_no_password_is_said_with_the_place():
    with pytest.raises(ConfigError, match=r"^secrets.yml:7: encrypted .* no password was given; use --vault-password"):
        decrypt(PLAIN, VaultKeys(), PLACE)


def test_a_wrong_password_is_said_with_the_labels_and_without_the_password():
    with pytest.raises(ConfigError, match=r"its id is 'prod'\); tried: a, b") as caught:
        decrypt(LABELLED, keys(("b", "hunter2"), ("a", "hunter3")), PLACE)

    assert "hunter" not in str(caught.value)


def test_changed_text_is_refused_before_it_is_decrypted():
    header, *lines = PLAIN.splitlines()
    raw = bytes.fromhex("".join(lines))
    salt, digest, text = raw.split(b"\n")
    changed = b"\n".join([salt, digest, (b"00" if text[:2] != b"00" else b"11") + text[2:]])

    with pytest.raises(ConfigError, match="none of the vault passwords opens this"):
        decrypt(f"{header}\n{changed.hex()}", keys(("default", "secret")), PLACE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "first line must be like"),
        ("", "first line must be like"),
        ("$ANSIBLE_VAULT", "first line must be like"),
        ("$ANSIBLE_VAULT;1.0;AES\n3031", "format 1.0 with AES is not supported"),
        ("$ANSIBLE_VAULT;1.1;AES256\nxyz", "damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3031", "damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256", "damaged"),
    ],
)
def test_what_is_no_vault_text_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        decrypt(text, keys(("default", "secret")), PLACE)


@pytest.mark.parametrize(("text", "expected"), [(PLAIN, True), (PLAIN.encode(), True), ("a: b", False), (b"", False)])
def test_vault_text_is_told_by_its_first_word(text, expected):
    assert is_vault(text) is expected


def test_a_password_file_gives_its_text_without_white_space_around(tmp_path):
    (tmp_path / "pw").write_text("\n secret \n")
    (tmp_path / "pw").chmod(0o600)

    found = read_keys(password_files=[str(tmp_path / "pw")])

    assert found == VaultKeys(keys=(VaultKey(label="default", password=Secret("secret")),))


def test_ids_come_before_password_files_and_the_environment(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(f"pw-{name}")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "c"))

    found = read_keys(password_files=[str(tmp_path / "b")], vault_ids=[f"prod@{tmp_path}/a"])

    assert [(key.label, key.password.reveal) for key in found.keys] == [
        ("prod", "pw-a"),
        ("default", "pw-b"),
        ("default", "pw-c"),
    ]
    assert "pw-" not in repr(found)


def test_a_password_file_that_everyone_can_read_is_a_warning(tmp_path):
    (tmp_path / "pw").write_text("secret")
    (tmp_path / "pw").chmod(0o644)

    found = read_keys(vault_ids=[str(tmp_path / "pw")])

    assert found.keys[0].label == "default"
    assert "everyone on this machine can read it" in found.warnings[0]


def test_a_password_file_can_itself_be_encrypted_with_an_earlier_password(tmp_path):
    (tmp_path / "first").write_text("secret")
    (tmp_path / "second").write_text(PLAIN)

    found = read_keys(vault_ids=[f"a@{tmp_path}/first", f"b@{tmp_path}/second"])

    assert found.keys[1].password.reveal == "s3cr3t"


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_an_executable_prints_the_password(tmp_path):
    found = read_keys(password_files=[script(tmp_path / "pw.sh", 'printf " se\\ncret \\n"')])

    assert found.keys[0].password.reveal == " se\ncret "


def test_a_client_script_is_told_the_label(tmp_path):
    found = read_keys(vault_ids=[f"prod@{script(tmp_path / 'x-client.sh', 'echo $1 $2')}"])

    assert found.keys[0].password.reveal == "--vault-id prod"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x-client", "exit 2", "knows no password for the id 'prod'"),
        ("x-client", "exit 3", "ended with status 3"),
        ("x", "exit 2", "ended with status 2"),
        ("x", "true", "gives no password"),
    ],
)
def test_a_script_that_gives_nothing_is_refused(name, text, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        read_keys(vault_ids=[f"prod@{script(tmp_path / name, text)}"])


def test_a_text_that_is_marked_executable_is_refused_with_a_hint(tmp_path):
    (tmp_path / "pw").write_text("secret")
    (tmp_path / "pw").chmod(0o700)

    with pytest.raises(UsageError, match="take away its executable bit"):
        read_keys(password_files=[str(tmp_path / "pw")])


@pytest.mark.parametrize("source", ["missing", "."])
def test_a_password_file_that_is_none_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=f"vault password file {re.escape(source)}: no such file"):
        read_keys(password_files=[source])


def test_a_person_can_be_asked():
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return " secret "

    found = read_keys(vault_ids=["prod@prompt"], ask=answer)

    assert asked == ["Vault password (prod)"]
    assert found.keys[0].password.reveal == "secret"


@pytest.mark.parametrize("ask", [None, lambda _: "  "])
def test_nobody_or_nothing_answering_is_refused(ask):
    with pytest.raises(UsageError, match="no vault password was given for 'default'"):
        read_keys(vault_ids=["prompt"], ask=ask)


@pytest.mark.peer
@pytest.mark.skipif(importlib.util.find_spec("ansible") is None, reason="ansible-core, the judge, is not installed")
def test_what_ansible_vault_encrypts_is_opened(tmp_path):
    (tmp_path / "pw").write_text("p\u00e4ssword\n", encoding="utf-8")
    (tmp_path / "f").write_text("key: välue\n" * 40, encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.vault", "encrypt", "--vault-id", "x@pw", "f"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    found = read_keys(vault_ids=[f"x@{tmp_path}/pw"])

    assert decrypt((tmp_path / "f").read_text(), found, PLACE).decode() == "key: välue\n" * 40
