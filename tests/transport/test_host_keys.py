"""Is this the host? Against real servers, known_hosts files of every form, and pinned keys."""

from __future__ import annotations

import subprocess

import pytest

from ospatrol.model.errors import HostKeyChanged, HostKeyUnknown, UsageError
from ospatrol.transport.host_keys import HostKeys, PinnedKey


def public(key):
    return " ".join(key.with_name(f"{key.name}.pub").read_text().split()[:2])


def fingerprint(key):
    listed = subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], capture_output=True, text=True, check=True)
    return listed.stdout.split()[1]


def hash_names(known):
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)


def make_key(path, kind="ed25519"):
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


async def test_an_unknown_key_is_refused_and_the_message_says_what_to_do(start_sshd, talk, keys):
    sshd = start_sshd(known=False)

    with pytest.raises(HostKeyUnknown) as refused:
        await talk(sshd.target(), "true")

    message = str(refused.value)
    assert fingerprint(keys / "host") in message
    assert f"ssh-keyscan -p {sshd.port} 127.0.0.1" in message
    assert "--accept-new" in message


async def test_accept_new_pins_an_unknown_key_for_this_run_and_the_next(start_sshd, talk, keys):
    sshd = start_sshd(known=False)
    talk.host_keys = HostKeys(accept_new=True)

    first = await talk(sshd.target(), "echo in")
    talk.host_keys = HostKeys(pinned=first.accepted)
    second = await talk(sshd.target(), "echo in")

    assert first.accepted == (PinnedKey(name=f"[127.0.0.1]:{sshd.port}", key=public(keys / "host"), host="web1"),)
    assert second.accepted == ()


async def test_a_key_that_was_accepted_is_held_to_in_the_same_run(start_sshd, talk, keys):
    sshd = start_sshd(known=False)
    talk.host_keys = HostKeys(accept_new=True)

    async with talk.transport("true") as transport:
        for _ in range(2):
            async with transport.open(sshd.target()):
                pass

        assert len(transport.accepted) == 1


@pytest.mark.parametrize("accept_new", [False, True])
async def test_a_changed_key_is_refused_whoever_asks_with_both_fingerprints(start_sshd, talk, keys, accept_new):
    sshd = start_sshd(known=False)
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {public(keys / 'other_host')}\n")
    talk.host_keys = HostKeys(accept_new=accept_new)

    with pytest.raises(HostKeyChanged) as refused:
        await talk(sshd.target(ssh_options={"stricthostkeychecking": "no"}), "true")

    assert refused.value.seen == fingerprint(keys / "host")
    assert refused.value.known == (fingerprint(keys / "other_host"),)
    assert refused.value.seen in str(refused.value)
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}'" in str(refused.value)


async def test_a_changed_pinned_key_is_refused(start_sshd, talk, keys):
    sshd = start_sshd(known=False)
    pin = PinnedKey(name=f"[127.0.0.1]:{sshd.port}", key=public(keys / "other_host"))
    talk.host_keys = HostKeys(pinned=(pin,), accept_new=True)

    with pytest.raises(HostKeyChanged):
        await talk(sshd.target(), "true")


async def test_a_key_of_another_type_than_the_one_on_record_is_a_changed_key(start_sshd, talk, keys, tmp_path):
    sshd = start_sshd(known=False)
    old = make_key(tmp_path / "old", "ecdsa")
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {public(old)}\n")
    talk.host_keys = HostKeys(accept_new=True)

    with pytest.raises(HostKeyChanged):
        await talk(sshd.target(), "true")


async def test_the_type_on_record_is_asked_for_where_a_host_has_several(start_sshd, talk, tmp_path):
    second = make_key(tmp_path / "second", "rsa")
    sshd = start_sshd(f"HostKey {second}", known=False)
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {public(second)}\n")

    said = await talk(sshd.target(), "echo in")

    assert said.login.host_key == f"ssh-rsa {fingerprint(second)}"
    assert said.notes == ()


