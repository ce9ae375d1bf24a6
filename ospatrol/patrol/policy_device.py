"""What policies ask network devices: their configurations, whole or not at all, secrets masked before all else."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from ospatrol.collect.config import ConfigFound, collect_config
from ospatrol.comply.network_facts import device_questions, facts_of, same_as
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import Capture
from ospatrol.model.facts import Facts, State
from ospatrol.model.policy import Policy
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.transport.device import DeviceConnection

_MOST_BYTES = 64 << 20
_STATES: Mapping[Reason, State] = {Reason.DENIED: State.NO_PERMISSION, Reason.BUDGET: State.TIMEOUT}


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

    async def ask(
        self, device: DeviceConnection, policies: Iterable[Policy], *, limit_s: float
    ) -> tuple[Facts, tuple[Failure, ...]]:
        """What the device says, and what it was asked and did not say.

        Args:
            device: A login on it.
            policies: That will judge.
            limit_s: Seconds for each command.

        Raises:
            HostError: the connection was cut, or nothing at all could be asked.
            ConfigError: no profile is for its platform.
        """
        ready, at = self._profiles.ready(device.target.platform), time.time()
        wanted = device_questions(policies, ready.profile.platform)
        captures = {command: _capture_of(command, ready.profile.captures) for command in wanted}

        async def ask(command: str) -> str:
            return await device.ask(command, limit_s=limit_s, limit_bytes=_MOST_BYTES)

        asked = {each.name: each for each in captures.values() if each is not None}
        found = await collect_config(ask, tuple(asked.values()), ready, self._key)
        said = {command: _said(capture, found) for command, capture in captures.items()}
        return facts_of(device.target.host, at, said, platform=ready.profile.platform), found.failures


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
