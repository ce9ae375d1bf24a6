"""Configurations of every style become trees: what belongs to what, on which line; and no text of a device hurts."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.dialect.config_statements import in_force
from ospatrol.dialect.config_tree import as_text, parse_config, read_config, style_of, without_lines
from ospatrol.model.config import DEEPEST, Block, Config, Style

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "devices" / "cli"

IOS = """\
! a comment
version 15.2
banner motd ^C
interface Fake0
 shutdown
^C
interface GigabitEthernet0/1
 ip address 192.0.2.1 255.255.255.0
 !
 no ip proxy-arp
archive
 log config
  logging enable
crypto pki certificate chain SELF
 certificate self-signed 01
  3082024B 308201B4
  \tquit
line vty 0 4
 transport input ssh
end
"""


def lines_of(config: Config) -> list[tuple[int, str]]:
    return [(block.line, block.text) for block in config.walk()]


def tree_of(block: Block) -> object:
    return (block.text, [tree_of(child) for child in block.children]) if block.children else block.text


def trees(text: str, style: Style) -> list[object]:
    return [tree_of(block) for block in read_config(text, style).blocks]


def test_a_deeper_line_belongs_to_the_one_above_it():
    assert trees(IOS, Style.INDENT) == [
        "version 15.2",
        "banner motd ^C",
        ("interface GigabitEthernet0/1", ["ip address 192.0.2.1 255.255.255.0", "no ip proxy-arp"]),
        ("archive", [("log config", ["logging enable"])]),
        ("crypto pki certificate chain SELF", ["certificate self-signed 01"]),
        ("line vty 0 4", ["transport input ssh"]),
        "end",
    ]


def test_a_line_keeps_its_number_and_a_banner_its_text():
    config = read_config(IOS, Style.INDENT)

    assert [line for line, text in lines_of(config) if text.startswith(("interface", "line vty"))] == [7, 18]
    assert config.blocks[1].body == ("interface Fake0", " shutdown", "^C")
    assert config.lines == 20
    assert not config.cut


@pytest.mark.parametrize(
    ("opened", "body"),
    [
        ("banner login ^C", ("text", "^C")),
        ("banner motd \x03", ("text", "\x03")),
        ("banner motd #", ("text", "#")),
        ("banner motd # begins", ("ends #",)),
        ("banner login", ("text", "EOF")),
        ("aaa authentication fail-message ^C", ("no", "^C")),
        ("menu OPS title ^C", ("text", "^C")),
        ("macro name DESK", ("switchport", "@")),
    ],
)
def test_a_text_of_several_lines_ends_where_its_sort_ends(opened: str, body: tuple[str, ...]):
    config = read_config("\n".join([opened, *body, "hostname r1"]), Style.INDENT)

    assert [block.text for block in config.blocks] == [opened, "hostname r1"]
    assert config.blocks[0].body == body


@pytest.mark.parametrize(
    "opened", ["banner motd ^C never ends", "banner motd #on one line#", "banner motd Welcome", "banner login - ASA"]
)
def test_nothing_hides_what_stands_behind_a_text_that_does_not_end(opened: str):
    config = read_config(f"{opened}\nbanner exec - more\nline vty 0 4\n transport input telnet\n", Style.INDENT)

    assert [block.text for block in config.blocks] == [opened, "banner exec - more", "line vty 0 4"]


def test_a_text_that_ends_too_late_is_a_line_like_any_other():
    config = read_config("banner motd ^C\n" + "line\n" * 1000 + "^C\n", Style.INDENT)

    assert len(config.blocks) == 1002


def test_old_ios_writes_an_address_family_as_deep_as_what_is_in_it():
    text = (
        "router bgp 1\n no synchronization\n address-family ipv4\n neighbor 192.0.2.1 activate\n"
        " exit-address-family\n address-family ipv6\n exit-address-family\n neighbor 192.0.2.2 remote-as 2\n"
    )

    assert trees(text, Style.INDENT) == [
        (
            "router bgp 1",
            [
                "no synchronization",
                ("address-family ipv4", ["neighbor 192.0.2.1 activate", "exit-address-family"]),
                ("address-family ipv6", ["exit-address-family"]),
                "neighbor 192.0.2.2 remote-as 2",
            ],
        )
    ]


def test_an_asa_indents_by_one_and_a_tab_counts_as_eight():
    asa = "object network WEB\n host 192.0.2.80\ngroup-policy P attributes\n webvpn\n  svc keepalive none\n"

    assert trees(asa, Style.INDENT) == [
        ("object network WEB", ["host 192.0.2.80"]),
        ("group-policy P attributes", [("webvpn", ["svc keepalive none"])]),
    ]
    assert trees("a\n\tb\n        c\n", Style.INDENT) == [("a", ["b", "c"])]


def test_braces_make_blocks():
    text = (
        "## Last commit\n/* one line */\nversion 21.2R3;\nsystem {\n    host-name r1;\n    services { ssh; telnet; }\n"
        '    login {\n        message "a { b; c }";\n        /* a\n        comment; */\n    }\n'
        '    inactive: ntp { server 192.0.2.3; } # "no"\n}\n}\nlast "\nspans\nlines";\n'
    )

    assert trees(text, Style.BRACES) == [
        "version 21.2R3",
        (
            "system",
            [
                "host-name r1",
                ("services", ["ssh", "telnet"]),
                ("login", ['message "a { b; c }"']),
                ("inactive: ntp", ["server 192.0.2.3"]),
            ],
        ),
        'last "',
    ]
    assert read_config(text, Style.BRACES).blocks[-1].body == ("spans", 'lines";')


def test_a_comment_that_does_not_end_hides_its_line_alone():
    assert trees("/* open\nsystem {\n host-name r1;\n}\n", Style.BRACES) == [("system", ["host-name r1"])]


def test_statements_stand_alone_but_for_the_contexts_of_screenos():
    text = (
        '# a comment\nset vrouter "trust-vr"\nunset auto-route-export\nexit\nset policy id 1 from "a" to "b"\n'
        'set policy id 1\nset log session-init\nexit\nexit\nset cert "begin\nmiddle\nend"\nset open "\nset next\n'
    )

    assert trees(text, Style.SET) == [
        ('set vrouter "trust-vr"', ["unset auto-route-export"]),
        'set policy id 1 from "a" to "b"',
        ("set policy id 1", ["set log session-init"]),
        'set cert "begin',
        'set open "',
        "set next",
    ]
    assert [block.body for block in read_config(text, Style.SET).blocks if block.body] == [("middle", 'end"')]


def test_fortios_opens_with_config_and_edit():
    text = (
        'config system admin\n    edit "ops"\n        set accprofile "ro"\n        config gui\n            set a 1\n'
        '        end\n    next\nend\nnext\nconfig vpn certificate local\n    edit "c"\n'
        '        set certificate "-----BEGIN\nAAAA\n-----END"\nend\nend\nset stray 1\n'
    )

    assert trees(text, Style.FORTINET) == [
        ("config system admin", [('edit "ops"', ['set accprofile "ro"', ("config gui", ["set a 1"])])]),
        ("config vpn certificate local", [('edit "c"', ['set certificate "-----BEGIN'])]),
        "set stray 1",
    ]


def test_routeros_joins_lines_and_gathers_commands_below_a_path():
    text = "# by RouterOS\n/ip address\nadd address=192.0.2.1/24 \\\n    interface=ether1\n/ip service\nset telnet\\\n"

    assert trees(text, Style.ROUTEROS) == [
        ("/ip address", ["add address=192.0.2.1/24 interface=ether1"]),
        ("/ip service", ["set telnet\\"]),
    ]


@pytest.mark.parametrize(
    ("platform", "text", "style"),
    [
        ("cisco_xr", "set a 1\n", Style.INDENT),
        ("iosxr", "set a 1\n", Style.INDENT),
        ("junos", "set a 1\n", Style.SET),
        ("juniper_junos", "system {\n host-name r1;\n}\n", Style.BRACES),
        ("juniper_junos", "set system host-name r1\n", Style.SET),
        ("vyos", "set system host-name r1\n", Style.SET),
        ("unheard_of", "config system global\n set a 1\nend\n", Style.FORTINET),
        ("unheard_of", "/ip address\nadd a=b\n", Style.ROUTEROS),
        ("unheard_of", "hostname r1\n", Style.INDENT),
        ("unheard_of", "", Style.INDENT),
        ("checkpoint_gaia", "anything {\n", Style.SET),
    ],
)
def test_a_style_is_told_by_the_platform_or_else_by_the_text(platform: str, text: str, style: Style):
    assert style_of(platform, text) is style
    assert parse_config(text, platform).style is style


def test_a_tree_can_be_written_again_and_thinned():
    config = read_config(IOS, Style.INDENT)

    assert as_text(read_config("a\n   b\n      c\n", Style.INDENT)) == "a\n b\n  c\n"
    assert "   quit" not in as_text(config)
    assert "interface Fake0\n" in as_text(config)
    thinned = without_lines(config, lambda text: text.startswith(("no ", "version")))
    assert [text for _, text in lines_of(thinned) if text.startswith(("no ", "version"))] == []
    assert len(lines_of(thinned)) == len(lines_of(config)) - 2


@pytest.mark.parametrize("style", Style)
def test_a_tree_has_a_greatest_depth(style: Style):
    deep = {
        Style.INDENT: "\n".join(" " * depth + "x" for depth in range(500)),
        Style.BRACES: "a {\n" * 500,
        Style.SET: "set policy id 1\n" * 500,
        Style.FORTINET: "config a\n" * 500,
        Style.ROUTEROS: "/a\n" * 500,
    }[style]
    config = read_config(deep, style)
    level, depth = config.blocks, 0
    while level:
        level, depth = tuple(child for block in level for child in block.children), depth + 1

    assert depth <= DEEPEST
    assert len(lines_of(config)) == 500
    assert style is Style.ROUTEROS or depth == DEEPEST


@pytest.mark.no_cover
def test_what_is_beyond_the_bounds_is_told():
    assert read_config("x" * 9000, Style.SET).cut
    assert len(read_config("x" * 9000, Style.SET).blocks[0].text) == 8192
    many = read_config("x\n" * 1_000_001, Style.SET)
    assert (many.cut, many.lines) == (True, 1_000_000)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("line", "style"),
    [
        ("certificate 01", Style.INDENT),
        ("macro name x", Style.INDENT),
        ("banner motd", Style.INDENT),
        *((f"banner motd {mark}", Style.INDENT) for mark in "!#$%&*+-/:;<=>?@[]^_`{|}~"),
        ("/*", Style.BRACES),
        ('"', Style.BRACES),
        ('set x "', Style.FORTINET),
        ('set x "', Style.SET),
        ("x \\", Style.ROUTEROS),
        ("{", Style.BRACES),
        ("} {", Style.BRACES),
    ],
)
def test_no_line_repeated_takes_long(line: str, style: Style):
    other = "some line" if style is Style.INDENT else ""
    text = f"{line}\n{other}\n" * 10_000
    began = time.process_time()
    in_force(read_config(text, style))

    assert time.process_time() - began < 2.0


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=2000), style=st.sampled_from(Style))
def test_no_text_hurts(text: str, style: Style):
    config = in_force(read_config(text, style))

    lines = text.count("\n") + 1
    assert all(1 <= block.line <= lines for block in config.walk())


PIECES = (
    *("set ", "unset ", "{", "}", ";", '"', "\\", "/*", "*/", "\n", " ", "  ", "config a", "edit b", "next", "end"),
    *("banner motd ^C", "^C", "certificate 0102", "quit", "exit", "/ip", "address-family x", "exit-address-family"),
    *("router bgp 1", "inactive: ", "[ a b ]", "set policy id 1", "\r", "\t", "!", "macro name x", "@", "EOF", "é"),
)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=120), style=st.sampled_from(Style))
def test_no_line_is_lost_or_made_up_in_whatever_order_its_parts_come(pieces: list[str], style: Style):
    text = "".join(pieces)
    config = read_config(text, style)
    written = text.split("\n")

    for block in config.walk():
        joined = style is Style.ROUTEROS and "\\" in text
        assert (
            joined
            or block.text in " ".join(written[block.line - 1].split("\t")).strip()
            or block.text.strip() in (written[block.line - 1])
        )
    numbers = [block.line for block in config.walk()]
    assert numbers == sorted(numbers)


@given(
    st.recursive(
        st.just([]), lambda inner: st.lists(st.tuples(st.sampled_from("abc"), inner), max_size=4), max_leaves=20
    )
)
def test_an_indented_tree_is_read_as_it_was_written(tree: list[tuple[str, list]]):
    def written(level: list[tuple[str, list]], depth: int) -> str:
        return "".join(" " * depth + name + "\n" + written(below, depth + 1) for name, below in level)

    def read(blocks: tuple[Block, ...]) -> list[tuple[str, list]]:
        return [(block.text, read(block.children)) for block in blocks]

    assert read(read_config(written(tree, 0), Style.INDENT).blocks) == tree


def corpus_rows() -> list[list[str]]:
    index = CORPUS / "configs" / "INDEX.tsv"
    if not index.is_file():
        return []
    with index.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file, delimiter="\t") if (CORPUS / row[4]).is_file()]


def test_every_configuration_of_the_corpus_is_read_in_time():
    rows = corpus_rows()
    if not rows and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus/devices is not beside this repository")
    began = time.process_time()
    lines = 0
    for row in rows:
        text = (CORPUS / row[4]).read_bytes().decode("latin-1")
        config = parse_config(text, row[0])
        lines += config.lines
        assert config.blocks, row[4]
        assert not config.cut
        in_force(config)

    assert len(rows) > 300
    assert time.process_time() - began < 5 + lines / 20_000


def test_every_real_device_of_the_corpus_is_read_in_its_own_style():
    rows = {Path(row[4]).name: row for row in corpus_rows() if "h00die-real-devices" in row[4]}
    if not rows and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus/devices is not beside this repository")
    styles = {
        name: parse_config((CORPUS / row[4]).read_text(encoding="latin-1"), row[0]).style for name, row in rows.items()
    }

    assert styles["juniper_ex2200.config"] is Style.BRACES
    assert styles["juniper_ssg5_screenos.conf"] is Style.SET


@pytest.mark.parametrize("mark", ["\ufeff", "\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(mark: str):
    assert [block.text for block in parse_config(f"{mark}version 15.2\n", "cisco_ios").blocks] == ["version 15.2"]
    assert parse_config(f"{mark}set system host-name r1\n", "juniper_junos").blocks[0].text == "set system host-name r1"
