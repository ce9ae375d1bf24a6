"""Everything of an ESXi host but its guests."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ospatrol.collect.esxi import KINDS, EsxiFound, EsxiScope, found_in
from ospatrol.collect.esxi_questions import ACCEPTANCE, HOST_CONFIG, NTP, PORT_GROUPS, SETTINGS, VIBS
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Answer, State
from tests.esxi.answers import esxi_facts
from tests.esxi.printed import csv_of, options_of
from tests.esxi.recorded import POLICY, host_config

KEYS = "/etc/ssh/keys-root/authorized_keys"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP9wbGVhc2VkIHRvIG1lZXQgeW91IQ== ann@example.net"
CSV = "esxcli --formatter=csv"


def found(**more: object) -> EsxiFound:
    return found_in(esxi_facts(**more), EsxiScope())


def items(said: EsxiFound, kind: str) -> dict[str, dict[str, str]]:
    return {item.key: dict(item.fields) for item in said.items if item.kind == kind}


def certificate(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_a_host_that_answers_everything_has_every_kind_and_no_gap():
    said = found()

    assert set(said.kinds) == set(KINDS)
    assert (said.failures, said.missing) == ((), ())


def test_what_moves_by_itself_is_no_part_of_it():
    text = " ".join(f"{item.fields}" for item in found().items)

    assert not any(moving in text for moving in ("118748135424", "86012", "2100345", "72306"))


def test_release_hardware_and_mode_are_three_things():
    host = items(found(), "host")

    assert host["release"]["version"] == "8.0.3"
    assert host["hardware"]["cpumodel"] == "Example CPU"
    assert host["maintenance"] == {"mode": "false"}


def test_a_port_group_has_its_security_policy_whatever_its_name():
    names = ['odd "one"', "back\\slash", "grün", "$(reboot); x"]
    rows = [{"Name": name, "VirtualSwitch": "vSwitch0", "ActiveClients": "0", "VLANID": "1"} for name in names]
    says = {PORT_GROUPS: csv_of(rows)}
    says |= {
        f"{CSV} network vswitch standard portgroup policy security get -p {name}": csv_of([POLICY]) for name in names
    }

    said = found(says=says)

    assert set(items(said, "portgroup")) == {'odd "one"', "back\\\\slash", "grün", "$(reboot); x"}
    assert said.failures == ()


@pytest.mark.parametrize("name", ["", "-x"])
def test_a_port_group_that_cannot_be_asked_for_is_a_gap(name: str):
    rows = [{"Name": name, "VirtualSwitch": "vSwitch0", "ActiveClients": "0", "VLANID": "1"}]

    said = found(says={PORT_GROUPS: csv_of(rows)})

    assert "portgroup" not in said.kinds
    assert [failure.reason for failure in said.failures] == [Reason.NAME]


@pytest.mark.parametrize("text", ["Errors:\n   busy\n", "Name,\na,b,\n"])
def test_networks_that_cannot_be_listed_are_a_gap(text: str):
    said = found(says={PORT_GROUPS: text})

    assert "portgroup" not in said.kinds
    assert [failure.what for failure in said.failures] == ["portgroup"]


@pytest.mark.parametrize(("answer", "gaps"), [("", 1), ("Error\n", 1), (Answer(state=State.TIMEOUT), 1)])
def test_a_policy_that_does_not_come_is_a_gap(answer: str | Answer, gaps: int):
    said = found(says={f"{CSV} network vswitch standard policy security get -v vSwitch0": answer})

    assert "vswitch" not in said.kinds
    assert len(said.failures) == gaps


def test_a_release_without_a_command_of_time_has_the_file_of_the_daemon():
    unknown = Answer(state=State.OK, content="Error: Unknown command or namespace system ntp get\n", status=1)

    said = found(
        says={NTP: unknown}, files={"/etc/ntp.conf": "restrict default\nserver a.example.net\npool b iburst\n"}
    )
    none = found(says={NTP: unknown}, files={"/etc/ntp.conf": Answer(state=State.NO_PERMISSION)})

    assert items(said, "ntp") == {"ntp": {"servers": "a.example.net, b"}}
    assert said.failures == ()
    assert [(failure.what, failure.reason) for failure in none.failures] == [("ntp", Reason.DENIED)]


@pytest.mark.parametrize("text", ["", "Error: no level\n"])
def test_no_acceptance_level_is_a_gap(text: str):
    said = found(says={ACCEPTANCE: text})

    assert "acceptance_level" not in said.kinds
    assert [failure.what for failure in said.failures] == ["acceptance_level"]


@pytest.mark.parametrize("kind", ["vib", "acceptance_level", "setting", "service", "lockdown"])
def test_a_command_that_is_not_there_is_a_gap_of_its_kinds_alone(kind: str):
    words = {"vib": VIBS, "acceptance_level": ACCEPTANCE, "setting": SETTINGS}.get(kind, HOST_CONFIG)

    said = found(says={words: Answer(state=State.NOT_FOUND)})

    assert kind not in said.kinds
    assert Reason.NO_TOOL in {failure.reason for failure in said.failures}
    assert {"guest", "account"} <= set(said.kinds)


def test_a_table_that_cannot_be_empty_and_is_was_not_told():
    words = [question.key for question in esxi_facts().answers if question.key.startswith("esxcli --formatter")]

    said = found(says=dict.fromkeys(words, "") | {SETTINGS: "(vim.option.OptionValue) [\n]\n"})

    assert {"datastore", "vswitch", "portgroup"} < set(said.kinds)
    assert {failure.what for failure in said.failures} == {
        "account", "dns", "firewall", "firewall_rule", "host", "interface", "kernel_setting", "ntp", "permission",
        "setting", "syslog", "vib",
    }  # fmt: skip


def test_every_command_that_fails_is_a_gap_and_none_is_an_error():
    broken = Answer(state=State.OK, content="Connect to localhost failed: Connection failure.\n", status=1)
    words = [question.key for question in esxi_facts().answers]

    said = found(says=dict.fromkeys(words, broken), files={"/etc/ssh": Answer(state=State.NO_PERMISSION)})

    assert said.kinds == ("certificate",)  # there is no such file
    assert {failure.what for failure in said.failures} >= set(KINDS) - {
        "certificate", "guest_configuration", "snapshot",
    }  # fmt: skip


def test_a_host_without_services_or_lockdown_mode_did_not_tell_them():
    said = found(says={HOST_CONFIG: host_config((), lockdown="")})

    assert {"service", "lockdown"}.isdisjoint(said.kinds)
    assert [failure.what for failure in said.failures] == ["service", "lockdown"]


def test_a_setting_that_is_a_secret_is_not_kept():
    settings = {"UserVars.HostPassword": '"hunter2"', "Net.Community": '""', "Security.PasswordHistory": "5"}

    said = found(says={SETTINGS: options_of(settings)})

    assert items(said, "setting") == {
        "UserVars.HostPassword": {"value": "(hidden)"},
        "Net.Community": {},
        "Security.PasswordHistory": {"value": "5"},
    }


def test_a_long_value_is_cut_and_still_tells_a_change():
    first, second = (
        items(found(says={SETTINGS: options_of({"a": f'"{"x" * 5000}{end}"'})}), "setting")["a"]["value"]
        for end in "12"
    )

    assert first != second
    assert len(first) < 500


def test_a_group_and_an_account_of_one_name_are_two_permissions():
    rows = [
        {"Principal": "ann", "IsGroup": group, "Role": "Admin", "RoleDescription": "x"} for group in ("true", "false")
    ]

    said = found(says={f"{CSV} system permission list": csv_of(rows)})

    assert set(items(said, "permission")) == {"ann", "group ann"}


def test_addresses_of_a_rule_set_belong_together():
    rows = [{"Ruleset": "sshServer", "AllowedIPAddresses": each} for each in ("192.0.2.1", "192.0.2.2")]

    said = found(says={f"{CSV} network firewall ruleset allowedip list": csv_of(rows)})

    assert items(said, "firewall_rule") == {
        "sshServer": {"enabled": "true", "allowed": "192.0.2.1, 192.0.2.2"},
        "CIMSLP": {"enabled": "false"},
    }


def test_keys_are_known_by_their_print_and_odd_lines_are_not_lost():
    text = f'# mine\n\n{KEY}\nfrom="192.0.2.1" {KEY.replace("IP9w", "IP9x")}\nssh-rsa !!! x\nrubbish\n'

    said = found(files={KEYS: text})

    keys = items(said, "authorized_key")
    assert sorted(fields.get("options", "") for fields in keys.values()) == ["", "", "", 'from="192.0.2.1"']
    assert sum("unreadable" in key for key in keys) == 2
    assert {key.split()[0] for key in keys} == {"root"}
    assert "ann@example.net" in {fields.get("comment") for fields in keys.values()}


@pytest.mark.parametrize("path", [KEYS, "/etc/ssh"])
def test_keys_that_cannot_be_read_are_a_gap(path: str):
    said = found(files={KEYS: KEY} | {path: Answer(state=State.NO_PERMISSION)})

    assert "authorized_key" not in said.kinds
    assert [(failure.what, failure.reason) for failure in said.failures] == [("authorized_key", Reason.DENIED)]


def test_certificates_are_the_hosts_own_and_those_it_trusts():
    files = {
        "/etc/vmware/ssl/rui.crt": certificate("esx1"),
        "/etc/vmware/ssl/castore.pem": certificate("authority one") + certificate("authority zwei ü"),
    }

    said = found(files=files)

    kept = items(said, "certificate")
    assert kept["host 1"]["subject"] == "CN=esx1"
    assert kept["host 1"]["until"] == "2027-01-01T00:00:00+00:00"
    assert sorted(fields["issuer"] for fields in kept.values()) == [
        "CN=authority one",
        "CN=authority zwei ü",
        "CN=esx1",
    ]
    assert said.failures == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no certificate", Reason.ERROR),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Reason.ERROR),
        ("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n" * 1001, Reason.LIMIT),
        (Answer(state=State.NO_PERMISSION), Reason.DENIED),
    ],
)
def test_a_file_of_certificates_that_is_none_is_a_gap(text: str | Answer, reason: Reason):
    said = found(files={"/etc/vmware/ssl/castore.pem": text})

    assert "certificate" not in said.kinds
    assert said.failures[0].reason is reason
