"""What hosts would be asked for policies, without asking them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from ospatrol.collect.command_policy import Refused, allowed
from ospatrol.collect.facts_answers import plan_questions
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.collect.policy import COLLECTOR, PolicyScope
from ospatrol.comply.network_facts import device_questions
from ospatrol.comply.questions import questions_of
from ospatrol.model.command import Command
from ospatrol.model.facts import Ask
from ospatrol.model.host import Target, TransportKind
from ospatrol.model.policy import Policy
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.policies import refused_commands
from ospatrol.patrol.rehearse_device import DeviceLine, DeviceRehearsal
from ospatrol.transport.dry import describe
from ospatrol.transport.policy import CommandPolicy


class RefusedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command that is never sent.

    Attributes:
        command: As written.
        reason: Why.
        checks: Which checks need it: `policy:check`.
    """

    command: str
    reason: str
    checks: tuple[str, ...]


class PolicyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a host would be asked; each thing once, in the order of the policies.

    Attributes:
        policies: Their ids.
        checks: How many checks they have together.
        files: Whose content is read.
        directories: Whose files are listed; some of those are then read.
        commands: What is run.
        processes: Whether the list of processes is read.
        refused: Commands that are never sent.
        allowed: Those among the commands that are sent only because the workspace allows them.
        script: Digest of the script that asks.
    """

    policies: tuple[str, ...]
    checks: int
    files: tuple[str, ...]
    directories: tuple[str, ...]
    commands: tuple[str, ...]
    processes: bool
    refused: tuple[RefusedCommand, ...]
    script: str
    allowed: tuple[str, ...] = ()


def plan_policies(policies: Iterable[Policy], allow: Collection[str] = ()) -> PolicyPlan:
    """What a host would be asked if every policy applied to it; a host is asked for those that do.

    Args:
        policies: Which.
        allow: Commands that the workspace allows beside those that are known to only read, exact or as globs.
    """
    policies = tuple(policies)
    asked = [same[0] for same in plan_questions(questions_of(policies), allow).asked.values()]

    def of(ask: Ask) -> tuple[str, ...]:
        return tuple(question.key for question in asked if question.ask is ask)

    return PolicyPlan(
        policies=tuple(policy.id for policy in policies),
        checks=sum(len(policy.checks) for policy in policies),
        files=of(Ask.FILE),
        directories=of(Ask.DIRECTORY),
        commands=(*of(Ask.COMMAND), *device_questions(policies)),
        processes=bool(of(Ask.PROCESSES)),
        refused=tuple(_refused(policies, allow)),
        script=FACTS_SCRIPT.digest,
        allowed=tuple(command for command in of(Ask.COMMAND) if isinstance(allowed(command), Refused)),
    )


def exec_lines(targets: Iterable[Target]) -> Iterator[tuple[str, str]]:
    """Each host with a shell, and the request that its SSH server would get.

    Raises:
        ElevationFailed: a host's elevation cannot be written down.
    """
    policy = CommandPolicy.of([FACTS_SCRIPT])
    for target in targets:
        if target.transport is not TransportKind.NETWORK:
            yield target.host, describe(policy, target, Command(script=FACTS_SCRIPT)).exec_line


def device_lines(targets: Iterable[Target], policies: Iterable[Policy]) -> Iterator[tuple[str, tuple[DeviceLine, ...]]]:
    """Each network device, and every line that it would be sent.

    Raises:
        ConfigError, ConfigErrors: a device profile cannot be used.
        ShellUnusable: nothing is known of a device's platform.
    """
    devices = [target for target in targets if target.transport is TransportKind.NETWORK]
    if not devices:
        return
    scope = PolicyScope()
    rehearsal = DeviceRehearsal({scope: tuple(policies)})
    task = TaskPlan(name=COLLECTOR.name, collector=COLLECTOR.name, arguments=scope)
    for target in devices:
        yield target.host, rehearsal.lines(HostPlan(target=target, tasks=(task,)))


def _refused(policies: Iterable[Policy], allow: Collection[str]) -> Iterator[RefusedCommand]:
    needed: dict[tuple[str, str], list[str]] = {}
    for policy in policies:
        for check, rule, reason in refused_commands(policy, allow):
            needed.setdefault((rule.locations[0], reason), []).append(f"{policy.id}:{check.id}")
    for (command, reason), checks in needed.items():
        yield RefusedCommand(command=command, reason=reason, checks=tuple(dict.fromkeys(checks)))
