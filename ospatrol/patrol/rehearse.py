"""What a run would send, without connecting to anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ospatrol.collect.files import COLLECTOR
from ospatrol.collect.scope import words
from ospatrol.model.command import Command, Script, Sent
from ospatrol.model.files import FileScope
from ospatrol.model.host import TransportKind
from ospatrol.patrol.collectors import collectors, declared_scripts
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.transport.dry import describe
from ospatrol.transport.policy import CommandPolicy


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
        CommandNotAllowed: a collector would send what it did not declare.
        ElevationFailed: a host's elevation cannot be written down.
    """
    policy = CommandPolicy.of(declared_scripts())
    for plan in plans:
        for task in plan.tasks if plan.target.transport is not TransportKind.NETWORK else ():
            first = _first(task)
            for script in collectors()[task.collector].scripts:
                command = first if first is not None and first.script == script else Command(script=script)
                sent = describe(policy, plan.target, command)
                yield Rehearsed(sent=sent, script=script, certain=command is first)


def _first(task: TaskPlan) -> Command | None:
    """What is sent whatever the host answers; None if that cannot be said of a task."""
    if isinstance(task.arguments, FileScope):
        return Command(script=COLLECTOR.scripts[0], args=words(task.arguments))
    scripts = collectors()[task.collector].scripts
    return Command(script=scripts[0]) if len(scripts) == 1 else None
