"""Logging in on simulated devices in one line."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ospatrol.model.command import Sent
from ospatrol.model.host import Enable, Target, TransportKind
from ospatrol.model.secret import Secret
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from ospatrol.transport.network import NetworkTransport
from tests.devices.shapes import SHAPES
from tests.devices.simulator import Device, Rack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ospatrol.transport.network_session import DeviceSession


@dataclass(kw_only=True)
class Bench:
    """Switches devices on, and logs in on them."""

    rack: Rack
    key: Path
    folder: Path
    limits: Limits = field(default_factory=lambda: Limits(attempts=1, start_s=10))
    host_keys: HostKeys = field(default_factory=HostKeys)
    sent: list[Sent] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)

    def on(self, platform: str, config: str = "", **more: object) -> tuple[Device, Target]:
        """A device, and how to reach it."""
        device = Device(platform=platform, config=config, host_key=self.key, **more)
        return device, self.target(device, self.rack.add(device))

    def target(self, device: Device, port: int) -> Target:
        known_hosts = self.folder / f"known-{port}"
        public = self.key.with_name(f"{self.key.name}.pub").read_text().split()
        known_hosts.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
        options = {
            "configfile": "none",
            "userknownhostsfile": str(known_hosts),
            "globalknownhostsfile": "none",
            "identityagent": "none",
            "pubkeyauthentication": "no",
        }
        return Target(
            host=device.name,
            address="127.0.0.1",
            port=port,
            transport=TransportKind.NETWORK,
            user=device.user,
            password=Secret(device.password),
            ssh_options=options,
            enable=Enable(secret=Secret(device.enable) if device.enable else None) if device.shape.enable else None,
            platform=device.platform,
        )

    def transport(self, *commands: str) -> NetworkTransport:
        policies = [
            DevicePolicy.of(platform, (*shape.shows, shape.version, *commands)) for platform, shape in SHAPES.items()
        ]
        rules = Rules(limits=self.limits, record=self.sent.append, clock=lambda: 1.0)
        return NetworkTransport(rules, self.host_keys, policies)

    @asynccontextmanager
    async def login(self, target: Target, *commands: str) -> AsyncIterator[DeviceSession]:
        transport = self.transport(*commands)
        try:
            async with transport.open(target) as session:
                yield session
        finally:
            await transport.close()
