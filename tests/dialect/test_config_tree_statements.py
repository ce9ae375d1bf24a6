"""What is in force of a configuration of statements: what was taken back, is inactive or comes from a group."""

from __future__ import annotations

import pytest

from ospatrol.dialect.config_statements import in_force
from ospatrol.dialect.config_tree import read_config
from ospatrol.model.config import Style


def said(text: str, style: Style) -> list[str]:
    return [block.text for block in in_force(read_config(text, style)).blocks]


def test_braces_become_the_lines_that_display_set_writes():
    text = (
        "system {\n    host-name r1;\n    services {\n        ssh {\n            root-login deny;\n"
        "            ciphers [ a b ];\n"
        "        }\n    }\n    protect: ports {\n        console type vt100;\n    }\n}\n"
    )

    assert said(text, Style.BRACES) == [
        "set system host-name r1",
        "set system services ssh root-login deny",
        "set system services ssh ciphers a",
        "set system services ssh ciphers b",
        "set system ports console type vt100",
    ]
    assert [block.line for block in in_force(read_config(text, Style.BRACES)).blocks] == [2, 5, 6, 6, 10]


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("system {\n    services {\n        ssh;\n        inactive: telnet;\n    }\n}\n", Style.BRACES),
        ("system {\n    services {\n        ssh;\n    }\n}\ninactive: snmp {\n    community x;\n}\n", Style.BRACES),
        ("set system services ssh\nset system services telnet\ndeactivate system services telnet\n", Style.SET),
        (
            "set system services ssh\nset system services telnet connection-limit 3\ndelete system services telnet\n",
            Style.SET,
        ),
    ],
)
def test_what_is_inactive_does_not_count(text: str, style: Style):
    assert said(text, style) == ["set system services ssh"]


def test_an_unset_takes_back_what_was_set_before_it_and_stays():
    text = (
        'set zone "Trust" tcp-rst\nset zone "Trust" block\nunset zone Trust tcp-rst\nset zone "Trust" tcp-rst\nother\n'
    )

    assert said(text, Style.SET) == [
        'set zone "Trust" block',
        "unset zone Trust tcp-rst",
        'set zone "Trust" tcp-rst',
        "other",
    ]


def test_an_unset_in_a_context_counts_there():
    config = in_force(read_config('set vrouter "v"\nset a\nunset a\nexit\nset a\n', Style.SET))

    assert [block.text for block in config.blocks] == ['set vrouter "v"', "set a"]
    assert [child.text for child in config.blocks[0].children] == ["unset a"]


def test_a_group_counts_where_all_apply_it():
    text = (
        "set groups G system services telnet\nset groups G interfaces <*> mtu 9000\nset groups H system services ftp\n"
        "set apply-groups G\n"
    )

    assert said(text, Style.SET)[-1] == "set system services telnet"
    assert not any(each in said(text, Style.SET) for each in ("set system services ftp", "set interfaces <*> mtu 9000"))


def test_a_group_counts_below_the_level_that_applies_it_and_nowhere_else():
    text = (
        "groups {\n    G {\n        system {\n            services {\n                telnet;\n            }\n"
        "            host-name g;\n        }\n        snmp {\n            community public;\n        }\n    }\n}\n"
        "system {\n    services {\n        apply-groups G;\n        ssh;\n    }\n}\n"
    )

    found = said(text, Style.BRACES)

    assert found[-1] == "set system services telnet"
    assert not {"set snmp community public", "set system host-name g"} & set(found)


def test_neither_a_masked_secret_nor_a_text_in_quotes_is_a_wildcard():
    lines = ('system login message "<< stay out >>"', "snmp community <secret:0123456789ab> clients 192.0.2.0/24")
    text = "".join(f"set groups G {line}\n" for line in lines) + "set apply-groups G\n"

    assert said(text, Style.SET)[-2:] == [f"set {line}" for line in lines]


def test_a_group_applied_twice_on_the_way_counts_once_a_place_and_an_inactive_application_does_not():
    text = (
        "set groups G system services telnet\nset system apply-groups G\nset snmp apply-groups G\n"
        "deactivate system apply-groups\n"
    )

    assert "set system services telnet" not in said(text, Style.SET)
    assert "set system services telnet" in said(text.replace("deactivate system", "deactivate snmp"), Style.SET)


def test_a_list_in_a_line_of_set_is_a_line_for_each_of_its_words():
    text = "set system services ssh macs [ hmac-sha2-256 hmac-md5 ]\nset apply-groups [ G H ]\nset groups H snmp x\n"

    assert said(text, Style.SET) == [
        "set system services ssh macs hmac-sha2-256",
        "set system services ssh macs hmac-md5",
        "set apply-groups G",
        "set apply-groups H",
        "set groups H snmp x",
        "set snmp x",
    ]


def test_other_styles_stay_as_they_are():
    config = read_config("interface x\n shutdown\n", Style.INDENT)

    assert in_force(config) is config
