"""What asyncssh and the sockets below it raise -> our errors, once, here."""

from __future__ import annotations

import errno
import socket
from enum import Enum
from typing import TYPE_CHECKING

import asyncssh
import msgspec
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
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOO_MANY = "too many authentication failures"
# what does not go away by itself, though a host may be unreachable for a moment otherwise
_LASTING = (asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported, TimeoutError, ValueError)
# a host without a common algorithm may hang up before what it offered is read
_HUNG_UP = (
    "; it hung up before anything was agreed on: it is busy, or speaks old algorithms only, "
    "which are allowed for this host with ansible_ssh_common_args: -o KexAlgorithms=+... (or Ciphers, MACs)"
)
_OPTION_OF = {
    "key exchange": "KexAlgorithms",
    "encryption": "Ciphers",
    "MAC": "MACs",
    "host key": "HostKeyAlgorithms",
}


class Stage(Enum):
    """How far a login had come."""

    CONNECT = "connect"
    LOGIN = "login"
    OPEN = "open"


class Attempt(msgspec.Struct, kw_only=True):
    """One try to log in, as far as it has come; what the messages of its errors say.

    Attributes:
        host: The inventory name.
        where: `user@address:port`.
        user: Whom to log in as.
        stage: How far it has come.
        tried: What was offered as proof, and what could not be.
        refusal: The judgement on the host's key, where it was refused.
        our_host_keys: The host key algorithms that were offered.
        their_host_keys: Those of the host, where the connection was lost before the login.
    """

    host: str
    where: str
    user: str
    stage: Stage = Stage.CONNECT
    tried: list[str] = msgspec.field(default_factory=list)
    refusal: HostError | None = None
    our_host_keys: tuple[str, ...] = ()
    their_host_keys: tuple[str, ...] = ()

    def clarified(self, error: Exception) -> Exception:
        """The error that a host means which hangs up because it has no host key of a kind that was offered."""
        if not self.their_host_keys or set(self.our_host_keys) & set(self.their_host_keys):
            return error
        ours, theirs = ",".join(self.our_host_keys), ",".join(self.their_host_keys)
        return asyncssh.KeyExchangeFailed(f"No matching host key algorithm found, sent {ours} and received {theirs}")


def translated(error: Exception, attempt: Attempt) -> HostError:
    """The error of ours for one of the library's or the system's."""
    if attempt.refusal is not None:
        return attempt.refusal
    if isinstance(error, HostError):
        return error
    said = escape_controls(str(error) or type(error).__name__, 400)
    if attempt.stage is Stage.LOGIN and not attempt.tried and isinstance(error, asyncssh.ConnectionLost | OSError):
        said += _HUNG_UP
    at = f"{attempt.host}: {attempt.where}"
    return (
        _of_the_way(error, at, said, attempt.stage)
        or _of_the_key(error, at, said)
        or _of_the_proof(error, at, said, attempt)
        or (ConnectionCut if attempt.stage is Stage.OPEN else ConnectFailed)(f"{at}: {said}")
    )


def _of_the_way(error: Exception, at: str, said: str, stage: Stage) -> HostError | None:
    match error:
        case socket.gaierror():
            return ResolveFailed(f"{at}: the name has no address ({said}); check ansible_host")
        case asyncssh.ChannelOpenError():
            return _channel_refused(error, at, said, stage)
        case TimeoutError() if error.errno is None:
            return _overdue(at, stage)
        case OSError() if stage is Stage.CONNECT:
            return ConnectFailed(f"{at}: {_os_reason(error)}")
        case _:
            return None


def _of_the_key(error: Exception, at: str, said: str) -> HostError | None:
    match error:
        case asyncssh.HostKeyNotVerifiable() if "revoked" in said.lower():
            return HostKeyChanged(f"{at}: the host's key was refused: {said}")
        case asyncssh.HostKeyNotVerifiable():
            return HostKeyUnknown(f"{at}: the host's key cannot be verified: {said}")
        case asyncssh.KeyExchangeFailed():
            return ConnectFailed(f"{at}: {_no_common(said)}")
        case _:
            return None


def _of_the_proof(error: Exception, at: str, said: str, attempt: Attempt) -> HostError | None:
    match error:
        case asyncssh.PermissionDenied():
            return AuthFailed(f"{at}: the host accepted no login as {attempt.user!r}; {_tried(attempt.tried)}")
        case asyncssh.DisconnectError() if _TOO_MANY in said.lower():
            return AuthFailed(f"{at}: too many keys were offered; name the right one and set IdentitiesOnly=yes")
        case asyncssh.IllegalUserName() | SASLPrepError():
            return AuthFailed(f"{at}: the user name cannot be sent: {said}")
        case asyncssh.PasswordChangeRequired():
            return AuthFailed(f"{at}: the password has expired; change it by hand")
        case _:
            return None


def worth_retrying(error: HostError) -> bool:
    """Whether the same attempt may succeed in a moment."""
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    return error.transient and not isinstance(cause, _LASTING)


def _tried(tried: Sequence[str]) -> str:
    return f"tried {', '.join(tried)}" if tried else "there was nothing to offer: no key, no agent, no password"


def _no_common(said: str) -> str:
    """`No matching MAC algorithm found, sent a,b and received c` -> what to do about it."""
    kind = next((kind for kind in _OPTION_OF if f"matching {kind} algorithm" in said), "")
    theirs = said.rpartition(" received ")[2]
    if not kind:
        return f"no agreement on algorithms: {said}"
    option = f"-o {_OPTION_OF[kind]}=+{theirs.partition(',')[0]}"
    return (
        f"the host offers only {theirs} for {kind}; if you accept that for it alone: ansible_ssh_common_args: {option}"
    )


def _channel_refused(error: asyncssh.ChannelOpenError, at: str, said: str, stage: Stage) -> HostError:
    if stage is Stage.CONNECT:  # a jump host could not reach the target
        return ConnectFailed(f"{at}: the jump host cannot reach it: {said}")
    if error.code == asyncssh.OPEN_CONNECT_FAILED:
        return ConnectionCut(f"{at}: the connection ended: {said}")
    return ShellUnusable(f"{at}: the host refuses to run a command: {said}")


def _overdue(at: str, stage: Stage) -> HostError:
    if stage is Stage.CONNECT:
        return ConnectFailed(f"{at}: no answer in time; check the address, the port and the firewall between")
    return ConnectFailed(f"{at}: the login was not finished in time")


def _os_reason(error: OSError) -> str:
    match error.errno:
        case errno.ECONNREFUSED:
            return "connection refused; is the SSH server running, and is the port right?"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            return "no route to the host"
        case _:
            return escape_controls(error.strerror or str(error), 300)
