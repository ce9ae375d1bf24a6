"""A device's running configuration, fetched twice in one login."""

from __future__ import annotations

import asyncio

from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.model.errors import CommandFailed, UsageError
from ospatrol.model.host import Target, TransportKind
from ospatrol.patrol.order import RunOrder
from ospatrol.patrol.pins import as_pin, as_pinned_key
from ospatrol.store.registry import Registry
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.network import NetworkTransport

_MOST_BYTES = 8 << 20


def fetched_twice(target: Target, ready: ReadyProfile, order: RunOrder) -> tuple[str, str]:
    """The same answer twice, as the device wrote it; blocking.

    Args:
        target: The device.
        ready: Its profile: the first capture is asked for.
        order: Which workspace, and how long to wait; its plans are not looked at.

    Raises:
        HostError: the device cannot be asked, or refuses.
        StoreError: the registry of pinned keys cannot be read or written.
        UsageError: the host is no network device.
    """
    if target.transport is not TransportKind.NETWORK:
        raise UsageError(f"{target.host}: is no network device; set ansible_connection and ansible_network_os")
    registry = Registry.open(order.state)
    pinned = tuple(as_pinned_key(pin) for pin in registry.pins())
    first, second, transport = asyncio.run(
        _fetched(target, ready, order, HostKeys(pinned=pinned, accept_new=order.accept_new))
    )
    if transport.accepted:
        registry.pin([as_pin(key, "device") for key in transport.accepted])
    return first, second


async def _fetched(
    target: Target, ready: ReadyProfile, order: RunOrder, keys: HostKeys
) -> tuple[str, str, NetworkTransport]:
    capture = ready.profile.captures[0]
    commands = [word for word in (capture.command, capture.otherwise) if word]
    policy = DevicePolicy.of(target.platform, commands)
    transport = NetworkTransport(Rules(limits=order.connecting), keys, [policy])
    try:
        async with transport.open(target) as device:
            for command in commands:
                answers = [
                    await device.ask(command, limit_s=order.limits.command_s, limit_bytes=_MOST_BYTES) for _ in range(2)
                ]
                said = [line for line in answers[0].split("\n") if line.strip()]
                if len(said) > 3 or not any(ready.refused.matches(line) for line in said):
                    return answers[0], answers[1], transport
    finally:
        await transport.close()
    raise CommandFailed(f"{target.host}: the device refuses {' and '.join(commands)}")
