"""Headers as OSSEC and Wazuh read them, one row a quirk."""

import pytest

from ospatrol.decode.header import read_header
from ospatrol.model.decoder import Semantics

BOTH = (
    ("Dec 29 10:00:01 host sshd[123]: text", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01  host sshd: text", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host sshd[123] text", ("text", "host", "sshd", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host sshd[1x]: text", ("sshd[1x]: text", "host", None, "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host sshd[x]: text", ("sshd[x]: text", "host", None, "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host some text", ("some text", "host", None, "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 su: text", ("text", None, "su", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 date=2011 text", ("date=2011 text", None, None, "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host %ASA-4-1: text", ("%ASA-4-1: text", "host", None, "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host 39: *Oct  6: x", ("*Oct  6: x", "host", "39", "Dec 29 10:00:01")),
    ("Dec 29 10:00:01 host : text", ("text", "host", "", "Dec 29 10:00:01")),
    ("Xxx xx xx:xx:xx host su: text", ("text", "host", "su", "Xxx xx xx:xx:xx")),
    ("M\xc3\xa4r 02 17:30:52 host su: text", ("text", "host", "su", "M\xc3\xa4r 02 17:30:5")),
    ("Jul 3 10:00:01 host su: text", ("Jul 3 10:00:01 host su: text", None, None, "")),
    ("<34>Dec 29 10:00:01 host su: text", ("<34>Dec 29 10:00:01 host su: text", None, None, "")),
    ("2007-06-14T15:48:55-04:00 host su: text", ("text", "host", "su", "2007-06-14T15:48:55-04:00")),
    ("2015 Dec 29 10:00:01 host su: text", ("text", "host", "su", "2015 Dec 29 10:00:01")),
    ("Oct  6 12:00:01 aix auth|security:info sshd[1]: text", ("text", "aix", "sshd", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 aix auth|security:info su: text", ("text", "aix", "su", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 aix a|b:c su[1] x", ("a|b:c su[1] x", "aix", "su", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 aix a|b:c su x", ("a|b:c su x", "aix", "su x", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 aix a|B:c su: x", ("a|B:c su: x", "aix", None, "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 sun su: [ID 8 auth.info] text", ("text", "sun", "su", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 su: [ID 8 auth.info] text", ("text", None, "su", "Oct  6 12:00:01")),
    ("Oct  6 12:00:01 sun su: [ID text", ("[ID text", "sun", "su", "Oct  6 12:00:01")),
    ("[Fri Feb 11 18:06:35 2004] [error] x", ("[error] x", None, None, "[Fri Feb 11 18:06:35 2004]")),
    ('{"a": "b"}', ('{"a": "b"}', None, None, "")),
    ("", ("", None, None, "")),
)
DIFFERENT = (
    # line, what OSSEC reads, what Wazuh reads
    ("Dec 29 10:00:01 host su:text", ("su:text", "host", None), ("text", "host", "su")),
    ("Dec 29 10:00:01 host su[1]:text", ("su[1]:text", "host", None), ("text", "host", "su")),
    ("2015-04-16 21:51:02,805 host su: text", ("text", "host", "su"), ("text", "host", "su")),
    ("2009-05-22T09:36:46.214994-07:00 host su: x", ("x", "host", "su"), ("x", "host", "su")),
    (
        "2009-05-22T09:36:46,2149-07:00 host su: x",
        ("x", "host", "su"),
        ("2009-05-22T09:36:46,2149-07:00 host su: x", None, None),
    ),
    (
        "2009-05-22T09:36:46.123456Z host su: text",
        ("2009-05-22T09:36:46.123456Z host su: text", None, None),
        ("text", None, "su"),
    ),
    ("2019:11:06-00:08:03 host su: text", ("text", "host", "su"), ("2019:11:06-00:08:03 host su: text", None, None)),
    (
        "2021-04-21 10:16:09.404756-0700  localhost su: text",
        ("2021-04-21 10:16:09.404756-0700  localhost su: text", None, None),
        ("text", "localhost", "su"),
    ),
    ("Mon Apr 17 18:27:14 2006 1 10.0.0.1 x", (" 1 10.0.0.1 x", None, None), ("1 10.0.0.1 x", None, None)),
    ("01/28/1979-09:13:16.240702 ", ("", None, None), ("01/28/1979-09:13:16.240702 ", None, None)),
    ("Oct  6 12:00:01 sun su: [ID 8]xtext", ("[ID 8]xtext", "sun", "su"), ("text", "sun", "su")),
    ("Oct  6 12:00:01 sun su: [ID 8]x] text", ("text", "sun", "su"), ("] text", "sun", "su")),
)
SEMANTICS = (Semantics.OSSEC, Semantics.WAZUH)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize(("line", "header"), BOTH)
def test_a_header_that_both_read_alike(line, header, semantics):
    if "\xc3" in line and semantics is Semantics.OSSEC:
        header = (*header[:3], header[3] + "2")

    assert read_header(line, semantics)[:3] == header[:3]
    assert read_header(line, semantics)[3].startswith(header[3][:18])


@pytest.mark.parametrize(("line", "ossec", "wazuh"), DIFFERENT)
def test_a_header_that_they_read_differently(line, ossec, wazuh):
    assert read_header(line, Semantics.OSSEC)[:3] == ossec
    assert read_header(line, Semantics.WAZUH)[:3] == wazuh


@pytest.mark.parametrize("semantics", SEMANTICS)
def test_snort_suricata_and_squid_have_neither_host_nor_program(semantics):
    snort = read_header("01/28-09:13:16.240702  [**] [1:1] x", semantics)
    suricata = read_header("01/28/1979-09:13:16.240702  [**] [1:1] x", semantics)
    squid = read_header("1140804070.368  11623 192.168.1.1 TCP_MISS/200 x", semantics)

    assert snort[:3] == ("[**] [1:1] x", None, None)
    assert suricata[:3] == ("[**] [1:1] x", None, None)
    assert squid[:3] == ("11623 192.168.1.1 TCP_MISS/200 x", None, None)


@pytest.mark.parametrize("semantics", SEMANTICS)
def test_of_os_x_groups_the_first_sender_and_message_count_and_the_host_ends_it(semantics):
    line = (
        "[Time 2006.12.28 15:53:55 UTC] [Facility auth] [Sender sshd] [PID 483] [Sender x] [Message error: PAM]"
        " [Message y] [Host mac] [Host z]"
    )

    assert read_header(line, semantics) == ("error: PAM", "mac", "sshd", "[Time 2006.12.28 15:53:55")


@pytest.mark.parametrize("semantics", SEMANTICS)
def test_an_os_x_line_without_groups_is_what_stands_behind_its_time(semantics):
    assert read_header("[Time 2006.12.28 15:53:55 UTC [x", semantics)[:3] == (" UTC [x", None, None)


def test_wazuh_shows_the_stamp_without_its_last_byte():
    assert read_header("1140701044.525   1231 192.168.1.201 TCP_DENIED/400 x", Semantics.WAZUH)[3] == "1140701044.525  "
    assert read_header("2019-07-03T13:49:44.0Z RH1WVEPO1 x", Semantics.WAZUH)[3] == "2019-07-03T13:49:44.0Z RH1WVEPO"