@pytest.mark.parametrize(
    "form",
    [
        "hashed",
        "wildcard",
        "several names",
        "without the port",
        "second file",
        "global file",
        "alias",
        "beside rubbish",
    ],
)
async def test_known_hosts_files_are_read_as_openssh_reads_them(start_sshd, talk, keys, form):
    sshd = start_sshd(known=False)
    known = sshd.known_hosts
    name, key = f"[127.0.0.1]:{sshd.port}", public(keys / "host")
    options = {}
    lines = {
        "wildcard": f"[127.0.*]:{sshd.port} {key}",
        "several names": f"web1,{name} {key}",
        "without the port": f"127.0.0.1 {key}",
        "alias": f"the-alias {key}",
        "beside rubbish": f"@nonsense x y\n\n# remark\nname-only\n{name} ssh-new AAAA\n{name} {key}",
    }
    known.write_text(lines.get(form, f"{name} {key}") + "\n")
    match form:
        case "hashed":
            hash_names(known)
        case "second file":
            options = {"userknownhostsfile": f"/nowhere/known {known}"}
        case "global file":
            options = {"userknownhostsfile": "none", "globalknownhostsfile": str(known)}
        case "alias":
            options = {"hostkeyalias": "the-alias"}

    said = await talk(sshd.target(ssh_options=options), "echo in")

    assert said.out == b"in\n"


async def test_a_key_of_the_same_name_at_another_port_makes_this_one_unknown_not_changed(start_sshd, talk, keys):
    sshd = start_sshd(known=False)
    sshd.known_hosts.write_text(f"127.0.0.1 {public(keys / 'other_host')}\n")

    with pytest.raises(HostKeyUnknown):
        await talk(sshd.target(), "true")


async def test_a_revoked_key_is_refused_though_it_is_known(start_sshd, talk, keys):
    sshd = start_sshd()
    name = f"[127.0.0.1]:{sshd.port}"
    sshd.known_hosts.write_text(f"{name} {public(keys / 'host')}\n@revoked * {public(keys / 'host')}\n")
    talk.host_keys = HostKeys(accept_new=True)

    with pytest.raises(HostKeyChanged, match="@revoked"):
        await talk(sshd.target(), "true")


def certify(host_key, authority, principal, *options):
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "host", "-h", "-n", principal, *options]
    subprocess.run([*command, f"{host_key}.pub"], check=True)
    return f"{host_key}-cert.pub"


@pytest.fixture
def certified(start_sshd, tmp_path):
    """A function that starts a server whose key an authority has signed; gives it and the authority."""

    def start(*options, principal="127.0.0.1"):
        authority, host_key = make_key(tmp_path / "authority"), make_key(tmp_path / "certified")
        certificate = certify(host_key, authority, principal, *options)
        sshd = start_sshd(f"HostCertificate {certificate}", host_key=host_key, known=False)
        sshd.known_hosts.write_text(f"@cert-authority [127.0.0.1]:* {public(authority)}\n")
        return sshd, authority

    return start


async def test_a_host_certificate_proves_a_host(certified, talk):
    sshd, _ = certified()

    said = await talk(sshd.target(), "echo in")

    assert said.out == b"in\n"


async def test_a_host_certificate_for_another_name_proves_nothing(certified, talk):
    sshd, _ = certified(principal="db1")

    with pytest.raises(HostKeyUnknown, match="cannot be verified"):
        await talk(sshd.target(), "true")


async def test_a_host_certificate_of_another_authority_proves_nothing(certified, talk, keys):
    sshd, _ = certified()
    sshd.known_hosts.write_text(f"@cert-authority * {public(keys / 'other_host')}\n")

    with pytest.raises(HostKeyUnknown, match="no @cert-authority line names"):
        await talk(sshd.target(), "true")


async def test_a_revoked_authority_proves_nothing(certified, talk):
    sshd, authority = certified()
    with sshd.known_hosts.open("a") as file:
        file.write(f"@revoked * {public(authority)}\n")

    with pytest.raises(HostKeyChanged, match="revoked"):
        await talk(sshd.target(), "true")


@pytest.mark.parametrize(("strictness", "noted"), [("accept-new", False), ("no", True)])
async def test_a_hosts_own_options_may_let_a_new_key_in(start_sshd, talk, strictness, noted):
    sshd = start_sshd(known=False)

    said = await talk(sshd.target(ssh_options={"stricthostkeychecking": strictness}), "echo in")

    assert len(said.accepted) == 1
    assert bool(said.notes) == noted


async def test_a_pin_that_cannot_be_read_is_not_passed_over(sshd, talk):
    talk.host_keys = HostKeys(pinned=(PinnedKey(name="web1", key="ssh-ed25519 rubbish"),))

    with pytest.raises(UsageError, match="pinned host key of 'web1'"):
        await talk(sshd.target(), "true")


async def test_known_hosts_that_may_not_be_read_are_named(start_sshd, talk, tmp_path):
    sshd = start_sshd()

    with pytest.raises(Exception, match="known hosts cannot be read"):
        await talk(sshd.target(ssh_options={"userknownhostsfile": str(tmp_path)}), "true")
