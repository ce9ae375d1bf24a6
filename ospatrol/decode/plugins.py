"""Decoders that are code, as OSSEC 4.3 and Wazuh 4.14 have them."""

from __future__ import annotations

import re

_PF_ACTIONS = {"p": "pass", "b": "block"}
_PF_PROTOCOLS = {"u": "UDP", "i": "ICMP"}
_PF = re.compile(r"([^ ]*+) > ([^:]*+):[ ]*+([^ ]?)").match

_SYMANTEC = {"10=": "dstuser", "11=": "srcip", "60=": "url"}
_SYMANTEC_TAG = re.compile(r",(?:(10=|11=|60=)([^,]*+)|(?=[23]=))")

_SONICWALL_HEAD = re.compile(r"pri=([0-9]) c=([0-9]++) m=([0-9]++) ").search
_ADDRESS = r"([0-9]++\.[0-9]++\.[0-9]++\.[0-9]++):([0-9]++):"
_SONICWALL_ADDRESSES = re.compile(rf"src={_ADDRESS}[^ ]{{1,1024}}+ dst={_ADDRESS}").search
_SONICWALL_PROTOCOL = re.compile(r"[^ ]*+ proto=([A-Za-z0-9()\-./@_]{1,6})").match
_SONICWALL_WEB = re.compile(r"result=([0-9]++) dstname=([^ ]++) arg=([^ ]++)$").search
_SONICWALL_ACTIONS = {
    **dict.fromkeys(("98", "597", "598"), "pass"),
    **dict.fromkeys(("36", "37", "38", "173", "174"), "drop"),
    "537": "close",
}

_ALERT_STARTS = ("Alert Level: ", "ossec: Alert Level:")
_ALERT_RULE = re.compile(r"([0-9]{1,9}) [^;]*+; Location: ([^;]*+);").match
_ALERT_REST = re.compile(r"(?: srcip: (?P<srcip>[^;]*+);)?+(?: user: (?P<dstuser>[^;]*+);)?+  (.*)", re.DOTALL).match


def decode_pf(log: str) -> dict[str, str]:
    """PF_Decoder: action, addresses and protocol of a line of OpenBSD's packet filter."""
    start = log.find(") ") + 2
    action = _PF_ACTIONS.get(log[start : start + 1]) if start > 1 else None
    if not action:
        return {}
    fields = {"action": action}
    colon = log.find(": ", start)
    found = _PF(log, colon + 2) if colon >= 0 else None
    if not found:
        return fields
    for side, address in (("src", found[1]), ("dst", found[2])):
        parts = address.split(".", 4)
        fields[f"{side}ip"] = ".".join(parts[:4])
        if len(parts) == 5:
            fields[f"{side}port"] = parts[4]
    if found[3]:
        fields["protocol"] = _PF_PROTOCOLS.get(found[3], "TCP")
    return fields


def decode_symantec_ws(log: str) -> dict[str, str]:
    """SymantecWS_Decoder: the first of each tag; the id is what stands from its tag on, nine bytes of it."""
    fields: dict[str, str] = {}
    for found in _SYMANTEC_TAG.finditer(log):
        if found[1]:
            fields.setdefault(_SYMANTEC[found[1]], found[2])
        else:
            fields.setdefault("id", log[found.end() : found.end() + 9])
    return fields


def decode_sonicwall(log: str) -> tuple[dict[str, str], str]:
    """SonicWall_Decoder: the fields, and the decoder's type for this line."""
    head = _SONICWALL_HEAD(log)
    if not head:
        return {}, "syslog"
    fields = {"status": head[1], "id": head[3]}
    addresses = _SONICWALL_ADDRESSES(log, head.end())
    if not addresses:
        return fields, "syslog"
    fields |= zip(("srcip", "srcport", "dstip", "dstport"), addresses.groups(), strict=True)
    if protocol := _SONICWALL_PROTOCOL(log, addresses.end()):
        fields["protocol"] = protocol[1]
    if head[2] == "32":
        return fields, "ids"
    if action := _SONICWALL_ACTIONS.get(head[3]):
        fields["action"] = action
        return fields, "firewall"
    if head[3] != "97":
        return fields, "syslog"
    if web := _SONICWALL_WEB(log, addresses.end()):
        fields |= {"id": web[1], "url": web[2] + web[3]}
    return fields, "squid"


def decode_ossec_alert(log: str) -> tuple[int, dict[str, str], str, str] | None:
    """OSSECAlert_Decoder: rule id, fields, location and log of an alert that another server sent.

    None is no alert. The caller looks the rule up, and drops the event if it has no such rule.
    """
    if not log.startswith(_ALERT_STARTS):
        return None
    level_end = log.find(";")
    colon = log.find(": ", level_end) if level_end >= 0 else -1
    rule = _ALERT_RULE(log, colon + 2) if colon >= 0 else None
    rest = _ALERT_REST(log, rule.end()) if rule else None
    if not rule or not rest:
        return None
    fields = {name: value for name, value in rest.groupdict().items() if value is not None}
    return int(rule[1]), fields, rule[2], rest[3]
