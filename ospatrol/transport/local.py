"""This machine as a host: the same scripts, the same elevation, no network."""

from __future__ import annotations

import asyncio
import getpass
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ospatrol.transport.host_connection import HostConnection, Login, Rules
from ospatrol.transport.local_wire import LocalWire, TerminalWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ospatrol.model.host import Target
    from ospatrol.transport.bootstrap import Launch

_REAP_S = 2.0


class LocalTransport:
    """Opens connections to this machine.

    Args:
        rules: What holds for every connection of the run.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    @asynccontextmanager
    async def open(self, target: Target) -> AsyncIterator[HostConnection]:
        """This machine as a host while the block runs."""
        wires: list[LocalWire] = []

        async def open_wire(launch: Launch) -> LocalWire:
            wire = await (TerminalWire if launch.terminal else LocalWire).open(launch)
            wires.append(wire)
            return wire

        login = Login(address="this machine", user=getpass.getuser())
        try:
            yield HostConnection(target, self._rules, open_wire, login=login)
        finally:
            await _reap(wires)


async def _reap(wires: list[LocalWire]) -> None:
    """Wait a moment for what was ended, so that nothing is left to the event loop."""
    closing = [asyncio.ensure_future(wire.closed()) for wire in wires]
    if closing:
        _, stubborn = await asyncio.wait(closing, timeout=_REAP_S)
        for task in stubborn:
            task.cancel()
