"""Every step on the way to a host, and the one that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum

import msgspec

from ospatrol.model.errors import HostError
from ospatrol.model.host import Target, TransportKind
from ospatrol.model.text import escape_controls
from ospatrol.patrol.order import RunOrder
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.store.registry import Registry
from ospatrol.transport.host_connection import HostConnection, Login, Rules
from ospatrol.transport.host_keys import HostKeys, PinnedKey
from ospatrol.transport.limits import Limits
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.network import NetworkTransport
from ospatrol.transport.network_session import DeviceSession
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.probe import OPTIONAL, PROBE, Userland, read_userland
from ospatrol.transport.ssh import SshTransport

_DEVICE_ADVICE = {
    "elevation": "check ansible_become_password; the account may also be given the rights at once",
    "host key": "compare the fingerprint at the device's console before you trust it",
    "shell": "try `{ssh}`; check ansible_network_os",
}
_PROBE_S = 60.0
_PROBE_BYTES = 64 << 10


class Step(StrEnum):
    """What has to work, in this order."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    HOST_KEY = "host key"
    AUTH = "auth"
    ELEVATION = "elevation"
    SHELL = "shell"
    TOOLS = "tools"


class StepStatus(StrEnum):
    """How a step went."""

    OK = "ok"
    FAILED = "failed"
    NOT_REACHED = "not reached"


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """One step on the way to one host.

    Attributes:
        step: Which.
        status: How it went.
        seen: What was seen; fit to show.
        advice: What to do next; empty where nothing is wrong.
    """

    step: Step
    status: StepStatus
    seen: str = ""
    advice: str = ""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """The way to one host.

    Attributes:
        host: The inventory name.
        steps: All of them, in order.
        notes: What the reader should know though nothing failed.
    """

    host: str
    steps: tuple[StepResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether every step works."""
        return all(step.status is StepStatus.OK for step in self.steps)


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The ways to all hosts.

    Attributes:
        examinations: In the order of the targets.
        accepted: Host keys that were pinned on the way.
    """

    examinations: tuple[Examination, ...]
    accepted: tuple[PinnedKey, ...] = ()


def consult(targets: Sequence[Target], order: RunOrder) -> tuple[Examination, ...]:
    """Try every step to every host, with the pinned keys of a workspace; pins new ones where the order says so.

    Args:
        targets: The hosts.
        order: Which workspace, how long to wait, how many hosts at once; its plans are not looked at.

    Raises:
        StoreError: the registry of pinned keys cannot be read or written.
    """
    registry = Registry.open(order.state) if order.accept_new or order.state.is_dir() else None
    pinned = tuple(as_pinned_key(pin) for pin in registry.pins()) if registry else ()
    host_keys = HostKeys(pinned=pinned, accept_new=order.accept_new)
    limits = msgspec.structs.replace(order.connecting, attempts=1)
    diagnosis = asyncio.run(diagnose(targets, host_keys=host_keys, limits=limits, forks=order.limits.forks))
    if registry and diagnosis.accepted:
        registry.pin([as_pin(key, "doctor") for key in diagnosis.accepted])
    return diagnosis.examinations


async def diagnose(targets: Sequence[Target], *, host_keys: HostKeys, limits: Limits, forks: int) -> Diagnosis:
    """Try every step to every host.

    Args:
        targets: The hosts.
        host_keys: What is known of host keys besides the known_hosts files.
        limits: How long to wait.
        forks: How many hosts at once.
    """
    rules = Rules(limits=limits, policies=(CommandPolicy.of([PROBE.script]),))
    ssh, local, network = SshTransport(rules, host_keys), LocalTransport(rules), NetworkTransport(rules, host_keys)
    gate = asyncio.Semaphore(forks)

    async def one(target: Target) -> Examination:
        async with gate:
            match target.transport:
                case TransportKind.SSH:
                    return await examine(target, ssh.open)
                case TransportKind.LOCAL:
                    return await examine(target, local.open)
                case TransportKind.NETWORK:
                    return await examine_device(target, network.open)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(target)) for target in targets]
    finally:
        await ssh.close()
        await network.close()
    accepted = ssh.accepted + network.accepted
    return Diagnosis(examinations=tuple(task.result() for task in tasks), accepted=accepted)


async def examine(
    target: Target, connect: Callable[[Target], AbstractAsyncContextManager[HostConnection]]
) -> Examination:
    """Try every step to one host; whatever fails is in the result.

    Args:
        target: The host.
        connect: Opens a login.
    """
    passed: dict[Step, str] = {}
    notes: tuple[str, ...] = ()
    try:
        async with connect(target) as connection:
            passed |= _login_seen(target, connection.login)
            notes = connection.notes
            userland = await _probe(connection)
    except HostError as error:
        return Examination(host=target.host, steps=_until(error, target, passed), notes=notes)
    passed |= _userland_seen(target, userland)
    tools = _tools_result(userland)
    return Examination(host=target.host, steps=(*_passed(passed), tools), notes=notes)


