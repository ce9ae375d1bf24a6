"""An ESXi host itself: release and hardware, datastores, networks, software, where its logs and its time come from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ospatrol.collect import esxi_questions as asked
from ospatrol.collect.esxi_csv import Row
from ospatrol.collect.esxi_found import Found, reason_of, said_of
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Ask, Question, State

_POLICY = {
    "promiscuous": "allowpromiscuous",
    "mac_changes": "allowmacaddresschange",
    "forged_transmits": "allowforgedtransmits",
}
_LEVEL = re.compile(r"\w{1,40}")
_NTP_SERVER = re.compile(r"^(?:server|peer|pool)[ \t]+(\S+)", re.MULTILINE)


def find_host(found: Found) -> None:
    """Add everything of the host that is neither a guest nor a matter of who may do what."""
    _find_host(found)
    for kind, words, key, columns in _LISTS:
        _find_list(found, kind, words, key, columns)
    _find_networks(found, "vswitch", asked.SWITCHES, _SWITCH)
    _find_networks(found, "portgroup", asked.PORT_GROUPS, _PORT_GROUP)
    for kind, words, columns in _SINGLES:
        _find_single(found, kind, words, columns)
    _find_time(found)
    _find_acceptance(found)


_LISTS: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    (
        "datastore",
        asked.DATASTORES,
        "uuid",
        {"name": "volumename", "mount": "mountpoint", "mounted": "mounted", "type": "type", "size": "size"},
    ),
    (
        "interface",
        asked.INTERFACES,
        "name",
        {"address": "ipv4address", "netmask": "ipv4netmask", "gateway": "gateway", "by": "addresstype"},
    ),
    (
        "vib",
        asked.VIBS,
        "name",
        {"version": "version", "vendor": "vendor", "acceptance": "acceptancelevel", "installed": "installdate"},
    ),
    ("kernel_setting", asked.KERNEL, "name", {"configured": "configured", "runtime": "runtime"}),
)
"""Kind, command, the key's column, and fields with their columns; free space and counters move by themselves."""

_SINGLES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("dns", asked.DNS, {"servers": "dnsservers"}),
    (
        "syslog",
        asked.SYSLOG,
        {
            "remote": "remotehost",
            "level": "loglevel",
            "output": "locallogoutput",
            "persistent": "locallogoutputispersistent",
            "check_certificates": "enforcesslcertificates",
            "strict_x509": "strictx509compliance",
        },
    ),
)
_SWITCH = {"mtu": "mtu", "uplinks": "uplinks", "portgroups": "portgroups", "discovery": "cdpstatus"}
_PORT_GROUP = {"vswitch": "virtualswitch", "vlan": "vlanid"}


def _find_host(found: Found) -> None:
    versions = found.rows("host", asked.VERSION, "version", "build", some=True)
    summary = found.dump("host", asked.HOST_SUMMARY)
    if versions:
        names = ("product", "version", "build", "update", "patch")
        found.add("host", "release", {name: versions[0].get(name, "") for name in names})
    if summary:
        hardware = summary.part("hardware")
        parts = ("vendor", "model", "uuid", "cpuModel", "numCpuPkgs", "numCpuCores", "memorySize")
        found.add("host", "hardware", {name.lower(): hardware.text(name).strip() for name in parts})
        found.add("host", "maintenance", {"mode": summary.text("runtime", "inMaintenanceMode")})
    if versions and summary:
        found.whole.add("host")


def _find_list(found: Found, kind: str, words: str, key: str, columns: Mapping[str, str]) -> None:
    rows = found.rows(kind, words, key, some=kind != "datastore")
    if rows is None:
        return
    for row in rows:
        found.add(kind, row[key] or row.get("volumename", "") or "(unnamed)", _cells(row, columns))
    found.whole.add(kind)


def _find_single(found: Found, kind: str, words: str, columns: Mapping[str, str]) -> None:
    rows = found.rows(kind, words, *list(columns.values())[:1], some=True)
    if rows is None:
        return
    found.add(kind, kind, _cells(rows[0], columns))
    found.whole.add(kind)


def _cells(row: Row, columns: Mapping[str, str]) -> dict[str, str]:
    return {name: row.get(column, "") for name, column in columns.items()}


def _find_networks(found: Found, kind: str, words: str, columns: Mapping[str, str]) -> None:
    """Virtual switches or port groups, each with its security policy; those without it are not told at all."""
    rows = found.rows(kind, words, "name")
    if rows is None:
        return
    before = len(found.failures)
    known = set(asked.names_of(found.facts, words))
    policy_of = asked.switch_policy if kind == "vswitch" else asked.port_group_policy
    for row in rows:
        name = row["name"]
        words_for = policy_of(name) if name in known else ""
        if not words_for:
            found.gap(kind, Reason.NAME, f"the security policy of {name!r} cannot be asked for")
            continue
        policy = found.rows(kind, words_for, *_POLICY.values(), some=True)
        if policy is not None:
            found.add(kind, name, _cells(row, columns) | _cells(policy[0], _POLICY))
    if len(found.failures) == before:
        found.whole.add(kind)


def _find_time(found: Found) -> None:
    """Servers of time; before ESXi 7 from the daemon's own file."""
    if not found.lacks(asked.NTP):
        _find_single(found, "ntp", asked.NTP, {"enabled": "enabled", "servers": "servers"})
        return
    answer = found.facts.answer(Question(Ask.FILE, asked.NTP_FILE))
    if answer.state not in {State.OK, State.MISSING}:
        found.gap("ntp", reason_of(answer), f"{asked.NTP_FILE}: {said_of(answer)}")
        return
    found.add("ntp", "ntp", {"servers": ", ".join(_NTP_SERVER.findall(answer.content))})
    found.whole.add("ntp")


def _find_acceptance(found: Found) -> None:
    text = found.text("acceptance_level", asked.ACCEPTANCE)
    if text is None:
        return
    if not _LEVEL.fullmatch(text.strip()):
        found.gap("acceptance_level", Reason.ERROR, f"{asked.ACCEPTANCE}: no level")
        return
    found.add("acceptance_level", "acceptance_level", {"level": text.strip()})
    found.whole.add("acceptance_level")
