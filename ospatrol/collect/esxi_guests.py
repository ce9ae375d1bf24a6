"""Guests of an ESXi host: what they are, how they are configured, which snapshots they have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from ospatrol.collect.esxi_dump import Part, options_of, read_dump
from ospatrol.collect.esxi_found import Found, shown
from ospatrol.collect.esxi_questions import GUESTS, MOST_GUESTS, command, guest_commands, guest_numbers
from ospatrol.integrity.esxi_guests import CONFIGURATION, GUEST, KINDS, SNAPSHOT
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Answer, State

_POWER = {"poweredOn": "on", "poweredOff": "off", "suspended": "suspended"}
_GONE = "ManagedObjectNotFound"
_SNAPSHOT_LINE = re.compile(r"-{0,9999}Snapshot (Name|Id|Desciption|Description|Created On|State) {0,20}: ?(.*)")
_MOST_SNAPSHOTS = 1000
# a snapshot puts a disk of changes before each disk, and that is told as a snapshot
_DISK_OF_CHANGES = re.compile(r"-[0-9]{6}(?=\.vmdk$)")
# what separates a guest from its host, or lets it see more of it; the rest moves by itself
_OPTIONS = re.compile(
    r"(?:isolation|remotedisplay|pcipassthru|vmx\.log|log|mks|svga|tools\.setinfo|tools\.guestlib|sched\.mem\.pshare|"
    r"monitor_control|devices\.hotplug|ethernet[0-9]{1,3}\.filter)\b.*",
    re.IGNORECASE,
)
_BACKED_BY = ("fileName", "deviceName")


class _Guest(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    number: str


def find_guests(found: Found) -> None:
    """Add every guest with its configuration and snapshots."""
    if found.text(GUEST, GUESTS) is None:
        return
    numbers = guest_numbers(found.facts)
    if len(numbers) >= MOST_GUESTS:
        found.gap(GUEST, Reason.LIMIT, f"only the first {MOST_GUESTS} guests were asked for")
    for guest in _guests(found, numbers):
        if not _add_configuration(found, guest):
            found.missing.append((CONFIGURATION, shown(guest.key)))
        if not _add_snapshots(found, guest):
            found.missing.append((SNAPSHOT, shown(guest.key)))
    if len(numbers) < MOST_GUESTS:
        found.whole.update(KINDS)


def _guests(found: Found, numbers: tuple[str, ...]) -> Iterator[_Guest]:
    """Each guest that can be read, added as an item."""
    keys: Counter[str] = Counter()
    for number in sorted(numbers, key=int):  # of two with one identity, the one that was registered first keeps it
        summary = _summary(found, number)
        if summary is None:
            continue
        config = summary.part("config")
        name, path = config.text("name"), config.text("vmPathName")
        uuid = config.text("instanceUuid")
        key = uuid or path
        keys[key] += 1
        if keys[key] > 1:
            key = f"{key} {path} {keys[key]}"
        power = summary.text("runtime", "powerState")
        fields = {"name": name, "path": path, "power": _POWER.get(power, power), "uuid": uuid, "number": number}
        found.add(GUEST, key, fields | {"template": "yes" if config.text("template") == "true" else ""})
        yield _Guest(key=key, number=number)


def _summary(found: Found, number: str) -> Part | None:
    """A guest's summary; None where there is no such guest, and where there is one that cannot be read."""
    words, _, _ = guest_commands(number)
    if _is_gone(found.facts.answer(command(words))):
        return None
    summary = found.dump(GUEST, words)
    if summary is None:
        found.missing.append((GUEST, number))
        return None
    state = summary.text("runtime", "connectionState")
    if summary.type != "vim.vm.Summary" or state != "connected" or not summary.text("config", "vmPathName"):
        found.gap(GUEST, Reason.ERROR, f"guest {number} cannot be read: it is {state or 'unknown'}")
        found.missing.append((GUEST, number))
        return None
    return summary


def _is_gone(answer: Answer) -> bool:
    """Whether there is no such guest: it was removed since, or a line of an annotation looked like one."""
    if answer.state is not State.OK or _GONE not in answer.content:
        return False
    part = read_dump(answer.content)
    return part.type.endswith(_GONE) if part else answer.status != 0


def _add_configuration(found: Found, guest: _Guest) -> bool:
    """Whether the configuration of a guest is known."""
    _, words, _ = guest_commands(guest.number)
    config = found.dump(CONFIGURATION, words)
    if config is None:
        return False
    hardware, boot = config.part("hardware"), config.part("bootOptions")
    devices = sorted(_device(each) for each in hardware.parts("device"))
    options = options_of(config, "extraConfig")
    fields: Mapping[str, str] = {
        "guest_os": config.text("guestId"),
        "hardware": config.text("version"),
        "cpus": hardware.text("numCPU"),
        "memory_mb": hardware.text("memoryMB"),
        "firmware": config.text("firmware"),
        "secure_boot": boot.text("efiSecureBootEnabled"),
        "annotation": config.text("annotation"),
        "devices": "; ".join(each for each in devices if each),
        "options": "; ".join(f"{key}={options[key]}" for key in sorted(options) if _OPTIONS.fullmatch(key)),
    }
    found.add(CONFIGURATION, guest.key, fields)
    return True


def _device(device: Part) -> str:
    """A device in a line: what it is called, and what is behind it, without what moves when a guest starts or stops."""
    label = device.text("deviceInfo", "label")
    backing = device.part("backing")
    behind = next((said for name in _BACKED_BY if (said := backing.text(name))), "")
    fixed = device.text("macAddress") if device.text("addressType").lower() in {"manual", "static"} else ""
    size = device.text("capacityInKB")
    starts = "connected at start" if device.text("connectable", "startConnected") == "true" else ""
    kind = device.type.rpartition(".")[2]
    told = (kind, _DISK_OF_CHANGES.sub("", behind), f"{size} KB" if size else "", fixed, starts)
    return f"{label}: {', '.join(each for each in told if each)}" if label else ""


def _add_snapshots(found: Found, guest: _Guest) -> bool:
    """Whether the snapshots of a guest are known."""
    _, _, words = guest_commands(guest.number)
    text = found.text(SNAPSHOT, words)
    if text is None:
        return False
    if not text.lstrip().startswith("Get Snapshot:"):
        found.gap(SNAPSHOT, Reason.ERROR, f"{words}: no list of snapshots")
        return False
    seen: Counter[str] = Counter()
    told = list(islice(_snapshots(text), _MOST_SNAPSHOTS + 1))
    for fields in told[:_MOST_SNAPSHOTS]:
        # a description may look like another snapshot: none hides behind it
        number = fields.get("id", "")
        seen[number] += 1
        again = f" ({seen[number]})" if seen[number] > 1 else ""
        found.add(SNAPSHOT, f"{guest.key} snapshot {number}{again}", fields | {"of": guest.key})
    if len(told) > _MOST_SNAPSHOTS:
        found.gap(SNAPSHOT, Reason.LIMIT, f"{words}: more than {_MOST_SNAPSHOTS} snapshots")
    return len(told) <= _MOST_SNAPSHOTS


def _snapshots(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        match = _SNAPSHOT_LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            continue
        name = {"Desciption": "description", "Created On": "created"}.get(match[1], match[1].lower())
        if name == "name":
            if fields:
                yield fields
            fields = {}
        fields.setdefault(name, match[2].strip())
    if fields:
        yield fields