async def examine_device(
    target: Target, connect: Callable[[Target], AbstractAsyncContextManager[DeviceSession]]
) -> Examination:
    """Try every step to one network device; whatever fails is in the result.

    Args:
        target: The device.
        connect: Opens a login, elevated and with paging off.
    """
    try:
        async with connect(target) as session:
            seen = _login_seen(target, session.login) | {
                Step.ELEVATION: session.platform.elevate if target.enable else "none asked for",
                Step.SHELL: f"{session.platform.os}, prompt {escape_controls(session.prompt.text, 80)}",
            }
            prepared = ", ".join(session.platform.prepare) or "none is needed"
            tools = StepResult(step=Step.TOOLS, status=StepStatus.OK, seen=f"preparation: {prepared}")
            return Examination(host=target.host, steps=(*_passed(seen), tools), notes=session.notes)
    except HostError as error:
        return Examination(host=target.host, steps=_until(error, target, {}))


async def _probe(connection: HostConnection) -> Userland:
    async with connection.start(PROBE, limit_s=_PROBE_S, limit_bytes=_PROBE_BYTES) as channel:
        await channel.end_input()
        said = bytearray()
        while piece := await channel.read():
            said += piece
        return read_userland(bytes(said))


def _login_seen(target: Target, login: Login) -> dict[Step, str]:
    if target.transport is TransportKind.LOCAL:
        here = "this machine"
        return {Step.RESOLVE: here, Step.CONNECT: here, Step.HOST_KEY: here, Step.AUTH: f"as {login.user}"}
    return {
        Step.RESOLVE: login.address,
        Step.CONNECT: login.server,
        Step.HOST_KEY: login.host_key,
        Step.AUTH: f"as {login.user}",
    }


def _userland_seen(target: Target, userland: Userland) -> dict[Step, str]:
    become = target.become
    elevation = f"{become.method} to {userland.user}" if become else f"none asked for; scripts run as {userland.user}"
    return {Step.ELEVATION: elevation, Step.SHELL: f"POSIX sh, {userland.system}, {userland.flavour} tools"}


def _tools_result(userland: Userland) -> StepResult:
    seen = ", ".join(userland.tools) or "none"
    if userland.lacking:
        advice = f"install {' and '.join(userland.lacking)}, or put it on the login's PATH"
        return StepResult(step=Step.TOOLS, status=StepStatus.FAILED, seen=seen, advice=advice)
    missing = [tool for tool in OPTIONAL if tool not in userland.tools]
    advice = f"without {', '.join(missing)} not everything can be collected" if missing else ""
    return StepResult(step=Step.TOOLS, status=StepStatus.OK, seen=seen, advice=advice)


def _passed(seen: dict[Step, str]) -> tuple[StepResult, ...]:
    return tuple(StepResult(step=step, status=StepStatus.OK, seen=seen.get(step, "")) for step in list(Step)[:-1])


def _until(error: HostError, target: Target, seen: dict[Step, str]) -> tuple[StepResult, ...]:
    """All steps, where one failed: what came before it works, what comes after was not reached."""
    failed = Step(error.step) if error.step in set(Step) else Step.TOOLS
    order = list(Step)
    at = order.index(failed)
    return (
        *(StepResult(step=step, status=StepStatus.OK, seen=seen.get(step, "")) for step in order[:at]),
        StepResult(step=failed, status=StepStatus.FAILED, seen=str(error), advice=_advice(failed, target)),
        *(StepResult(step=step, status=StepStatus.NOT_REACHED) for step in order[at + 1 :]),
    )


def _advice(step: Step, target: Target) -> str:
    """What to do next, with the command that shows more."""
    port = f"-p {target.port} " if target.port else ""
    user = f"{target.user}@" if target.user else ""
    password = ", ansible_password" if target.password is not None else ""
    device = target.transport is TransportKind.NETWORK
    ssh = f"ssh -v {port}{user}{target.address}{'' if device else ' true'}"
    if device and step in _DEVICE_ADVICE:
        return _DEVICE_ADVICE[step].format(ssh=ssh)
    return {
        Step.RESOLVE: f"try `getent hosts {target.address}`; set ansible_host to an address that answers",
        Step.CONNECT: f"try `{ssh}`; check ansible_port, the firewall, and that the SSH server runs",
        Step.HOST_KEY: "compare the fingerprint on the host itself before you trust it",
        Step.AUTH: f"try `{ssh}`; check ansible_user{password} and ansible_ssh_private_key_file",
        Step.ELEVATION: "check ansible_become_method, ansible_become_user and ansible_become_password",
        Step.SHELL: f"try `{ssh}`; give the account a POSIX login shell",
        Step.TOOLS: "try again; if it stays so, look at the host's own logs",
    }[step]
