"""What a run would send, without connecting to anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ospatrol.collect.config import VTYSH, ConfigScope, chosen_captures
from ospatrol.collect.scope import words
from ospatrol.model.command import Command, Script, Sent
from ospatrol.model.files import FileScope
from ospatrol.model.host import Target, TransportKind
from ospatrol.patrol.collectors import collectors, declared_scripts
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.transport.dry import describe
from ospatrol.transport.policy import CommandPolicy

_UNIX, _ON_UNIX = "posix", "frr"


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """One command that a run would or may send.

    Attributes:
        sent: As the transcript would have it; `<nonce>` stands for what is new each time.
        script: Its script.
        certain: Whether it is sent whatever the host answers; otherwise only if changes have to be explained, with
            arguments that depend on the answers.
    """

    sent: Sent
    script: Script
    certain: bool


def rehearse(plans: Iterable[HostPlan]) -> Iterator[Rehearsed]:
    """Every command of a run on hosts with a shell, checked against the same policy that the transport enforces.

    Raises:
        ConfigError, ConfigErrors: a device profile cannot be used, or has not what a task asks for.
        CommandNotAllowed: a collector would send what it did not declare.
        ElevationFailed: a host's elevation cannot be written down.
    """
    policy, profiles = CommandPolicy.of(declared_scripts()), ProfileLibrary()
    for plan in plans:
        for task in plan.tasks if plan.target.transport is not TransportKind.NETWORK else ():
            certain = _certain(plan.target, task, profiles)
            for script in collectors()[task.collector].scripts:
                told = [command for command in certain if command.script == script]
                for command in told or [Command(script=script)]:
                    sent = describe(policy, plan.target, command)
                    yield Rehearsed(sent=sent, script=script, certain=bool(told))


def _certain(target: Target, task: TaskPlan, profiles: ProfileLibrary) -> tuple[Command, ...]:
    """What is sent whatever the host answers; nothing if that cannot be said of a task."""
    scripts, scope = collectors()[task.collector].scripts, task.arguments
    if isinstance(scope, FileScope):
        return (Command(script=scripts[0], args=words(scope)),)
    if isinstance(scope, ConfigScope):
        ready = profiles.ready(scope.profile or (_ON_UNIX if target.platform == _UNIX else target.platform))
        return tuple(Command(script=VTYSH, args=(each.command,)) for each in chosen_captures(scope, ready))
    return (Command(script=scripts[0]),) if len(scripts) == 1 else ()
