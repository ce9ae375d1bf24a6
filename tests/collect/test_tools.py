"""What the script says of its host."""

from __future__ import annotations

import pytest

from ospatrol.collect.found import bounded
from ospatrol.collect.tools import OPENSSL_FROM_BYTES, Style, Tools, read_greeting
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.errors import CommandFailed

GNU = b"f 644 0 0 666 1700000000.5 1700000000.5 42 1 65024 /var/lib/dpkg/status"
BUSYBOX = b"81a4 0 0 666 1700000000 1700000000 42 1 65024 /var/lib/dpkg/status"


def greeting(**lines: bytes) -> bytes:
    said = {"style": b"printf", "clock": b"1700000000", "system": b"none", "mark": b""} | lines
    head = b"\n".join(name.encode() + b"=" + value for name, value in said.items())
    return head + b"\ntools\nfind:/usr/bin/find\nstat:\nsha256sum:/usr/bin/sha256sum"


def test_a_greeting_tells_tools_clock_and_signature():
    told = read_greeting(greeting(system=b"dpkg", mark=GNU, selinux=b"on", blind=b"/bin"))

    assert told.clock_s == 1_700_000_000
    assert told.signature == "dpkg:42:666:1700000000.5"
    assert told.blind == (b"/bin",)
    assert told.has_root
    assert told.tools.programs == {"find", "sha256sum"}
    assert told.tools.selinux


def test_a_signature_of_stat_has_other_fields():
    told = read_greeting(greeting(style=b"stat-c", system=b"rpm", mark=BUSYBOX))

    assert told.signature == "rpm:42:666:1700000000"


@pytest.mark.parametrize(
    "lines", [{"system": b"dpkg", "mark": b"x"}, {"system": b"else", "mark": GNU}, {"clock": b"soon"}]
)
def test_what_is_not_said_properly_is_not_known(lines):
    told = read_greeting(greeting(**lines))

    assert told.signature == ""
    assert told.clock_s == (None if "clock" in lines else 1_700_000_000)


def test_a_root_that_is_missing_is_said():
    assert not read_greeting(greeting(root=b"missing")).has_root


def test_something_else_than_a_greeting_is_an_error():
    with pytest.raises(CommandFailed, match="login banner"):
        read_greeting(b"login banner\n")


@pytest.mark.parametrize(
    ("programs", "size", "hasher"),
    [
        ({"sha256sum", "openssl"}, 10, "sha256sum"),
        ({"sha256sum", "openssl"}, OPENSSL_FROM_BYTES, "openssl"),
        ({"openssl"}, 10, "openssl"),
        ({"sha256", "digest"}, OPENSSL_FROM_BYTES, "sha256"),
        ({"digest"}, 0, "digest"),
        ({"shasum"}, 0, "shasum"),
        (set(), 0, ""),
    ],
)
def test_the_cheapest_hasher_is_taken(programs, size, hasher):
    assert Tools(style=Style.PRINTF, programs=frozenset(programs)).hasher(size) == hasher


@pytest.mark.parametrize(
    ("style", "programs", "selinux", "describers", "missing"),
    [
        (Style.PRINTF, {"getfattr", "getfacl", "getcap"}, True, ("getfattr",), set()),
        (Style.PRINTF, {"getfacl", "getcap", "stat"}, True, ("getfacl", "getcap", "label"), {"xattr"}),
        (Style.STAT_C, {"stat"}, False, (), {"acl", "xattr", "caps"}),
        (Style.STAT_C, set(), True, (), {"acl", "xattr", "caps", "selinux"}),
        (Style.STAT_F, {"getfacl", "getfattr"}, False, (), {"acl", "xattr"}),
    ],
)
def test_what_no_tool_can_tell_is_missing(style, programs, selinux, describers, missing):
    tools = Tools(style=style, programs=frozenset(programs | {"openssl"}), selinux=selinux)

    assert tools.describers == describers
    assert {failure.what for failure in tools.missing} == missing


def test_failures_are_bounded_by_reason_and_the_rest_is_counted():
    denied = [Failure(what=f"/{number}", reason=Reason.DENIED) for number in range(150)]
    whole = [Failure(what="*", reason=Reason.DENIED, subtree=True), Failure(what="/x", reason=Reason.ERROR)]

    kept = bounded([*denied, *whole])

    assert len(kept) == 103
    assert kept[100:102] == tuple(whole)
    assert kept[102] == Failure(what="50 more", reason=Reason.DENIED, detail="like those above")
