"""Every error that OSPatrol raises on purpose.

OSPatrolError
├── ConfigError            what a person wrote wrongly, with its place
│   └── UndefinedVariable      a template uses a variable that nobody gave
├── ConfigErrors           every mistake that was found, at once
├── UsageError             a command that cannot be carried out as asked
├── StoreError             what OSPatrol remembers cannot be read or written
│   └── StoreLocked        another run holds the workspace
└── HostError              one host cannot be assessed; names the step that failed
    ├── ResolveFailed          step resolve
    ├── ConnectFailed          step connect: refused, unreachable, timed out, cut before the login
    ├── HostKeyUnknown         step host key
    ├── HostKeyChanged         step host key
    ├── AuthFailed             step auth
    ├── ElevationFailed        step elevation: wrong password, command missing, not allowed
    ├── ShellUnusable          step shell: what answers is no POSIX shell
    ├── CommandNotAllowed      step policy: the command is not one a collector declared
    ├── CommandTimedOut        step command
    ├── CommandFailed          step command: killed, or ended with an unexpected status
    ├── ConnectionCut          step command: the connection ended in mid-stream
    └── OutputTooLarge         step command: more bytes than the limit
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from ospatrol.model.place import Place


class OSPatrolError(Exception):
    """Anything that OSPatrol refuses or could not do, in a sentence for a person."""


class ConfigError(OSPatrolError):
    """Something a person wrote wrongly.

    Attributes:
        place: Where it stands.
        problem: What is wrong and what to do, without the place.
    """

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class UndefinedVariable(ConfigError):
    """A template uses a variable that nobody gave.

    Attributes:
        name: The variable's; empty where the template does not say it (a missing attribute).
    """

    def __init__(self, place: Place, problem: str, *, name: str = "") -> None:
        super().__init__(place, problem)
        self.name = name


class ConfigErrors(OSPatrolError):
    """All mistakes that were found in what a person wrote, in the order of their places."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.place))
        super().__init__("\n".join(str(error) for error in self.errors))


class UsageError(OSPatrolError):
    """A command that cannot be carried out as asked; says what to do instead."""


class StoreError(OSPatrolError):
    """What OSPatrol remembers cannot be read or written."""


class StoreLocked(StoreError):
    """Another run holds the workspace; the message names its owner."""


class HostError(OSPatrolError):
    """One host cannot be assessed.

    Attributes:
        step: The step that failed, as `ospatrol doctor` names it.
        transient: Whether trying again soon may help.
    """

    step: ClassVar[str] = "host"
    transient: ClassVar[bool] = False


class ResolveFailed(HostError):
    """The host's name has no address."""

    step = "resolve"
    transient = True


class ConnectFailed(HostError):
    """No SSH server answered: refused, unreachable, timed out, or cut before the login."""

    step = "connect"
    transient = True


class HostKeyUnknown(HostError):
    """The host showed a key that nobody vouched for."""

    step = "host key"


class HostKeyChanged(HostError):
    """The host showed another key than the one that is known: an attack, or a new installation.

    Attributes:
        seen: Fingerprint of the key shown (`SHA256:...`, as `ssh-keygen -l` prints).
        known: Fingerprints of the keys on record.
    """

    step = "host key"

    def __init__(self, message: str, *, seen: str = "", known: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.seen = seen
        self.known = known


class AuthFailed(HostError):
    """The host accepted none of the ways to log in that were offered."""

    step = "auth"


class ElevationFailed(HostError):
    """sudo, su or doas refused, asked for a password that nobody gave, or is missing."""

    step = "elevation"


class ShellUnusable(HostError):
    """What answers behind the login is no POSIX shell."""

    step = "shell"


class CommandNotAllowed(HostError):
    """The command is none that a collector declared; nothing was sent."""

    step = "policy"


class CommandTimedOut(HostError):
    """The host did not finish within the limit."""

    step = "command"


class CommandFailed(HostError):
    """The remote side was killed or ended with a status that it should not have."""

    step = "command"


class ConnectionCut(HostError):
    """The connection ended in mid-stream."""

    step = "command"
    transient = True


class OutputTooLarge(HostError):
    """The host sent more bytes than the limit allows."""

    step = "command"
