from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ospatrol.integrity.scrub import scrub

KEY = b"k" * 16
MASK = re.compile(r"<secret:[0-9a-f]{8}>")
CONF = b"/etc/app.conf"

TEMPLATES = [
    "password = {}",
    "password={}",
    "Password: {}",
    "  db_password : '{}'",
    'DB_PASSWORD="{}"',
    "export API_TOKEN={}",
    "set my_secret_key := {}",
    '{{"user": "bob", "password": "{}", "port": 1}}',
    '{{"clientSecret":"{}"}}',
    "<password>{}</password>",
    '<user name="bob" password="{}"/>',
    '<add key="DbPassword" value="{}"/>',
    "<name>hive.password</name><value>{}</value>",
    "<name>hive.password</name>\n  <value>{}</value>",
    "<key>AdminPassword</key>\n<string>{}</string>",
    "<secret>\n  {}\n</secret>",
    "url: postgres://bob:{}@db/x",
    "proxy=http://bob:{}@proxy:3128/",
    "Authorization: Bearer {}",
    "  header 'Authorization: Basic {}'",
    "Cookie: session={}",
    "secret: |\n  {}\nuser: bob",
    "secret: >-\n  first\n  {}",
    "passwords:\n  - {}\n  - other",
    "passwords:\n- {}\n- other",
    "credentials:\n  user: bob\n  any: {}\nport: 1",
    '"secrets": {{\n  "x": "{}"\n}},',
    '"tokens": ["{}", "x"]',
    "'auth' => '{}',",
    "$config['password'] = '{}';",
    "define('DB_PASSWORD', '{}');",
    "password = first\\\n  {}",
    'password = """\n{}\n"""',
    'password = """{}"""',
    "password = 'first\n{}'",
    "machine x login bob password {}",
    "requirepass {}",
    "masterauth {}",
    "rocommunity {} 10.0.0.0/8",
    "com2sec local localhost {}",
    "createUser bob SHA {} AES other",
    "trapsink 10.0.0.1 {}",
    "snmp-server community {} RO",
    "enable secret 5 {}",
    "username bob password 7 {}",
    "  wpa-psk {}",
    '  psk="{}"',
    "IDENTIFIED BY '{}'",
    "curl -u bob:{} https://x",
    "mysqldump -u root -p{} db",
    "sshpass -p {} ssh x",
    "SSHPASS={} sshpass -e ssh x",
    "ldapsearch -x -w {} -D cn=x",
    "redis-cli -h x -a {} ping",
    "docker login -u bob -p {} registry.example",
    "ipmitool -H x -U bob -P {} power status",
    "smbclient //x/y -U bob%{} -c ls",
    "command --password {}",
    "command --token={}",
    "PrivateKey = {}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----{}-----END PRIVATE KEY----- -----BEGIN PRIVATE KEY-----{}-----END PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}",
    "-----BEGIN OpenVPN Static key V1-----\n{}\n-----END OpenVPN Static key V1-----",
    "Private-Lines: 2\nx\n{}\nPrivate-MAC: 00",
    "x-api-key: {}",
    "#password {}",
    "aws_secret_access_key = {}",
    "client-key-data: {}",
    "userPassword:: {}",
    "//registry.example.net/:_authToken={}",
    "bindpw {}",
    "password: !vault |\n  {}\n",
    "olcRootPW: {}",
]
FILES = [
    (b"/etc/shadow", "root:{}:19000:0:99999:7:::"),
    (b"/etc/gshadow-", "wheel:{}::root"),
    (b"/etc/passwd", "root:{}:0:0::/root:/bin/sh"),
    (b"/home/a/.pgpass", "db:5432:x:bob:{}"),
    (b"/home/a/.pgpass", "d\\:b:5432:x:bob:{}"),
    (b"/etc/ppp/chap-secrets", "bob * {} *"),
    (b"/etc/ppp/pap-secrets", '"bob smith" "*" "{}"'),
    (b"/etc/postfix/sasl_passwd", "[mx]:587 bob:{}"),
    (b"/etc/nginx/.htpasswd", "bob:{}"),
    (b"/etc/apache2/x.htdigest", "bob:realm:{}"),
    (b"/etc/ipsec.secrets", ': PSK "{}"'),
    (b"/etc/exim4/passwd.client", "*:bob:{}"),
    (b"/etc/rsyncd.secrets", "bob:{}"),
    (b"/root/.vault_pass.txt", "{}"),
]
secrets = st.text(alphabet="abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+./", min_size=8, max_size=40).map(
    lambda text: f"Q{text}"
)


@settings(max_examples=600, deadline=None)
@given(secrets, st.sampled_from([(CONF, template) for template in TEMPLATES] + FILES), st.sampled_from(["", "x = 1\n"]))
def test_planted_secrets_never_survive(secret: str, where: tuple[bytes, str], before: str) -> None:
    path, template = where
    assume(secret[1:] not in template)
    text = before + template.replace("{}", secret).replace("{{", "{").replace("}}", "}")

    shown = scrub(text.encode(), path, KEY)

    assert secret not in shown
    assert secret[1:] not in shown
    assert MASK.search(shown)


