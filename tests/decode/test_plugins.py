"""Decoders that are code."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.decode.plugins import decode_ossec_alert, decode_pf, decode_sonicwall, decode_symantec_ws

PF = "Mar 30 15:32:33.483712 rule 2/(match) pass in on xl0: 140.211.166.3.6667 > 192.168.2.10.16290: P 7408:7677(269)"
SONICWALL = 'id=firewall sn=0 pri=6 c={c} m={m} msg="x" n=1 src=2.2.2.2:36701:WAN dst=1.1.1.1:50000:WAN proto=tcp'
ALERT = "Alert Level: 3; Rule: 5715 - SSHD ok.; Location: (h) 1.2.3.4->/var/log/auth.log;{more}  Dec 29 text; more"


@pytest.mark.parametrize(
    ("log", "fields"),
    [
        (
            PF,
            {
                "action": "pass",
                "srcip": "140.211.166.3",
                "srcport": "6667",
                "dstip": "192.168.2.10",
                "dstport": "16290",
                "protocol": "TCP",
            },
        ),
        (
            "rule 4/(match) block in on lo0: 127.0.0.1 > 127.0.0.2.23:  udp 73",
            {"action": "block", "srcip": "127.0.0.1", "dstip": "127.0.0.2", "dstport": "23", "protocol": "UDP"},
        ),
        (
            "x) b: 1.1.1.1 > 2.2.2.2: icmp",
            {"action": "block", "srcip": "1.1.1.1", "dstip": "2.2.2.2", "protocol": "ICMP"},
        ),
        ("x) b: 1.1.1.1 > 2.2.2.2:", {"action": "block", "srcip": "1.1.1.1", "dstip": "2.2.2.2"}),
        ("x) block 1.1.1.1 > 2.2.2.2", {"action": "block"}),
        ("x) block: 1.1.1.1 < 2.2.2.2", {"action": "block"}),
        ("x) match in on xl0: 1.1.1.1 > 2.2.2.2:", {}),
        ("pass in on xl0: 1.1.1.1 > 2.2.2.2:", {}),
        ("", {}),
    ],
)
def test_pf(log, fields):
    assert decode_pf(log) == fields


@pytest.mark.parametrize(
    ("log", "fields"),
    [
        ("20070717,73559,1=5,11=2.3.4.5,10=userb,3=2,2=1", {"srcip": "2.3.4.5", "dstuser": "userb", "id": "3=2,2=1"}),
        ("20070717,73559,60=http://x/,3=123456789,60=y,2=1", {"url": "http://x/", "id": "3=1234567"}),
        ("20070717,10=a,10=b,2=1,3=4", {"dstuser": "a", "id": "2=1,3=4"}),
        ("10=a", {}),
    ],
)
def test_symantec_web_security(log, fields):
    assert decode_symantec_ws(log) == fields


@pytest.mark.parametrize(
    ("category", "message", "action", "kind"),
    [
        ("262144", "98", "pass", "firewall"),
        ("1", "597", "pass", "firewall"),
        ("1", "36", "drop", "firewall"),
        ("1", "174", "drop", "firewall"),
        ("1", "537", "close", "firewall"),
        ("32", "98", None, "ids"),
        ("1", "30", None, "syslog"),
        ("1", "97", None, "squid"),
    ],
)
def test_sonicwall_says_its_type_by_category_and_id(category, message, action, kind):
    fields, found = decode_sonicwall(SONICWALL.format(c=category, m=message))

    assert (fields.get("action"), found) == (action, kind)
    assert fields["status"] == "6"
    assert fields["id"] == message
    assert [fields[name] for name in ("srcip", "srcport", "dstip", "dstport", "protocol")] == [
        "2.2.2.2",
        "36701",
        "1.1.1.1",
        "50000",
        "tcp",
    ]


def test_sonicwall_takes_result_and_url_of_web_access():
    log = SONICWALL.format(c="1024", m="97") + " result=200 dstname=www.example.com arg=/x"

    fields, kind = decode_sonicwall(log)

    assert (fields["id"], fields["url"], kind) == ("200", "www.example.com/x", "squid")


def test_sonicwall_stops_at_what_does_not_fit():
    assert decode_sonicwall("id=firewall sn=0") == ({}, "syslog")
    assert decode_sonicwall("pri=6 c=32 m=98 src=2.2.2.2 x") == ({"status": "6", "id": "98"}, "syslog")
    assert "protocol" not in decode_sonicwall(SONICWALL.format(c="1", m="98").replace(" proto", " x"))[0]


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ("", {}),
        (" srcip: 1.1.1.1;", {"srcip": "1.1.1.1"}),
        (" user: root;", {"dstuser": "root"}),
        (" srcip: 1.1.1.1; user: root;", {"srcip": "1.1.1.1", "dstuser": "root"}),
    ],
)
def test_an_alert_of_another_server_has_its_rule_and_its_log(more, fields):
    expected = (5715, fields, "(h) 1.2.3.4->/var/log/auth.log", "Dec 29 text; more")

    assert decode_ossec_alert(ALERT.format(more=more)) == expected
    assert decode_ossec_alert("ossec: " + ALERT.format(more=more)) == expected


@pytest.mark.parametrize(
    "log",
    [
        "",
        "Alert Level: 3",
        "Alert Level: 3;",
        "Alert Level: 3; Rule: x - y; Location: z;  log",
        "Alert Level: 3; Rule: 1 - y; Place: z;  log",
        "Alert Level: 3; Rule: 1 - y; Location: z; log",
        "x Alert Level: 3; Rule: 1 - y; Location: z;  log",
    ],
)
def test_what_is_no_alert_of_another_server_is_none(log):
    assert decode_ossec_alert(log) is None


PIECES = (") p", ") b", ": ", " > ", "1.1.1.1.5", ",10=", ",3=", "pri=6 c=32 m=97 ", "src=1.1.1.1:1:", "dst=1.1.1.1:1:")


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(max_codepoint=255)) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_makes_them_fail(log):
    for decoder in (decode_pf, decode_symantec_ws, decode_sonicwall, decode_ossec_alert):
        decoder(log)


# some milliseconds; were it the square of the length, hours
@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", [*PIECES, "pri=1 c=1 m=1 src=1.1.1.1:1:", ": 1 ", ";"])
@pytest.mark.parametrize(
    "start", ["", ") p", "pri=6 c=1 m=97 ", "Alert Level: 1; x: 1 y; Location: ", "Alert Level: 1;"]
)
def test_a_line_of_a_megabyte_takes_no_more_than_its_length(start, piece):
    log = start + piece * (1_000_000 // len(piece))

    assert decode_pf(log).keys() <= {"action", "srcip", "srcport", "dstip", "dstport", "protocol"}
    assert decode_symantec_ws(log).keys() <= {"id", "dstuser"}
    assert decode_sonicwall(log)[1] in {"syslog", "ids", "squid"}
    assert decode_ossec_alert(log) is None
