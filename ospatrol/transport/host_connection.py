"""One login on one host, whatever carries it: the policy is asked, the transcript is written, the script is started."""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.command import Command, Sent
from ospatrol.transport.bootstrap import Launch, launch
from ospatrol.transport.channel import running
from ospatrol.transport.limits import Limits
from ospatrol.transport.policy import CommandPolicy, policy_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ospatrol.model.host import Become, Target
    from ospatrol.transport.channel import ScriptChannel
    from ospatrol.transport.wire import Wire


def _forget(_sent: Sent) -> None:
    """Keep no transcript."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every connection of a run.

    Attributes:
        limits: How long to wait, how often to try.
        policies: What may be sent, one policy a platform; nothing where there is none.
        record: Is told of each command just before it leaves; the run's transcript.
        clock: Seconds since the epoch, UTC.
    """

    limits: Limits = Limits()
    policies: tuple[CommandPolicy, ...] = ()
    record: Callable[[Sent], None] = _forget
    clock: Callable[[], float] = time.time


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a login once it stands; for people.

    Attributes:
        address: Where the host answered.
        server: What the server calls itself; escaped.
        host_key: Type and fingerprint.
        user: Whom we are logged in as.
    """

    address: str = ""
    server: str = ""
    host_key: str = ""
    user: str = ""


class HostConnection:
    """The interface that collectors see (`connection.Connection`).

    Args:
        target: The host.
        rules: What holds for every connection of the run.
        open_wire: Sends what it is given, and nothing else.
        login: What is known of the login.
        notes: What the reader of a report should know of it.
    """

    def __init__(
        self,
        target: Target,
        rules: Rules,
        open_wire: Callable[[Launch], Awaitable[Wire]],
        *,
        login: Login,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.target = target
        self.notes = notes
        self.login = login
        self._rules = rules
        self._policy = policy_for(target.platform, rules.policies)
        self._open_wire = open_wire

    @asynccontextmanager
    async def start(self, command: Command, *, limit_s: float, limit_bytes: int) -> AsyncIterator[ScriptChannel]:
        """Elevate if the target says so, start a declared script, and end it at the latest when the block ends."""
        ready = prepare(self._policy, self.target, command, user=self.login.user, nonce=secrets.token_hex(8))
        self._rules.record(as_sent(ready, self._rules.clock()))
        wire = await self._open_wire(ready)
        start_s = self._rules.limits.start_s
        async with running(wire, ready, start_s=start_s, limit_s=limit_s, limit_bytes=limit_bytes) as channel:
            yield channel


def prepare(policy: CommandPolicy, target: Target, command: Command, *, user: str, nonce: str) -> Launch:
    """A command as it would leave for a target; every way to a host goes through here.

    Args:
        policy: What may be sent.
        target: The host.
        command: What shall run.
        user: Whom the login is; root need not become root.
        nonce: As `bootstrap.launch` wants it.

    Raises:
        CommandNotAllowed, ElevationFailed: as `bootstrap.launch`.
    """
    return launch(policy, command, host=target.host, become=_needed(target.become, user), nonce=nonce)


def as_sent(ready: Launch, at: float) -> Sent:
    """The line of the transcript for a command; no secret is in it, because none is in the command."""
    script = ready.command.script
    return Sent(
        host=ready.host,
        at=at,
        exec_line=ready.exec_line,
        script=script.name,
        digest=script.digest,
        args=ready.command.args,
    )


def _needed(become: Become | None, user: str) -> Become | None:
    return None if become is not None and become.user == user == "root" else become
