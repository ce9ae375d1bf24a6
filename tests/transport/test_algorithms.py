"""Names of algorithms: what is offered, and what is old."""

from __future__ import annotations

import pytest

from ospatrol.transport.algorithms import (
    CIPHERS,
    HOST_KEYS,
    KEY_EXCHANGES,
    MACS,
    SIGNATURES,
    Agreed,
    chosen,
    first_common,
    known_first,
    legacy_notes,
    name_lists,
)
from ospatrol.transport.host_keys import Known
from ospatrol.transport.offer import offer_for


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("", ["a1", "a2"]),
        ("b", ["b"]),
        ("b,a1,b", ["b", "a1"]),
        ("+b", ["a1", "a2", "b"]),
        ("^b", ["b", "a1", "a2"]),
        ("^a2", ["a2", "a1"]),
        ("-a1", ["a2"]),
        ("-a*", []),
        ("a*", ["a1", "a2"]),
        ("nobody-has-it", []),
    ],
)
def test_lists_mean_what_ssh_config_says(wanted, offered):
    assert chosen(wanted, ("a1", "a2", "gone"), ["a1", "a2", "b"]) == offered


def test_nothing_old_is_offered_unasked():
    assert not any(name.endswith("sha1") or "sha1@" in name for name in KEY_EXCHANGES)
    assert not {"ssh-rsa", "ssh-dss"} & {*HOST_KEYS, *SIGNATURES}
    offered = [Agreed(key_exchange=name) for name in KEY_EXCHANGES]
    offered += [Agreed(cipher=name) for name in CIPHERS] + [Agreed(mac=name) for name in MACS]
    offered += [Agreed(host_key=name) for name in HOST_KEYS]

    assert [legacy_notes(each) for each in offered] == [()] * len(offered)


@pytest.mark.parametrize(
    "agreed",
    [
        Agreed(key_exchange="diffie-hellman-group1-sha1"),
        Agreed(host_key="ssh-rsa"),
        Agreed(host_key="ssh-dss"),
        Agreed(cipher="aes256-cbc"),
        Agreed(cipher="3des-cbc"),
        Agreed(cipher="arcfour"),
        Agreed(mac="hmac-md5-etm@openssh.com"),
        Agreed(mac="hmac-sha1-96"),
    ],
    ids=str,
)
def test_what_is_old_is_noted(agreed):
    assert len(legacy_notes(agreed)) == 1


def test_key_types_on_record_come_first():
    offered = known_first(HOST_KEYS, {"ssh-rsa"})

    assert offered[:2] == ["rsa-sha2-512", "rsa-sha2-256"]
    assert sorted(offered) == sorted(HOST_KEYS)


def test_a_list_of_ones_own_keeps_its_order():
    known = Known()

    assert offer_for({"hostkeyalgorithms": "rsa-sha2-512,ssh-ed25519"}, known).host_keys == (
        "rsa-sha2-512",
        "ssh-ed25519",
    )


def test_aes_gcm_comes_before_chacha():
    offer = offer_for({}, Known())

    assert offer.ciphers[0] == "aes128-gcm@openssh.com"
    assert offer.ciphers.index("chacha20-poly1305@openssh.com") == 2


def test_certificates_are_asked_for_only_where_there_is_an_authority():
    assert not any("cert" in name for name in offer_for({}, Known()).host_keys)


def test_a_hosts_lists_are_read():
    def field(text):
        return len(text).to_bytes(4, "big") + text

    kexinit = b"\x14" + bytes(16) + field(b"k1,k2") + field(b"h1") + field(b"c")

    assert name_lists(kexinit) == (("k1", "k2"), ("h1",))
    assert name_lists(b"") == (("",), ("",))


def test_the_first_of_ours_that_they_have_is_agreed_on():
    assert first_common(["a", "b", "c"], ["c", "b"]) == "b"
    assert first_common(["a"], ["b"]) == ""
