"""What policies ask network devices: their configurations, whole or not at all, secrets masked before all else.

Each virtual system that the play's configuration task captures is judged for itself, as `fw1@customer-a`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from ospatrol.collect.config import ConfigFound, ConfigScope
from ospatrol.comply.network_facts import device_questions, facts_of, same_as
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import Capture
from ospatrol.model.event import Event
from ospatrol.model.facts import Facts, State
from ospatrol.model.policy import Policy
from ospatrol.model.run import TaskResult
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.config_tour import Tour, Toured, tour
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import HostPlan
from ospatrol.patrol.work import Outcome
from ospatrol.store.config_states import ConfigStates, subject_of
from ospatrol.transport.device import DeviceConnection

_MOST_BYTES = 64 << 20
_TOURING = 0.3  # of the host's time; its configurations are captured first
_STATES: Mapping[Reason, State] = {Reason.DENIED: State.NO_PERMISSION, Reason.BUDGET: State.TIMEOUT}


class Judgeable(msgspec.Struct, frozen=True, kw_only=True):
    """What one configuration on a device is judged by.

    Attributes:
        facts: What the device says; its host is the device, or a virtual system as `subject_of` names it.
        context: The virtual system; empty for the device's own.
        failures: What it was asked and did not say.
    """

    facts: Facts
    context: str = ""
    failures: tuple[Failure, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said.

    Attributes:
        each: Its own configuration, then those of the virtual systems that are wanted besides.
        failures: What is not known of its virtual systems.
        notes: For whoever reads the report.
    """

    each: tuple[Judgeable, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


class DeviceAsker:
    """Asks devices what policies need to know of them.

    Args:
        key: Keys the masks of secrets.

    Raises:
        ConfigErrors: a device profile cannot be used.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._profiles = ProfileLibrary()
        self._profiles.open()  # now: files are not to be read while hosts are asked

    def platform(self, device: DeviceConnection) -> str:
        """What policies call the platform of a device.

        Raises:
            ConfigError: no profile is for it.
        """
        return self._profiles.ready(device.target.platform).profile.platform

    async def ask_each(
        self, device: DeviceConnection, plan: HostPlan, policies: Iterable[Policy], *, limits: RunLimits, before: str
    ) -> Asked:
        """What the device says, virtual system by virtual system.

        Args:
            device: A login on it.
            plan: The host's; its configuration task says which virtual systems are wanted.
            policies: That will judge.
            limits: Seconds for each command, and for the host.
            before: The virtual system whose configuration is the device's own; see `own_context`.

        Raises:
            HostError: the connection was cut, or nothing at all could be asked.
            ConfigError: no profile is for its platform.
        """
        ready, at, host = self._profiles.ready(device.target.platform), time.time(), device.target.host
        platform = ready.profile.platform
        captures = {each: _capture_of(each, ready.profile.captures) for each in device_questions(policies, platform)}
        asked = {each.name: each for each in captures.values() if each is not None}

        async def ask(command: str) -> str:
            return await device.ask(command, limit_s=limits.command_s, limit_bytes=_MOST_BYTES)

        def judgeable(found: ConfigFound, context: str = "") -> Judgeable:
            said = {command: _said(capture, found) for command, capture in captures.items()}
            facts = facts_of(subject_of(host, context) if context else host, at, said, platform=platform)
            return Judgeable(facts=facts, context=context, failures=found.failures)

        ends = asyncio.get_running_loop().time() + _TOURING * limits.host_s
        wanted = Tour(scope=ConfigScope(contexts=_wanted(plan)), key=self._key, before=before, ends=ends)
        toured = await tour(device, ask, tuple(asked.values()), ready, wanted) if asked else Toured(own=ConfigFound())
        inner = (judgeable(found, context) for context, found in toured.inner.items())
        return Asked(each=(judgeable(toured.own), *inner), failures=toured.failures, notes=toured.notes)


def own_context(state: Path, host: str) -> str:
    """The virtual system whose configuration is kept as the device's own; empty if none is, or it is not known."""
    kept = (each for each in ConfigStates(state).all() if each.host == host and not each.device)
    return next((each.context for each in kept if each.context), "")


def _wanted(plan: HostPlan) -> tuple[str, ...]:
    scopes = (task.arguments for task in plan.tasks)
    return tuple(each for scope in scopes if isinstance(scope, ConfigScope) for each in scope.wanted_contexts)


def judged_together(outcomes: Sequence[Outcome], asked: Asked) -> Outcome:
    """What the configurations on a device came to, as one task's; alerts are about the device, and name the context."""
    own = outcomes[0]
    parts = list(zip(outcomes, asked.each, strict=True))
    keeps = [outcome.keep for outcome in outcomes if outcome.keep]

    def keep() -> None:
        for each in keeps:
            each()

    return Outcome(
        result=TaskResult(
            task=own.result.task,
            digest=tuple(_within(line, each, ": ") for outcome, each in parts for line in outcome.result.digest),
            failures=(
                *(
                    msgspec.structs.replace(failure, what=_at(failure.what, each))
                    for outcome, each in parts
                    for failure in outcome.result.failures
                ),
                *asked.failures,
            ),
        ),
        events=tuple(
            _of_device(event, asked.each[0].facts.host, each) for outcome, each in parts for event in outcome.events
        ),
        notes=(*(note for outcome in outcomes for note in outcome.notes), *asked.notes),
        keep=keep if keeps else None,
    )


def _within(line: str, each: Judgeable, between: str) -> str:
    return f"{each.context}{between}{line}" if each.context else line


def _at(what: str, each: Judgeable) -> str:
    return f"{what}@{each.context}" if each.context else what


def _of_device(event: Event, host: str, each: Judgeable) -> Event:
    if not each.context:
        return event
    fields = {**event.fields, "policy": _at(event.fields.get("policy", ""), each)}
    return msgspec.structs.replace(
        event, host=host, location=_at(event.location, each), text=_within(event.text, each, ": "), fields=fields
    )


def captures_for(policies: Iterable[Policy], ready: ReadyProfile) -> tuple[Capture, ...]:
    """The captures of a profile whose outputs policies judge, each once."""
    wanted = device_questions(policies, ready.profile.platform)
    found = [_capture_of(command, ready.profile.captures) for command in wanted]
    return tuple({each.name: each for each in found if each is not None}.values())


def _capture_of(command: str, captures: Iterable[Capture]) -> Capture | None:
    """The capture whose output is that of a command, or says the same."""
    names = same_as(command)
    return next((each for each in captures if each.command in names or each.otherwise in names), None)


def _said(capture: Capture | None, found: ConfigFound) -> str | State:
    if capture is None:
        return State.NOT_ALLOWED
    normal = found.captures.get(capture.name)
    if normal is not None:
        return normal.text
    if capture.name in found.absent:
        return State.MISSING
    reason = next((each.reason for each in found.failures if each.what == capture.name), Reason.ERROR)
    return _STATES.get(reason, State.CUT)
