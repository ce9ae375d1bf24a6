"""The configuration of a device: asked for with the commands of its profile, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.integrity.config_normal import Normal, normalise
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.integrity.config_secrets import mask_lines
from ospatrol.integrity.config_whole import absent, not_whole
from ospatrol.model.command import Command, Script
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import Capture, CaptureRole
from ospatrol.model.errors import (
    CommandFailed,
    CommandNotAllowed,
    CommandTimedOut,
    ConfigError,
    ConnectionCut,
    HostError,
    OutputTooLarge,
)
from ospatrol.model.text import escape_controls
from ospatrol.transport.connection import Connection

_MOST_BYTES = 64 << 20
_DETAIL = 300
_REASONS: Mapping[type[HostError], Reason] = {
    OutputTooLarge: Reason.TOO_BIG,
    CommandTimedOut: Reason.BUDGET,
    CommandFailed: Reason.ERROR,
}
Ask: TypeAlias = Callable[[str], Awaitable[str]]
"""Asks a device one command of its profile; all that it printed."""

VTYSH = Script(
    name="vtysh",
    text="""case "$1" in
*[!a-zA-Z0-9\\ -]*) exit 64 ;;
"show "*) ;;
*) exit 64 ;;
esac
exec vtysh -c "$1" 2>&1
""",
)
"""Asks FRR on a Unix host; it shows, and does nothing else."""


class ConfigScope(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of the collector `config`.

    Attributes:
        profile: Name of the device profile; empty for that of `ansible_network_os`, and `frr` on a Unix host.
        captures: Which of the profile's captures; the running and the startup configuration otherwise.
        golden: Path of a golden configuration, from the workspace.
        unsaved: Whether a startup configuration that differs from the running one is told.
        contexts: Whose configurations besides that of where the login lands: `all`, or names of virtual systems and
            shell patterns of them.
        max_bytes: How long an answer may be.
        command_s: How long an answer may take, in seconds.
    """

    profile: str = ""
    captures: tuple[str, ...] = ()
    golden: str = ""
    unsaved: bool = True
    contexts: tuple[str, ...] | str = ()
    max_bytes: int = 8 << 20
    command_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not 1024 <= self.max_bytes <= _MOST_BYTES:
            raise ValueError(f"max_bytes: between 1024 and {_MOST_BYTES}")
        if not 1.0 <= self.command_s <= 3600.0:
            raise ValueError("command_s: between 1 and 3600 seconds")

    @property
    def wanted_contexts(self) -> tuple[str, ...]:
        """Shell patterns of the virtual systems that are wanted; none if the session stays where it lands."""
        named = (self.contexts,) if isinstance(self.contexts, str) else self.contexts
        return tuple("*" if each == "all" else each for each in named)


COLLECTOR = Collector(name="config", scripts=(VTYSH,), arguments=ConfigScope)


class ConfigFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said.

    Attributes:
        captures: Normalised and without secrets, by the capture's name; only what was captured whole.
        absent: Captures of which the device says that there is nothing.
        failures: Why others are missing.
    """

    captures: Mapping[str, Normal] = msgspec.field(default_factory=dict)
    absent: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def chosen_captures(scope: ConfigScope, ready: ReadyProfile) -> tuple[Capture, ...]:
    """What is asked for, in the profile's order.

    Raises:
        ConfigError: the profile has no capture of a name that was chosen.
    """
    known = ready.profile.captures
    if not scope.captures:
        return tuple(capture for capture in known if capture.role is not CaptureRole.INVENTORY)
    names = [capture.name for capture in known]
    for name in scope.captures:
        if name not in names:
            raise ConfigError(ready.profile.place, f"the profile has no capture {name!r}; it has {', '.join(names)}")
    return tuple(capture for capture in known if capture.name in scope.captures)


async def collect_config(ask: Ask, captures: tuple[Capture, ...], ready: ReadyProfile, key: bytes) -> ConfigFound:
    """Ask for each capture; secrets are masked before anything else is done with an answer.

    Args:
        ask: Asks the device.
        captures: What for.
        ready: The device's profile.
        key: Keys the masks of secrets.

    Raises:
        HostError: the connection was cut, or nothing at all could be asked.
    """
    found: dict[str, Normal] = {}
    nothing: list[str] = []
    failures: list[Failure] = []
    for capture in captures:
        answer: str | Normal | Failure | None
        try:
            answer = await _answer(ask, capture, ready)
        except ConnectionCut as error:
            if not found:
                raise
            answer = _failure(capture, Reason.CUT, error)
        if isinstance(answer, str):  # in a thread: a device may say what takes half a minute to read
            answer = await asyncio.to_thread(_read, answer, capture, ready, key)
        if isinstance(answer, Failure):
            failures.append(answer)
        elif answer is None:
            nothing.append(capture.name)
        else:
            found[capture.name] = answer
    return ConfigFound(captures=found, absent=tuple(nothing), failures=tuple(failures))


def _read(answer: str, capture: Capture, ready: ReadyProfile, key: bytes) -> Normal | Failure | None:
    """What an answer comes to; None where the device says that it has nothing of the kind."""
    if absent(answer, capture):
        return None
    failure = not_whole(answer, capture, ready)
    return normalise(answer, ready, key) if failure is None else _masked(failure, ready, key)


async def _answer(ask: Ask, capture: Capture, ready: ReadyProfile) -> str | Failure:
    answer: str | Failure = ""
    for command in filter(None, (capture.command, capture.otherwise)):
        try:
            answer = await ask(command)
        except CommandNotAllowed as error:  # nothing was sent: the other command may be allowed
            answer = _failure(capture, Reason.DENIED, error)
            continue
        except tuple(_REASONS) as error:
            return _failure(capture, _REASONS[type(error)], error)
        if not _is_refusal(answer, capture, ready):
            break
    return answer


def _failure(capture: Capture, reason: Reason, error: HostError) -> Failure:
    return Failure(what=capture.name, reason=reason, detail=escape_controls(str(error), _DETAIL))


def _is_refusal(answer: str, capture: Capture, ready: ReadyProfile) -> bool:
    failure = not_whole(answer, capture, ready)
    return failure is not None and failure.reason is Reason.DENIED


def _masked(failure: Failure, ready: ReadyProfile, key: bytes) -> Failure:
    """The failure without a secret that the device may have repeated in its error message."""
    shown = mask_lines([failure.detail], ready, key).lines[0]
    return msgspec.structs.replace(failure, detail=escape_controls(shown, _DETAIL))


def ask_by_vtysh(connection: Connection, scope: ConfigScope) -> Ask:
    """Asks FRR on a Unix host, one command a script."""

    async def ask(command: str) -> str:
        pieces: list[bytes] = []
        async with connection.start(
            Command(script=VTYSH, args=(command,)), limit_s=scope.command_s, limit_bytes=scope.max_bytes
        ) as channel:
            await channel.end_input()
            while piece := await channel.read():
                pieces.append(piece)
            status = await channel.finish()
        if status == 127:
            raise CommandFailed(f"{connection.target.host}: vtysh is missing; is this a host that runs FRR?")
        if status:
            raise CommandFailed(f"{connection.target.host}: vtysh ended with {status} at `{command}`")
        return b"".join(pieces).decode("utf-8", "replace")

    return ask
