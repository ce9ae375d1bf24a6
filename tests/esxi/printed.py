"""How ESXi prints: tables of esxcli as comma-separated values, and guests as vim-cmd shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


def csv_of(rows: Sequence[Mapping[str, str]]) -> str:
    """`esxcli --formatter=csv`: columns in order of their names, and a comma at the end of each line."""
    if not rows:
        return ""
    names = sorted(rows[0])
    lines = [",".join(names) + ","]
    lines += ["".join(f"{_cell(row[name])}," for name in names) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"\n\r') else value


def options_of(settings: Mapping[str, str]) -> str:
    """`vim-cmd hostsvc/advopt/settings`."""
    options = ",\n".join(
        f'   (vim.option.OptionValue) {{\n      key = "{k}",\n      value = {v}\n   }}' for k, v in settings.items()
    )
    return f"(vim.option.OptionValue) [\n{options}\n]\n"


@dataclass(kw_only=True)
class Guest:
    """One guest as the host knows it."""

    number: int
    name: str
    path: str
    uuid: str
    power: str = "poweredOff"
    annotation: str = ""
    cpus: int = 1
    memory_mb: int = 2048
    options: dict[str, str] = field(default_factory=dict)
    snapshots: list[tuple[int, str, str]] = field(default_factory=list)
    connection: str = "connected"

    def row(self) -> tuple[str, ...]:
        return (str(self.number), self.name, self.path, "ubuntu64Guest", "vmx-21", self.annotation)

    def summary(self) -> str:
        return f"""Listsummary:

(vim.vm.Summary) {{
   vm = 'vim.VirtualMachine:{self.number}',
   runtime = (vim.vm.RuntimeInfo) {{
      host = 'vim.HostSystem:ha-host',
      connectionState = "{self.connection}",
      powerState = "{self.power}",
      bootTime = <unset>,
   }},
   config = (vim.vm.Summary.ConfigSummary) {{
      name = "{self.name}",
      template = false,
      vmPathName = "{self.path}",
      memorySizeMB = {self.memory_mb},
      numCpu = {self.cpus},
      instanceUuid = "{self.uuid}",
      guestId = "ubuntu64Guest",
      annotation = "{self.annotation}",
   }},
   quickStats = (vim.vm.Summary.QuickStats) {{
      overallCpuUsage = {self.number % 97},
   }},
}}
"""

    def config(self) -> str:
        running = "true" if self.power == "poweredOn" else "false"
        disk = f"disk-{len(self.snapshots):06d}.vmdk" if self.snapshots else "disk.vmdk"
        extra = {"nvram": f"{self.name}.nvram", "guestinfo.seen": running} | self.options
        options = ",\n".join(
            f'      (vim.option.OptionValue) {{\n         key = "{k}",\n         value = "{v}"\n      }}'
            for k, v in extra.items()
        )
        return f"""Configuration:

(vim.vm.ConfigInfo) {{
   changeVersion = "2026-05-01T0{len(self.snapshots)}:00:00.000000Z",
   name = "{self.name}",
   version = "vmx-21",
   instanceUuid = "{self.uuid}",
   guestId = "ubuntu64Guest",
   annotation = "{self.annotation}",
   files = (vim.vm.FileInfo) {{
      vmPathName = "{self.path}",
   }},
   hardware = (vim.vm.VirtualHardware) {{
      numCPU = {self.cpus},
      memoryMB = {self.memory_mb},
      device = (vim.vm.device.VirtualDevice) [
         (vim.vm.device.VirtualDisk) {{
            key = 2000,
            deviceInfo = (vim.Description) {{
               label = "Hard disk 1",
               summary = "16,777,216 KB"
            }},
            backing = (vim.vm.device.VirtualDisk.FlatVer2BackingInfo) {{
               fileName = "[datastore1] {disk}",
            }},
            capacityInKB = 16777216
         }},
         (vim.vm.device.VirtualVmxnet3) {{
            key = 4000,
            deviceInfo = (vim.Description) {{
               label = "Network adapter 1",
               summary = "VM Network"
            }},
            backing = (vim.vm.device.VirtualEthernetCard.NetworkBackingInfo) {{
               deviceName = "VM Network",
            }},
            connectable = (vim.vm.device.VirtualDevice.ConnectInfo) {{
               startConnected = true,
               connected = {running}
            }},
            addressType = "generated",
            macAddress = "00:0c:29:00:00:{self.number % 100:02d}"
         }}
      ]
   }},
   extraConfig = (vim.option.OptionValue) [
{options}
   ],
   bootOptions = (vim.vm.BootOptions) {{
      efiSecureBootEnabled = true,
   }},
   firmware = "efi"
}}
"""

    def snapshot_list(self) -> str:
        lines = ["Get Snapshot:"]
        for depth, (number, name, description) in enumerate(self.snapshots):
            dashes = "--" * depth
            lines += [
                f"{dashes}|-{'CHILD' if depth else 'ROOT'}",
                f"{dashes}--Snapshot Name        : {name}",
                f"{dashes}--Snapshot Id        : {number}",
                f"{dashes}--Snapshot Desciption  : {description}",
                f"{dashes}--Snapshot Created On  : 5/1/2026 19:0:{number}",
                f"{dashes}--Snapshot State       : powered off",
            ]
        return "".join(f"{line}\n" for line in lines)


def guest_list(guests: Iterable[Guest]) -> str:
    """`vim-cmd vmsvc/getallvms`: each column as wide as its longest value."""
    rows = [("Vmid", "Name", "File", "Guest OS", "Version", "Annotation"), *(guest.row() for guest in guests)]
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    return "".join("   ".join((*(row[at].ljust(widths[at]) for at in range(5)), row[5])) + "\n" for row in rows)
