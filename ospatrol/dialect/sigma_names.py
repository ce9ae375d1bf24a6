"""The events that a Sigma log source means, as conditions, and the names of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.sigma_sources import (
    AUDITD,
    PREFIXES,
    PROGRAMS,
    REGISTRY_TYPES,
    RENAMED,
    WEB,
    WEB_CATEGORIES,
    WEB_MARKS,
    WINDOWS_4688,
    WINDOWS_CATEGORIES,
    WINDOWS_PROVIDERS,
    WINDOWS_SERVICES,
    WINDOWS_SYSTEM,
)
from ospatrol.model.rule import Condition, Operator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.model.place import Place


class LogSource(msgspec.Struct, frozen=True, kw_only=True):
    """A log source as written, in lower case; what is not said is empty.

    Attributes:
        product: Such as `windows`.
        category: Such as `process_creation`.
        service: Such as `sysmon`.
    """

    product: str = ""
    category: str = ""
    service: str = ""

    @property
    def windows(self) -> bool:
        """Whether its events are those of Windows."""
        return self.product == "windows"

    def __str__(self) -> str:
        return "/".join(each for each in (self.product, self.category, self.service) if each)


def names_of(field: str, source: LogSource) -> str:
    """What a field may be called in events of a source, as conditions name it: `a|b` for the first that is there."""
    name = field.lower()
    return "|".join(dict.fromkeys(_names(name, source)))


def _names(name: str, source: LogSource) -> Iterable[str]:
    plain = (name, RENAMED[name]) if name in RENAMED else (name,)
    if source.windows:
        if name in WINDOWS_SYSTEM:
            return (f"win.system.{WINDOWS_SYSTEM[name]}", *plain)
        known = WINDOWS_4688.get(name, (name,)) if source.category == "process_creation" else (name,)
        return (*(f"win.eventdata.{each}" for each in known), *known, *plain)
    if source.service == "auditd" and name in AUDITD:
        return (AUDITD[name], *plain)
    if source.category in WEB_CATEGORIES and name in WEB:
        return (*plain, WEB[name])
    if source.product in PREFIXES:
        return (*plain, f"{PREFIXES[source.product]}{name}")
    return plain


def selection(source: LogSource, place: Place) -> tuple[Condition, ...]:
    """What events must be like to be of a source; nothing for sources that are told by their fields alone."""
    if source.windows:
        return _windows(source, place)
    if source.service == "auditd":
        decoded = Condition(field="decoder", operator=Operator.EQUALS, operands=("auditd",), place=place)
        program = _equals("program_name", ("auditd", "audispd", "audisp-syslog", "audit"), place, captured=False)
        return (_any((decoded, program, _exists("audit.type|type", place)), place),)
    if source.product in {"linux", ""} and source.service in PROGRAMS:
        return (_equals("program_name", PROGRAMS[source.service], place, captured=False),)
    if source.category in WEB_CATEGORIES:
        decoded = _equals("category", WEB_CATEGORIES[source.category], place, captured=False)
        return (_any((decoded, _exists("|".join(WEB_MARKS), place)), place),)
    return ()


def _windows(source: LogSource, place: Place) -> tuple[Condition, ...]:
    asked: list[Condition] = []
    if source.service in WINDOWS_SERVICES:
        asked.append(_channel(WINDOWS_SERVICES[source.service], source, place))
    if source.category in WINDOWS_CATEGORIES:
        choices = [
            _all(
                (_channel(channels, source, place), _event_ids(events, source, place)),
                place,
            )
            for channels, events in WINDOWS_CATEGORIES[source.category]
        ]
        asked.extend(choices[0].parts if len(choices) == 1 else (_any(tuple(choices), place),))
    if source.category in REGISTRY_TYPES:
        asked.append(_equals(names_of("EventType", source), REGISTRY_TYPES[source.category], place))
    if source.category in WINDOWS_PROVIDERS:
        asked.append(_equals(names_of("Provider_Name", source), WINDOWS_PROVIDERS[source.category], place))
    return tuple(asked)


def _channel(channels: tuple[str, ...], source: LogSource, place: Place) -> Condition:
    return _equals(names_of("Channel", source), channels, place)


def _event_ids(events: tuple[int, ...], source: LogSource, place: Place) -> Condition:
    return _equals(names_of("EventID", source), tuple(map(str, events)), place)


def _equals(field: str, operands: tuple[str, ...], place: Place, *, captured: bool = True) -> Condition:
    return Condition(field=field, operator=Operator.EQUALS, operands=operands, place=place, captured=captured)


def _exists(field: str, place: Place) -> Condition:
    return Condition(field=field, operator=Operator.EXISTS, place=place, captured=True)


def _any(parts: tuple[Condition, ...], place: Place) -> Condition:
    return Condition(field="", operator=Operator.ANY, parts=parts, place=place)


def _all(parts: tuple[Condition, ...], place: Place) -> Condition:
    return Condition(field="", operator=Operator.ALL, parts=parts, place=place)
