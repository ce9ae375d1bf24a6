"""Each log source with an event that is of it and one that is not."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from ospatrol.decode.windows_event import decode_windows
from ospatrol.dialect.sigma import read_sigma
from ospatrol.dialect.sigma_names import LogSource, names_of, selection
from ospatrol.dialect.sigma_sources import (
    AUDITD,
    PREFIXES,
    PROGRAMS,
    REGISTRY_TYPES,
    SYSMON,
    WEB,
    WEB_CATEGORIES,
    WINDOWS_CATEGORIES,
    WINDOWS_PROVIDERS,
    WINDOWS_SERVICES,
)
from ospatrol.engine.condition import compile_condition
from ospatrol.model.event import Event
from ospatrol.model.place import Place

PAGE = (Path(__file__).parents[2] / "docs" / "sigma.md").read_text()


def is_of(source: LogSource, event: Event) -> bool:
    return all(compile_condition(condition).holds(event) for condition in selection(source, Place("r.yml", 1)))


def line(program: str | None = None, decoder: str | None = None, category: str = "syslog", **fields: str) -> Event:
    names = {name.replace("__", "."): value for name, value in fields.items()}
    return Event(
        at=0.0, host="h", kind="log", location="l", program=program, decoder=decoder, category=category, fields=names
    )


def channel(name: str, event: int = 0, **fields: str) -> Event:
    return line(win__system__channel=name, win__system__eventid=str(event), **fields)


@pytest.mark.parametrize("service", sorted(WINDOWS_SERVICES))
def test_services_of_windows_are_channels(service: str) -> None:
    source = LogSource(product="windows", service=service)

    for name in WINDOWS_SERVICES[service]:
        assert is_of(source, channel(name))
        assert is_of(source, line(channel=name))
    assert not is_of(source, channel("Other"))
    assert not is_of(source, line())


@pytest.mark.parametrize("category", sorted(WINDOWS_CATEGORIES))
def test_categories_of_windows_are_events(category: str) -> None:
    source = LogSource(product="windows", category=category)
    kind = REGISTRY_TYPES.get(category, ("SetValue",))[0]

    for channels, events in WINDOWS_CATEGORIES[category]:
        for event in events:
            assert is_of(source, channel(channels[0], event, win__eventdata__eventtype=kind))
        assert not is_of(source, channel(channels[0], 9999, win__eventdata__eventtype=kind))
    assert not is_of(source, channel("Other", WINDOWS_CATEGORIES[category][0][1][0]))


def test_keys_that_come_and_keys_that_go_are_told_apart() -> None:
    added = channel(SYSMON, 12, win__eventdata__eventtype="CreateKey")

    assert is_of(LogSource(product="windows", category="registry_add"), added)
    assert not is_of(LogSource(product="windows", category="registry_delete"), added)


@pytest.mark.parametrize("category", sorted(WINDOWS_PROVIDERS))
def test_some_categories_of_windows_are_providers(category: str) -> None:
    source = LogSource(product="windows", category=category)

    assert is_of(source, line(win__system__providername=WINDOWS_PROVIDERS[category][0]))
    assert not is_of(source, line(win__system__providername="Other"))


@pytest.mark.parametrize("service", sorted(PROGRAMS))
def test_services_of_linux_are_programs(service: str) -> None:
    source = LogSource(product="linux", service=service)

    assert all(is_of(source, line(program)) for program in PROGRAMS[service])
    assert not is_of(source, line("other"))
    assert not is_of(source, line())


def test_auditd_is_known_by_its_decoder_its_program_or_its_type() -> None:
    source = LogSource(product="linux", service="auditd")

    assert is_of(source, line(decoder="auditd"))
    assert is_of(source, line("audispd"))
    assert is_of(source, line(audit__type="EXECVE"))
    assert is_of(source, line(type="EXECVE"))
    assert not is_of(source, line("sshd", decoder="sshd"))


@pytest.mark.parametrize("category", sorted(WEB_CATEGORIES))
def test_web_servers_and_proxies_are_known_by_the_decoders_type_or_a_w3c_field(category: str) -> None:
    source = LogSource(category=category)

    assert all(is_of(source, line(category=each)) for each in WEB_CATEGORIES[category])
    assert is_of(source, line(**{"cs-method": "GET"}))
    assert not is_of(source, line(url="/"))


@pytest.mark.parametrize("source", [LogSource(product="okta", service="okta"), LogSource(category="antivirus")])
def test_other_sources_are_told_by_their_fields_alone(source: LogSource) -> None:
    assert selection(source, Place("r.yml", 1)) == ()


@pytest.mark.parametrize(
    ("field", "source", "names"),
    [
        ("TargetFilename", LogSource(product="windows"), "win.eventdata.targetfilename|targetfilename"),
        ("EventID", LogSource(product="windows"), "win.system.eventid|eventid"),
        ("Provider_Name", LogSource(product="windows"), "win.system.providername|provider_name"),
        (
            "Image",
            LogSource(product="windows", category="process_creation"),
            "win.eventdata.image|win.eventdata.newprocessname|image|newprocessname",
        ),
        ("a1", LogSource(product="linux", service="auditd"), "audit.execve.a1|a1"),
        ("comm", LogSource(product="linux", service="auditd"), "audit.command|comm"),
        ("cs-uri-query", LogSource(category="webserver"), "cs-uri-query|url"),
        ("sc-status", LogSource(category="proxy"), "sc-status|id"),
        ("eventName", LogSource(product="aws", service="cloudtrail"), "eventname|aws.eventname"),
        ("User", LogSource(product="linux"), "user|dstuser"),
        ("objectRef.resource", LogSource(product="kubernetes"), "objectref.resource"),
    ],
)
def test_fields_go_by_the_names_that_decoders_give_them(field: str, source: LogSource, names: str) -> None:
    assert names_of(field, source) == names


def test_a_rule_is_judged_within_its_source_only() -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("sigma", reason="pySigma is not installed")
    text = r"""
