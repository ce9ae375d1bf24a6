"""What starts by itself: units of systemd, scripts of System V and OpenRC, inittab(5), rc.conf(5), rc.local."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ospatrol.collect.state_reading import Reading, Source, command, file, folder, shown
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question

_TYPES = ("service", "timer", "socket", "path")
_FILES = command(f"systemctl list-unit-files --no-pager --no-legend --type={','.join(_TYPES)}")
_PROPERTIES = "Id,Type,ActiveState,UnitFileState,TriggeredBy"
_LOADED = command(
    f"systemctl show --no-pager --all --property={_PROPERTIES} {' '.join(f'*.{each}' for each in _TYPES)}"
)
_LEVELS = ("0", "1", "2", "3", "4", "5", "6", "S")
_RUNLEVELS = "/etc/runlevels"
_INITTAB = "/etc/inittab"
_RC_LOCAL = ("/etc/rc.local", "/etc/rc.d/rc.local")
_RC_CONF = ("/etc/rc.conf", "/etc/rc.conf.local")
_UNIT = re.compile(r"[^\s/]{1,300}\.(?:" + "|".join(_TYPES) + ")")
_SETTING = re.compile(r"\s*(?:export\s+)?([A-Za-z0-9_]{1,100})=(.*)")
_NOT_BOOTED = ("has not been booted", "Failed to connect to bus", "Host is down")
_SETTLED = {"activating": "active", "reloading": "active", "deactivating": "inactive", "refreshing": "active"}


def _asks(_: Facts) -> Iterator[Question]:
    yield from (_FILES, _LOADED, folder(_RUNLEVELS))
    yield from (folder(f"/etc/rc{level}.d") for level in _LEVELS)
    yield from (file(path) for path in (_INITTAB, *_RC_LOCAL, *_RC_CONF))


def _reads(reading: Reading) -> None:
    if reading.has(_FILES):
        _systemd(reading)
    _scripts(reading)
    for path in reading.folder(_RUNLEVELS):
        level, _, name = path[len(_RUNLEVELS) + 1 :].partition("/")
        reading.add(f"openrc {name}", runlevel=level)
    for path in (_INITTAB, *_RC_LOCAL):
        for line in reading.scrubbed(path):
            if line.strip() and not line.lstrip().startswith("#"):
                reading.add_shown(f"{path}: {' '.join(line.split())}")
    for path in _RC_CONF:
        for line in reading.scrubbed(path):
            setting = _SETTING.match(line)
            if setting:
                reading.add_shown(f"{path}: {setting[1]}", value=setting[2].strip()[:500])


def _systemd(reading: Reading) -> None:
    listed = reading.output(_FILES)
    if listed is None:
        return
    if reading.facts.answer(_FILES).status:
        reading.miss(Reason.ERROR, f"systemctl: {shown(listed.strip(), 100)}")
        return
    loaded = _loaded(reading)
    enabled: dict[str, str] = {}
    for line in listed.split("\n"):
        words = line.split()
        if len(words) >= 2 and _UNIT.fullmatch(words[0]) and words[1] != "transient":
            enabled[words[0]] = words[1]
    for unit in loaded:
        # instances of templates come and go with logins, devices and connections, but for those that are enabled
        if "@" in unit and _state(loaded[unit]) in {"enabled", "linked"}:
            enabled.setdefault(unit, _state(loaded[unit]))
    for unit, state in enabled.items():
        active = _active(loaded.get(unit, {}), state)
        reading.add(unit, enabled=state.removesuffix("-runtime"), active=active)


def _loaded(reading: Reading) -> dict[str, dict[str, str]]:
    """What systemd has loaded, by name; nothing where it does not run."""
    said = reading.output(_LOADED) or ""
    if reading.facts.answer(_LOADED).status and any(word in said for word in _NOT_BOOTED):
        return {}
    if reading.facts.answer(_LOADED).status:
        reading.miss(Reason.ERROR, f"systemctl: {shown(said.strip(), 100)}")
    found: dict[str, dict[str, str]] = {}
    for block in said.split("\n\n"):
        properties = {}
        for line in block.split("\n"):
            name, equals, value = line.partition("=")
            if equals:
                properties[name] = value
        if _UNIT.fullmatch(properties.get("Id", "")):
            found[properties["Id"]] = properties
    return found


def _state(properties: Mapping[str, str]) -> str:
    return properties.get("UnitFileState", "").removesuffix("-runtime")


def _active(properties: Mapping[str, str], enabled: str) -> str:
    """Whether a unit is active, if it is one that stays so: not what runs once, or when it is asked for."""
    once = properties.get("Type") in {"oneshot", "dbus"} or properties.get("TriggeredBy")
    if once or enabled.removesuffix("-runtime") not in {"enabled", "disabled", "linked", "generated"}:
        return ""
    state = properties.get("ActiveState", "")
    return _SETTLED.get(state, state)


def _scripts(reading: Reading) -> None:
    levels: dict[str, str] = {}
    for level in _LEVELS:
        place = f"/etc/rc{level}.d"
        for path in reading.folder(place):
            started = re.fullmatch(r"S[0-9]{2}(.+)", path[len(place) + 1 :])
            if started:
                levels[started[1]] = levels.get(started[1], "") + level
    for name, found in levels.items():
        reading.add(f"sysv {name}", runlevels=found)


UNITS = Source(asks=_asks, reads=_reads)
