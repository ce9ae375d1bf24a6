"""Hostile output of ps, ss, netstat, ip and find changes nothing but its own view."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.collect.rootkit_dialogue import Frame, Heard, RootkitLimits
from ospatrol.collect.rootkit_read import read_facts
from ospatrol.collect.rootkit_views import NotSeenError, read_interfaces, read_ports, read_processes
from ospatrol.comply.rootkit_facts import Interface, Look, Oddity, Port, Process
from ospatrol.model.coverage import Failure, Reason


def frame(name: str, content: bytes, status: str = "0") -> Frame:
    return Frame(name=name, status=status, content=content)


def test_only_numbers_that_can_be_processes_count():
    said = b"l 1 2 x 99999999 -3 0\np 1\nm 2 55 a b\nL 1 2\nP 1\nM 2 x \xff\n"

    views, lacks = read_processes(frame("processes", said), root_user=True)

    assert (views.listed, views.told) == (
        (frozenset({1, 2}), frozenset({1, 2})),
        (frozenset({1}), frozenset({1})),
    )
    assert views.not_told == (frozenset({Process(2, "55")}), frozenset({Process(2, "-")}))
    assert views.names == {2: b"\xff"}
    assert lacks == ()


@pytest.mark.parametrize("options", [b"rw,hidepid=2", b"rw,hidepid=invisible,gid=4", b"subset=pid"])
def test_a_user_whom_proc_hides_processes_from_has_not_seen_them(options):
    said = frame("processes", b"l 1\np 1\nL 1\nP 1\nh " + options + b"\n")

    with pytest.raises(NotSeenError, match="shows this user not all processes") as error:
        read_processes(said, root_user=False)

    assert error.value.failure.reason is Reason.DENIED
    assert read_processes(said, root_user=True)[1] == ()


@pytest.mark.parametrize("options", [b"rw,hidepid=0", b"rw,hidepid=off", b"rw"])
def test_an_open_proc_hides_nothing(options):
    said = frame("processes", b"l 1\np 1\nL 1\nP 1\nh " + options + b"\n")

    assert read_processes(said, root_user=False)[1] == ()


def test_ports_are_read_from_what_ss_and_netstat_print():
    turn = (
        b"a tcp 0016\na udp 0044\na tcp zz\n"
        b"s Netid State Recv-Q Send-Q Local Address:Port Peer\n"
        b"s tcp LISTEN 0 128 [::ffff:127.0.0.1]:22 *:*\ns udp UNCONN 0 0 127.0.0.53%lo:68 0.0.0.0:*\n"
        b"s tcp LISTEN 0 128 x:99999 *:*\ns tcp\ns \n"
        b"n Active Internet connections\nn tcp6 0 0 :::22 :::* LISTEN\nn udp 0 0 0.0.0.0:68 0.0.0.0:*\n"
    )
    both = frozenset({Port("tcp", 22), Port("udp", 68)})

    views = read_ports(frame("ports", b"turn 1\n" + turn + b"turn 2\n" + turn + b"turn 3\na tcp 0016\n"))

    assert views.kernel == (both, both, frozenset({Port("tcp", 22)}))
    assert views.tools == {"ss": (both, both), "netstat": (both, both)}


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b"", "none", "there is no /proc/net"),
        (b"a tcp 0016\n", "0", "not complete"),
        (b"turn 1\na tcp 0016\nturn 2\nturn 3\n", "0", "neither ss nor netstat"),
        (b"turn 1\ns tcp x 0 0 y:1\nturn 2\nturn 3\n", "0", "neither ss nor netstat"),
    ],
)
def test_ports_without_two_views_were_not_seen(content, status, detail):
    with pytest.raises(NotSeenError, match=detail):
        read_ports(frame("ports", content, status))


def test_interfaces_are_read_from_flags_and_from_ip():
    said = (
        b"i br0 0x1103 -\ni eth0 0x1103 br0\ni odd zz -\ni short\ni gone 0x1 -\n"
        b"d 2: eth0@if3: <UP> mtu 1 promiscuity 1 allmulti 0\nd 3: br0: <UP> mtu 1 promiscuity 0 x\n"
        b"d 4: gone: <UP> promiscuity 1 \n"
        b"I br0 0x1003 -\nI eth0 0x1103 br0\n"
    )

    assert read_interfaces(frame("interfaces", said)) == (
        Interface(name=b"br0", flagged=True),
        Interface(name=b"eth0", flagged=True, counted=1, master=b"br0"),
        Interface(name=b"gone", flagged=False),
    )
    with pytest.raises(NotSeenError):
        read_interfaces(frame("interfaces", b""))


def facts_of(*frames: Frame, looks=tuple(Look), stopped=None, walks=True):
    heard = Heard(frames=frames, stopped=stopped)
    return read_facts(heard, looks, root="", limits=RootkitLimits(frame_bytes=1000), walks=walks)


def test_another_system_says_why_nothing_was_seen():
    facts = facts_of(
        frame("host", b"FreeBSD y 0 none\n"), frame("processes", b"", "none"), looks=(Look.PROCESSES,), walks=False
    )

    assert facts.failures == (
        Failure(what="processes", reason=Reason.NO_TOOL, detail="there is no /proc as Linux has it"),
    )
    facts = facts_of(frame("host", b"FreeBSD y 0 none\n"), looks=(Look.PORTS,), walks=False)
    assert facts.failures == (Failure(what="ports", reason=Reason.ERROR, detail="the system is FreeBSD"),)


@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        ("0 0 0", []),
        ("0 0 1", []),
        ("0 0 124", [Reason.BUDGET]),
        ("3 0 1", [Reason.DENIED]),
        ("0 2 1", [Reason.ERROR]),
        ("", [Reason.ERROR]),
        ("a b c", [Reason.ERROR]),
    ],
)
def test_a_walk_is_complete_only_if_find_says_so(status, reasons):
    facts = facts_of(
        frame("host", b"Linux y 0 dpkg"), frame("odd", b"w/x\0?/y\0d/z", status), looks=(Look.PERMISSIONS,), walks=False
    )

    assert [failure.reason for failure in facts.failures] == reasons
    assert facts.odd == {Oddity.WRITABLE_FILE: (b"/x",)}
    assert (Look.PERMISSIONS in facts.complete) is not bool(reasons)
    assert facts.packages


def test_programs_that_were_not_reached_are_said():
    facts = facts_of(
        frame("programs", b"/bin/a\0/bin/a\0/bin/b\0/bin/b\0"),
        frame("strings", b"abcd\n"),
        looks=(Look.PROGRAMS,),
        stopped=Reason.BUDGET,
        walks=False,
    )

    assert facts.strings == {b"/bin/a": ("abcd",)}
    assert facts.failures == (Failure(what="programs", reason=Reason.BUDGET, detail="1 programs were not read"),)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*(look.value for look in Look), "signatures", "names", "odd", "strings", "host"]),
            st.binary(),
            st.text(max_size=9),
        )
    )
)
def test_nothing_that_a_host_says_raises(frames):
    facts = facts_of(*(Frame(name=name, status=status, content=content) for name, content, status in frames))

    assert all(failure.what.isprintable() and failure.detail.isprintable() for failure in facts.failures)
