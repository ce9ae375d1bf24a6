"""Every exception of asyncssh, and what it becomes."""

from __future__ import annotations

import errno
import importlib
import inspect
import pkgutil
import socket

import asyncssh
import pytest
from asyncssh.saslprep import SASLPrepError

from ospatrol.model.errors import (
    AuthFailed,
    ConnectFailed,
    ConnectionCut,
    HostError,
    HostKeyChanged,
    HostKeyUnknown,
    ResolveFailed,
    ShellUnusable,
)
from ospatrol.transport.ssh_errors import Attempt, Stage, translated, worth_retrying

BEFORE = {
    asyncssh.ChannelOpenError: ConnectFailed,
    asyncssh.HostKeyNotVerifiable: HostKeyUnknown,
    asyncssh.IllegalUserName: AuthFailed,
    asyncssh.PasswordChangeRequired: AuthFailed,
    asyncssh.PermissionDenied: AuthFailed,
    SASLPrepError: AuthFailed,
}
"""What is not a failed connection, while there is no login; all else is ConnectFailed."""
WHILE = {**BEFORE, asyncssh.ChannelOpenError: ShellUnusable, asyncssh.KeyExchangeFailed: ConnectFailed}
"""What is not a cut connection, once there is a login."""
# Part of its interface for servers, files, keys and signals; none can come out of a login or a session
_NOT_OURS = (
    asyncssh.SFTPError, asyncssh.ProcessError, asyncssh.BreakReceived, asyncssh.SignalReceived,
    asyncssh.TerminalSizeChanged, asyncssh.ChannelListenError, asyncssh.KeyGenerationError,
)  # fmt: skip
# made and caught within asyncssh
_INNER = {"ASN1Error", "ASN1EncodeError", "ASN1DecodeError", "GSSError", "SoftEOFReceived"}


def raised_by_asyncssh():
    """Every exception class that asyncssh defines."""
    found = set()
    for module in pkgutil.iter_modules(asyncssh.__path__):
        if module.name in {"agent_win32", "gss_unix", "gss_win32"}:
            continue
        loaded = importlib.import_module(f"asyncssh.{module.name}")
        for _, kind in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(kind, BaseException) and kind.__module__.startswith("asyncssh."):
                found.add(kind)
    ours = {kind for kind in found if kind.__name__ not in _INNER and not issubclass(kind, _NOT_OURS)}
    return sorted(ours, key=lambda kind: kind.__name__)


def made(kind):
    """One exception of a class, whatever its signature."""
    for args in (("why",), (1, "why"), ("why", "en")):
        try:
            return kind(*args)
        except TypeError:
            continue
    raise AssertionError(kind)


def attempt(stage, **more):
    return Attempt(host="web1", where="root@10.0.0.5:22", user="root", stage=stage, **more)


@pytest.mark.parametrize("kind", raised_by_asyncssh(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.OPEN])
def test_whatever_asyncssh_raises_becomes_an_error_of_ours(kind, stage):
    error = made(kind)

    ours = translated(error, attempt(stage))

    expected = WHILE.get(kind, ConnectionCut) if stage is Stage.OPEN else BEFORE.get(kind, ConnectFailed)
    assert type(ours) is expected
    assert str(ours).startswith("web1: root@10.0.0.5:22: ")


@pytest.mark.parametrize(
    ("error", "kind", "match"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), ResolveFailed, "has no address"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), ConnectFailed, "refused"),
        (OSError(errno.EHOSTUNREACH, "x"), ConnectFailed, "no route"),
        (OSError(errno.ENETUNREACH, "x"), ConnectFailed, "no route"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), ConnectFailed, "timed out"),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 111] b"), ConnectFailed, "Multiple"),
        (TimeoutError(), ConnectFailed, "no answer in time"),
        (ValueError("\x1b[2Jevil"), ConnectFailed, r"\\x1b\[2Jevil"),
        (asyncssh.DisconnectError(2, "Too many authentication failures"), AuthFailed, "IdentitiesOnly"),
        (asyncssh.HostKeyNotVerifiable("Host CA key is revoked"), HostKeyChanged, "revoked"),
        (asyncssh.KeyExchangeFailed("odd"), ConnectFailed, "no agreement on algorithms: odd"),
        (
            asyncssh.KeyExchangeFailed("No matching encryption algorithm found, sent a and received 3des-cbc,arcfour"),
            ConnectFailed,
            r"offers only 3des-cbc,arcfour for encryption.*-o Ciphers=\+3des-cbc$",
        ),
    ],
    ids=repr,
)
def test_messages_say_what_to_do(error, kind, match):
    with pytest.raises(kind, match=match):
        raise translated(error, attempt(Stage.CONNECT))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(errno.ECONNRESET, "x"), ConnectionCut),
        (asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "SSH connection closed"), ConnectionCut),
        (asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "no"), ShellUnusable),
    ],
)
def test_errors_of_a_login_that_stands(error, kind):
    assert type(translated(error, attempt(Stage.OPEN))) is kind


def test_a_late_login_is_told_from_a_late_answer():
    assert "login was not finished" in str(translated(TimeoutError(), attempt(Stage.LOGIN)))


def test_an_error_of_ours_stays_as_it_is():
    error = ShellUnusable("mine")

    assert translated(error, attempt(Stage.CONNECT)) is error


def test_a_refused_key_says_more_than_what_followed_from_it():
    refusal = HostKeyChanged("changed")

    assert translated(asyncssh.ConnectionLost("lost"), attempt(Stage.LOGIN, refusal=refusal)) is refusal


def chained(cause):
    error = translated(cause, attempt(Stage.CONNECT))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "x"), True),
        (socket.gaierror(socket.EAI_NONAME, "x"), False),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), True),
        (asyncssh.ConnectionLost("x"), True),
        (TimeoutError(), False),
        (asyncssh.KeyExchangeFailed("x"), False),
        (asyncssh.PermissionDenied("x"), False),
        (asyncssh.ConfigParseError("x"), False),
    ],
    ids=repr,
)
def test_only_what_may_go_away_is_tried_again(cause, again):
    assert worth_retrying(chained(cause)) is again


def test_every_error_is_one_of_ours():
    assert all(issubclass(kind, HostError) for kind in (*BEFORE.values(), *WHILE.values()))


def test_a_host_that_hangs_up_early_may_speak_old_algorithms_only():
    early = translated(asyncssh.ConnectionLost("Connection lost"), attempt(Stage.LOGIN))
    late = translated(asyncssh.ConnectionLost("Connection lost"), attempt(Stage.LOGIN, tried=["the agent's keys"]))

    assert "ansible_ssh_common_args: -o KexAlgorithms=+" in str(early)
    assert "ansible_ssh_common_args" not in str(late)