title: Whoami
id: 502b42de-4306-40b4-9596-6f590c81f073
logsource: {category: process_creation, product: windows}
detection:
    selection: {Image|endswith: '\whoami.exe'}
    condition: selection
"""
    (rule,) = read_sigma([("r.yml", text)]).rules
    checks = [compile_condition(condition) for condition in rule.conditions]
    image = {"win__eventdata__image": r"C:\\Windows\\System32\\whoami.exe"}
    started = {"win__eventdata__newprocessname": r"C:\\Windows\\System32\\whoami.exe"}

    assert all(check.holds(channel(SYSMON, 1, **image)) for check in checks)
    assert all(check.holds(channel("Security", 4688, **started)) for check in checks)
    assert not all(check.holds(channel(SYSMON, 5, **image)) for check in checks)
    assert not all(check.holds(line(**image)) for check in checks)


def test_a_rule_fires_on_what_the_decoder_of_the_event_channel_finds() -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("sigma", reason="pySigma is not installed")
    xml = (
        "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID>"
        "<Channel>Microsoft-Windows-Sysmon/Operational</Channel></System><EventData>"
        "<Data Name='Image'>C:\\Windows\\System32\\cmd.exe</Data>"
        "<Data Name='CommandLine'>cmd /c \"echo x\" &gt; C:\\Temp\\y &amp; del z</Data>"
        "<Data Name='ParentImage'>-</Data></EventData></Event>"
    )
    text = r"""
title: Redirection
id: 502b42de-4306-40b4-9596-6f590c81f073
logsource: {category: process_creation, product: windows}
detection:
    selection:
        Image|endswith: '\System32\cmd.exe'
        CommandLine|contains|all: ['"echo x" > C:\Temp\', ' & del']
        CommandLine|re: '"\s>\sC:\\Temp\\\w\s&'
        ParentImage: '-'
    condition: selection
"""
    inside = decode_windows(json.dumps({"Message": "m", "Event": xml}))
    (rule,) = read_sigma([("r.yml", text)]).rules

    assert inside is not None
    event = Event(at=0.0, host="h", kind="log", location="l", fields=inside.fields, log=inside.log or "")
    assert [c for c in rule.conditions if not compile_condition(c).holds(event)] == []


def test_every_source_is_on_its_page() -> None:
    shown = set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))

    assert shown >= {*WINDOWS_SERVICES, *WINDOWS_CATEGORIES, *WINDOWS_PROVIDERS, *PROGRAMS, *WEB_CATEGORIES, "auditd"}
    assert shown >= {*WEB, *PREFIXES, *AUDITD} - {f"a{index}" for index in range(1, 8)}
