"""Events of the Windows event channel, as Wazuh's agents send them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ospatrol.decode.internal import Inside
from ospatrol.decode.json_fields import json_fields, read_json
from ospatrol.decode.json_text import Json, compact, members, quoted
from ospatrol.decode.windows_audit import CATEGORIES, POLICY_CHANGES, SUBCATEGORIES
from ospatrol.decode.xml_text import Element, read_xml
from ospatrol.model.decoder import JsonArrays

_SEVERITIES = {"1": "CRITICAL", "2": "ERROR", "3": "WARNING", "4": "INFORMATION", "5": "VERBOSE"}
_AUDIT_FAILURE = 0x10000000000000
_AUDIT_SUCCESS = 0x20000000000000
_HEX = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{1,16})").match
_CODE = re.compile(r"%%([0-9]++)")
_EMPTY = {"", "-", "(NULL)"}
_TELLING = {
    "Provider": {"Name": "providerName", "Guid": "providerGuid", "EventSourceName": "eventSourceName"},
    "TimeCreated": {"SystemTime": "systemTime"},
    "Execution": {"ProcessID": "processID", "ThreadID": "threadID"},
}

_Pairs = list[tuple[str, Json]]


def decode_windows(text: str) -> Inside | None:
    """The event as fields below `win.`; None if the message is not what an agent sends.

    Values are the XML's text as JSON escapes it, entities not decoded. The log is the JSON document made of them.
    """
    try:
        message = members(read_json(text))
    except ValueError:
        return None
    xml, told = message.get("Event"), message.get("Message")
    if not isinstance(xml, str):
        return None
    sections = list(_sections(xml, told if isinstance(told, str) else None))
    document = compact((("win", tuple(sections)),))
    fields, names = json_fields(document, nulls=True, arrays=JsonArrays.ARRAY) or ({}, {})
    return Inside(decoder="windows_eventchannel", fields=fields, names=names, log=document, full_log=document)


def _sections(xml: str, told: str | None) -> Iterator[tuple[str, Json]]:
    event = next((child for child in read_xml(xml).children if child.name == "Event"), None)
    system: _Pairs = []
    others: _Pairs = []
    for part in event.children if event else ():
        if part.name == "System":
            system += _system(part)
        elif part.name == "EventData":
            others.append(("eventdata", tuple(_event_data(part))))
        else:
            for child in part.children:
                pairs = tuple((_name(each.name), _text(each)) for each in child.children if _text(each))
                others.append((_name(child.name), pairs))
    system.append(("severityValue", _severity(dict(system))))
    if told is not None:
        system.append(("message", f'"{told}"'))
    yield "system", tuple(system)
    yield from ((name, value) for name, value in others if value)


def _system(part: Element) -> Iterator[tuple[str, str]]:
    for child in part.children:
        told = _TELLING.get(child.name, {})
        for attribute, name in told.items():
            if attribute in child.attributes:
                yield name, _escaped(child.attributes[attribute])
        if not told and child.name != "Correlation" and (text := _text(child)):
            yield _name(child.name), text


def _severity(system: dict[str, Json]) -> str:
    level, keywords = system.get("level"), system.get("keywords")
    if level != "0":
        return _SEVERITIES.get(level, "UNKNOWN") if isinstance(level, str) else "UNKNOWN"
    found = _HEX(keywords) if isinstance(keywords, str) else None
    mask = int(found[1], 16) if found else 0
    if mask & _AUDIT_FAILURE:
        return "AUDIT_FAILURE"
    return "AUDIT_SUCCESS" if mask & _AUDIT_SUCCESS else "UNKNOWN"


def _event_data(part: Element) -> Iterator[tuple[str, str]]:
    unnamed: list[str] = []
    for child in part.children:
        text = _text(child)
        if text in _EMPTY:
            continue
        if child.name != "Data":
            yield _name(child.name), text
        elif name := child.attributes.get("Name"):
            yield from _named_data(_name(name), text)
        else:
            unnamed.append(text)
    if unnamed:
        yield "data", ", ".join(unnamed)


def _named_data(name: str, text: str) -> Iterator[tuple[str, str]]:
    if name == "auditPolicyChanges":
        yield "auditPolicyChangesId", text
        changes = [POLICY_CHANGES[code] for code in _CODE.findall(text) if code in POLICY_CHANGES]
        if changes:
            yield name, ", ".join(changes)
        return
    yield name, text
    code = text.removeprefix("%%")
    if name == "categoryId" and code in CATEGORIES:
        yield "category", CATEGORIES[code]
    elif name == "subcategoryId" and code in SUBCATEGORIES:
        yield "subcategory", SUBCATEGORIES[code]


def _name(name: str) -> str:
    """With its first letter in lower case."""
    return name[:1].lower() + name[1:] if name.isascii() else name


def _text(element: Element) -> str:
    return _escaped(element.text.rstrip(" \t\r\n"))


def _escaped(text: str) -> str:
    return quoted(text)[1:-1]
