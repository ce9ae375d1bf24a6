"""The conversation until a script runs, word by word."""

from __future__ import annotations

import pytest

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import ElevationFailed, ShellUnusable
from ospatrol.model.host import Become, BecomeMethod
from ospatrol.model.secret import Secret
from ospatrol.transport.bootstrap import launch
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.starting import Start
from ospatrol.transport.wire import End

SCRIPT = Script(name="test", text="true")
NONCE = "0123abcd"
UP, GO = b"0123abcd:up\n", b"0123abcd:go\n"


def start_of(become=None):
    command = Command(script=SCRIPT)
    return Start(launch(CommandPolicy.of([SCRIPT]), command, host="web1", become=become, nonce=NONCE))


def test_without_elevation_the_script_is_sent_at_once():
    start = start_of()

    assert start.opening().endswith(b"true\n#0123abcd")
    assert start.hear(b"welcome\n" + UP + GO + b"out", error=False) == b""
    assert start.begun == b"out"


def test_marks_may_come_in_pieces():
    start = start_of()
    for byte in UP + GO:
        assert start.begun is None
        start.hear(bytes([byte]), error=False)

    assert start.begun == b""


@pytest.mark.parametrize("error", [True, False])
def test_the_password_is_given_when_it_is_asked_for_and_the_script_when_the_shell_is_up(error):
    start = start_of(Become(method=BecomeMethod.SU, password=Secret("wört")))

    assert start.opening() == b""
    assert start.hear(b"Pass", error=error) == b""
    assert start.hear(b"word: ", error=error) == "wört\n".encode()
    assert start.hear(b"\n" + UP, error=False).endswith(b"#0123abcd")
    assert start.begun is None


def test_a_second_question_means_that_the_password_is_wrong():
    start = start_of(Become(password=Secret("x")))
    assert start.hear(b"[0123abcd] password:", error=True) == b"x\n"

    with pytest.raises(ElevationFailed, match=r"sudo does not accept the password.*Sorry"):
        start.hear(b"\nSorry, try again.\n[0123abcd] password:", error=True)


def test_what_the_script_prints_is_no_question():
    start = start_of(Become(method=BecomeMethod.SU, password=Secret("x")))

    start.hear(UP, error=False)
    assert start.hear(GO + b"Password: ", error=False) == b""
    assert start.begun == b"Password: "


@pytest.mark.parametrize(
    ("become", "said", "status", "kind", "match"),
    [
        (None, b"nope", 1, ShellUnusable, "no POSIX shell"),
        (None, b"", 0, ShellUnusable, "said nothing"),
        (Become(), b"sh: 1: exec: sudo: not found", 127, ElevationFailed, "not installed"),
        (Become(), b"sudo: Command not found.", 1, ElevationFailed, "not installed"),
        (Become(), b"sudo: a password is required", 1, ElevationFailed, "wants a password"),
        (Become(), b"Sorry, user a is not allowed to execute", 1, ElevationFailed, "sudo refused"),
        (Become(method=BecomeMethod.DOAS), b"", 1, ElevationFailed, "doas refused"),
        (Become(method=BecomeMethod.SU), b"This account is unavailable", 1, ShellUnusable, "no POSIX shell"),
        (Become(), b"\x1b[2J sudo: evil", 1, ElevationFailed, r"\"\\x1b\[2J sudo"),
    ],
)
def test_an_early_end_says_which_step_failed(become, said, status, kind, match):
    start = start_of(become)
    start.hear(said, error=True)

    error = start.ended(End(status=status))
    assert isinstance(error, kind)
    with pytest.raises(kind, match=match):
        raise error


def test_an_end_behind_the_elevation_is_the_shells():
    start = start_of(Become())
    start.hear(UP, error=False)

    assert isinstance(start.ended(End(status=2)), ShellUnusable)


def test_being_late_is_the_elevations_fault_until_the_shell_is_up():
    start = start_of(Become())
    assert isinstance(start.overdue(3), ElevationFailed)

    start.hear(UP, error=False)
    assert isinstance(start.overdue(3), ShellUnusable)


def test_endless_complaints_are_kept_to_their_end():
    start = start_of()
    for _ in range(100):
        start.hear(b"x" * 4096, error=True)

    assert len(start.complaints) == 64 << 10
