"""Headers of what devices send, one row a form."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ospatrol.decode.header import read_header
from ospatrol.model.decoder import Semantics

ROWS = (
    ("<34>Dec 29 10:00:01 host sshd[123]: text", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host sshd[123]: text", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host sshd[123]: text\r\n", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("<13>Feb  5 17:32:18 h t[1]: text\0", ("text", "h", "t", "Feb  5 17:32:18")),
    ("Feb 5 17:32:18 h t: text", ("text", "h", "t", "Feb 5 17:32:18")),
    ("<13>Feb  5 17:32:18.123456 h t: text", ("text", "h", "t", "Feb  5 17:32:18.123456")),
    ("Oct 10 2018 12:34:56 h t: text", ("text", "h", "t", "Oct 10 2018 12:34:56")),
    ("Oct 10 12:34:56 2018 h t: text", ("text", "h", "t", "Oct 10 12:34:56 2018")),
    ("2015 Dec 29 10:00:01 h t[1]: text", ("text", "h", "t", "2015 Dec 29 10:00:01")),
    ("2025-02-05T17:32:18.001+00:00 h t[1]: text", ("text", "h", "t", "2025-02-05T17:32:18.001+00:00")),
    ("<30>2019:11:06-00:08:03 h t[1]: text", ("text", "h", "t", "2019:11:06-00:08:03")),
    ("2025-02-05 17:32:18 h t[1]: text", ("text", "h", "t", "2025-02-05 17:32:18")),
    ("<13>Feb  5 17:32:18 h t[1]:text", ("text", "h", "t", "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 h t text", ("text", "h", "t", "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 h t", ("", "h", "t", "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 fe80::1 t: text", ("text", "fe80::1", "t", "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 h : text", ("text", "h", None, "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 h CEF:0|F5|x", ("CEF:0|F5|x", "h", None, "Feb  5 17:32:18")),
    ('<13>Feb  5 17:32:18 h id="x" y', ('id="x" y', "h", None, "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 ", ("", None, None, "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18 host", ("host", None, None, "Feb  5 17:32:18")),
    ("<13>Feb  5 17:32:18: text", ("text", None, None, "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 su[1]: text", ("text", None, "su", "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 h su[1]: [ID 800047 auth.info] text", ("text", "h", "su", "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 h su[1]: [ID text", ("[ID text", "h", "su", "Feb  5 17:32:18")),
    (
        "Feb  5 17:32:18 h last message repeated 2 times",
        ("last message repeated 2 times", "h", None, "Feb  5 17:32:18"),
    ),
    ("Feb  5 17:32:18 last message repeated 2 times", ("last message repeated 2 times", None, None, "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 Message forwarded from aix1: sshd[1]: text", ("text", "aix1", "sshd", "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 auth|security:info sshd[1]: text", ("text", None, "sshd", "Feb  5 17:32:18")),
    ("Feb  5 17:32:18 aix1 auth|security:info sshd[1]: text", ("text", "aix1", "sshd", "Feb  5 17:32:18")),
    # RFC 5424
    ('<165>1 2003-10-11T22:14:15.003Z h a 1 m [x y="a\\"]b"][z] text', ("text", "h", "a", "2003-10-11T22:14:15.003Z")),
    ("<165>1 2003-10-11T22:14:15.003Z h a 1 m - \xef\xbb\xbftext", ("text", "h", "a", "2003-10-11T22:14:15.003Z")),
    ("<165>1 2003-10-11T22:14:15Z h a 14  - text", ("text", "h", "a", "2003-10-11T22:14:15Z")),
    ("<165>1 2003-10-11T22:14:15Z h a - - [x y=1 text", ("[x y=1 text", "h", "a", "2003-10-11T22:14:15Z")),
    ("<165>1 2003-10-11T22:14:15Z h a - - -", ("", "h", "a", "2003-10-11T22:14:15Z")),
    ("<165>1 - - - - - -", ("", None, None, "")),
    ("1 2003-10-11T22:14:15Z h a - - - text", ("text", "h", "a", "2003-10-11T22:14:15Z")),
    ("<165>1 2003-10-11T22:14:15Z h a: b", ("b", "h", "a", "2003-10-11T22:14:15Z")),
    # Cisco
    (
        "<187>1234: router1: *Oct  6 12:00:01.123 UTC: %SYS-5-CONFIG_I: x",
        ("%SYS-5-CONFIG_I: x", "router1", None, "Oct  6 12:00:01.123"),
    ),
    ("*Oct  6 12:00:01: %SYS-5-CONFIG_I: x", ("%SYS-5-CONFIG_I: x", None, None, "Oct  6 12:00:01")),
    (
        "<189>: 2019 Jun  1 10:00:00 UTC: %ETHPORT-5-IF_UP: x",
        ("%ETHPORT-5-IF_UP: x", None, None, "2019 Jun  1 10:00:00"),
    ),
    ("<166>Jun 22 2022 13:29:11: %ASA-6-302013: x", ("%ASA-6-302013: x", None, None, "Jun 22 2022 13:29:11")),
    ("<166>Jun 22 2022 13:29:11 fw : %ASA-6-302013: x", ("%ASA-6-302013: x", "fw", None, "Jun 22 2022 13:29:11")),
    ("<166>%ASA-6-302013: x", ("%ASA-6-302013: x", None, None, "")),
    ("Oct  6 12:00:01 r1 392: *Oct  6 11:00:00: %SEC-6-X: x", ("%SEC-6-X: x", "r1", None, "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 r1 392: r2: *Oct  6 11:00:00: %SEC-6-X: x", ("%SEC-6-X: x", "r1", None, "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 h prog: %ADJCHANGE: x", ("%ADJCHANGE: x", "h", "prog", "Oct  6 12:00:01")),
    # VMware
    ("2025-02-05T17:32:18.001Z In(166) Hostd[2099]: [x] y", ("[x] y", None, "Hostd", "2025-02-05T17:32:18.001Z")),
    ("2025-02-05T17:32:18.001Z info hostd[2099] [x] y", ("[x] y", None, "hostd", "2025-02-05T17:32:18.001Z")),
    (
        "2025-02-05T17:32:18.001Z cpu3:12345)WARNING: x",
        ("cpu3:12345)WARNING: x", None, None, "2025-02-05T17:32:18.001Z"),
    ),
    ("2016-12-11T02:21:24.021184Z 0 [Note] x", ("0 [Note] x", None, None, "2016-12-11T02:21:24.021184Z")),
    # no header
    ('{"a": "b"}', ('{"a": "b"}', None, None, "")),
    ("<13>name: text", ("text", None, "name", "")),
    ("<13>some text", ("some text", None, None, "")),
    ("name: text", ("name: text", None, None, "")),
    ("1: text", ("1: text", None, None, "")),
    ("", ("", None, None, "")),
)
LONG = (
    "{x}",
    "<13>{x}",
    "Oct  6 12:00:01 {x}",
    "Oct  6 12:00:01 h {x}",
    "Oct  6 12:00:01 h t: {x}",
    "Oct  6 12:00:01 Message forwarded from {x}",
    "<13>1 - h a - - [{x}",
    "<13>1 2025-02-05T17:32:18Z {x}",
    "[Time 2006.12.28 15:53:55 UTC] {x}",
    "1140804070.368  11623 {x}",
)


@pytest.mark.parametrize(("line", "header"), ROWS)
def test_a_header_of_a_device(line, header):
    assert read_header(line, Semantics.NATIVE) == header


@pytest.mark.no_cover
@pytest.mark.parametrize("semantics", Semantics)
@settings(max_examples=1500, deadline=None, derandomize=True)
@given(
    head=st.sampled_from(
        [
            "",
            "<13>",
            "<13>1 2025-02-05T17:32:18Z ",
            "Oct  6 12:00:01 ",
            "Oct  6 12:00:01 h ",
            "[Time 2006.12.28 15:53:55 ",
        ]
    ),
    rest=st.text(alphabet=st.characters(max_codepoint=255)) | st.text(alphabet=" :[]%|=<>01aA-.\n\0\xc3\xa4"),
)
@example(head="<13>", rest="\0\0\r\n")
def test_whatever_the_line_its_log_is_a_part_of_it(head, rest, semantics):
    log, hostname, program, stamp = read_header(head + rest, semantics)

    assert all(part is None or part in head + rest for part in (log, hostname, program, stamp))


# some milliseconds; were it the square of the length, hours
@pytest.mark.timeout(20)
@pytest.mark.parametrize("semantics", Semantics)
@pytest.mark.parametrize("form", LONG)
@pytest.mark.parametrize(
    "piece", ["a", " ", "a:", ": ", "a ", "[", "]", '[a b="', "1: ", "%A-", "a|a:", "[a", "\0", "\xe4"]
)
def test_a_line_of_a_megabyte_takes_no_more_than_its_length(form, piece, semantics):
    log, _, _, _ = read_header(form.format(x=piece * (1_000_000 // len(piece))), semantics)

    assert len(log) <= 1_000_100
