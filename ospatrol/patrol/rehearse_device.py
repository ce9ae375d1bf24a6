"""What a run would send to network devices, without connecting to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from ospatrol.collect.config import ConfigScope, chosen_captures
from ospatrol.collect.policy import PolicyScope
from ospatrol.model.device_profile import Capture, Contexts
from ospatrol.model.host import Target
from ospatrol.model.policy import Policy
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.policy_device import captures_for
from ospatrol.transport.device_platforms import DevicePlatform, platform_named

SECRET = "(secret)"  # noqa: S105 - what stands for one
"""What stands for the secret of a privileged mode, as in the transcript."""


class DeviceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line that a device would get, each once, in this order.

    Attributes:
        text: As the transcript would have it; empty if nothing is sent for a task, and `when` says why.
        when: When it is sent; empty for always.
    """

    text: str
    when: str = ""


class DeviceRehearsal:
    """Says what devices would be sent.

    Args:
        policies: Of each policy task, by its arguments.

    Raises:
        ConfigErrors: a device profile cannot be used.
    """

    def __init__(self, policies: Mapping[PolicyScope, Iterable[Policy]]) -> None:
        self._policies = policies
        self._profiles = ProfileLibrary()
        self._profiles.open()

    def lines(self, plan: HostPlan) -> tuple[DeviceLine, ...]:
        """Everything that one device would be sent, from the login to the logout.

        Raises:
            ShellUnusable: nothing is known of its platform.
            ConfigError, ConfigErrors: its profile cannot be used, or has not what a task asks for.
        """
        platform = platform_named(plan.target.platform, plan.target.host)
        asked = dict.fromkeys(line for task in plan.tasks for line in self._of_task(plan.target, task))
        later = (line for line in asked if line.text not in platform.prepare)
        return (*_before(plan.target, platform), *later, DeviceLine(text=platform.logout))

    def _of_task(self, target: Target, task: TaskPlan) -> Iterator[DeviceLine]:
        scope = task.arguments
        if isinstance(scope, ConfigScope):
            ready = self._profiles.ready(scope.profile or target.platform)
            yield from _asking(chosen_captures(scope, ready))
            yield from _moving(ready.profile.contexts, scope.wanted_contexts)
        elif isinstance(scope, PolicyScope):
            ready = self._profiles.ready(target.platform)
            captures = captures_for(self._policies[scope], ready)
            yield from _asking(captures)
            yield from _moving(ready.profile.contexts if captures else None)
        else:
            yield DeviceLine(text="", when=f"the task {task.name!r}: a network device runs no scripts")


def _before(target: Target, platform: DevicePlatform) -> Iterator[DeviceLine]:
    """What makes a session ready."""
    if platform.unix_shell:
        yield DeviceLine(text=platform.unix_shell[1], when="if the login is in a Unix shell")
    if target.enable is not None and platform.driver:
        yield DeviceLine(text=platform.elevate, when="unless the login is privileged")
        if target.enable.secret is not None:
            yield DeviceLine(text=SECRET, when="if the device asks for it")
    for command in platform.prepare:
        yield DeviceLine(text=command)


def _asking(captures: Iterable[Capture]) -> Iterator[DeviceLine]:
    for capture in captures:
        yield DeviceLine(text=capture.command)
        if capture.otherwise:
            yield DeviceLine(text=capture.otherwise, when=f"if the device refuses `{capture.command}`")


def _moving(contexts: Contexts | None, wanted: Collection[str] = ()) -> Iterator[DeviceLine]:
    """What finds virtual systems, and leads into those that are wanted."""
    if contexts is None:
        return
    if contexts.probe:
        yield DeviceLine(text=contexts.probe)
    several = f"if it has several {contexts.called}s" if contexts.probe else ""
    if contexts.at_home:
        yield DeviceLine(text=contexts.at_home.ask, when=several)
    for step in contexts.reach:
        yield DeviceLine(text=step.send or step.ask, when=several)
    yield DeviceLine(text=contexts.list, when=several)
    if contexts.list_otherwise:
        yield DeviceLine(text=contexts.list_otherwise, when=f"if the device refuses `{contexts.list}`")
    inside = f"if it has several {contexts.called}s"
    back = contexts.enter if contexts.reach else ()
    for step in (*contexts.enter, *contexts.leave) if wanted else back:
        yield DeviceLine(text=step.send or step.ask, when=inside)
    for capture in contexts.captures if wanted else ():
        yield DeviceLine(text=capture.command, when=inside)
