"""The text by which a script is started."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import ElevationFailed
from ospatrol.model.host import Become, BecomeMethod
from ospatrol.model.secret import Secret
from ospatrol.transport.bootstrap import frame, launch
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.quoting import quote

SCRIPT = Script(name="test", text='printf "%s|" "$@"; cat; exit 5')
POLICY = CommandPolicy.of([SCRIPT])
BECOMES = [
    None,
    *(
        Become(method=method, user="o'brien", password=password)
        for method in BecomeMethod
        for password in (None, Secret("geheim"))
    ),
]
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


def ready(*args, become=None, nonce="0123456789abcdef"):
    return launch(POLICY, Command(script=SCRIPT, args=args), host="web1", become=become, nonce=nonce)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_a_quoted_word_is_read_back_as_it_was(word):
    printed = subprocess.run(["sh", "-c", f"printf %s {quote(word)}"], capture_output=True, check=True).stdout

    assert printed == word.encode()


@pytest.mark.parametrize("become", BECOMES, ids=str)
def test_a_request_is_one_line_that_every_login_shell_can_read(become):
    line = ready("two words", "line\nbreak", become=become).exec_line

    assert line.startswith("exec ")
    assert not set("\n!\r\0") & set(line)
    # a backslash stands only where a quote is closed, escaped and opened again
    assert line.replace("'\\''", "").count("\\") == 0


@pytest.mark.parametrize("become", BECOMES, ids=str)
def test_neither_script_nor_arguments_nor_password_are_in_the_request(become):
    line = ready("argument", become=become).exec_line

    assert SCRIPT.text not in line
    assert "argument" not in line
    assert "geheim" not in line


def test_an_echo_of_the_request_is_no_mark():
    start = ready()

    assert f"{start.nonce}:" not in start.exec_line


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.binary(max_size=2000))
def test_a_shell_runs_what_was_meant(args, given_):
    start = ready(*args)
    done = subprocess.run(list(start.argv), input=start.script + given_, capture_output=True, check=False)

    up, go = f"{start.nonce}:up\n".encode(), f"{start.nonce}:go\n".encode()
    assert done.returncode == 5
    assert done.stdout.startswith(up + go + b"".join(arg.encode() + b"|" for arg in args) or b"|")


def test_arguments_of_any_bytes_are_sent_as_those_bytes():
    start = ready(b"/tmp/\xff\xfe".decode("utf-8", "surrogateescape"))

    assert b"set -- '/tmp/\xff\xfe'\n" in start.script


def test_a_script_that_was_cut_does_not_run():
    start = ready()
    done = subprocess.run(list(start.argv), input=start.script[:-1], capture_output=True, check=False)

    assert done.stdout.endswith(f"{start.nonce}:cut\n".encode())
    assert done.returncode == 125


@pytest.mark.parametrize(
    ("where", "name"), [("user", ""), *((each, name) for each in ("user", "program") for name in ("-x", "a!b", "a\nb"))]
)
def test_a_name_that_csh_would_change_is_refused(name, where):
    with pytest.raises(ElevationFailed, match="cannot be passed"):
        ready(become=Become(**{where: name}))


def test_input_on_a_terminal_goes_over_in_frames():
    assert frame(b"abc") + frame(b"") == b"3\nabc0\n"
