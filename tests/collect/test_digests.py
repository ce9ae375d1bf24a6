"""What the hashers of all userlands print."""

from __future__ import annotations

import pytest

from ospatrol.collect.digests import read_digests

HEX = b"0123456789abcdef" * 4


@pytest.mark.parametrize(
    "line",
    [
        HEX + b"  /etc/a b",  # sha256sum, shasum
        HEX + b" */etc/a b",  # openssl dgst -r; sha256sum on some
        HEX + b" /etc/a b",  # sha256 -r (FreeBSD)
        b"SHA256 (/etc/a b) = " + HEX,  # sha256 (OpenBSD)
        b"sha256 (/etc/a b) = " + HEX,  # digest -v (Solaris)
    ],
    ids=["coreutils", "openssl", "freebsd", "openbsd", "solaris"],
)
def test_every_form_gives_path_and_digest(line):
    assert read_digests(line + b"\n") == {b"/etc/a b": HEX}


@pytest.mark.parametrize(
    "line",
    [b"", b"sha256sum: /x: Permission denied", HEX.upper() + b"  /x", HEX[:-1] + b"g  /x", HEX + b"\t/x", b"\\" + HEX],
)
def test_what_is_no_digest_is_left_out(line):
    assert read_digests(line + b"\n") == {}
