"""Two routers, a firewall and, for root, an ESXi host on loopback; an inventory that names them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from embedded import write_keys

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.devices.sessions import own_device, said_by
from tests.devices.simulator import Device, Rack
from tests.esxi.simulator import esxi_host, why_not

SECRET = "demo-enable"
PLATFORMS = {"edge1": "cisco.ios.ios", "edge2": "cisco.ios.ios", "fw1": "cisco.asa.asa"}


class Devices:
    """Devices that live as long as the `with` block.

    Attributes:
        running: The configuration of each, by name; to be changed.
        esx: The ESXi host; None for who is not root.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "devices"
        self._stack = ExitStack()
        self.running = {"edge1": _config("edge1"), "edge2": _config("edge1", "edge2"), "fw1": _config("fw1")}
        self.why_no_esx = why_not()

    def __enter__(self) -> Self:
        self._folder.mkdir()
        write_keys(self._folder, "device")
        rack = Rack()
        self._stack.callback(rack.stop)
        self._ports = {name: rack.add(self._device(name)) for name in self.running}
        self.esx = None if self.why_no_esx else self._stack.enter_context(esxi_host(self._folder / "esx1"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _device(self, name: str) -> Device:
        device = own_device(
            "fw1" if name == "fw1" else "edge1",
            self._folder / "device",
            running=lambda: self.running[name],
            startup=self.running[name],
            password=SECRET,
            enable=SECRET,
        )
        return replace(device, name=name)

    def write_inventories(self, workspace: Path) -> None:
        """`devices.yml` and, if there is an ESXi host, `hypervisors.yml`; passwords belong into a vault elsewhere."""
        login = {
            "ansible_connection": "network_cli",
            "ansible_host": "127.0.0.1",
            "ansible_user": "oper",
            "ansible_password": SECRET,
            "ansible_become": True,
            "ansible_become_method": "enable",
            "ansible_become_password": SECRET,
        }
        hosts = {
            name: {"ansible_port": port, "ansible_network_os": PLATFORMS[name]} for name, port in self._ports.items()
        }
        _write(workspace / "devices.yml", login, hosts)
        if self.esx is not None:
            options = f"-F none -o UserKnownHostsFile={self.esx.known_hosts} -o GlobalKnownHostsFile=none"
            login = {
                "ansible_host": "127.0.0.1",
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(self.esx.key_file),
                "ansible_ssh_common_args": options,
            }
            _write(workspace / "hypervisors.yml", login, {"esx1": {"ansible_port": self.esx.port}})


def _config(name: str, called: str | None = None) -> str:
    return said_by(name)["show running-config"].replace(name, called or name)


def _write(path: Path, login: dict[str, object], hosts: dict[str, dict[str, object]]) -> None:
    path.write_text(yaml.safe_dump({"all": {"vars": login, "hosts": hosts}}, sort_keys=False))
