"""Devices of our own, written for tests and the demonstration: a router and a firewall."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.devices.simulator import Device

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = Path(__file__).with_name("sessions")
DEVICES = {"edge1": ("ios", "edge1-ios"), "fw1": ("asa", "fw1-asa")}


def said_by(name: str) -> dict[str, str]:
    """What a device of ours prints, by command."""
    folder = _FOLDER / DEVICES[name][1]
    return {path.stem.replace("_", " "): path.read_text() for path in sorted(folder.glob("*.txt"))}


def own_device(name: str, host_key: Path, running: Callable[[], str] | None = None, **more: object) -> Device:
    """A device of ours.

    Args:
        name: `edge1` or `fw1`.
        host_key: Its private key.
        running: Gives its running configuration each time it is asked for; what is written here where None.
        more: What `Device` takes.
    """
    said = said_by(name)
    configuration = said.pop("show running-config")
    startup = said.pop("show startup-config")
    fields = {"config": running or configuration, "startup": startup, "replies": said, "name": name}
    return Device(platform=DEVICES[name][0], host_key=host_key, **(fields | more))