@pytest.mark.parametrize(("path", "template"), [(CONF, template) for template in TEMPLATES] + FILES)
def test_another_secret_shows_as_another_mask(path: bytes, template: str) -> None:
    one, same, other = (
        scrub(template.replace("{}", s).encode(), path, KEY) for s in ("Qaaaaaaa1", "Qaaaaaaa1", "Qbbbbbbb2")
    )

    assert one == same
    assert one != other


def test_another_key_gives_other_masks() -> None:
    assert scrub(b"password=hunter22", CONF, KEY) != scrub(b"password=hunter22", CONF, b"j" * 16)


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "glpat-" + "a1b2" * 5,
        "xoxb-123456789012-abcdefghij",
        "sk_live_" + "a1" * 12,
        "AIza" + "a1" * 17,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "$6$rounds=5000$salt$hashhashhashhash",
        "$2y$10$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=65536$c2FsdA$aGFzaA",
        "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29",
        "https://hooks.slack.com/services/T000/B000/XXXXXXXX",
    ],
)
def test_secrets_that_their_form_gives_away(token: str) -> None:
    shown = scrub(f"note x {token} end".encode(), b"/etc/notes", KEY)

    assert token not in shown
    assert shown.startswith("note x ")
    assert shown.endswith(" end")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"/etc/ssh/sshd_config", "PasswordAuthentication no"),
        (b"/etc/ssh/sshd_config", "PermitEmptyPasswords=no"),
        (b"/etc/sudoers", "bob ALL=(ALL) NOPASSWD: ALL"),
        (b"/etc/sudoers.d/x", "Defaults passwd_tries=3"),
        (b"/etc/nsswitch.conf", "passwd: files systemd"),
        (b"/etc/pam.d/common-password", "password requisite pam_pwquality.so retry=3"),
        (b"/etc/passwd", "token:x:1000:1000::/home/token:/bin/bash"),
        (b"/etc/shadow", "bob:!:19000:0:99999:7:::"),
        (b"/etc/group", "secret:x:27:bob"),
        (b"/etc/fstab", "/dev/sda1 / ext4 defaults 0 1"),
        (b"/etc/app.conf", "use_token = false"),
        (b"/etc/app.conf", 'use_token: "no",'),
        (b"/etc/app.conf", "password_file = /etc/app/password"),
        (b"/etc/hosts", "127.0.0.1 localhost"),
        (b"/etc/x.plist", "<key>Label</key><string>org.example</string>"),
        (b"/etc/app.conf", "<password></password>"),
        (b"/etc/app.conf", "timeout: 30"),
        (b"/etc/app.conf", "password:"),
    ],
)
def test_what_is_no_secret_stays_readable(path: bytes, line: str) -> None:
    assert scrub(line.encode(), path, KEY) == line


def test_a_quoted_secret_leaves_the_rest_of_its_line() -> None:
    shown = scrub(b'{"password": "a\\"b", "port": 5432}', CONF, KEY)

    assert MASK.sub("*", shown) == '{"password": "*", "port": 5432}'


@pytest.mark.parametrize("line", ["password = 'a'\"b\"", "password = 'ab", "password = ab # cd"])
def test_where_it_is_unclear_where_a_secret_ends_the_rest_of_the_line_goes(line: str) -> None:
    assert MASK.sub("*", scrub(line.encode(), CONF, KEY)).rstrip("'") in {"password = *", "password = '*"}


def test_after_a_block_the_text_is_readable_again() -> None:
    text = "secret:\n  a: b\n\n  c: d\nport: 1\n-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nx: y\r\n"

    assert MASK.sub("*", scrub(text.encode(), CONF, KEY)).split("\n") == [
        "secret:",
        "  *",
        "",
        "  *",
        "port: 1",
        "-----BEGIN PRIVATE KEY-----",
        "*",
        "-----END PRIVATE KEY-----",
        "x: y",
        "",
    ]


def test_lines_after_a_json_block_are_readable_again() -> None:
    text = '{\n  "secrets": {\n    "a": "b"\n  },\n  "port": 1\n}'

    assert MASK.sub("*", scrub(text.encode(), CONF, KEY)).endswith('  },\n  "port": 1\n}')


def test_what_lies_behind_a_very_long_line_is_masked_and_counted() -> None:
    shown = scrub(b"x" * 8192 + b" password=hunter22", CONF, KEY)

    assert re.fullmatch(r"x{8192}\.\.\.\(\+18 <secret:[0-9a-f]{8}>\)", shown)


@given(st.binary(max_size=300), st.sampled_from([CONF, b"/etc/shadow", b"/etc/pam.d/x", b"/root/.pgpass"]))
@example(b"secret: |\n\x1b[2J\n", CONF)
@example(b"-----BEGIN PRIVATE KEY-----", CONF)
def test_whatever_a_file_holds_the_result_is_printable_lines(content: bytes, path: bytes) -> None:
    shown = scrub(content, path, KEY)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", shown)
    assert shown.count("\n") == content.count(b"\n")


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a=",
        "password ",
        "://a:",
        "<a ",
        '"',
        "\\",
        "-",
        " ",
        "key:",
        "<b>",
        "eyJ",
        "$1$",
        "mysql ",
        "net -U ",
        "docker login ",
        "-----BEGIN ",
        "a.b-",
        "x\t=",
    ],
)
def test_hostile_lines_take_no_long_time(unit: str) -> None:
    line = (unit * 8192)[:8192]

    for _ in range(3):
        scrub(f"{line}\n{line}".encode(), CONF, KEY)
