"""What of a host's lines is shown."""

import pytest

from ospatrol.comply.evidence import shown


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("root:$6$saltsalt$abcdefghijklmnopqrstuvwxyz:19000:0:99999:7:::", "abcdefgh"),
        ("root:$y$j9T$abcdefgh$ijklmnopqrstuvwxyz:19000:0:99999:7:::", "ijklmnop"),
        ("root:abJnggxhB/yWI:19000:0:99999:7:::", "abJnggxhB"),
        ("no line of its output meets it, such as: root:abJnggxhB/yWI:19000:0:99999:7:::", "abJnggxhB"),
        ("password=hunter22", "hunter22"),
        ("DB_PASSWORD = 'hunter22'", "hunter22"),
        ("  api_key=0123456789abcdef", "0123456789"),
        ('{"password": "hunter22"}', "hunter22"),
        ("url = https://admin:hunter22@example.org/", "hunter22"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123"),
        ("username admin password 7 0822455D0A16", "0822455D0A16"),
        ("snmp-server community hunter22 RO", "hunter22"),
    ],
)
def test_secrets_are_masked(line, secret):
    text = shown(line)

    assert secret not in text
    assert "***" in text


@pytest.mark.parametrize(
    "line",
    [
        "root:x:0:0:root:/root:/bin/bash",
        "root:*:19000:0:99999:7:::",
        "PermitRootLogin no",
        "PasswordAuthentication yes",
        "PASS_MAX_DAYS 365",
        "password requisite pam_pwquality.so retry=3",
        "passwd: files systemd",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    ],
)
def test_what_is_no_secret_stays(line):
    assert shown(line) == line


def test_nothing_of_a_private_key_is_shown():
    assert "MIIE" not in shown("MIIEvQIBADANBgkqhkiG9w0BAQ", private=True)


def test_a_line_is_short_and_harmless():
    text = shown("\x1b]0;x\x07\x00\n" * 500)

    assert len(text) == 200
    assert text.isprintable()
    assert text.endswith("...")


def test_utf_8_is_shown_as_such_and_other_bytes_as_latin_1():
    assert shown("größe".encode().decode("latin-1")) == "größe"
    assert shown("gr\xf6\xdfe") == "größe"
